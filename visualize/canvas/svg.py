"""The SVG writer: the source of the element for a picture, or for its shapes alone.

Each text states its measured length as ``textLength``, so that it takes the same space in any font. Colours are
attributes. A picture that follows the reader's theme has the light colours as attributes, and a style sheet that
replaces them with the dark ones.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator

from .shapes import Ellipse, Mark, Path, Picture, Rectangle, Shape, Text
from .text import clean
from .theme import FONT, THEMES, sheet

__all__ = ["elements", "number", "svg"]

DASHES = "5,3"
Look = Callable[[Mark], str]


def svg(picture: Picture, name: str = "picture", prefix: str = "", on_page: bool = False) -> str:
    """Return a picture as an SVG element, which is a file of its own and can also stand inside an HTML page.

    Parameters
    ----------
    picture : Picture
        The picture.
    name : str
        The class of the element, if the picture follows the reader's theme. Its style sheet names it.
    prefix : str
        The beginning of all ids and of the classes of groups, so that several pictures on a page can be told apart.
    on_page : bool
        True if the picture follows the theme of the page that it stands in, and the reader's only if that has none.
    """
    look = _Coloured(THEMES[picture.theme].named())
    inside = "\n".join(elements(picture.children, look, prefix))
    follows = picture.theme == "auto"
    width, height = number(picture.width), number(picture.height)
    about = f'font-family="{FONT}" role="img" aria-label="{_quoted(picture.title)}"'
    paper = f'<rect width="{width}" height="{height}"{look.filled("paper")}/>'
    return (
        f'<svg{_class([name] if follows else [])} xmlns="http://www.w3.org/2000/svg" '
        f'width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}" {about}>\n'
        f"{sheet(name, look.used, on_page) if follows else ''}{paper}\n{inside}\n</svg>\n"
    )


def elements(shapes: Iterable[Shape], look: Look, prefix: str = "") -> Iterator[str]:
    """The elements of shapes, with the attributes that ``look`` gives to each for its colours, lines and letters."""
    for shape in shapes:
        if isinstance(shape, Text):
            spaces = ' xml:space="preserve"' if "  " in shape.text else ""
            letters = html.escape(clean(shape.text), quote=False)
            yield (
                f'<text x="{number(shape.x)}" y="{number(shape.y)}" textLength="{number(shape.length)}" '
                f'lengthAdjust="spacingAndGlyphs"{spaces}{look(shape)}>{letters}</text>'
            )
        elif isinstance(shape, Path):
            yield f'<path d="{_outline(shape)}"{look(shape)}/>'
        elif isinstance(shape, Rectangle):
            rounded = f' rx="{number(shape.radius)}"' if shape.radius else ""
            place = f'x="{number(shape.x)}" y="{number(shape.y)}"'
            size = f'width="{number(shape.width)}" height="{number(shape.height)}"'
            yield f"<rect {place} {size}{rounded}{look(shape)}/>"
        elif isinstance(shape, Ellipse):
            place = f'cx="{number(shape.x)}" cy="{number(shape.y)}"'
            yield f'<ellipse {place} rx="{number(shape.rx)}" ry="{number(shape.ry)}"{look(shape)}/>'
        else:
            inside = "\n".join(elements(shape.children, look, prefix))
            id = f' id="{_quoted(prefix + shape.id)}"' if shape.id else ""
            yield f"<g{id}{_class(prefix + each for each in shape.classes)}>\n{inside}\n</g>"


def number(x: float) -> str:
    """A coordinate, to a tenth of a point.

    Examples
    --------
    >>> number(12.0), number(0.449), number(-0.01)
    ('12', '0.4', '0')
    """
    text = "%.1f" % x  # noqa: UP031, for it is called for every coordinate, and this is the fastest way
    if text[-1] != "0":
        return text
    return "0" if text == "-0.0" else text[:-2]


def _outline(path: Path) -> str:
    places = [f"{number(x)},{number(y)}" for x, y in path.points]
    return f"M{places[0]}{'C' if path.curved else 'L'}{' '.join(places[1:])}{'z' * path.closed}"


def _quoted(text: str) -> str:
    return html.escape(clean(text))


def _class(names: Iterable[str]) -> str:
    written = " ".join(map(_quoted, names))
    return f' class="{written}"' if written else ""


class _Coloured:
    """The attributes of shapes in the colours of a theme, and the names of those that were used."""

    def __init__(self, palette: dict[str, str]) -> None:
        self.palette = palette
        self.used: set[str] = set()

    def __call__(self, shape: Mark) -> str:
        if isinstance(shape, Text):
            bold = ' font-weight="bold"' if shape.bold else ""
            italic = ' font-style="italic"' if shape.italic else ""
            return f' font-size="{number(shape.size)}"{bold}{italic}{self.filled(shape.colour)}'
        dashed = f' stroke-dasharray="{DASHES}"' if shape.dashed else ""
        line = f' stroke="{self._of(shape.line)}" stroke-width="{number(shape.stroke)}"{dashed}' if shape.line else ""
        return self.filled(shape.fill) + line

    def filled(self, colour: str) -> str:
        return f' fill="{self._of(colour) if colour else "none"}"'

    def _of(self, colour: str) -> str:
        self.used.add(colour)
        return self.palette[colour]
