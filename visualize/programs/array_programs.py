"""The picture of an array program: a box for each operation on arrays, and for each array that goes in.

    ┌─────────────┐
    │ W1          │──┐    ┌───────────────────┐     ┌──────────────────┐
    │ 16×2        │  ├──> │ %1 = matmul W1 x  │ ──> │ %2 = add %1 b1   │ ──> …
    └─────────────┘  │    │ 16×B              │     │ 16×B             │
    ┌─────────────┐  │    └───────────────────┘     └──────────────────┘
    │ x  2×B      │──┘
    └─────────────┘

Boxes, colours and the legend are those of the pictures of values. There are no numbers, since an array program runs on
many different ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd import InputTypeError, InputValueError
from autograd.compiler.fused.repeats import Repeat
from autograd.compiler.showing.lines import ArrayLine, Reading
from autograd.compiler.showing.programs import ArrayProgram
from autograd.compiler.showing.repeats import repeats
from autograd.errors import described, shortened

from ..canvas.text import Line, Run, run
from ..picture.labels import LabelWriter, broken, caption
from ..picture.options import SHOW, names_in, numbers_shown
from .diagram import Diagram, Legend, Link, Node, Sign, Style
from .legend import sample

__all__ = ["Matrices", "check_matrix_options"]

MOST = 120  # lines; a longer program is folded
FIRST, LAST = 24, 16  # operations that are drawn before and after that box
STRAIGHT = 6  # the weight of an edge from operation to operation; Graphviz draws edges of large weight straight

KINDS = {"parameter": "parameter", "input": "input", "constant": "detached", "computed": "computed", "output": "output"}
SIGNS = {
    "parameter": ("W 16×2", "parameters, that training changes"),
    "input": ("x 2×B", "an argument"),
    "detached": ("c 2×100", "constants, that were baked in"),
    "computed": ("z = matmul W x", "an operation on arrays"),
    "output": ("y = relu z", "a result"),
    "fold": ("97 times more", "several operations"),
}


def check_matrix_options(
    show: Iterable[str], emphasis: str | None, depth: Any, fold: Any, expand: str | Iterable[str]
) -> None:
    """Refuse options that have no meaning for arrays without numbers and modules."""
    if numbers_shown(show) != frozenset(SHOW):
        raise InputValueError(
            "show chooses among the numbers of values, and a program of arrays has shapes instead; leave it out"
        )
    if emphasis is not None:
        raise InputValueError(
            "emphasis shows the gradients of values, and a program of arrays has none; leave it out, or draw the "
            'function as it is recorded: draw(f.__wrapped__(…), emphasis="gradient")'
        )
    if depth is not None or names_in("expand", expand):
        raise InputValueError(
            "depth and expand are for the modules of a program of values; a program of arrays has no modules: leave "
            "them out"
        )
    if fold is not None and not isinstance(fold, bool):
        raise InputTypeError(
            f"a program of arrays is folded with fold=True or not with fold=False, not with {shortened(fold)}"
        )


class Arrow(NamedTuple):
    """The uses of one box by another."""

    source: str
    target: str
    uses: int
    main: bool  # from one operation to another


class Fold(NamedTuple):
    """Lines that are one box, and the text in it."""

    heading: str
    span: str
    lines: set[int]


class Matrices:
    """The boxes and edges of an array program.

    Parameters
    ----------
    program : ArrayProgram
        The program that is drawn.
    fold : bool or None
        ``True``: an elementwise operation stands in the box of the operation whose result it takes. In a long program,
        repeated steps are one box after the first, and so is the middle of what is left, unless ``fold`` is ``False``.
    highlight : ArrayLine or str, optional
        A line to mark, or its name.

    Attributes
    ----------
    boxes : int
        The number of boxes.
    """

    def __init__(self, program: ArrayProgram, fold: bool | None, highlight: Any) -> None:
        self.program = program
        self._marked = self._found(highlight)
        self.folded: set[int] = set()
        self._users: dict[int, list[int]] = {line.k: [] for line in program}
        for line in program.computed:
            for reading in line.operands:
                for each in reading.lines:
                    self._users[each.k].append(line.k)
        groups = self._chains() if fold else [[line] for line in program.computed]
        self._folds = self._folded(groups) if len(groups) > MOST and fold is not False else []
        inside = {k for each in self._folds for k in each.lines}
        leaves = {line.k for line in program if line.is_leaf and line.k not in inside}
        alone = {k for k in leaves if inside.issuperset(self._users[k])} if inside else set()
        self._ids = {line.k: f"n{line.k}" for line in program}
        self._ids |= {line.k: f"n{group[-1].k}" for group in groups for line in group}
        for j, box in enumerate(self._folds):
            box.lines.update(k for k in alone if k not in self.folded and not box.lines.isdisjoint(self._users[k]))
            self._ids |= dict.fromkeys(box.lines, f"f{j}")
            self.folded |= box.lines
        self._groups = {group[-1].k: group for group in groups}
        self.boxes = len(set(self._ids.values()))

    def _chains(self) -> list[list[ArrayLine]]:
        """Return each operation with the elementwise operations that follow, while each result has this one reader."""
        chains: dict[int, list[ArrayLine]] = {}  # by their last line
        for line in self.program.computed:
            before = [
                each.k
                for reading in line.operands
                for each in reading.lines
                if line.plan is not None and line.plan.kind == "each" and not line.guards and each.k in chains
                and self._users[each.k] == [line.k] and not each.guards and not each.results
                and (each.shape, each.lanes) == (line.shape, line.lanes)
            ]  # fmt: skip
            chains[line.k] = [*(chains.pop(before[0]) if before else []), line]
        return list(chains.values())

    def _folded(self, groups: Sequence[Sequence[ArrayLine]]) -> list[Fold]:
        """The repeated steps after the first, and where still too many operations are left, those in the middle."""
        computed = self.program.computed
        folds = []
        for each in repeats(computed):
            begin, end = computed[each.begin + each.length].k, computed[each.end - 1].k
            lines = {line.k for group in groups if begin <= group[0].k and group[-1].k <= end for line in group}
            folds += [Fold(f"{each.times - 1:,} times more", f"{self._span(each)}", lines)] if lines else []
        inside = {k for each in folds for k in each.lines}
        left = [group for group in groups if inside.isdisjoint(line.k for line in group)]
        if len(left) > MOST:
            middle = {line.k for group in left[FIRST:-LAST] for line in group}
            span = f"{self.program[min(middle)].label} … {self.program[max(middle)].label}"
            folds.append(Fold(f"{len(middle):,} operations", span, middle))
        return folds

    def _span(self, each: Repeat) -> str:
        first, last = (self.program.computed[k].label for k in (each.begin, each.begin + each.length - 1))
        return first if first == last else f"{first} … {last}"

    def _found(self, highlight: Any) -> ArrayLine | None:
        if highlight is None:
            return None
        if isinstance(highlight, str):
            return self.program.find(highlight)
        if not isinstance(highlight, ArrayLine):
            raise InputTypeError(
                f"in a program of arrays a line is highlighted, or its name, not {described(highlight)}"
            )
        return self.program.find(highlight.label)

    # --- The contents of the picture ----------------------------------------------------------------------------------

    def diagram(self, style: Style, legend: bool) -> Diagram:
        """Return the contents of the picture."""
        nodes, boxed = [], set()
        for line in self.program:
            if self._ids[line.k] == f"n{line.k}":
                nodes.append(self._box(self._groups.get(line.k, [line]), style))
            elif line.k in self.folded and not line.is_leaf and self._ids[line.k] not in boxed:
                boxed.add(self._ids[line.k])
                nodes.append(self._fold(self._ids[line.k], style))
        links = [
            Link(f"{source}-{target}", source, target, f"{uses:,} uses" * (uses > 1), weight=STRAIGHT if main else 1)
            for source, target, uses, main in self._arrows()
        ]
        return Diagram(style, nodes, links, Legend(self._remarks(), list(self._signs(style)) if legend else []))

    def _remarks(self) -> list[str]:
        """The lines below the picture."""
        lines = ["B: the number of samples"] if any(line.lanes for line in self.program) else []
        if self.folded:
            lines.append(f"{self.boxes:,} boxes stand for {len(self.program):,} arrays; to see all: fold=False")
        return lines

    def _signs(self, style: Style) -> Iterator[tuple[Sign, str]]:
        """Return each kind of box that occurs, with its meaning."""
        kinds = {KINDS[line.role] for line in self.program if self._ids[line.k] == f"n{line.k}"}
        kinds |= {"fold"} if self.folded else set()
        for kind, (text, meaning) in SIGNS.items():
            if kind in kinds:
                yield sample(text, kind), meaning
        if any(reading.kind == "number" for line in self.program for reading in line.operands):
            yield Sign((run("z = mul "), LabelWriter(style.digits).constant("2.0"), run(" x"))), "a constant"

    def _arrows(self) -> list[Arrow]:
        uses: dict[tuple[str, str], tuple[int, bool]] = {}
        for line in self.program.computed:
            for reading in line.operands:
                for source in reading.lines:
                    ends = self._ids[source.k], self._ids[line.k]
                    if ends[0] != ends[1]:
                        count = uses[ends][0] if ends in uses else 0
                        # An operand that is made of several lines counts as one use of each.
                        uses[ends] = count + 1 if len(reading.lines) == 1 else max(count, 1), not source.is_leaf
        return [Arrow(*ends, *found) for ends, found in uses.items()]

    # --- Boxes --------------------------------------------------------------------------------------------------------

    def _box(self, lines: Sequence[ArrayLine], style: Style) -> Node:
        """The box of one line, or of a chain of them, whose last line gives the box its shape and its look."""
        pen = LabelWriter(style.digits)
        line = lines[-1]
        texts: list[Line]
        if line.is_leaf:
            texts = [(run(line.label, bold=True), caption(f" {line.operation}"))]
        else:
            texts = [text for each in lines for text in _operation(each, pen)]
        if line.shape or line.lanes:
            texts.append((run(_shape(line)),))
        if line.is_leaf:
            texts += [pen.remark(line.remark)] * bool(line.remark)
        texts += [pen.line("gives", result.removesuffix(line.size)) for result in line.results]
        texts += [pen.remark("guard")] * line.guards
        marked = any(each is self._marked for each in lines)
        classes = (line.role, "current") if marked else (line.role,)
        return Node(f"n{line.k}", KINDS[line.role], classes, tuple(texts), dashed=bool(line.guards), current=marked)

    def _fold(self, name: str, style: Style) -> Node:
        pen = LabelWriter(style.digits)
        fold = self._folds[int(name[1:])]
        leaves = sum(self.program[k].is_leaf for k in fold.lines)
        lines = [pen.heading(fold.heading), pen.remark(fold.span)] + [pen.remark(f"{leaves:,} leaves")] * (leaves > 0)
        return Node(name, "fold", ("fold",), tuple(lines))


def _shape(line: ArrayLine) -> str:
    return "×".join([*map(str, line.shape), *["B"] * line.lanes])


def _operation(line: ArrayLine, pen: LabelWriter) -> list[Line]:
    """Return the operation with its operands, in several lines if it is long; constants are marked."""
    words = [run(line.operation)] if line.operation else []
    words += [_operand(reading, pen) for reading in line.operands]
    words += [run(line.about)] if line.about else []
    first, *others = broken(([word] for word in words), " ") or [()]
    return [(run(line.label, bold=True), run(" = "), *first), *others]


def _operand(reading: Reading, pen: LabelWriter) -> Run:
    sign = "-" * (reading.sign < 0)
    return run(sign + reading.name) if reading.number is None else pen.constant(sign + pen.number(reading.number))
