"""The errors of this project, how their messages show what was given, and the check of what is installed.

Each is also the built-in error that Python itself would raise in its place, so that ``except TypeError``
catches what a reader expects it to catch. Each message is a sentence: what was given, what was expected, what to do.
"""

import os
import re
import sys
import warnings
from reprlib import Repr

__all__ = [
    "AnomalyError",
    "AutogradError",
    "CompileWarning",
    "ExpressionError",
    "GradientError",
    "InputTypeError",
    "InputValueError",
    "TapeError",
    "described",
    "endless",
    "refuse_a_mixture",
    "shortened",
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
        The error, as a sentence.
    text : str
        The text that was given.
    column : int
        The place of the error in the text, counted from 0.
    """

    def __init__(self, sentence: str, text: str, column: int) -> None:
        super().__init__(f"column {column + 1}: {sentence}")
        self.text = text
        self.column = column


class TapeError(AutogradError, RuntimeError):
    """A call would contradict the record of a computation."""


class AnomalyError(AutogradError, ArithmeticError):
    """A nan or an infinity arose while `detect_anomaly` was watching, or in a gradient that an optimizer was to use."""


class GradientError(AutogradError, AssertionError):
    """A derivative was found to be wrong."""


class CompileWarning(UserWarning):
    """A compiled function differs from its source: a number is kept as a constant, or branches have too many paths."""


# --- What was given -------------------------------------------------------------------------------------------------

_repr = Repr()  # of a container of any size it reads the beginning only
_repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxfrozenset = _repr.maxdeque = _repr.maxdict = 60
_repr.maxarray = _repr.maxlevel = 60
_repr.maxother = _repr.maxlong = _repr.maxstring = 10_000


def shortened(given: object, most: int = 40) -> str:
    """Return the repr of any object in one line of at most ``most`` characters, ending in ``…`` where it was cut.

    Examples
    --------
    >>> from autograd.errors import shortened
    >>> shortened("x" * 100_000, 8)
    "'xxxxxx…"
    """
    try:
        if isinstance(given, int) and given.bit_length() > 10_000:  # Python refuses to write out so many digits
            text = f"{'-' * (given < 0)}{hex(abs(given))}"
        else:
            text = repr(given[: most + 1]) if isinstance(given, (str, bytes)) else _repr.repr(given)
    except Exception:
        text = f"<{type(given).__name__} without a repr>"
    text = re.sub(r"\s*\n\s*", " ", text[: most + 1_000])
    if "<locals>." in text:  # the place where a function or class was defined
        text = re.sub(r"(?:[\w.]|<lambda>|<locals>)*<locals>\.", "", text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def described(given: object, most: int = 40) -> str:
    """Return the type of any object and its repr, as in ``list [1.0, 2.0]``; see `shortened`."""
    return f"{type(given).__name__} {shortened(given, most)}"


# --- What is installed -----------------------------------------------------------------------------------------------

# The files that HIPS autograd installs into its package, which has the name of ours; all versions have the marker.
MARKER = "tracer.py"
THEIRS = f"builtins.py core.py differential_operators.py extend.py misc numpy scipy test_util.py {MARKER} util.py"


def endless(given: object) -> InputValueError:
    """Return the error for a nesting of lists and dicts in which Python's recursion went too deep."""
    return InputValueError(f"{described(given)} holds itself, or is nested too deeply; give lists that come to an end")


def refuse_a_mixture(folder: str) -> None:
    """Raise if HIPS autograd was installed over this package; warn if it is elsewhere on the path.

    Both distributions have a package ``autograd``. In one folder each overwrites the other's ``__init__.py``. Either
    version of that file imports `autograd.core` first, so the call of this function stands there.

    Parameters
    ----------
    folder : str
        The folder of the package ``autograd``.

    Raises
    ------
    ImportError
        If the folder holds files of both distributions.
    """
    if os.path.exists(os.path.join(folder, MARKER)):
        theirs = [name for name in THEIRS.split() if os.path.exists(os.path.join(folder, name))]
        raise ImportError(
            f"stepgrad and HIPS autograd both have a package `autograd`, and {folder} holds files of both: "
            f"{', '.join(theirs)} belong to HIPS autograd, __init__.py to the one that was installed last, and the "
            "rest to stepgrad. Uninstall both (pip uninstall stepgrad autograd), and install each into an environment "
            "of its own"
        )
    others = (os.path.join(place, "autograd") for place in sys.path)
    other = next((other for other in others if os.path.exists(os.path.join(other, MARKER))), None)
    if other is not None:
        warnings.warn(
            f"stepgrad and HIPS autograd both have a package `autograd`: the one imported here is stepgrad's, in "
            f"{folder}, and it hides HIPS autograd's, in {other}; install each into an environment of its own",
            stacklevel=2,
        )
