"""The errors of this project, and nothing else.

Each is also the built-in error that Python itself would raise in its place, so that ``except TypeError``
catches what a reader expects it to catch. Each message is a sentence: what was given, what was expected, what to do.
"""

__all__ = ["AnomalyError", "AutogradError", "GradientError", "InputTypeError", "InputValueError", "TapeError"]


class AutogradError(Exception):
    """Base of every error that this project raises on purpose."""


class InputTypeError(AutogradError, TypeError):
    """Something of the wrong type was given."""


class InputValueError(AutogradError, ValueError):
    """Something of the right type, but of a value, length or name that cannot be used."""


class TapeError(AutogradError, RuntimeError):
    """The record of a computation was asked for something that would make it untrue."""


class AnomalyError(AutogradError, ArithmeticError):
    """A nan or an infinity arose while `detect_anomaly` was watching."""


class GradientError(AutogradError, AssertionError):
    """A derivative was found to be wrong."""
