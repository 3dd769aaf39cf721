"""Pictures that can be read on a slide, saved all together at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .arguments import nearest

# The colours of Okabe and Ito, which people with any kind of colour vision can tell apart: https://jfly.uni-koeln.de/color/
BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PINK, YELLOW = "#56B4E9", "#CC79A7", "#F0E442"


class _Drawing(Protocol):
    """A drawing or page of `visualize`."""

    def save(self, path: Path, /) -> object: ...


def figure(title: str, x_label: str, y_label: str) -> tuple[Figure, Axes]:
    """Make an empty picture of one plot, of 7.2 × 5.4 inches.

    Parameters
    ----------
    title : str
        The finding that the picture shows, in one line of up to 60 characters.
    x_label, y_label : str
        The names of the axes, with their units.

    Returns
    -------
    Figure, Axes
        The picture, to be given to `save`, and the plot.
    """
    picture, axes = panels(1, 1, title)
    label(axes[0], x_label, y_label)
    return picture, axes[0]


def panels(rows: int, columns: int, title: str, size: tuple[float, float] = (7.2, 5.4)) -> tuple[Figure, list[Axes]]:
    """Make a picture of several plots, without labels.

    Parameters
    ----------
    rows, columns : int
        The numbers of plots below and beside each other.
    title : str
        The finding that the picture shows, in one line of up to 60 characters.
    size : (float, float)
        Width and height in inches.

    Returns
    -------
    Figure, list of Axes
        The picture, to be given to `save`, and its plots, row by row. `label` names the axes of each.
    """
    picture = Figure(figsize=size, layout="constrained")
    picture.suptitle(title, fontsize=15, x=0.01, ha="left")
    plots = list(picture.subplots(rows, columns, squeeze=False).flat)
    for axes in plots:
        axes.tick_params(labelsize=12 if len(plots) == 1 else 10)
        axes.spines[["top", "right"]].set_visible(False)
    return picture, plots


def label(axes: Axes, x_label: str, y_label: str, title: str = "", size: int = 13) -> None:
    """Name the axes of a plot, and the plot itself where it is one of several."""
    axes.set_xlabel(x_label, fontsize=size)
    axes.set_ylabel(y_label, fontsize=size)
    axes.set_title(title, fontsize=size, loc="left")


def loss_curve(losses: Sequence[float], title: str = "The loss while training") -> Figure:
    """Plot the loss of each step on a logarithmic scale, with the number that it ends at."""
    picture, axes = figure(title, "step", "loss (logarithmic scale)")
    axes.semilogy(losses, color=BLUE, linewidth=2)
    axes.set_xlim(0, max(len(losses) - 1, 1))
    axes.grid(which="both", color="#DDDDDD", linewidth=0.6)
    axes.annotate(
        f"{losses[-1]:.4f}",
        (len(losses) - 1, losses[-1]),
        xytext=(6, 0),  # beside the end of the line, where the line cannot run
        textcoords="offset points",
        va="center",
        fontsize=12,
        color=BLUE,
    )
    return picture


def save(folder: Path, pictures: Mapping[str, tuple[Figure | _Drawing, str]]) -> None:
    """Save all pictures of a script, or none, and print a description of each.

    Parameters
    ----------
    folder : Path
        Where they are put; it is made if it is not there.
    pictures : mapping
        From the name of each file, such as ``"descent.png"``, to the picture (of matplotlib or `visualize`) and a few
        words about it.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.
    RenderError
        If a drawing needs Graphviz and there is none.
    """
    with tempfile.TemporaryDirectory(dir=nearest(folder), prefix=".") as drafts:
        for name, (picture, _) in pictures.items():
            if isinstance(picture, Figure):
                picture.savefig(Path(drafts) / name, dpi=150)
            else:
                picture.save(Path(drafts) / name)
        folder.mkdir(parents=True, exist_ok=True)
        for name in pictures:
            (Path(drafts) / name).replace(folder / name)
    print("Look at")
    wide = max(len(str(folder / name)) for name in pictures)
    for name, (_, words) in pictures.items():
        print(f"  {folder / name!s:{wide}}  {words}")
