"""Embedding: a trained vector for each word, or for anything else that is numbered from 0."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor, Value
from autograd.arrays.of_values import is_array_of_values
from autograd.arrays.ops import ENTRY
from autograd.arrays.readonly import array_of
from autograd.arrays.tensor import evaluate
from autograd.compiler.recording.wholes import Whole
from autograd.core.context import inside_recording
from autograd.errors import InputTypeError, InputValueError, described

from ..given import whole_number
from ..init import Initializer, drawn, resolve
from ..members import parameter
from ..module import Module

__all__ = ["Embedding"]

FEW = 10_000  # numbers of a table; up to as many, a compiled function takes a row by a product with a one-hot row


class Embedding(Module):
    """The rows of a trained table, one for each index; see `autograd.embedding`.

    Parameters
    ----------
    num_embeddings : int
        The number of rows; the indices are 0, …, num_embeddings - 1.
    embedding_dim : int
        The length of a row.
    init : str or callable
        The distribution of the initial numbers; see `nn.init`. By default N(0, 1), as in PyTorch.

    Raises
    ------
    InputTypeError, InputValueError
        If a size is not a positive whole number; in a call, if an index is not a whole number, or is out of range.

    Notes
    -----
    The input is an index, or a list or an array of indices; the output has the shape of the indices, followed by that
    of a row. In a compiled function an index is an integer argument, and one program serves all indices: it multiplies
    a one-hot row by the table. From a table of more than 10,000 numbers it takes the row itself, and the function is
    recorded anew for each index.

    Examples
    --------
    >>> from nn import Embedding, init
    >>> layer = Embedding(3, 2, init=init.constant(0.5))
    >>> y = layer([2, 0, 2]); y.sum().backward()
    >>> y.shape, layer.weight.grad
    ((3, 2), array([[1., 1.],
           [0., 0.],
           [2., 2.]]))
    >>> layer
    Embedding(3 -> 2, 6 parameters)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, init: str | Initializer = "normal") -> None:
        rows, width = whole_number(num_embeddings, "num_embeddings"), whole_number(embedding_dim, "embedding_dim")
        self.weight = parameter(drawn(resolve(init), (rows, width)), "weight")

    def forward(self, index: Any) -> Tensor:
        indices = np.empty((), dtype=object)
        if isinstance(index, Value):
            indices[()] = index
        else:
            index = array_of(index, "Embedding") if isinstance(index, (list, tuple)) else index
            indices = index if is_array_of_values(index) else indices
        if not any(isinstance(each, Value) for each in indices.flat):
            if not inside_recording():
                return autograd.embedding(self.weight, index)  # type: ignore[no-any-return]
            indices = np.asarray(index, dtype=object)
        rows = np.empty((*indices.shape, self.weight.shape[1]), dtype=object)
        for place in np.ndindex(indices.shape):
            rows[place] = self._row(indices[place])
        return rows  # type: ignore[return-value]

    def _row(self, index: Any) -> Any:
        """The values of a row."""
        rows, width = self.weight.shape
        number = index.whole if isinstance(index, Whole) else index
        if isinstance(number, Value) or not isinstance(number, (int, np.integer)):
            raise InputTypeError(
                f"Embedding takes whole numbers as indices, not {described(index)}; in a compiled function, arguments "
                "that are integers"
            )
        if not 0 <= number < rows:
            raise InputValueError(f"Embedding has rows 0 to {rows - 1}, and no row {number}")
        if not inside_recording() or not isinstance(index, Whole) or self.weight.size > FEW:
            return [evaluate(ENTRY, self.weight, (int(index), k)) for k in range(width)]
        chosen = [autograd.where(index == k, 1.0, 0.0) for k in range(rows)]
        bool(autograd.sum(chosen) == 1)  # a guard: for another index out of range this is recorded anew, and refused
        return autograd.matmul(np.array(chosen), np.array(self.weight.values(), dtype=object))

    def __repr__(self) -> str:
        return self._described(f"{self.weight.shape[0]} -> {self.weight.shape[1]}")
