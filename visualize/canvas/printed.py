"""The writer of PNG and PDF: the shapes of a picture, drawn with matplotlib.

matplotlib brings a font, DejaVu Sans, so pictures have letters on machines without fonts as well. Letters are drawn as
outlines, with the same widths as in SVG. In a PDF, invisible text lies above them, which can be searched and copied.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from .shapes import Ellipse, Group, Path, Picture, Rectangle, Shape, Text
from .text import clean
from .theme import THEMES

__all__ = ["DPI", "printed"]

DPI = 144.0  # two pixels for each point, so that a bitmap is sharp on a slide
DASHES = (5.0, 3.0)
ROUND = 0.5523  # radii: the distance from the end of a quarter circle to its control point
FONTS = [  # matplotlib ships the first; the others, where installed, have the letters of East Asia
    *["DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Hiragino Sans", "Yu Gothic", "Microsoft YaHei"],
    *["WenQuanYi Zen Hei", "Arial Unicode MS"],
]


def printed(picture: Picture, format: str, dpi: float = DPI) -> bytes:
    """Return a picture as the content of a file.

    Parameters
    ----------
    picture : Picture
        The picture. If it follows the reader's theme, it is printed in the light one.
    format : str
        ``"png"`` or ``"pdf"``.
    dpi : float
        The pixels of a bitmap per inch of 72 points.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            f"{format.upper()} is drawn by matplotlib, which is not installed: pip install matplotlib; "
            "SVG and DOT do not need it"
        ) from None
    figure = Figure(figsize=(picture.width / 72, picture.height / 72), dpi=dpi)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, picture.width), ylim=(picture.height, 0))
    axes.axis("off")
    palette = THEMES[picture.theme].named()
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)  # a box is drawn in its place
        for artist in _Artists(palette, format == "pdf").of(picture.children):
            artist.set_clip_on(False)
            axes.add_artist(artist)
        about = {"CreationDate": None} if format == "pdf" else {"Software": None}  # no date or version: reproducible
        figure.savefig(file, format=format, facecolor=palette["paper"], metadata={"Title": picture.title, **about})
    return file.getvalue()


class _Artists:
    """The shapes of a picture as artists of matplotlib."""

    def __init__(self, palette: dict[str, str], searchable: bool) -> None:
        from matplotlib import font_manager, patches, path, text, textpath, transforms

        there = set(font_manager.get_font_names())
        self.fonts = [name for name in FONTS if name in there]
        self.palette = palette
        self.searchable = searchable
        self.patches, self.path, self.text = patches, path.Path, text.Text
        self.affine = transforms.Affine2D
        self.letters = textpath.TextToPath()
        self.known: dict[tuple[str, bool, bool], tuple[Any, Any, float]] = {}
        self.properties = font_manager.FontProperties

    def of(self, shapes: Iterable[Shape]) -> Iterator[Any]:
        for shape in shapes:
            if isinstance(shape, Group):
                yield from self.of(shape.children)
            elif isinstance(shape, Text):
                yield from self._text(shape)
            elif isinstance(shape, Ellipse):
                place = (shape.x, shape.y), 2 * shape.rx, 2 * shape.ry
                yield self.patches.Ellipse(*place, **self._look(shape))
            else:
                yield self.patches.PathPatch(self._outline(shape), **self._look(shape))

    def _look(self, shape: Rectangle | Ellipse | Path) -> dict[str, Any]:
        look: dict[str, Any] = {
            "facecolor": self.palette[shape.fill] if shape.fill else "none",
            "edgecolor": self.palette[shape.line] if shape.line else "none",
            "linewidth": shape.stroke if shape.line else 0,
            "capstyle": "butt",
        }
        if shape.dashed:  # matplotlib measures dashes in line widths
            look["linestyle"] = (0, tuple(length / shape.stroke for length in DASHES))
        return look

    def _outline(self, shape: Rectangle | Path) -> Any:
        path = self.path
        if isinstance(shape, Path):
            points = list(shape.points)
            codes = [path.MOVETO] + [path.CURVE4 if shape.curved else path.LINETO] * (len(points) - 1)
            if shape.closed:
                points.append(points[0])
                codes.append(path.CLOSEPOLY)
            return path(points, codes)
        left, top, right, bottom = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
        r = min(shape.radius, shape.width / 2, shape.height / 2)
        k = r * (1 - ROUND)
        sides = [
            [(left + r, top), (right - r, top), (right - k, top), (right, top + k), (right, top + r)],
            [(right, bottom - r), (right, bottom - k), (right - k, bottom), (right - r, bottom)],
            [(left + r, bottom), (left + k, bottom), (left, bottom - k), (left, bottom - r)],
            [(left, top + r), (left, top + k), (left + k, top), (left + r, top), (left + r, top)],
        ]
        turn = [path.LINETO, path.CURVE4, path.CURVE4, path.CURVE4]
        return path([point for side in sides for point in side], [path.MOVETO, *turn * 4, path.CLOSEPOLY])

    def _text(self, shape: Text) -> Iterator[Any]:
        text = clean(shape.text)
        font, outlines, natural = self._set(text, shape.bold, shape.italic)
        across = shape.length / natural  # the font size at which the text has this length
        place = self.affine().scale(across, -shape.size).translate(shape.x, shape.y)
        yield self.patches.PathPatch(
            outlines.transformed(place), facecolor=self.palette[shape.colour], edgecolor="none", linewidth=0
        )
        if self.searchable:
            font = self._of_size(font, across)
            yield self.text(shape.x, shape.y, text, fontproperties=font, alpha=0, parse_math=False)

    def _set(self, text: str, bold: bool, italic: bool) -> tuple[Any, Any, float]:
        """A text in size 1: its font, its outlines and its width."""
        key = text, bold, italic
        if key not in self.known:
            weight: Any = "bold" if bold else "normal"
            style: Any = "italic" if italic else "normal"
            font = self.properties(family=self.fonts, size=1, weight=weight, style=style)
            scale = self.letters.FONT_SCALE
            points, codes = self.letters.get_text_path(font, text, ismath=False)
            outlines = self.path(points, codes) if len(points) else self.path([(0, 0)])
            natural, _, _ = self.letters.get_text_width_height_descent(text, self._of_size(font, scale), ismath=False)
            self.known[key] = font, outlines.transformed(self.affine().scale(1 / scale)), natural / scale or 1.0
        return self.known[key]

    def _of_size(self, font: Any, size: float) -> Any:
        font = font.copy()
        font.set_size(size)
        return font
