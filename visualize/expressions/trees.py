"""The derivatives of a row as a tree, from which a script writes formulas on any names and numbers.

    rule of tanh        lambda m, x, y: (1 - y * y,)
    as a tree           ["sub", 1, ["mul", "z", "z"]]
    on x and y          1 - y²

The rule runs on recorders, which write down what they are asked for and simplify nothing: that depends on the numbers
among the arguments, and is left to the script, which does what `autograd.formulas` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.core.table import Namespace, Primitive

__all__ = ["heads", "slopes"]

Tree = Any  # a number; the name of an argument, "0", "1", …, or of the result, "z"; or a list of a head and its parts


class _Recorder:
    """An argument of a rule, or an expression of such arguments."""

    __slots__ = ("tree",)

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def __add__(self, other: Any) -> _Recorder:
        return _node("add", self, other)

    def __radd__(self, other: Any) -> _Recorder:
        return _node("add", other, self)

    def __sub__(self, other: Any) -> _Recorder:
        return _node("sub", self, other)

    def __rsub__(self, other: Any) -> _Recorder:
        return _node("sub", other, self)

    def __mul__(self, other: Any) -> _Recorder:
        return _node("mul", self, other)

    def __rmul__(self, other: Any) -> _Recorder:
        return _node("mul", other, self)

    def __truediv__(self, other: Any) -> _Recorder:
        return _node("div", self, other)

    def __rtruediv__(self, other: Any) -> _Recorder:
        return _node("div", other, self)

    def __floordiv__(self, other: Any) -> _Recorder:
        return _node("floordiv", self, other)

    def __neg__(self) -> _Recorder:
        return _node("neg", self)


def _tree(x: Any) -> Tree:
    return x.tree if isinstance(x, _Recorder) else x


def _node(head: str, *parts: Any) -> _Recorder:
    return _Recorder([head, *map(_tree, parts)])


def _several(head: str, xs: Sequence[Any], *others: Any) -> list[_Recorder]:
    """The results of a function that gives one for each of ``xs``: the position stands first."""
    return [_node(head, k, *xs, *others) for k in range(len(xs))]


class _Recording(Namespace):
    """The namespace in which a rule is written down; its safe forms are the plain ones, as in `autograd.formulas`."""

    def missing(self, op: Primitive) -> Callable[..., Any]:
        return lambda *parts: _node(op.name, *parts)


_recording = _Recording(
    **{name: lambda *parts, name=name: _node(name, *parts) for name in ("less", "equal", "sign", "maximum", "where")},
    absolute=lambda x: _node("abs", x),
    power=lambda x, y: _node("power", x, y),
    ratio=lambda x, length: x / length,
    nonzero=lambda x: x,
    ordinary=lambda _, number, __: number,
    unless=lambda _, closed, __: closed,
    base=lambda x, _: x,
    centred=lambda xs: _several("centred", xs),
    ties=lambda xs, extreme: _several("ties", xs, extreme),
    softmax=lambda xs: _several("softmax", xs),
)


def slopes(op: Primitive, count: int) -> list[Tree]:
    """Return the derivatives of an operation by each of ``count`` arguments.

    Examples
    --------
    >>> from autograd.core.ops import TABLE
    >>> slopes(TABLE["tanh"], 1)
    [['sub', 1, ['mul', 'z', 'z']]]
    """
    names = [_Recorder(str(k)) for k in range(count)]
    return [_tree(x) for x in op.derivatives(_recording, *names, _Recorder("z"))]


def heads(tree: Tree) -> set[str]:
    """Return the heads of a tree and of its parts."""
    return {tree[0]}.union(*map(heads, tree[1:])) if isinstance(tree, list) else set()
