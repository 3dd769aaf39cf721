"""Recurrent layers: a state that each step of a sequence changes.

    RNN     h' = tanh(W x + b + U h + c)
    GRU     r, z = σ(…), σ(…);  n = tanh(W x + b + r (U h + c));  h' = (1 - z) n + z h
    LSTM    i, f, o = σ(…), σ(…), σ(…);  g = tanh(…);  c' = f c + i g;  h' = o tanh(c')

A cell makes one step, and a layer makes the steps of a sequence. Equations and shapes are PyTorch's: ``weight_ih``
multiplies the input and ``weight_hh`` the state, and the rows of both are stacked gate by gate, in the order r z n, or
i f g o.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.arrays.of_values import is_array_of_values
from autograd.errors import InputTypeError, InputValueError, described

from ..given import whole_number
from ..init import Initializer, drawn, resolve, uniform
from ..members import parameter
from ..module import Module
from .inputs import affine, as_array, beside, flag

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]

# --- One step ---------------------------------------------------------------------------------------------------------


class _Cell(Module):
    gates: ClassVar[int]
    states: ClassVar[int] = 1  # the number of arrays in the state

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, init: str | Initializer | None = None
    ) -> None:
        width, hidden = whole_number(input_size, "input_size"), whole_number(hidden_size, "hidden_size")
        draw = uniform(-1 / math.sqrt(hidden), 1 / math.sqrt(hidden)) if init is None else resolve(init)
        rows, has_bias = self.gates * hidden, flag(bias, "bias")
        self.weight_ih = parameter(drawn(draw, (rows, width)), "weight_ih")
        self.weight_hh = parameter(drawn(draw, (rows, hidden)), "weight_hh")
        self.bias_ih = parameter(drawn(draw, (rows,)), "bias_ih") if has_bias else None
        self.bias_hh = parameter(drawn(draw, (rows,)), "bias_hh") if has_bias else None

    @property
    def hidden_size(self) -> int:
        """The length of the state."""
        hidden: int = self.weight_hh.shape[1]
        return hidden

    def forward(self, x: Any, state: Any = None) -> Any:
        name = type(self).__name__
        given = self._input(x, name)
        if given.ndim not in (1, 2):
            raise InputValueError(f"{name} takes an array [sample, feature], or [feature], not of shape {given.shape}")
        new = self._step(self._weights(given), given, self._state(state, given, given.shape[:-1], name))
        return new if self.states > 1 else new[0]

    def _input(self, x: Any, name: str) -> Any:
        """An input as an array whose last axis is that of the features."""
        given, width = as_array(x), self.weight_ih.shape[1]
        if not given.ndim or given.shape[-1] != width:
            raise InputValueError(
                f"{name} takes {width} features, along the last axis, not an array of shape {given.shape}"
            )
        return given

    def _weights(self, x: Any) -> tuple[Any, ...]:
        """The weights and the biases in the form of an input; see `beside`."""
        return tuple(beside(each, x) for each in (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh))

    def _state(self, state: Any, x: Any, samples: tuple[int, ...], name: str) -> tuple[Any, ...]:
        """The arrays of a state, which are zeros if none is given."""
        shape = (*samples, self.hidden_size)
        if state is None:
            zeros = np.zeros(shape)
            return (zeros.astype(object) if is_array_of_values(x) else zeros,) * self.states
        parts = (state,) if self.states == 1 else state
        if self.states > 1 and not (isinstance(state, (tuple, list)) and len(state) == self.states):
            raise InputTypeError(f"{name} takes its state as a pair (h, c), not {described(state)}")
        found = tuple(as_array(part) for part in parts)
        for each in found:
            if each.shape != shape:
                raise InputValueError(f"the state of {name} has the shape {shape} here, not {each.shape}")
        return found

    def _step(self, weights: tuple[Any, ...], x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the next state."""
        raise NotImplementedError  # pragma: no cover - each cell has it

    def _parts(self, z: Any) -> list[Any]:
        """The parts of an array for each gate, which lie side by side along the last axis."""
        return autograd.split(z, self.gates, axis=-1)

    def __repr__(self) -> str:
        return self._described(f"{self.weight_ih.shape[1]} -> {self.hidden_size}")


class RNNCell(_Cell):
    """A step of a plain recurrent net: ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``; Elman 1990.

    Parameters
    ----------
    input_size, hidden_size : int
        The number of features of the input, and the length of the state.
    bias : bool
        True if there are the biases ``b_ih`` and ``b_hh``.
    init : str or callable, optional
        The distribution of all initial parameters; see `nn.init`. By default U(-a, a) with ``a = 1 / √hidden_size``, as
        in PyTorch.

    Raises
    ------
    InputTypeError, InputValueError
        If a size is not a positive whole number; in a call ``cell(x, h)``, if the shapes are not [sample, feature] and
        [sample, hidden], or [feature] and [hidden]. If no state is given, it is 0.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import RNNCell, init
    >>> cell = RNNCell(2, 1, init=init.constant(0.5))
    >>> x = Tensor([1.0, -1.0]); h = cell(x); h.sum().backward()
    >>> h.numpy().round(4), x.grad.round(4)
    (array([0.7616]), array([0.21, 0.21]))
    """

    gates = 1

    def _step(self, weights: tuple[Any, ...], x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
        w_ih, w_hh, b_ih, b_hh = weights
        return (autograd.tanh(affine(x, w_ih, b_ih) + affine(state[0], w_hh, b_hh)),)


class GRUCell(_Cell):
    """A step of a gated recurrent unit; Cho et al. 2014, with the reset gate after the product, as in PyTorch.

    ``r, z = σ(W_ih x + b_ih + W_hh h + b_hh)``, ``n = tanh(W_in x + b_in + r (W_hn h + b_hn))``,
    ``h' = (1 - z) n + z h``. Each gate has its own rows of the weights and biases.

    Parameters
    ----------
    input_size, hidden_size, bias, init
        As in `RNNCell`.

    Raises
    ------
    InputTypeError, InputValueError
        As `RNNCell`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import GRUCell, init
    >>> cell = GRUCell(1, 1, init=init.constant(0.0))
    >>> h = Tensor([1.0]); new = cell([1.0], h); new.sum().backward()
    >>> new.numpy(), h.grad
    (array([0.5]), array([0.5]))
    """

    gates = 3

    def _step(self, weights: tuple[Any, ...], x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
        w_ih, w_hh, b_ih, b_hh = weights
        (h,) = state
        rx, zx, nx = self._parts(affine(x, w_ih, b_ih))
        rh, zh, nh = self._parts(affine(h, w_hh, b_hh))
        z = autograd.sigmoid(zx + zh)
        n = autograd.tanh(nx + autograd.sigmoid(rx + rh) * nh)
        return ((1 - z) * n + z * h,)


class LSTMCell(_Cell):
    """A step of a net with long short-term memory; Hochreiter & Schmidhuber 1997, Gers et al. 2000.

    ``i, f, g, o = W_ih x + b_ih + W_hh h + b_hh``, ``c' = σ(f) c + σ(i) tanh(g)``, ``h' = σ(o) tanh(c')``

    Each gate has its own rows of the weights and biases. The state is a pair (h, c), and so is the result.

    Parameters
    ----------
    input_size, hidden_size, bias, init
        As in `RNNCell`.

    Raises
    ------
    InputTypeError, InputValueError
        As `RNNCell`; if the state is not a pair.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import LSTMCell, init
    >>> cell = LSTMCell(1, 1, init=init.constant(0.0))
    >>> c = Tensor([2.0]); h, new = cell([1.0], ([0.0], c)); new.sum().backward()
    >>> new.numpy(), h.numpy().round(4), c.grad
    (array([1.]), array([0.3808]), array([0.5]))
    """

    gates, states = 4, 2

    def _step(self, weights: tuple[Any, ...], x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
        w_ih, w_hh, b_ih, b_hh = weights
        h, c = state
        i, f, g, o = self._parts(affine(x, w_ih, b_ih) + affine(h, w_hh, b_hh))
        c = autograd.sigmoid(f) * c + autograd.sigmoid(i) * autograd.tanh(g)
        return autograd.sigmoid(o) * autograd.tanh(c), c


# --- Sequences --------------------------------------------------------------------------------------------------------


class _Recurrent(Module):
    kind: ClassVar[type[_Cell]]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        batch_first: bool = False,
        init: str | Initializer | None = None,
    ) -> None:
        self.cell = self.kind(input_size, hidden_size, bias, init)
        self.batch_first = flag(batch_first, "batch_first")

    def forward(self, x: Any, state: Any = None) -> tuple[Tensor, Any]:
        cell, name = self.cell, type(self).__name__
        given = cell._input(x, name)
        if given.ndim not in (2, 3) or not given.shape[0]:
            order = "sample, step, feature" if self.batch_first else "step, sample, feature"
            raise InputValueError(f"{name} takes an array [{order}], or [step, feature], not of shape {given.shape}")
        turned = self.batch_first and given.ndim == 3
        steps = autograd.swapaxes(given, 0, 1) if turned else given
        weights, now = cell._weights(given), cell._state(state, given, steps.shape[1:-1], name)
        outputs = []
        for k in range(len(steps)):
            now = cell._step(weights, steps[k], now)
            outputs.append(now[0])
        joined = np.stack(outputs) if is_array_of_values(given) else autograd.stack(outputs)
        joined = autograd.swapaxes(joined, 0, 1) if turned else joined
        return joined, (now if cell.states > 1 else now[0])  # type: ignore[return-value]

    def __repr__(self) -> str:
        return self._described(f"{self.cell.weight_ih.shape[1]} -> {self.cell.hidden_size}")


class RNN(_Recurrent):
    """A plain recurrent net over a sequence: the steps of an `RNNCell`, ``outputs, h = rnn(x, h0)``.

    Parameters
    ----------
    input_size, hidden_size, bias, init
        As in `RNNCell`.
    batch_first : bool
        True if the axes are [sample, step, feature]; by default they are [step, sample, feature], as in PyTorch. One
        sequence alone is [step, feature].

    Returns
    -------
    outputs, state
        The result of a call: the state h after each step, with the axes of the input; and the last state,
        [sample, hidden].

    Raises
    ------
    InputTypeError, InputValueError
        If a size is not a positive whole number; in a call, if the shapes do not fit. If no state is given, it is 0.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import RNN, init
    >>> rnn = RNN(1, 1, bias=False, init=init.constant(0.5))
    >>> x = Tensor([[1.0], [0.0], [0.0]])  # one sequence of three steps
    >>> outputs, h = rnn(x); h.sum().backward()
    >>> outputs.numpy().round(4).T, x.grad.round(4).T
    (array([[0.4621, 0.227 , 0.113 ]]), array([[0.092 , 0.2341, 0.4936]]))
    """

    kind = RNNCell


class GRU(_Recurrent):
    """Gated recurrent units over a sequence: the steps of a `GRUCell`, ``outputs, h = gru(x, h0)``.

    Parameters
    ----------
    input_size, hidden_size, bias, batch_first, init
        As in `RNN`.

    Raises
    ------
    InputTypeError, InputValueError
        As `RNN`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import GRU, init
    >>> gru = GRU(1, 1, init=init.constant(0.0))
    >>> h0 = Tensor([1.0]); outputs, h = gru([[1.0], [1.0]], h0); h.sum().backward()
    >>> outputs.numpy().T, h0.grad
    (array([[0.5 , 0.25]]), array([0.25]))
    """

    kind = GRUCell


class LSTM(_Recurrent):
    """Long short-term memory over a sequence: the steps of an `LSTMCell`, ``outputs, (h, c) = lstm(x, (h0, c0))``.

    Parameters
    ----------
    input_size, hidden_size, bias, batch_first, init
        As in `RNN`.

    Raises
    ------
    InputTypeError, InputValueError
        As `RNN`; if the state is not a pair.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import LSTM, init
    >>> lstm = LSTM(1, 1, init=init.constant(0.0))
    >>> c0 = Tensor([2.0]); outputs, (h, c) = lstm([[1.0], [1.0]], ([0.0], c0))
    >>> c.sum().backward()
    >>> outputs.numpy().round(4).T, c0.grad
    (array([[0.3808, 0.2311]]), array([0.25]))
    """

    kind = LSTMCell
