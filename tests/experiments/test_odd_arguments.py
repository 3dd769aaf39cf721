"""Whatever `nudge`, `replay` and `compare` are given, they answer in a sentence."""

import pytest

from autograd import Value, compare, nudge, replay
from tests.support.odd import ODD, unanswered

X = Value(2.0, name="x")
Y = X * X + X
HASHABLE = {name: make for name, make in ODD.items() if type(make()).__hash__}


@pytest.mark.parametrize(
    ("call", "odd"),
    [
        (lambda odd: nudge(odd, of=Y), ODD),
        (lambda odd: nudge(X, odd, of=Y), ODD),
        (lambda odd: nudge(X, of=odd), ODD),
        (lambda odd: nudge(odd, odd, of=odd), ODD),
        (lambda odd: nudge(X, of=Y).text(odd), ODD),
        (lambda odd: replay(odd, {}), ODD),
        (lambda odd: replay(Y, odd), ODD),
        (lambda odd: replay(Y, {odd: 1.0}), HASHABLE),
        (lambda odd: replay(Y, {X: odd}), ODD),
        (lambda odd: replay(Y, {})[odd], ODD),
        (lambda odd: replay(Y, {X: 3.0}).text(odd), ODD),
        (lambda odd: replay(Y, {X: 3.0}).text(most=odd), ODD),
        (lambda odd: compare(odd, Y), ODD),
        (lambda odd: compare(Y, odd), ODD),
        (lambda odd: compare(Y, Y, rtol=odd), ODD),
    ],
    ids="x by of all digits y numbers key number index digits most first second rtol".split(),
)
def test_every_argument_is_answered(call, odd):
    assert unanswered(call, odd) == {}


def test_an_answer_that_is_not_ours_is_noticed():
    odd = {"none": lambda: None, "one": lambda: 1.0}
    assert unanswered(lambda given: given.nothing, odd).keys() == odd.keys()
    assert unanswered(lambda given: given + 1, odd) == {"none": "TypeError: unsupported operand type(s) for +: "
                                                        "'NoneType' and 'int'"}  # fmt: skip
