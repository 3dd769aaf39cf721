"""A pass that the user takes step by step, forwards and backwards: ``steps(y)``.

    0 ───── 1 ───── 2 ───── 3 ───── 4 ───── 5     the number of steps taken
            y       n       …                     with the last one, the gradients are deposited: all at once,
              ←back   next, until, run→           and once only

A step is computed when the pass first reaches it, and kept: going back and forward again computes nothing and changes
nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from numbers import Number
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor
from ..core.numbers import number, whole
from ..core.stores import at_once, exclusively, storing
from ..core.sweep import deposit
from ..core.tape import Node, collect
from ..core.value import Value
from ..errors import InputTypeError, InputValueError, described, shortened
from ..programs.entry import Entry
from ..programs.listing import Program, only_numbers, program
from ..text.layout import Indexed, folded, listed, painted
from ..text.numbers import MOST_DIGITS
from ..text.paper import Paper, paper
from .breakpoints import Breakpoints, Stop, change_of
from .passes import begin, steps_of
from .records import Step
from .results import one_result
from .state import State
from .tangents import tangents
from .writing import Pen, in_a_sentence

__all__ = ["Steps", "steps"]

DIRECTIONS = '"reverse", "forward" or "tangent"'


class StepList(list[Step]):
    """A list of steps whose text shows them one below the other."""

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or "[]"


class Steps(Indexed[Step], Iterator[Step]):
    """A pass that is taken step by step. Made by `steps`, which has an example.

    An iterator of `Step`. ``len(s)`` is the number of all steps, and ``s[k]`` is step k, counted from 0, wherever the
    pass stands: reading a step does not take it.

    Attributes
    ----------
    program : Program
        The program that the pass goes over.
    breakpoints : Breakpoints
        The places at which `run` and `until` stop: a list that takes values, names, operations, conditions and
        functions of a step.
    """

    _several = StepList

    def __init__(self, program: Program, seed: Any, digits: int, wrt: Entry | None = None) -> None:
        self.program = program
        self.breakpoints = Breakpoints(program, forward=seed is None)
        self._pass = begin(program, seed, digits)._replace(wrt=wrt)
        self._upcoming = self._begun()
        self._known: list[Step] = []
        self._position = 0
        self._stopped = ""
        self._receipt = Value(0.0)  # gets a gradient in the same call as all others: the sign that they have theirs

    # --- Position -----------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.program.computed)

    @property
    def position(self) -> int:
        """The number of steps taken."""
        return self._position

    @property
    def is_forward(self) -> bool:
        return self._pass.seed is None

    @property
    def order(self) -> list[Entry]:
        """The entries in the order of the pass: entry k is that of step k."""
        return self.program.computed[:: 1 if self.is_forward else -1]

    @property
    def current(self) -> Step | None:
        """The step taken last; ``None`` before the first."""
        return self[self._position - 1] if self._position else None

    @property
    def deposited(self) -> bool:
        """True if the pass has reached its end, and its gradients are deposited."""
        return self._receipt.grad is not None

    def state(self) -> State:
        """The gradients so far, with the number of uses that have arrived; in a forward pass, the values."""
        return State(self._pass, self._first(self._position)[: self._position])

    def _first(self, count: int) -> list[Step]:
        """The steps computed so far, at least ``count`` of them. The position of the pass stays."""
        try:
            self._known.extend(islice(self._upcoming, max(0, count - len(self._known))))
        except BaseException:  # an interrupt, or a rule that raised, has ended the iterator
            self._upcoming = islice(self._begun(), len(self._known), None)
            raise
        return self._known

    def _begun(self) -> Iterator[Step]:
        return steps_of(self._pass) if self._pass.wrt is None else tangents(self._pass)

    # --- Moving -------------------------------------------------------------------------------------------------------

    def __next__(self) -> Step:
        if self._position == len(self):
            self._move(self._position)
            raise StopIteration
        self._move(self._position + 1)
        return self._known[self._position - 1]

    def back(self, n: int = 1) -> Steps:
        """Take ``n`` steps back. Gradients that the pass has deposited stay deposited."""
        count = whole(n, "the number of steps back", least=1)
        if count > self._position:
            raise InputValueError(f"{self._position} steps have been taken, so one cannot go back {shortened(count)}")
        return self._move(self._position - count)

    def goto(self, where: Any) -> Steps:
        """Go to a step, past all break points.

        Parameters
        ----------
        where : Value, str or int
            A value or its name: the step at which its gradient is complete and propagated; for a leaf, the step that
            completes its gradient. Or the number of steps to be taken, the first one in ``[2/5]``; 0 is the beginning.
        """
        if isinstance(where, (Node, str)):
            return self._move(self._position_of(self.program.find(where)))
        if isinstance(where, (bool, np.bool_)) or not isinstance(where, (int, np.integer)):
            raise InputTypeError(f"one goes to a value, a name or the number of a step, not to {described(where, 60)}")
        if not 0 <= where <= len(self):
            raise InputValueError(
                f"there is no step {shortened(where)}: they are 1 to {len(self)}, and 0 is the beginning"
            )
        return self._move(int(where))

    def until(self, what: Any) -> Steps:
        """Go on to the next step that meets a condition, or to a break point before it.

        Parameters
        ----------
        what : Value, str, Primitive or callable
            A value or its name; an operation such as ``"tanh"`` or ``"*"``; a condition: ``"the first nan"``,
            ``"the first inf"``, ``"|grad| > 1"`` on the gradients that a step completes, ``"value < 0"`` on its value;
            or a function of a `Step`.
        """
        stop = self.breakpoints.read(what)
        if stop.entry is not None and self._position_of(stop.entry) <= self._position:
            raise InputValueError(
                f"{in_a_sentence(stop.text)} had its turn at step {self._position_of(stop.entry)}, and this is step "
                f"{self._position}; goto goes back"
            )
        self._go([stop])
        if not self._stopped:
            self._stopped = f"the end, and not at {in_a_sentence(stop.text)}"
        return self

    def run(self) -> Steps:
        """Go on to the next break point, or to the end of the pass."""
        return self._go([])

    def watch(self, x: Value | str) -> None:
        """Add a break point at each step that changes the gradient of a value, which is given itself or by its name."""
        self.breakpoints.stops.append(change_of(self.program.find(x), self.is_forward))

    def _go(self, stops: list[Stop]) -> Steps:
        stops = [*stops, *self.breakpoints.stops]
        self._move(self._position)
        while self._position < len(self):
            step = next(self)
            met = [in_a_sentence(stop.text) for stop in stops if stop.met(step)]
            if met:
                self._stopped = listed(met)
                break
        return self

    def _move(self, position: int) -> Steps:
        self._first(position)
        if position == len(self) and not self.is_forward and not self.deposited:
            exclusively(self._deposit)
        self._position = position
        self._stopped = ""
        return self

    def _position_of(self, entry: Entry) -> int:
        """The number of steps taken once the step of an entry is; for a leaf, once its gradient is complete."""
        if entry.op is None:
            if self.is_forward:
                raise InputValueError(f"{in_a_sentence(entry)} is a leaf: it is there before the first step")
            uses = [k for each in self.program if each.node is entry.node for k in each.uses]
            if not uses:
                raise InputValueError(f"{in_a_sentence(entry)} takes part in no step: it is what the pass begins with")
            entry = self.program[min(uses)]
        place = bisect_left(self.program.computed, entry.k, key=lambda each: each.k)
        return place + 1 if self.is_forward else len(self) - place

    def _deposit(self) -> None:
        sums = {id(each.entry.node): each for each in State(self._pass, self._known)}
        nodes = [each.entry.node for each in reversed(sums.values())]
        grads = [*(each.grad for each in reversed(sums.values())), 0.0]
        collect([entry.node for entry in self.program.results])  # whose mark says where gradients are
        at_once(storing("_adjoint", [*nodes, self._receipt], grads))
        computed = [node for node in nodes if node._op is not None]
        leaves = [*(node for node in nodes if node._op is None), self._receipt]
        deposit(computed, leaves)

    # --- Text ---------------------------------------------------------------------------------------------------------

    def text(self, on: Paper | None = None) -> str:
        """The current step and the number of steps to go, laid out for ``on``, or for standard output."""
        on = on or paper()
        pen = Pen(on, self._pass.digits)
        count = f"[{0:>{len(str(len(self)))}}/{len(self)}] "
        indent = " " * len(count)
        if self.current is None:
            lines = [painted([(count, "faint"), (self._beginning(pen), "")], on)]
        else:
            lines = [self.current.text(on)]
        if self._stopped:
            lines += [on.paint(line, "yellow") for line in folded(f"stopped at {self._stopped}", on, indent, indent)]
        lines += [on.paint(line, "faint") for line in folded(self.outlook(pen), on, indent, indent)]
        return "\n".join(lines)

    __repr__ = text

    def _beginning(self, pen: Pen) -> str:
        result = self.program.results[0]
        seed, wrt = self._pass.seed, self._pass.wrt
        if wrt is not None:
            return f"before the first step: {pen.slope(wrt, wrt)} = 1 is given"
        given = "the inputs are" if seed is None else f"{pen.name(result)}.grad = {pen.number(seed)} is"
        return f"before the first step: {given} given"

    def outlook(self, pen: Pen) -> str:
        """The number of steps to go and the next one; or the gradients, if the pass is complete."""
        left = len(self) - self._position
        if left:
            upcoming = self.program.computed[self._position if self.is_forward else left - 1]
            left_over = "; its gradients are deposited already" if self.deposited else ""
            steps = "1 step" if left == 1 else f"{left:,} steps"
            return f"{steps} to go, next: {pen.statement(upcoming)}{left_over}"
        result = self.program.results[0]
        if self.is_forward:
            wrt, results = self._pass.wrt, self.program.results
            if wrt is None:
                numbers = listed([f"{pen.name(each)} = {pen.number(each.value)}" for each in results])
            else:
                state = self.state()
                numbers = listed(
                    [f"{pen.slope(each, wrt)} = {pen.number(state.find(each.node).grad)}" for each in results]
                )
            return f"the pass is complete: {numbers}"
        if not self.deposited:
            return f"{pen.name(result)} is a leaf, and no step leads to it; run() leaves its gradient"
        leaves = list(dict.fromkeys(pen.name(entry) for entry in self.program if entry.op is None))
        have = "have their gradients" if len(leaves) > 1 else "has its gradient"
        return f"the pass is complete: {listed(leaves)} {have}"


def _is_one(gradient: Any) -> bool:
    known = isinstance(gradient, (Number, np.ndarray, Node))  # other objects may fail when they are compared
    return known and np.array_equal(gradient, 1)


def steps(
    y: Node | Iterable[Node] | Program,
    gradient: Any = None,
    *,
    direction: str = "reverse",
    wrt: Value | str | None = None,
    digits: int = 4,
) -> Steps:
    """Take the reverse pass, or the forward pass, of a value step by step.

    Each step shows one application of the chain rule: an operation ``z = f(x, …)``, its upstream gradient ``dy/dz``,
    its local derivatives, and its contributions to the gradients of its arguments. The last step deposits the
    gradients as ``y.backward()`` does, bit for bit the same: all at once, added to those that the leaves have. A pass
    that is left before its end has changed nothing.

    Parameters
    ----------
    y : Value or Tensor, several of them, or Program
        The result. The reverse pass of several begins with their sum, which is called L.
    gradient : float or array_like, optional
        The gradient that the pass begins with, as in ``y.backward(gradient)``; 1 for a single number.
    direction : {"reverse", "forward", "tangent"}
        From the result to the leaves; in the order of the computation; or in that order with the derivative of each
        entry by ``wrt`` (forward mode). The last two deposit nothing.
    wrt : Value or str, optional
        The value by which the forward mode differentiates, or its name; for ``direction="tangent"`` alone.
    digits : int
        Significant digits of the numbers shown, 1 to 767.

    Returns
    -------
    Steps
        The pass, before its first step.

    Raises
    ------
    InputTypeError, InputValueError
        If ``y`` consists of anything but recorded values, or an option is none of the above.

    Examples
    --------
    >>> from autograd import Value, steps
    >>> x1, x2 = Value(2.0, name="x1"), Value(0.0, name="x2")
    >>> w1, w2 = Value(-3.0, name="w1"), Value(1.0, name="w2")
    >>> b = Value(6.8813735870195432, name="b")
    >>> n = x1 * w1 + x2 * w2 + b; n.name = "n"
    >>> y = n.tanh(); y.name = "y"
    >>> s = steps(y)
    >>> next(s)
    [1/5] y = tanh(n) = 0.7071          upstream  dy/dy = 1
          dy/dn = 1 - y² = 0.5          n.grad = 1 × 0.5 = 0.5
    >>> s.until("*")
    [4/5] %6 = x2 * w2 = 0              upstream  dy/d%6 = 0.5
          d%6/dx2 = w2 = 1              x2.grad = 0.5 × 1 = 0.5
          d%6/dw2 = x2 = 0              w2.grad = 0.5 × 0 = 0
          stopped at *
          1 step to go, next: %5 = x1 * w1
    >>> s.state()
    after 4 of 5 steps  value   gradient
    x1 = input          2       -
    x2 = input          0       0.5
    w1 = input          -3      -
    w2 = input          1       0
    b  = input          6.881   0.5
    %5 = x1 * w1        -6      0.5
    %6 = x2 * w2        0       0.5
    %7 = %5 + %6        -6      0.5
    n  = %7 + b         0.8814  0.5
    y  = tanh(n)        0.7071  1
    >>> w1.grad is None  # nothing is deposited before the end
    True
    >>> s.run()
    [5/5] %5 = x1 * w1 = -6             upstream  dy/d%5 = 0.5
          d%5/dx1 = w1 = -3             x1.grad = 0.5 × -3 = -1.5
          d%5/dw1 = x1 = 2              w1.grad = 0.5 × 2 = 1
          the pass is complete: x1, x2, w1, w2 and b have their gradients
    >>> x1.grad, w1.grad
    (-1.5, 1.0)
    >>> steps(y, direction="forward").goto("n")
    [4/5] n = %7 + b = -6 + 6.881 = 0.8814
          1 step to go, next: y = tanh(n)
    >>> steps(y, direction="tangent", wrt=w1).run()  # the same derivative in forward mode
    [5/5] y = tanh(n) = tanh(0.8814) = 0.7071   tangent  dy/dw1 = 1
          dy/dn = 1 - y² = 0.5                  0.5 × 2 = 1
          the pass is complete: dy/dw1 = 1
    """
    if not isinstance(direction, str):
        raise InputTypeError(f"direction is {DIRECTIONS}, not {described(direction)}")
    if direction not in ("reverse", "forward", "tangent"):
        raise InputValueError(f"direction is {DIRECTIONS}, not {shortened(direction)}")
    if (direction == "tangent") is not (wrt is not None):
        raise InputValueError('wrt= and direction="tangent" go together; write steps(y, direction="tangent", wrt=x)')
    listing, digits = program(y) if direction != "reverse" else None, whole(digits, "digits", least=1, most=MOST_DIGITS)
    if listing is not None and (gradient is None or _is_one(gradient)):
        if wrt is None:
            return Steps(listing, None, digits)
        only_numbers(listing, "a forward mode in steps")
        return Steps(listing, None, digits, listing.find(wrt))
    y = one_result(y)
    seed = y.seed(gradient) if isinstance(y, Tensor) else number(1.0 if gradient is None else gradient, "gradient")
    if listing is not None:
        raise InputValueError("a forward pass begins with the inputs, and no gradient; leave gradient= away")
    return Steps(program(y), seed, digits)
