"""The axes of matplotlib that a plot is drawn on: those of the user, or new ones."""

from __future__ import annotations

from typing import Any

from ..errors import InputTypeError, described

__all__ = ["axes_of"]


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
