"""Convolutions: filters that slide over signals and images, with a bias for each filter."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import InputValueError
from autograd.functions.convolution import sides_of, steps_of

from ..given import whole_number
from ..init import Initializer, drawn, resolve
from ..members import parameter
from ..module import Module
from .inputs import as_array, beside, flag

__all__ = ["Conv1d", "Conv2d"]


class _Convolution(Module):
    axes: int
    places: str

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        bias: bool = True,
        init: str | Initializer = "he_uniform",
    ) -> None:
        channels, filters = whole_number(in_channels, "in_channels"), whole_number(out_channels, "out_channels")
        sizes = steps_of(kernel_size, self.axes, "kernel_size")
        has_bias = flag(bias, "bias")
        self.stride = steps_of(stride, self.axes, "stride")
        # A pair stands for both ends of the axis of a signal, and for the two axes of an image.
        each = [padding] if self.axes == 1 and not isinstance(padding, str) else padding
        sides_of(each, sizes, sizes, self.stride)  # refuses anything that is not a padding
        self.padding = padding
        self.weight = parameter(drawn(resolve(init), (filters, channels, *sizes)), "weight")
        self.bias = parameter(np.zeros(filters), "bias") if has_bias else None

    def forward(self, x: Any) -> Tensor:
        x = as_array(x)
        channels = self.weight.shape[1]
        alone = x.ndim == self.axes + 1
        if not (alone or x.ndim == self.axes + 2) or x.shape[-1 - self.axes] != channels:
            raise InputValueError(
                f"{type(self).__name__} takes an array [sample, channel, {self.places}] with {channels} channels, or "
                f"[channel, {self.places}] for one sample, not of shape {x.shape}"
            )
        x = x[None] if alone else x
        convolve: Any = autograd.conv1d if self.axes == 1 else autograd.conv2d
        z = convolve(x, beside(self.weight, x), beside(self.bias, x), self.stride, self.padding)
        return z[0] if alone else z  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        filters, channels, *sizes = self.weight.shape
        return self._described(f"{channels} -> {filters}, {'x'.join(map(str, sizes))}")


class Conv1d(_Convolution):
    """The convolution of signals with filters, plus a bias for each filter; see `autograd.conv1d`.

    ``z[n, f, a] = bias[f] + Σ weight[f, c, i] x[n, c, s a + i]``, summed over c and i, with the stride s

    Parameters
    ----------
    in_channels, out_channels : int
        The number of channels of the signals, and the number of filters.
    kernel_size : int
        The length of a filter.
    stride : int
        The step from one place to the next.
    padding : int, (before, after), or "same"
        The number of zeros at the ends.
    bias : bool
        True if a bias is added to each filter's output; it is 0 at first.
    init : str or callable
        The distribution of the initial weights; see `nn.init`. By default He's uniform one with a fan-in of
        ``in_channels * kernel_size``.

    Raises
    ------
    InputTypeError, InputValueError
        If a size is not a positive whole number; in a call, if the input has another number of channels or axes.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import Conv1d, init
    >>> layer = Conv1d(1, 2, 3, init=init.constant(0.5))
    >>> x = Tensor([[[1.0, 2.0, 3.0, 4.0]]])  # one sample with one channel
    >>> z = layer(x); z.sum().backward()
    >>> z.numpy()[0], layer.weight.grad[0]
    (array([[3. , 4.5],
           [3. , 4.5]]), array([[3., 5., 7.]]))
    >>> layer
    Conv1d(1 -> 2, 3, 8 parameters)
    """

    axes, places = 1, "place"


class Conv2d(_Convolution):
    """The convolution of images with filters, plus a bias for each filter; see `autograd.conv2d`.

    ``z[n, f, a, b] = bias[f] + Σ weight[f, c, i, j] x[n, c, s a + i, s b + j]``, summed over c, i, j; s is the stride

    Parameters
    ----------
    in_channels, out_channels : int
        The number of channels of the images, and the number of filters.
    kernel_size : int or (rows, columns)
        The size of a filter.
    stride : int or (rows, columns)
        The step from one place to the next.
    padding : int, (rows, columns), or "same"
        The number of zeros around the image; for an axis also a pair (before, after).
    bias : bool
        True if a bias is added to each filter's output; it is 0 at first.
    init : str or callable
        The distribution of the initial weights; see `nn.init`. By default He's uniform one with a fan-in of
        ``in_channels * rows * columns``.

    Raises
    ------
    InputTypeError, InputValueError
        If a size is not a positive whole number; in a call, if the input has another number of channels or axes.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import Conv2d, init
    >>> layer = Conv2d(3, 5, 3, padding=1, init=init.constant(0.1))
    >>> x = Tensor([[[[1.0, 2.0], [3.0, 4.0]]] * 3])
    >>> z = layer(x); z.sum().backward()
    >>> z.shape, z.numpy()[0, 0], layer.bias.grad
    ((1, 5, 2, 2), array([[3., 3.],
           [3., 3.]]), array([4., 4., 4., 4., 4.]))
    >>> layer
    Conv2d(3 -> 5, 3x3, 140 parameters)
    """

    axes, places = 2, "row, column"
