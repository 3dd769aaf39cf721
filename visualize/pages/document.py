"""``page``: a program to step through, as one HTML file that needs nothing else.

    the drawing, laid out once   ─┐
    the program as data           ├──>  page.html, with page.css; the scripts, live.html and live.css are packed inside
    the steps in sentences       ─┘

The script shows the recorded numbers. When the reader changes one, it evaluates the program again, forward and
backward, by the same rules of the table, which `visualize.javascript` writes as JavaScript. The page opens from a disk,
loads nothing from a network, and is complete without its script: then it shows the finished state and lists the steps.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from autograd import Film, InputTypeError, InputValueError, Program, Value
from autograd.programs.listing import only_numbers

from ..canvas.shapes import Picture
from ..canvas.svg import number
from ..canvas.theme import THEMES
from ..drawing import as_program
from ..picture.options import SHOW, check_options, file_to_write, seconds
from ..picture.render import TIMEOUT
from ..programs.compose import compose
from ..programs.contents import diagram_of
from ..programs.diagram import Legend, Style
from ..programs.drawn import drawn
from ..programs.facts import Facts
from ..programs.fold import Wish
from ..programs.graph import Graph
from .content import gradient_texts, page_record, transcript
from .modules import frames_in, modules_of, single_uses
from .points import points_of
from .reel import Reel, reel_of
from .script import asset, data_of, packed, policy, script_of
from .svg import content, with_numbers

__all__ = ["Page", "page"]

MOST = 500  # values
SUFFIXES = (".html", ".htm")


class Page:
    """A program to step through in a browser.

    Made by `page` and `play`. A notebook shows it, in a frame of its own.

    Attributes
    ----------
    html : str
        The page.
    """

    __slots__ = ("_title", "html")

    def __init__(self, html: str, title: str) -> None:
        self.html = html
        self._title = title

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, which any browser opens.

        Parameters
        ----------
        path : str or path
            The file; its ending is ``.html`` or ``.htm``.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        InputTypeError, InputValueError
            If the path is not a path, the ending is another, or the folder does not exist.
        """
        path = file_to_write(path, "a page", SUFFIXES)
        path.write_text(self.html, encoding="utf-8", newline="\n")
        return path

    def __repr__(self) -> str:
        return f"<{self._title}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return the page for a notebook, in a frame that keeps its names and styles to itself."""
        frame = (
            f'<iframe sandbox="allow-scripts" title="{html.escape(repr(self))}" srcdoc="{html.escape(self.html)}" '
            'style="width: 100%; height: 42rem; border: 1px solid #8888; border-radius: 6px"></iframe>'
        )
        return {"text/html": frame, "text/plain": repr(self)}


def page(
    y: Value | Iterable[Value] | Program | Film,
    *,
    film: Film | None = None,
    wrt: Value | str | None = None,
    data: Mapping[Value | str, Sequence[float]] | None = None,
    direction: str = "LR",
    digits: int = 4,
    timeout: float = TIMEOUT,
) -> Page:
    """Make a page on which to step through the computation of a value, and through its backward pass.

    The page shows the drawing with the numbers at the current step, and for each step the chain rule in names, formulas
    and numbers. A gradient that still lacks contributions is dashed, and shows from how many uses they have arrived.
    Arrow keys, Home, End, the space bar, the slider and clicks on boxes lead to other steps; ``page.html#step=12``
    opens at step 12.

    Inputs and parameters can be changed: typed, dragged, or moved with the arrow keys up and down. The page evaluates
    the program again, forward and backward, and lists the comparisons of Python whose results would differ; the program
    keeps the recorded branches, as in `autograd.replay`. ``page.html#step=12&x=3`` opens with 3 for ``x``. If the
    user's own operation has a rule that only Python can run, the numbers stay as recorded. "Curve" draws a value over a
    range of an input, with its tangent and the remainder of smaller and smaller steps; "Descent" takes steps of
    gradient descent on the parameters, or on all inputs if there are no parameters. Scripts use ``window.stepgrad``:
    ``names()``, ``value(name)``, ``gradient(name)``, ``set(name, x)``, ``reset()`` and ``descend(rate)``.

    A click on a box, or Enter, explains its gradient in the words of `autograd.explain`; ``/`` searches by name; ``+``,
    ``-`` and ``0``, or Ctrl and a wheel, or two fingers, change the size of the picture. "Listing" shows the program
    beside it, below the user's own lines if it was recorded with `autograd.provenance`. Modules close to one box each,
    and open by a click.

    A film, the recording of a training by `autograd.watch`, is played: a second slider and button, and the keys ``,``
    and ``.``, lead through its frames, and ``p`` plays them. Every number, formula and colour is that of the frame,
    evaluated anew from the numbers of the leaves; the curve of the loss beside the picture has the current step marked.
    The gradients are those of the loss of this step alone. ``page.html#step=12@30`` opens at step 12 of the pass in
    frame 30; scripts use ``frames()``, the number of frames, and ``frame(n)``.

    Parameters
    ----------
    y : Value, several of them, Program, or Film
        The values to show, with all that they depend on. The pass begins with 1 at each of them. Of a film, the program
        that most of its frames have; a constant that changes between frames, such as a sample, is an input there.
    film : Film, optional
        Another program plays the film: its leaves, such as parameters, take the numbers of the film's tracks. It plays
        the training of a compiled function, for instance, on the loss of one sample.
    wrt : Value or str, optional
        The page begins in forward mode by this value: the derivative of each value by it, the tangent, is computed
        together with the value, step by step. Buttons lead to reverse mode and back; both give the same derivative.
        Scripts read ``tangent(name)``.
    data : dict, optional
        Points on which the page trains: the columns of two inputs and of the target, by these values or their names.
        ``y`` is the loss of one point. "Descent" then follows the mean over the points, and colours the plane of the
        inputs by the class of the prediction, which is the last value that does not depend on the target.
    direction : str
        ``"LR"``: from left to right; ``"TB"``: from top to bottom; ``"RL"`` and ``"BT"``, the other way round.
    digits : int
        Significant digits of the numbers.
    timeout : float
        The seconds after which the layout is given up.

    Raises
    ------
    InputTypeError, InputValueError
        If ``y`` was not recorded or is too large for a page, the film has no frames or nothing to do with ``y``, or an
        option has a value that is not listed above.
    RenderError
        If there is no Graphviz here, or it failed, or it took too long.

    Examples
    --------
    >>> from autograd import Value
    >>> import visualize
    >>> x = Value(3.0, name="x")
    >>> y = x * x; y.name = "y"
    >>> page = visualize.page(y)  # doctest: +SKIP
    >>> page  # doctest: +SKIP
    <page of 2 values>
    >>> page.save("y.html")  # doctest: +SKIP
    PosixPath('y.html')
    >>> y.backward(); x.grad  # as the last step shows, 3 from each of the two uses
    6.0
    """
    listing, reel = _played(y, film)
    if len(listing) > MOST:
        raise InputValueError(
            f"a page shows up to {MOST} values, for a person to step through, and this program has {len(listing):,}; "
            "take a part of it (one example of a batch, the output of one neuron), or read print(autograd.program(y))"
        )
    if isinstance(direction, str) and direction == "tangent":
        raise InputValueError("direction is that of the picture here; page(y, wrt=x) shows the forward mode by x")
    check_options(direction, "light", None, digits)
    seconds(timeout)
    points = points_of(data, listing)
    extras: dict[str, Any] = {} if reel is None else {"film": reel.record()}
    if wrt is not None:
        extras["tangents"] = listing.find(wrt).k
    known = page_record(listing, digits)
    draw = _drawing(listing, known, direction, digits, timeout, bool(extras))
    graph, picture = draw(Wish())
    heading = " and ".join(dict.fromkeys(f"{entry.label} = {entry.expression}" for entry in listing.results))
    modules = {"views": modules_of(listing, draw), "frames": frames_in(box.place for box in graph.boxes)}
    script = script_of(listing, list(extras), modules)
    written = _written(heading, known, picture, script, data_of(listing, digits, points, extras))
    count = f"page of {len(listing):,} value{'s' if len(listing) > 1 else ''}"
    return Page(written.encode("utf-8", "replace").decode("utf-8"), count)  # a lone surrogate has no encoding


def _played(y: Any, film: Any) -> tuple[Program, Reel | None]:
    """Return the program of a page, and what it plays, if it has a film."""
    if isinstance(y, Film):
        if film is not None:
            raise InputTypeError("page takes one film: page(film), or page(loss, film=film)")
        reel = reel_of(y, None)
        return reel.program, reel
    listing = as_program(y)
    only_numbers(listing, "a page")
    return listing, None if film is None else reel_of(film, listing)


def _drawing(
    listing: Program, known: dict[str, Any], direction: str, digits: int, timeout: float, more: bool
) -> Callable[[Wish], tuple[Graph, Picture]]:
    """Return the function that draws the finished state, with some modules closed.

    The boxes have space for the texts of all other states. If other numbers come, as those of a
    film or tangents, there is space for the longest number without an exponent.
    """
    texts = gradient_texts(known)
    facts = Facts(listing)
    style = Style(direction, frozenset(SHOW), False, THEMES["light"], digits)
    widest = ["-0.0" + "8" * digits] * more
    longest = {f"n{k}": [f"so far {text}" for text in found + widest] for k, found in texts.items()}
    numbers = _numbers(known, texts)

    def draw(wish: Wish) -> tuple[Graph, Picture]:
        graph = compose(listing, facts, wish, False, None)
        diagram = single_uses(diagram_of(graph, facts, style, Legend([], [])), graph)
        return graph, drawn(with_numbers(diagram, numbers, longest), "light", "", timeout)

    return draw


def _numbers(known: dict[str, Any], texts: dict[int, list[str]]) -> dict[str, list[str]]:
    """The final numbers of the picture, by the ids of its parts."""
    boxes = {f"n{k}": [value["data"], texts[k][-1]] for k, value in enumerate(known["values"])}
    edges = {
        f"e{step['k']}_{part['position']}": [part["slope"].strip("()")]
        for step in known["backward"]
        for part in step["parts"]
    }
    return boxes | edges


def _written(heading: str, known: dict[str, Any], picture: Picture, script: str, record: str) -> str:
    lines = transcript(known)
    unpack = asset("scripts/unpack.js")
    return Template(asset("page.html")).substitute(
        title=html.escape(f"{heading}, step by step"),
        heading=html.escape(heading),
        count=f"{len(known['values'])} values",
        shape="wide" if picture.width > 1.2 * picture.height else "tall",
        width=number(picture.width),
        height=number(picture.height),
        picture=content(picture),
        start=_lines(lines.start),
        forward="\n".join(f"<li>{_lines(step)}" for step in lines.forward),
        backward="\n".join(f"<li>{_lines(step)}" for step in lines.backward),
        end=_lines(lines.end),
        record=record,
        css=asset("page.css"),
        script=packed(script),
        unpack=unpack,
        digests=policy(script, unpack),
    )


def _lines(lines: list[str]) -> str:
    return "<br>".join(map(html.escape, lines))
