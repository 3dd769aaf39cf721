"""All that a function takes from its surroundings is watched: a program runs only while none of it has changed."""

import dataclasses
import functools
import operator
import random
import types

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.compiler.compiled import PATHS
from autograd.compiler.recording.tracer import trace_call
from autograd.errors import CompileWarning
from nn import MLP, Module

X = np.array([1.0, 2.0])

# --- What changes -----------------------------------------------------------------------------------------------------

SCALE = 2.0
TABLE = {"p": 3.0, "inner": {"q": 1.0}}
NUMBERS = np.array([1.0, 5.0])
WEIGHT = Value(3.0)
CONFIG = types.ModuleType("config")
CONFIG.rate = 0.5


class Settings:
    rate = 0.25
    _shared = 4.0

    @classmethod
    def shared(cls):
        return cls._shared


class Slotted:
    __slots__ = ("factor",)

    def __init__(self):
        self.factor = 2.0


class Inner(Module):
    def __init__(self):
        self.k = 1.5

    @property
    def twice(self):
        return 2 * self.k

    @functools.cached_property
    def half(self):
        return self.k / 2

    def forward(self, x):
        return x * self.twice if self.training else x * self.half


class Tripled(Inner):
    def forward(self, x):
        return 3 * x


class Outer(Module):
    def __init__(self):
        self.w = Value(2.0)
        self.mode = "a"
        self.parts = [Inner()]
        self.named = {"one": Inner()}
        self.numbers = np.array([1.0, 3.0])
        self.unused = 0

    def forward(self, x):
        y = self.w * x * self.numbers[0]
        if getattr(self, "mode") == "b":  # noqa: B009 - as code may have it
            y = y + 1
        return self.parts[0](y) + self.named["one"](x)


@dataclasses.dataclass
class Record:
    factor: float = 2.0
    numbers: object = None


def of_a_global(x):
    return x * SCALE


def of_a_table(x):
    return x * TABLE["p"] * TABLE["inner"]["q"]


def decorated(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


def set_global(**numbers):
    return lambda *_: globals().update(numbers)


def cell():
    factor = 2.0

    def function(x):
        return x * factor

    def change(number):
        nonlocal factor
        factor = number

    return function, [lambda *_, n=n: change(n) for n in (3.0, 3, True, -0.0, 0.0)]


def emptied():
    factor = 2.0

    def function(x):
        try:
            return x * factor
        except NameError:
            return x

    def change(*_):
        nonlocal factor
        del factor

    return function, [change]


def unassigned():
    def function(x):
        try:
            return x * late
        except NameError:
            return x

    def change(*_):
        nonlocal late
        late = 5.0

    if not callable(change):
        late = 1.0
    return function, [change]


OUTER, RECORD, NAMESPACE, SLOTTED = Outer(), Record(numbers=X), types.SimpleNamespace(a=2.0, inner=Record()), Slotted()
PARTS = types.SimpleNamespace(w=Value(2.0), row=[3.0, 4.0], pair=(1.0, 2.0), named={"q": Value(5.0)})


def attribute(holder, name, *numbers):
    return [lambda *_, n=n: setattr(holder, name, n) for n in numbers]


CHANGES = {
    "a global": (of_a_global, set_global(SCALE=3.0), set_global(SCALE=3), set_global(SCALE=2.0)),
    "a global of a helper": (lambda x: of_a_global(x) + 1, set_global(SCALE=4.0)),
    "a global that is a value": (lambda x: WEIGHT * x, set_global(WEIGHT=Value(7.0))),
    "a global that is an array": (lambda x: x * NUMBERS[1], set_global(NUMBERS=np.array([0.0, 9.0]))),
    "a helper": (lambda x: of_a_table(x), set_global(of_a_table=lambda x: x * 11.0)),
    "a cell": (cell()[0],),
    "an item of a dict": (of_a_table, lambda: TABLE.update(p=4.0), lambda: TABLE["inner"].update(q=2.0)),
    "an attribute of a module": (lambda x: x * CONFIG.rate, *attribute(CONFIG, "rate", 2.0)),
    "an attribute of a class": (lambda x: x * Settings.rate, *attribute(Settings, "rate", 2.0, 3.0)),
    "what a class method reads": (lambda x: x * Settings.shared(), *attribute(Settings, "_shared", 2.0)),
    "an attribute of an object": (lambda x: x * NAMESPACE.a, *attribute(NAMESPACE, "a", 3.0, 4.0)),
    "an attribute of an attribute": (lambda x: x * NAMESPACE.inner.factor, *attribute(NAMESPACE.inner, "factor", 5.0)),
    "a slot": (lambda x: x * SLOTTED.factor, *attribute(SLOTTED, "factor", 6.0)),
    "an array that is an attribute": (lambda x: x * RECORD.numbers[1], *attribute(RECORD, "numbers", X + 1, X + 2)),
    "a parameter that is an attribute": (lambda x: x * PARTS.w, *attribute(PARTS, "w", Value(6.0), Value(7.0))),
    "a list that is an attribute": (lambda x: x * PARTS.row[0], *attribute(PARTS, "row", [8.0], [9.0, 1.0])),
    "a tuple that is an attribute": (lambda x: x * PARTS.pair[1], *attribute(PARTS, "pair", (8.0, 3.0))),
    "a parameter in a dict": (lambda x: x * PARTS.named["q"], lambda: PARTS.named.update(q=Value(4.0))),
    "a dict that is an attribute": (lambda x: x * PARTS.named["q"], *attribute(PARTS, "named", {"q": Value(6.0)})),
    "a parameter in a slot": (lambda x: x * SLOTTED.factor, *attribute(SLOTTED, "factor", Value(1.5), Value(2.5), 6.0)),
    "a parameter of a module": (OUTER, *attribute(OUTER, "w", Value(0.5))),
    "the parts of a module": (OUTER, lambda: setattr(OUTER, "parts", [Inner()])),
    "one of the parts of a module": (OUTER, lambda: operator.setitem(OUTER.parts, 0, Tripled())),
    "one more part": (lambda x: sum(part(x) for part in OUTER.parts), lambda: OUTER.parts.append(Tripled())),
    "a module in training": (OUTER, OUTER.eval, OUTER.train, OUTER.eval),
    "an attribute that a text names": (OUTER, *attribute(OUTER, "mode", "b", "c")),
    "what a property reads": (lambda x: OUTER(x), OUTER.train, *attribute(OUTER.parts[0], "k", 7.0)),
    "what a module in a dict reads": (OUTER, *attribute(OUTER.named["one"], "k", 8.0)),
    "an attribute of a class of modules": (OUTER.forward, *attribute(Module, "training", False, True)),
    "the first argument of a partial": (
        functools.partial(lambda k, x: k.a * x, NAMESPACE),
        *attribute(NAMESPACE, "a", 9.0),
    ),
    "what a decorated function reads": (decorated(of_a_global), set_global(SCALE=8.0)),
}
for name, make in (("a cell", cell), ("a cell that is emptied", emptied), ("a cell without content", unassigned)):
    CHANGES[name] = (make()[0],)
    function, changes = make()
    CHANGES[name] = (function, *changes)


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_of_what_a_function_names_is_noticed(case):
    function, *changes = CHANGES[case]
    compiled = autograd.compile(function)
    for change in [lambda: None, *changes, lambda: None]:
        change()
        expected = [function(Value(x)).data for x in X.tolist()]
        for given in (X, Tensor(X)):
            for _ in range(2):  # recorded; and the fast path
                np.testing.assert_allclose(compiled(given).data, expected, err_msg=case)
        found = [compiled(x).data for x in X.tolist()]
        np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("argument", "changes"),
    [
        (RECORD, [*attribute(RECORD, "factor", 3.0, 2.5), *attribute(RECORD, "numbers", X + 5)]),
        (SLOTTED, attribute(SLOTTED, "factor", 0.5)),
    ],
    ids=["a data class", "an object with slots"],
)
def test_attributes_of_an_argument_are_watched(argument, changes):
    def function(x, given):
        return x * given.factor + (given.numbers[1] if hasattr(given, "numbers") else 0.0)

    compiled = autograd.compile(function)
    for change in [lambda: None, *changes]:
        change()
        expected = [function(x, argument) for x in X.tolist()]
        for _ in range(2):
            np.testing.assert_allclose(compiled(X, argument).data, expected)


def test_a_program_is_found_again_when_a_change_is_taken_back():
    model = Outer()
    compiled = autograd.compile(model)
    for _ in range(3):
        model.train()
        trained = compiled(X).data.tolist()
        model.eval()
        assert compiled(X).data.tolist() != trained
    assert [len(paths) for paths in compiled._variants.values()] == [2]


def test_what_the_code_does_not_name_may_change():
    model = Outer()
    compiled = autograd.compile(lambda x: model(x))
    before = compiled(X).data.tolist()
    model.unused, model.other, model.parts[0].unused = 5, "text", 1.0
    globals()["ELSEWHERE"] = 1.0
    assert compiled(X).data.tolist() == before
    assert [len(paths) for paths in compiled._variants.values()] == [1]


def test_parameters_and_lists_that_each_call_puts_in_place_are_no_change():
    holder = types.SimpleNamespace(state=Value(1.0), seen=[], last=Value(0.0))

    def function(x):
        holder.state, holder.seen = Value(2.0), [x]
        holder.last = holder.state * x
        return holder.last + holder.seen[0]

    compiled = autograd.compile(function)
    for _ in range(3):
        assert compiled(X).data.tolist() == [3.0, 6.0]
        function(Value(1.0))
    assert [len(paths) for paths in compiled._variants.values()] == [1]


def test_calls_of_a_model_elsewhere_change_nothing():
    """They leave the scope of the call with the model, which is no part of what it computes."""
    model = MLP(2, [3, 1])
    compiled = autograd.compile(lambda x: model(x) if vars(model).get("_place", model._children) != 0 else x[0])
    rows = np.ones((2, 2))
    model([1.0, 2.0])
    compiled(rows)
    model([1.0, 2.0])
    with autograd.scope("elsewhere"):
        model([1.0, 2.0])
    compiled(rows)
    model.zero_grad()
    compiled(rows)
    assert [len(paths) for paths in compiled._variants.values()] == [1]


def test_what_changes_at_each_call_is_told_of_and_right():
    holder = types.SimpleNamespace(rate=0.0)
    compiled = autograd.compile(lambda x: x * holder.rate)
    for k in range(PATHS + 1):
        holder.rate = float(k)
        assert compiled(X).data.tolist() == (k * X).tolist()
    holder.rate = 100.0
    with pytest.warns(
        CompileWarning, match=r"recorded anew whenever holder\.rate changes, .* more than 8 times; give it"
    ):
        assert compiled(X).data.tolist() == (100 * X).tolist()
    assert [len(paths) for paths in compiled._variants.values()] == [PATHS + 1]


class Counting:
    """Changes itself when it is called."""

    def __init__(self):
        self.calls, self.weight, self.seen = 0, None, []

    def __call__(self, x):
        self.calls += 1
        self.seen.append(self.calls)
        if self.weight is None:
            self.weight = Value(2.0)
        return x * self.weight


def test_what_a_function_changes_itself_is_told_and_done_once():
    counting = Counting()
    compiled = autograd.compile(counting)
    with pytest.warns(
        CompileWarning, match=r"Counting changes self\.calls while it is recorded: other calls do not run"
    ):
        compiled(X)
    for _ in range(3):
        assert compiled(X).data.tolist() == (2 * X).tolist()
    assert counting.seen == [1]
    counting.calls = 10  # which it reads: another program
    with pytest.warns(CompileWarning, match="changes self.calls"):
        compiled(X)
    assert counting.seen == [1, 11]


class Awkward:
    """Has attributes that are not to be asked for."""

    __dict__ = property(lambda self: 1 / 0)

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __call__(self, x):
        return x * 2.0


def test_objects_whose_attributes_cannot_be_had_are_passed_over():
    awkward, cells = Awkward(), [Awkward()]
    compiled = autograd.compile(lambda x: awkward(cells[0](x)))
    assert compiled(X).data.tolist() == (4 * X).tolist()


def test_looking_for_what_is_watched_ends():
    many = [types.SimpleNamespace(inner=k) for k in range(10_000)]
    many[0].inner = many

    def function(x):
        return x * len(many) + many[1].inner

    assert autograd.compile(function)(1.0).data == 10_001.0


# --- Random generators ------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(1)
OLD = np.random.RandomState(1)
DICE = random.Random(1)
SECRET = random.SystemRandom()
HOLDER = types.SimpleNamespace(inner=types.SimpleNamespace(rng=np.random.default_rng(2)))
MODULE = types.ModuleType("utils")
MODULE.noise = np.random.default_rng(3)


def draws_in_a_helper():
    return RNG.normal()


class Noisy:
    """Something with a generator, which is called."""

    def __init__(self, *parts):
        self.rng = np.random.default_rng(1)
        self.parts = list(parts)

    def __call__(self, x):
        return sum([part(x) for part in self.parts], x) + self.rng.normal()

    def method(self, x):
        return x * self.rng.normal()

    def quiet(self, x):
        return x


def makes_closure():
    rng = np.random.default_rng(1)
    return lambda x: x * rng.normal()


def not_yet_assigned():
    def f(x):
        return x if x is not None else later

    captured = f
    if captured is None:
        later = 1.0
    return captured


def with_default(x, rng=np.random.default_rng(1)):  # noqa: B008 - the point
    return x * rng.normal()


def with_keyword(x, *, dice=random.Random(2)):  # noqa: B008
    return x * dice.random()


@functools.wraps(with_default)
def wrapped(*args):
    return with_default(*args)


@pytest.mark.parametrize(
    ("f", "drawn"),
    [
        (lambda x: x * random.random(), ["the module random"]),
        (lambda x: x * np.random.normal(), ["numpy's global random generator"]),
        (lambda x: x * RNG.normal(), ["the generator RNG"]),
        (lambda x: x * OLD.normal(), ["the generator OLD"]),
        (lambda x: x * DICE.random(), ["the generator DICE"]),
        (lambda x: (lambda: x * RNG.normal())(), ["the generator RNG"]),
        (lambda x: x * draws_in_a_helper(), ["the generator RNG"]),
        (lambda x: x * MODULE.noise.normal(), ["the generator MODULE.noise"]),
        (lambda x: x * HOLDER.inner.rng.normal(), ["the generator HOLDER.inner.rng"]),
        (makes_closure(), ["the generator rng"]),
        (with_default, ["the generator a default of with_default"]),
        (with_keyword, ["the generator dice"]),
        (wrapped, ["the generator a default of with_default"]),
        (Noisy(), ["the generator self.rng"]),
        (Noisy().method, ["the generator self.rng"]),
        (Noisy(Noisy()), ["the generator self.rng", "the generator self.parts[0].rng"]),
        (functools.partial(operator.call if hasattr(operator, "call") else lambda f, x: f(x), Noisy()), None),
        (lambda x: x * SECRET.random(), []),
        (lambda x: x * 2, []),
        (not_yet_assigned(), []),
        (Noisy().quiet, []),
        (MLP(2, [1]).forward, []),
        (abs, []),
    ],
)
def test_generators_that_are_drawn_from_are_told(f, drawn):
    argument = [1.0, 2.0] if getattr(f, "__name__", "") == "forward" else Value(2.0)
    notices = trace_call(f, [argument], {}).notices
    if drawn is not None:
        assert [notice.split(" is drawn from while ")[0] for notice in notices] == drawn
    assert all("random numbers are baked in" in notice for notice in notices)


@pytest.mark.untraced
def test_what_draws_not_is_not_told_however_much_there_is():
    model = MLP(2, [64, 64, 1])
    many = {"rows": [[Value(float(k)) for k in range(100)] for _ in range(2000)]}
    rng = np.random.default_rng(1)

    def f(x):
        return model([x, x]), len(many), rng

    found = trace_call(f, [Value(2.0)], {})
    assert found.notices == []
