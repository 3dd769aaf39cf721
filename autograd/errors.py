"""The errors of this project, and nothing else.

Each is also the built-in error that Python itself would raise in its place, so that ``except TypeError``
catches what a reader expects it to catch. Each message is a sentence: what was given, what was expected, what to do.
"""

__all__ = [
    "AnomalyError",
    "AutogradError",
    "CompileWarning",
    "ExpressionError",
    "GradientError",
    "InputTypeError",
    "InputValueError",
    "TapeError",
]


class AutogradError(Exception):
    """Base of every error that this project raises on purpose."""


class InputTypeError(AutogradError, TypeError):
    """Something of the wrong type was given."""


class InputValueError(AutogradError, ValueError):
    """Something of the right type, but of a value, length or name that cannot be used."""


class ExpressionError(InputValueError):
    """A text is not an expression.

    Parameters
    ----------
    sentence : str
        What is wrong.
    text : str
        What was given.
    column : int
        Where in it, counted from 0.
    """

    def __init__(self, sentence: str, text: str, column: int) -> None:
        super().__init__(f"column {column + 1}: {sentence}")
        self.text = text
        self.column = column


class TapeError(AutogradError, RuntimeError):
    """The record of a computation was asked for something that would make it untrue."""


class AnomalyError(AutogradError, ArithmeticError):
    """A nan or an infinity arose while `detect_anomaly` was watching."""


class GradientError(AutogradError, AssertionError):
    """A derivative was found to be wrong."""


class CompileWarning(UserWarning):
    """What a compiled function will not follow: numbers that are baked in, and too many ways through branches."""
