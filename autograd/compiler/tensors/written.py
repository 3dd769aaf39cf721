"""A recorded call, written down as two functions: the forward pass and the reverse pass.

def forward(buffers, x0, x1, x2):   parameters, then arguments
b0, = buffers
…
return (t9,), (t3,), (x0, t5)   results; numbers by which Python decided; what the reverse pass reads

def reverse(buffers, saved, g0):    gradients by the results
x0, t5, = saved
…
return [t14, t15]               gradients by the inputs that receive one
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.tensor import Tensor
from ...core.tape import Node
from ..recording.arguments import Arguments
from ..recording.tracer import DETACH
from .call import Buffers
from .derived import Derived
from .forward import Forward
from .recording import Recorded
from .reverse import Reverse
from .source import Line, Name, Writer, compiled_text, names_in
from .steps import Steps

__all__ = ["Written", "written"]


class Written(NamedTuple):
    """A program as two functions.

    Attributes
    ----------
    forward, reverse : callable
        The two passes.
    sources : tuple of str
        Their text.
    inputs : list of Node or Derived
        What the forward pass is called with, in the recorded call: nodes outside the function, then arguments.
    positions : list of int
        The places of these arguments among all numbers and arrays of a call.
    receives : list of int
        The places of the inputs that receive a gradient.
    outputs : list of Node or Derived
        The results that are computed, each once.
    seeded : list of int
        The places of the outputs that a gradient may come from.
    buffers : tuple of Buffers
        The buffers of the two passes.
    counts : tuple of int
        The number of array operations of each pass.
    """

    forward: Callable[..., Any]
    reverse: Callable[..., Any]
    sources: tuple[str, str]
    inputs: list[Any]
    positions: list[int]
    receives: list[int]
    outputs: list[Any]
    seeded: list[int]
    buffers: tuple[Buffers, Buffers]
    counts: tuple[int, int]


def written(recorded: Recorded, steps: Steps, given: Arguments, writer: Writer) -> Written:
    """Write a recorded call down as two functions."""
    names: dict[int, Name] = {}
    arguments = [(k, leaf) for k, leaf in enumerate(recorded.leaves) if leaf is not None]
    inputs = [*steps.outer, *(leaf for _, leaf in arguments)]
    for k, leaf in enumerate(inputs):
        names[id(leaf)] = writer.given(f"x{k}", leaf.array if isinstance(leaf, Derived) else leaf._data)
    forward = Forward(writer, names, recorded.kept)
    for x in steps.computed:
        forward.step(x)
    split = len(writer.lines)
    writer.turn()

    computed = {id(x) for x in steps.computed}
    outputs = [*{id(x): x for x in recorded.result.values if id(x) in computed}.values()]
    to_outer = [id(x) in steps.reached and x._number < recorded.began for x in steps.outer]
    to_given = [id(leaf) in steps.reached and isinstance(given.shared[k], Node) for k, leaf in arguments]
    receives = [k for k, to in enumerate([*to_outer, *to_given]) if to]
    reached = steps.reached & _depending_on([inputs[k] for k in receives], steps)
    seeded = [k for k, x in enumerate(outputs) if id(x) in reached]

    reverse = Reverse(forward, reached)
    seeds: list[Name] = []
    for k in seeded:
        x = outputs[k]
        seed = np.ones(x._data.shape, x._data.dtype) if isinstance(x, Tensor) else 1.0
        seeds.append(writer.given(f"g{len(seeds)}", seed))
        reverse.add_seed(x, seeds[-1])
    for x in reversed(steps.computed):
        if isinstance(x, Node) and id(x) in reached and x._op is not DETACH:
            reverse.step(x)
    gradients = [reverse.gradient(inputs[k]) for k in receives]

    given_back = [names[id(x)] for x in outputs]
    decided = [names[id(each.asked)] for each in recorded.decisions]
    second = _needed(writer.lines[split:], gradients)
    count_back = len(second)
    second = writer.joined(second, gradients)
    own = {*(line.target for line in second if line.target not in names_in(line.operands)), *seeds}
    read = [*(x for line in second for x in names_in(line.operands)), *gradients]
    saved = [*dict.fromkeys(x for x in read if x not in own)]
    first = _needed(writer.lines[:split], [*given_back, *decided, *saved])
    counts = len(first), count_back
    first = writer.joined(first, [*given_back, *decided, *saved])
    first = writer.in_place(first, [*given_back, *decided, *saved])
    second = writer.in_place(second, gradients)
    first, buffers = writer.in_buffers(first, [*given_back, *decided, *saved], [*given_back, *decided])
    second, buffers_back = writer.in_buffers(second, gradients, gradients)
    results = ", ".join(map(_tuple, (given_back, decided, saved)))
    run, text = compiled_text("forward", [names[id(x)] for x in inputs], [], first, results)
    back, text_back = compiled_text("reverse", ["saved", *seeds], saved, second, f"[{', '.join(map(str, gradients))}]")
    positions = [k for k, _ in arguments]
    in_common = Buffers(buffers), Buffers(buffers_back)
    return Written(run, back, (text, text_back), inputs, positions, receives, outputs, seeded, in_common, counts)


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(names)}{',' * (len(names) == 1)})"


def _needed(lines: Sequence[Line], results: Iterable[Name]) -> list[Line]:
    """The lines on which the results depend."""
    needed = {*results}
    found = []
    for line in reversed(lines):
        if line.target in needed:
            needed.update(names_in(line.operands))
            found.append(line)
    return found[::-1]


def _depending_on(inputs: Iterable[Node], steps: Steps) -> set[int]:
    """The identities of the inputs, and of the nodes that are computed from them."""
    found = {id(x) for x in inputs}
    for x in steps.computed:
        if isinstance(x, Node) and x._op is not DETACH and any(id(each) in found for each in x.arguments()):
            found.add(id(x))
    return found
