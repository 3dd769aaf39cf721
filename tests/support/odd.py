"""Arguments that nobody should give, and a check that a call answers each of them with a sentence of ours.

A call may take an odd argument, if it can do something with it; or refuse it with an error of the project, whose
message is bounded and without the words of Python's and numpy's insides.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from autograd import AutogradError, Tensor, Value

INSIDE = ["<locals>", "zip() argument", "unsupported operand", "NoneType' object", "object has no attribute"]
LONGEST = 2_000  # characters of a message


class Mute:
    """An object whose repr fails."""

    def __repr__(self):
        raise KeyError("no repr")


def in_itself():
    inside = []
    inside.append(inside)
    return inside


# By name, made anew for each call: some are changed or used up by it.
ODD = {
    "None": lambda: None,
    "True": lambda: True,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-1": lambda: -1,
    "0": lambda: 0,
    "2.5": lambda: 2.5,
    "a huge int": lambda: 10**400,
    "an int of 5000 digits": lambda: 10**5000,
    "-10**5000": lambda: -(10**5000),
    "complex": lambda: 1j,
    "Decimal": lambda: Decimal("0.1"),
    "Fraction": lambda: Fraction(1, 3),
    "empty text": lambda: "",
    "text": lambda: "x",
    "a NUL": lambda: "\0",
    "half of a surrogate pair": lambda: "\ud800",
    "100,000 letters": lambda: "x" * 100_000,
    "bytes": lambda: b"x",
    "empty list": list,
    "empty rows": lambda: [[], []],
    "ragged rows": lambda: [1.0, [2.0]],
    "a list of None": lambda: [None],
    "a list of text": lambda: ["x", "y"],
    "a list in itself": in_itself,
    "tuple": lambda: (1.0, 2.0),
    "dict": lambda: {"a": 1.0},
    "set": lambda: {1.0},
    "iterator": lambda: iter([1.0, 2.0]),
    "range": lambda: range(3),
    "object": object,
    "an object without a repr": Mute,
    "class": lambda: int,
    "builtin": lambda: len,
    "function": lambda: lambda *given, **named: None,
    "array without axes": lambda: np.array(1.0),
    "array of size 0": lambda: np.ones((0, 3)),
    "matrix": lambda: np.ones((2, 3)),
    "whole numbers": lambda: np.array([1, 2]),
    "array of text": lambda: np.array(["x", "y"]),
    "array of objects": lambda: np.array([None, Mute()], dtype=object),
    "Value": lambda: Value(1.0),
    "Value nan": lambda: Value(float("nan"), name="x" * 100_000),
    "computed Value": lambda: Value(1.0) * 2,
    "Tensor": lambda: Tensor([1.0, 2.0]),
    "Tensor without axes": lambda: Tensor(1.0),
}


def misbehaviour(call, *args, **options):
    """What is wrong with how a call answers, or "": an error that is not ours, or a message that is none."""
    try:
        call(*args, **options)
    except AutogradError as error:
        message = str(error)
        inside = [words for words in INSIDE if words in message]
        if inside or len(message) > LONGEST or not message:
            return f"{type(error).__name__} of {len(message):,} characters with {inside}: {message[:200]}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return ""
