"""Curves by matplotlib, on the axes of the user or on new ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import InputTypeError, described

__all__ = ["axes_of", "curves"]


def axes_of(given: Any) -> Any:
    """Return the axes that were given; for ``None``, those of a new figure.

    Raises
    ------
    InputTypeError
        If they are no axes.
    ImportError
        If matplotlib is not installed, and new axes are needed.
    """
    if given is None:
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise ImportError("plot draws with matplotlib, which is not installed: pip install matplotlib") from None
        return Figure(layout="constrained").add_subplot()
    if not hasattr(given, "set_xlabel"):
        raise InputTypeError(f"ax takes axes of matplotlib, such as those of plt.subplots(), not {described(given)}")
    return given


def curves(ax: Any, counted: str, counts: Any, columns: Sequence[tuple[str, Any]]) -> Any:
    """Draw columns over whole numbers, and return the axes.

    Parameters
    ----------
    ax : matplotlib Axes or None
        The axes, as `axes_of` takes them.
    counted : str
        The name of what the whole numbers count.
    counts, columns : sequence of int, sequence of pairs
        The whole numbers; for each curve its label and its numbers.
    """
    ax = axes_of(ax)
    for label, column in columns:
        ax.plot(counts, column, label=label)
    ax.set_xlabel(counted)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if len(columns) > 1:
        ax.legend(frameon=False)
    elif columns:
        ax.set_ylabel(columns[0][0])
    return ax
