"""The parts that the scripts share: arguments, progress, pictures."""

from .arguments import amount, argument_parser, count, parse, run
from .plotting import BLUE, GREEN, ORANGE, PINK, SKY, VERMILION, YELLOW, Figure, figure, label, loss_curve, panels, save
from .training import progress, report, sow, strongest

__all__ = [
    "BLUE",
    "GREEN",
    "ORANGE",
    "PINK",
    "SKY",
    "VERMILION",
    "YELLOW",
    "Figure",
    "amount",
    "argument_parser",
    "count",
    "figure",
    "label",
    "loss_curve",
    "panels",
    "parse",
    "progress",
    "report",
    "run",
    "save",
    "sow",
    "strongest",
]
