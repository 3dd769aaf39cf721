"""The look of pictures: the shape and colours of each kind of box, and those that all boxes, edges and frames share.

The hues are those of Okabe and Ito, which people with any kind of colour vision can tell apart. Shapes, borders and
line widths carry the same information as colours, for a copy in grey. Each colour has a light and a dark form. A
picture that follows the reader's setting has the light colours and a style sheet that replaces them with the dark ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

__all__ = [
    "DARK",
    "FONT",
    "LEVELS",
    "LIGHT",
    "SHAPES",
    "SMALL",
    "THEMES",
    "WIDTHS",
    "Colours",
    "Shape",
    "sheet",
    "widest",
]

FONT = "Helvetica,Arial,sans-serif"
SMALL = 11  # points; captions and numbers in a box
COLUMN, LEAST = 830, 9  # pixels: the width of a column of text, and the height of the smallest legible text in it


def widest(smallest: float) -> float:
    """Return the width of the widest picture, in points, whose smallest text can be read in a column of text.

    Columns of GitHub, of documentation and of notebooks are about 830 pixels wide, and scale wider pictures down.

    Examples
    --------
    >>> round(widest(SMALL))  # 830 · 11 / 9
    1014
    """
    return COLUMN * smallest / LEAST


class Shape(NamedTuple):
    """The shape of one kind of box, in Graphviz's words."""

    shape: str
    style: str
    peripheries: int = 1


SHAPES = {
    "parameter": Shape("cylinder", "filled"),
    "input": Shape("box", "filled"),
    "detached": Shape("octagon", "filled"),
    "computed": Shape("box", "rounded,filled"),
    "output": Shape("box", "rounded,filled", peripheries=2),
    "fold": Shape("box3d", "filled"),
}


class Colours(NamedTuple):
    """The colours of a theme. A pair is the fill and the border of a kind of box; the levels are those of edges."""

    paper: str
    ink: str
    faint: str  # captions
    constant: str  # constants have no box: they stand in the expression, in this colour and in italics
    label: str
    line: str
    frame: str
    accent: str
    current: str
    parameter: tuple[str, str]
    input: tuple[str, str]
    detached: tuple[str, str]
    computed: tuple[str, str]
    output: tuple[str, str]
    fold: tuple[str, str]
    levels: tuple[str, ...]

    def every(self) -> list[str]:
        """Return all colours, in the same order for every theme."""
        return [each for field in self for each in ([field] if isinstance(field, str) else field)]

    def of(self, name: str) -> str:
        """Return the colour that has this name in shapes, such as ``input.fill``."""
        return _by_name(self)[name]

    def named(self) -> dict[str, str]:
        """Return all colours by their names in shapes: ``ink``, ``input.fill``, ``levels.2``."""
        return {name: colour.lower() for name, colour in _by_name(self).items()}


@cache
def _by_name(colours: Colours) -> dict[str, str]:
    found = {}
    for name, field in colours._asdict().items():
        if isinstance(field, str):
            found[name] = field
        else:
            parts = range(len(field)) if name == "levels" else ("fill", "line")
            found |= {f"{name}.{part}": colour for part, colour in zip(parts, field, strict=True)}
    return found


LIGHT = Colours(
    paper="#FFFFFF",
    ink="#1A1A1A",
    faint="#5A5A5A",
    constant="#9C2F6E",
    label="#333333",
    line="#7A7A7A",
    frame="#8A8A8A",
    accent="#B83200",
    current="#FFF4B8",
    parameter=("#FCE8CF", "#B35900"),
    input=("#DCEEFB", "#0072B2"),
    detached=("#E9E7DF", "#6B6652"),
    computed=("#F4F4F4", "#6E6E6E"),
    output=("#D9F2E6", "#00795A"),
    fold=("#EDE9F8", "#6A55A5"),
    levels=("#B4B4B4", "#9AA3AD", "#6C8FB0", "#2B76B5", "#004B87"),
)
DARK = Colours(
    paper="#0D1117",
    ink="#F0F3F6",
    faint="#ABB4BE",
    constant="#F29BCB",
    label="#D5DBE1",
    line="#8B949E",
    frame="#6B747E",
    accent="#FF9B66",
    current="#4A3F0A",
    parameter=("#40290C", "#F0A53A"),
    input=("#0F2E47", "#56B4E9"),
    detached=("#2C2A22", "#B5AE96"),
    computed=("#21272E", "#9AA4AF"),
    output=("#0C3A2D", "#35C79A"),
    fold=("#2B2540", "#A996E6"),
    levels=("#4A525B", "#5D6B79", "#5585AD", "#58A9E8", "#A5D5FF"),
)
THEMES = {"light": LIGHT, "dark": DARK, "auto": LIGHT}

LEVELS = len(LIGHT.levels)  # the number of levels of an edge's emphasis, one for every factor of ten
WIDTHS = (0.6, 1.2, 2.2, 3.6, 5.2)  # points


# The attributes that mark a light or a dark page in JupyterLab, VS Code, Colab and Sphinx.
_PAGES = {
    "light": ('[data-jp-theme-light="true"]', ".vscode-light", '[theme="light"]', '[data-theme="light"]'),
    "dark": ('[data-jp-theme-light="false"]', ".vscode-dark", '[theme="dark"]', '[data-theme="dark"]'),
}


def sheet(name: str, palette: Iterable[str], on_page: bool = False) -> str:
    """The style sheet of a picture in light colours that shows it in dark ones to readers who prefer them.

    Each colour becomes a variable, which the sheet sets for both themes. The sheet names only the colours of the
    palette, and applies only to the element of the class ``name`` and its contents. A viewer without CSS variables
    shows the light colours, which are attributes. ``on_page`` is for a picture inside a page: if the page says that it
    is light or dark, the picture follows the page.
    """
    light, dark = LIGHT.named(), DARK.named()
    colours = [key for key in light if key in set(palette)]
    rules = "".join(
        f'.{name} [{what}="{light[key]}"]{{{what}:var(--{_variable(key)})}}'
        for key in colours
        for what in ("fill", "stroke")
    )
    in_light, in_dark = (";".join(f"--{_variable(key)}:{theme[key]}" for key in colours) for theme in (light, dark))
    by_reader = f"@media screen and (prefers-color-scheme:dark){{.{name}{{{in_dark}}}}}"
    by_page = ""
    for theme, colours_of_it in (("light", in_light), ("dark", in_dark)) if on_page else ():
        by_page += f"{','.join(f'{page} .{name}' for page in _PAGES[theme])}{{{colours_of_it}}}"
    return f"<style>.{name}{{{in_light}}}{by_reader}{by_page}{rules}</style>"


def _variable(key: str) -> str:
    return key.replace(".", "-")
