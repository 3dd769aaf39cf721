"""The parts that the scripts share: arguments, progress, pictures."""

from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure

from .arguments import amount, argument_parser, count, parse, run
from .plotting import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    SKY,
    VERMILION,
    YELLOW,
    figure,
    label,
    loss_curve,
    panels,
    save,
)
from .training import moons_network, progress, report, sow, strongest

__all__ = [
    "BLUE",
    "GREEN",
    "ORANGE",
    "PINK",
    "SKY",
    "VERMILION",
    "YELLOW",
    "Axes",
    "ContourSet",
    "Figure",
    "amount",
    "argument_parser",
    "count",
    "figure",
    "label",
    "loss_curve",
    "moons_network",
    "panels",
    "parse",
    "progress",
    "report",
    "run",
    "save",
    "sow",
    "strongest",
]
