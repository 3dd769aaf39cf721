"""Arguments that nobody should give, and the check that a call answers each of them with a sentence of ours.

A call may take an odd argument, if it can do something with it; or refuse it with an error of the project, whose
message is short, in one line, and without the words of Python's and numpy's insides.
"""

import datetime
import math
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np

from autograd import AutogradError, Tensor, Value, program

INSIDE = [
    "<locals>", "zip()", "unsupported operand", "NoneType' object", "has no attribute", "is ambiguous",
    "can be converted", "Exceeds the limit",
]  # fmt: skip
LONGEST = 600  # characters of a message


class Mute:
    """An object whose repr fails."""

    def __repr__(self):
        raise KeyError("no repr")


class Incomparable:
    """An object whose comparison fails."""

    __hash__ = object.__hash__

    def __eq__(self, other):
        raise KeyError("no comparison")


def local():
    class Local:
        pass

    return Local()


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
    "3": lambda: 3,
    "2.5": lambda: 2.5,
    "the largest float": lambda: 1.7e308,
    "the smallest float": lambda: 5e-324,
    "a huge int": lambda: 10**400,
    "an int of 5000 digits": lambda: 10**5000,
    "-10**5000": lambda: -(10**5000),
    "complex": lambda: 1j,
    "Decimal": lambda: Decimal("0.1"),
    "Fraction": lambda: Fraction(1, 3),
    "float32": lambda: np.float32(0.5),
    "int64": lambda: np.int64(2),
    "bool_": lambda: np.bool_(True),
    "empty text": lambda: "",
    "text": lambda: "x",
    "a label": lambda: "%1",
    "two lines": lambda: "a\nb",
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
    "empty tuple": tuple,
    "dict": lambda: {"a": 1.0},
    "a dict of None": lambda: {"a": None},
    "empty dict": dict,
    "set": lambda: {1.0},
    "deque": lambda: deque([1.0]),
    "iterator": lambda: iter([1.0, 2.0]),
    "range": lambda: range(3),
    "slice": lambda: slice(None),
    "ellipsis": lambda: ...,
    "NotImplemented": lambda: NotImplemented,
    "memoryview": lambda: memoryview(b"ab"),
    "object": object,
    "an object without a repr": Mute,
    "an object without comparison": Incomparable,
    "an object of a local class": local,
    "class": lambda: int,
    "builtin": lambda: len,
    "function": lambda: lambda *given, **named: None,
    "module": lambda: math,
    "error": lambda: ValueError("x"),
    "date": lambda: datetime.date(2020, 1, 1),
    "array": lambda: np.array([1.0, 2.0]),
    "array without axes": lambda: np.array(1.0),
    "array of size 0": lambda: np.ones((0, 3)),
    "matrix": lambda: np.ones((2, 3)),
    "matrix of another shape": lambda: np.ones((7, 5)),
    "masked array": lambda: np.ma.masked_array([1.0, 2.0], [True, False]),
    "whole numbers": lambda: np.array([1, 2]),
    "array of text": lambda: np.array(["x", "y"]),
    "array of objects": lambda: np.array([None, Mute()], dtype=object),
    "Value": lambda: Value(1.0),
    "Value nan": lambda: Value(float("nan"), name="x" * 100_000),
    "computed Value": lambda: Value(1.0) * 2,
    "Tensor": lambda: Tensor([1.0, 2.0]),
    "Tensor without axes": lambda: Tensor(1.0),
    "computed Tensor": lambda: Tensor([1.0]) * 2,
    "program": lambda: program(Value(1.0) * 2),
}


def misbehaviour(call, *args, **options):
    """The fault in how a call answers, or "": an error that is not ours, or a message that is none.

    What it returns is printed: it must not hold what fails later.
    """
    try:
        str(call(*args, **options))
    except AutogradError as error:
        message = str(error)
        inside = [words for words in INSIDE if words in message]
        if inside or len(message) > LONGEST or not message:
            return f"{type(error).__name__} of {len(message):,} characters with {inside}: {message[:200]}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return ""


def unanswered(call, odd=ODD):
    """The odd arguments to which a call gives no answer, each with what is wrong."""
    answers = {name: misbehaviour(call, make()) for name, make in odd.items()}
    return {name: answer for name, answer in answers.items() if answer}
