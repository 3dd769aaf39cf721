"""Pooling: the largest number or the mean of each region of a signal or an image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import autograd
from autograd.errors import InputValueError
from autograd.functions.convolution import steps_of

from ..module import Module
from .inputs import as_array

__all__ = ["AvgPool1d", "AvgPool2d", "MaxPool1d", "MaxPool2d"]


class _Pool(Module):
    axes: ClassVar[int]
    pool: ClassVar[Callable[..., Any]]

    def __init__(self, kernel_size: Any, stride: Any = None) -> None:
        self.kernel_size = steps_of(kernel_size, self.axes, "kernel_size")
        self.stride = self.kernel_size if stride is None else steps_of(stride, self.axes, "stride")

    def forward(self, x: Any) -> Any:
        x = as_array(x)
        alone = x.ndim == self.axes + 1
        if not (alone or x.ndim == self.axes + 2):
            places = "place" if self.axes == 1 else "row, column"
            raise InputValueError(
                f"{type(self).__name__} takes an array [sample, channel, {places}], or [channel, {places}] for one "
                f"sample, not of shape {x.shape}"
            )
        y = type(self).pool(x[None] if alone else x, self.kernel_size, self.stride)
        return y[0] if alone else y

    def __repr__(self) -> str:
        sizes, steps = ("x".join(map(str, each)) for each in (self.kernel_size, self.stride))
        return f"{type(self).__name__}({sizes}, stride {steps})"


class MaxPool1d(_Pool):
    """The largest number of each region of a signal; see `autograd.max_pool1d`.

    Parameters
    ----------
    kernel_size : int
        The length of a region.
    stride : int, optional
        The step from one region to the next; by default the regions lie side by side, and a smaller rest at the
        end is dropped.

    Raises
    ------
    InputValueError
        If a size is not a positive whole number; in a call, if the input has another number of axes, or is smaller
        than a region.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import MaxPool1d
    >>> x = Tensor([[[1.0, 5.0, 2.0, 3.0]]])
    >>> y = MaxPool1d(2)(x); y.sum().backward()
    >>> y.numpy()[0, 0], x.grad[0, 0]
    (array([5., 3.]), array([0., 1., 0., 1.]))
    """

    axes, pool = 1, autograd.max_pool1d


class MaxPool2d(_Pool):
    """The largest number of each region of an image; equal ones share the gradient. See `autograd.max_pool2d`.

    Parameters
    ----------
    kernel_size : int or (rows, columns)
        The size of a region.
    stride : int or (rows, columns), optional
        The step from one region to the next, as in `MaxPool1d`.

    Raises
    ------
    InputValueError
        As `MaxPool1d`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import MaxPool2d
    >>> x = Tensor([[[[1.0, 5.0], [2.0, 3.0]]]])
    >>> y = MaxPool2d(2)(x); y.backward()
    >>> y.item(), x.grad[0, 0]
    (5.0, array([[0., 1.],
           [0., 0.]]))
    """

    axes, pool = 2, autograd.max_pool2d


class AvgPool1d(_Pool):
    """The mean of each region of a signal; see `autograd.avg_pool1d`.

    Parameters
    ----------
    kernel_size : int
        The length of a region.
    stride : int, optional
        The step from one region to the next, as in `MaxPool1d`.

    Raises
    ------
    InputValueError
        As `MaxPool1d`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import AvgPool1d
    >>> x = Tensor([[[1.0, 5.0, 2.0, 3.0]]])
    >>> y = AvgPool1d(2)(x); y.sum().backward()
    >>> y.numpy()[0, 0], x.grad[0, 0]
    (array([3. , 2.5]), array([0.5, 0.5, 0.5, 0.5]))
    """

    axes, pool = 1, autograd.avg_pool1d


class AvgPool2d(_Pool):
    """The mean of each region of an image; see `autograd.avg_pool2d`.

    Parameters
    ----------
    kernel_size : int or (rows, columns)
        The size of a region.
    stride : int or (rows, columns), optional
        The step from one region to the next, as in `MaxPool1d`.

    Raises
    ------
    InputValueError
        As `MaxPool1d`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import AvgPool2d
    >>> x = Tensor([[[[1.0, 5.0], [2.0, 4.0]]]])
    >>> y = AvgPool2d(2)(x); y.backward()
    >>> y.item(), x.grad[0, 0]
    (3.0, array([[0.25, 0.25],
           [0.25, 0.25]]))
    """

    axes, pool = 2, autograd.avg_pool2d
