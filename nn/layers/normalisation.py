"""Normalisation: mean 0 and variance 1 over a batch, or over the features of a sample; then a trained scale.

    y = (x - mean) / √(var + eps) * weight + bias

BatchNorm    mean and variance of each channel, over samples and positions; running averages in evaluation
LayerNorm    mean and variance of each sample, over its features
RMSNorm      no mean and no bias: x / √(mean of x² + eps) * weight, of each sample
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.compiler.recording.renewed import after_each_call, current, renewed
from autograd.core.context import inside_recording
from autograd.core.numbers import number
from autograd.errors import InputValueError, shortened

from ..given import whole_number
from ..members import parameter
from ..module import Module
from .inputs import as_array, beside, flag, numbers_of

__all__ = ["BatchNorm1d", "BatchNorm2d", "LayerNorm", "RMSNorm"]


def _share(given: Any, what: str, most: float) -> float:
    found = number(given, what)
    if not 0 <= found <= most:
        raise InputValueError(f"{what} is a number from 0 to {most:g}, not {shortened(given)}")
    return found


# --- Over a batch -----------------------------------------------------------------------------------------------------


class _BatchNorm(Module):
    shapes: ClassVar[dict[int, str]]  # the number of axes of a batch, and their names

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True) -> None:
        features = whole_number(num_features, "num_features")
        self.eps = _share(eps, "eps", 1e10)
        self.momentum = _share(momentum, "momentum", 1)
        has_parameters = flag(affine, "affine")
        self.weight = parameter(np.ones(features), "weight") if has_parameters else None
        self.bias = parameter(np.zeros(features), "bias") if has_parameters else None
        self.running_mean = np.zeros(features)
        self.running_var = np.ones(features)

    def forward(self, x: Any) -> Tensor:
        x = as_array(x)
        features = len(self.running_mean)
        alone = not self.training and x.ndim == min(self.shapes) - 1
        axis = 0 if alone else 1
        if not (alone or x.ndim in self.shapes) or x.shape[axis] != features:
            batches = " or ".join(f"[{names}]" for names in self.shapes.values())
            one = ""
            if x.ndim == min(self.shapes) - 1 and self.training:
                one = "; in training it needs a batch: compile a function of whole batches, with batch=False"
            raise InputValueError(
                f"{type(self).__name__} takes an array {batches} with {features} channels, not of shape {x.shape}{one}"
            )
        spread = (features, *[1] * (x.ndim - 1 - axis))  # a number for each channel, as it broadcasts with x
        mean, variance = self._batch_statistics(x, axis) if self.training else self._running_statistics()
        centred = x - autograd.reshape(mean, spread)
        scale = (variance + self.eps) ** -0.5
        if self.weight is None:
            return centred * autograd.reshape(scale, spread)  # type: ignore[no-any-return]
        scale, bias = beside(self.weight, x) * scale, beside(self.bias, x)
        return centred * autograd.reshape(scale, spread) + autograd.reshape(bias, spread)  # type: ignore[no-any-return]

    def _batch_statistics(self, x: Any, axis: int) -> tuple[Any, Any]:
        """The mean and variance of each channel; the running ones are moved towards them."""
        axes = tuple(k for k in range(x.ndim) if k != axis)
        count = x.size // x.shape[axis]
        if count < 2:
            raise InputValueError(
                f"{type(self).__name__} in training needs more than one number for each channel, and an array of shape "
                f"{x.shape} has one; give a larger batch, or call model.eval()"
            )
        mean, variance = autograd.mean(x, axis=axes), autograd.var(x, axis=axes)
        unbiased = count / (count - 1)
        if inside_recording():
            both = np.stack([mean, variance])
            after_each_call(lambda found: self._move(found[0], found[1] * unbiased), both)
        else:
            self._move(numbers_of(mean), numbers_of(variance) * unbiased)
        return mean, variance

    def _move(self, mean: Any, variance: Any) -> None:
        """Move the running statistics towards those of a batch, in place."""
        self.running_mean += self.momentum * (mean - self.running_mean)
        self.running_var += self.momentum * (variance - self.running_var)

    def _running_statistics(self) -> tuple[Any, Any]:
        """The running statistics; a compiled function reads them at each call."""
        if not inside_recording():
            return current(lambda: self.running_mean), current(lambda: self.running_var)
        return (
            renewed(lambda _: self.running_mean, self.running_mean, "running_mean"),
            renewed(lambda _: self.running_var, self.running_var, "running_var"),
        )

    def __repr__(self) -> str:
        return self._described(str(len(self.running_mean)))


class BatchNorm1d(_BatchNorm):
    """Normalise each channel over a batch.

    ``y = (x - mean) / √(var + eps) * weight + bias``; Ioffe & Szegedy 2015, algorithm 1

    In training, mean and variance are those of the batch, over samples and positions, the variance divided by n. They
    move the running statistics, ``running += momentum * (batch - running)``; the variance in these is divided by n - 1,
    as in PyTorch. In evaluation the running statistics take their place, and a single sample may be given, too.

    Parameters
    ----------
    num_features : int
        The number of channels.
    eps : float
        Added to the variance.
    momentum : float
        The weight of a batch in the running statistics, from 0 to 1.
    affine : bool
        True if there are a trained weight and a trained bias for each channel, which are 1 and 0 at first.

    Attributes
    ----------
    running_mean, running_var : ndarray
        The running statistics, which are 0 and 1 at first. They are saved, and not trained.

    Raises
    ------
    InputTypeError, InputValueError
        If a size or number is out of its range; in a call, if the input is not an array [sample, channel] or [sample,
        channel, place] with ``num_features`` channels, or if a batch in training has a single number for each channel.

    Notes
    -----
    In a compiled function the running statistics are read, and moved, at each call. In training the function must take
    a whole batch, ``compile(f, batch=False)``.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import BatchNorm1d
    >>> layer = BatchNorm1d(1)
    >>> x = Tensor([[1.0], [3.0]])
    >>> y = layer(x); (y * [[2.0], [0.0]]).sum().backward()
    >>> y.numpy().round(4).T, layer.weight.grad.round(4), layer.running_mean, layer.running_var
    (array([[-1.,  1.]]), array([-2.]), array([0.2]), array([1.1]))
    >>> layer.eval()(Tensor([0.2])).numpy()
    array([0.])
    """

    shapes: ClassVar = {2: "sample, channel", 3: "sample, channel, place"}


class BatchNorm2d(_BatchNorm):
    """Normalise each channel of images over samples, rows and columns of a batch; see `BatchNorm1d`.

    Parameters
    ----------
    num_features, eps, momentum, affine
        As in `BatchNorm1d`.

    Raises
    ------
    InputTypeError, InputValueError
        As `BatchNorm1d`; the input is an array [sample, channel, row, column].

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import BatchNorm2d
    >>> layer = BatchNorm2d(1)
    >>> y = layer(Tensor([[[[1.0, 3.0]]]])); y[0, 0, 0, 1].backward()
    >>> y.numpy().round(4), layer.bias.grad, layer.weight.grad.round(4)
    (array([[[[-1.,  1.]]]]), array([1.]), array([1.]))
    """

    shapes: ClassVar = {4: "sample, channel, row, column"}


# --- Over the features of a sample ------------------------------------------------------------------------------------


class _FeatureNorm(Module):
    def __init__(self, normalized_shape: int | Sequence[int], eps: float, with_bias: bool) -> None:
        given = normalized_shape if isinstance(normalized_shape, (tuple, list)) else [normalized_shape]
        if not given:
            raise InputValueError("normalized_shape has at least one length; write the number of features")
        shape = tuple(whole_number(n, "normalized_shape") for n in given)
        self.eps = _share(eps, "eps", 1e10)
        self.weight = parameter(np.ones(shape), "weight")
        self.bias = parameter(np.zeros(shape), "bias") if flag(with_bias, "bias") else None

    def _axes(self, x: Any) -> tuple[int, ...]:
        shape = self.weight.shape
        if x.ndim < len(shape) or x.shape[x.ndim - len(shape) :] != shape:
            raise InputValueError(
                f"{type(self).__name__} takes an array whose last axes have the shape {shape}, not of shape {x.shape}"
            )
        return tuple(range(x.ndim - len(shape), x.ndim))

    def __repr__(self) -> str:
        return self._described("x".join(map(str, self.weight.shape)))


class LayerNorm(_FeatureNorm):
    """Normalise each sample over its features.

    ``y = (x - mean) / √(var + eps) * weight + bias``, the variance divided by n; Ba, Kiros & Hinton 2016, equation 3

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The lengths of the last axes, over which mean and variance are taken.
    eps : float
        Added to the variance.
    bias : bool
        True if there is a trained bias for each feature, which is 0 at first. The trained weights are 1 at first.

    Raises
    ------
    InputTypeError, InputValueError
        If a length is not a positive whole number; in a call, if the input's last axes have other lengths.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import LayerNorm
    >>> layer = LayerNorm(2)
    >>> x = Tensor([1.0, 3.0])
    >>> y = layer(x); y[1].backward()
    >>> y.numpy().round(4), layer.weight.grad.round(4), layer.bias.grad
    (array([-1.,  1.]), array([-0.,  1.]), array([0., 1.]))
    """

    def __init__(self, normalized_shape: int | Sequence[int], eps: float = 1e-5, bias: bool = True) -> None:
        super().__init__(normalized_shape, eps, bias)

    def forward(self, x: Any) -> Tensor:
        x = as_array(x)
        axes = self._axes(x)
        mean, variance = (f(x, axis=axes, keepdims=True) for f in (autograd.mean, autograd.var))
        y = (x - mean) * (variance + self.eps) ** -0.5 * beside(self.weight, x)
        return y if self.bias is None else y + beside(self.bias, x)  # type: ignore[no-any-return]


class RMSNorm(_FeatureNorm):
    """Divide each sample by the root of the mean of its squared features.

    ``y = x / √(mean of x² + eps) * weight``; Zhang & Sennrich 2019, equation 4

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The lengths of the last axes, over which the mean is taken.
    eps : float
        Added to the mean; by default the distance from 1.0 to the next float, as in PyTorch.

    Raises
    ------
    InputTypeError, InputValueError
        As `LayerNorm`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import RMSNorm
    >>> layer = RMSNorm(2)
    >>> x = Tensor([1.0, 7.0])
    >>> y = layer(x); y[1].backward()
    >>> y.numpy().round(4), layer.weight.grad.round(4)
    (array([0.2, 1.4]), array([0. , 1.4]))
    """

    def __init__(self, normalized_shape: int | Sequence[int], eps: float = float(np.finfo(float).eps)) -> None:
        super().__init__(normalized_shape, eps, with_bias=False)

    def forward(self, x: Any) -> Tensor:
        x = as_array(x)
        square = autograd.mean(x * x, axis=self._axes(x), keepdims=True)
        return x * (square + self.eps) ** -0.5 * beside(self.weight, x)  # type: ignore[no-any-return]
