"""Arguments that nobody should give, and the check that a call answers each of them in a sentence of ours."""

import datetime
import decimal
import fractions
import math
from collections import deque

import numpy as np

from autograd import AutogradError, Tensor, Value, program

# Words of Python's and numpy's that a user cannot act on, and the longest message.
NOT_OURS = ("<locals>", "has no attribute", "zip()", "is ambiguous", "can be converted", "Exceeds the limit")
LONGEST = 400


class Mute:
    """It cannot be shown."""

    def __repr__(self):
        raise KeyError("no repr")


class Incomparable:
    """It cannot be compared."""

    __hash__ = object.__hash__

    def __eq__(self, other):
        raise KeyError("no comparison")


def _local():
    class Local:
        pass

    return Local()


ODD = {
    "None": None, "True": True, "text": "text", "no text": "", "long text": "x" * 100_000, "a label": "%1",
    "NUL": "\0", "two lines": "a\nb", "bytes": b"x", "a whole number": 3, "a negative number": -1, "zero": 0,
    "a huge number": 10**400, "a number of 5,000 digits": -(10**5000), "a half": 1.5, "nan": math.nan, "inf": math.inf,
    "the largest": 1.7e308, "the smallest": 5e-324, "complex": 1j, "a list": [1.0], "no list": [],
    "a list of None": [None], "a tuple": (1.0,), "no tuple": (),
    "a dict": {"a": None}, "no dict": {}, "a set": set(), "a deque": deque([1.0]),
    "an object": object(), "a class": int, "a function": lambda x: x, "print": print, "a local object": _local(),
    "a mute": Mute(), "an incomparable": Incomparable(), "an array": np.array([1.0, 2.0]),
    "whole numbers": np.array([1, 2]), "an array of text": np.array("a"), "objects": np.array([None, 1], dtype=object),
    "an empty array": np.zeros(0), "an array without axes": np.array(2.0), "float32": np.float32(0.5),
    "int64": np.int64(2), "bool_": np.bool_(True), "a tensor": Tensor(np.ones(3)),
    "a computed tensor": Tensor([1.0]) * 2,
    "a value": Value(1.0), "a computed value": Value(1.0) * 2, "a program": program(Value(1.0) * 2),
    "a date": datetime.date(2020, 1, 1), "a Decimal": decimal.Decimal("1.5"), "a Fraction": fractions.Fraction(1, 2),
    "a range": range(3), "a memoryview": memoryview(b"ab"), "a module": math, "an error": ValueError("x"),
    "a slice": slice(None), "an ellipsis": ..., "NotImplemented": NotImplemented,
}  # fmt: skip


def unanswered(call, odd=ODD):
    """The odd arguments to which a call neither gives something printable nor answers in a sentence of ours."""
    found = {}
    for name, given in odd.items():
        try:
            str(call(given))
        except AutogradError as error:
            message = str(error)
            if len(message) > LONGEST or "\n" in message or any(words in message for words in NOT_OURS):
                found[name] = message
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"
    return found
