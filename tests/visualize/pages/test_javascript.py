"""Programs in JavaScript: rules traced on names, and the engine that a browser runs, against `autograd.replay`."""

import json
import math
import random

import pytest

import autograd
from autograd import Value, program, replay
from autograd.arrays.tensor import evaluate
from autograd.core.several import TABLE
from autograd.core.table import Primitive
from visualize.javascript.programs import branches, engine, entries, json_number, runs
from visualize.javascript.words import Untranslated, function, helpers, literal


@pytest.mark.parametrize(
    ("name", "value", "derivatives"),
    [
        ("add", "(x0, x1) => x0 + x1", "(x0, x1, z) => [1, 1]"),
        ("tanh", "(x0) => Math.tanh(x0)", "(x0, z) => [1 - (z * z)]"),
        ("relu", "(x0) => larger(x0, 0)", "(x0, z) => [0 < x0 ? 1 : 0]"),
        ("where", "(x0, x1, x2) => x0 !== 0 ? x1 : x2", "(x0, x1, x2, z) => [0, x0 !== 0 ? 1 : 0, x0 !== 0 ? 0 : 1]"),
    ],
)
def test_a_row_is_two_functions(name, value, derivatives):
    assert function(TABLE[name], (None,) * TABLE[name].arity) == (value, derivatives)


def test_what_is_used_twice_is_computed_once():
    value, _ = function(TABLE["sigmoid"], (None,))
    assert value == "(x0) => { const c0 = Math.exp((-Math.abs(x0))); return (x0 < 0 ? c0 : 1) / (1 + c0); }"
    sizes = [sum(map(len, function(TABLE["softmax"], (0.0, *[None] * n)))) for n in (20, 40)]
    assert sizes[1] < 2.2 * sizes[0]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_row_of_the_table_has_javascript(name):
    count = TABLE[name].arity or (4 if name == "cosine_similarity" else 5)
    assert function(TABLE[name], (1.0,) * count)


def test_a_whole_number_that_a_rule_asks_for_is_a_constant_of_the_source():
    with pytest.raises(Untranslated):
        function(TABLE["round"], (None, None))
    assert function(TABLE["round"], (None, 2.0))[0] == "(x0, x1) => roundTo(x0, 2)"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *[(1.0, "1"), (-0.0, "-0.0"), (0.1, "0.1"), (1e300, "1e+300")],
        *[(math.inf, "Infinity"), (-math.inf, "-Infinity"), (math.nan, "NaN")],
    ],
)
def test_numbers_are_written_to_the_last_bit(number, text):
    assert literal(number) == text


def test_only_functions_that_are_called_come_along_with_those_that_they_call():
    assert helpers("Math.exp(x0)") == ""
    found = helpers("erfc(x0)")
    assert "function erf(" in found
    assert "function erfc(" in found
    assert "modulo" not in found


@pytest.mark.parametrize(
    "rule",
    [
        lambda m, x: x if x * 2 else -x,  # asks for a truth
        lambda m, x: x * 2 if int(x * 2) else x,  # asks a result for a whole number
        lambda m, x: m.exp(x.real),  # asks a float for what no symbol has
    ],
)
def test_a_rule_that_only_python_runs_has_no_javascript(rule):
    odd = Primitive("odd", rule, lambda m, x, y: (2,))
    listing = program(evaluate(odd, Value(1.0)) + 1)
    assert not runs(listing)
    assert "{ selects: false }" in engine(listing)


def test_a_number_may_be_divided_by_a_name():
    op = Primitive("rest", lambda m, x: 7 // x + 7 % x, lambda m, x, y: (0,))
    assert function(op, (None,))[0] == "(x0) => floorDivide(7, x0) + modulo(7, x0)"


def test_functions_of_constants_alone_are_worked_out():
    def value(m, x):
        near = m.where(m.less(1, 2), x, 0) + m.maximum(1, 2) + m.absolute(-1)
        return near + m.sign(-2) + m.floor(1.5) + m.round(1.25, 1) + m.cbrt(8.0) + m.exp(0)

    op = Primitive("decided", value, lambda m, x, y: (m.where(m.equal(1, 2), 0, m.minimum(1, 2)),))
    assert function(op, (None,)) == ("(x0) => ((((((x0 + 2) + 1) + -1) + 1) + 1.2) + 2) + 1", "(x0, z) => [1]")


def test_a_comparison_of_python_is_known_with_its_numbers():
    x = Value(2.0, name="x")
    y = x * x if x > 0 else -x
    [found] = branches(program(y))
    assert found == {
        "question": "x > 0",
        "comparison": ">",
        "sides": [0, [0.0]],
        "numbers": [2.0, 0.0],
        "answer": True,
        "source": "",
    }


# --- In a browser -----------------------------------------------------------------------------------------------------

WHOLE = {"round": 1, "softmax": 0, "log_softmax": 0}  # where a rule takes a whole number
RUN = """({ entries, given, results, expected }) => {
  const number = x => typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x;
  const inputs = list => list.map(x => Array.isArray(x) ? [number(x[0])] : x);
  for (const entry of entries) entry.inputs = inputs(entry.inputs);
  const { values, slopes } = evaluate(entries, given.map(number)), { gradients } = reverse(entries, slopes, results);
  return entries.map((_, k) => [values[k], gradients[k], ...expected[k].map(number)]);
}"""


def some_program(rng):
    """A random program of six lines over the whole table, in which rounding errors stay small."""
    while True:
        values = [Value(rng.uniform(0.2, 0.9)) for _ in range(3)]
        for _ in range(6):
            name = rng.choice(sorted(TABLE))
            arguments = [rng.choice(values) for _ in range(TABLE[name].arity or 5)]
            if name in WHOLE:
                arguments[WHOLE[name]] = 2
            if name == "cosine_similarity":
                arguments.pop()
            if name == "clip":
                arguments[1:] = [0.1, 0.8]
            z = evaluate(TABLE[name], *arguments)
            values += [z] if abs(z.data) < 20 else []
        y = autograd.sum(values)
        y.backward()
        if all(abs(entry.grad) < 1e4 for entry in program(y)):
            return y


def case(y, numbers):
    """A call of the engine in JavaScript: a program on other numbers, with what `replay` makes of them."""
    listing = program(y)
    leaves = [entry for entry in listing if entry.op is None]
    again = replay(y, {leaf.label: x for leaf, x in zip(leaves, numbers(leaves), strict=True)})
    expected = [[json_number(again[entry.label].data), json_number(again[entry.label].grad)] for entry in listing]
    data = {
        "entries": entries(listing),
        "given": [expected[entry.k][0] for entry in listing],
        "results": [entry.k for entry in listing.results],
        "expected": expected,
    }
    return f"(() => {{ {engine(listing)}; return ({RUN})({json.dumps(data)}); }})()"


def differences(chromium, cases):
    """The cases in which the engine differs from `replay` by more than 1e-12."""
    tab = chromium.new_page()
    found = tab.evaluate(f"() => [{', '.join(cases)}]")
    tab.close()
    close = lambda x, y: x == pytest.approx(y, rel=1e-12, abs=1e-12, nan_ok=True)
    return [
        (k, row)
        for k, rows in enumerate(found)
        for row in rows
        if not (close(row[0], row[2]) and close(row[1], row[3]))
    ]


@pytest.mark.needs_browser
@pytest.mark.untraced
def test_the_engine_equals_replay_on_200_random_programs(chromium):
    rng = random.Random(0)
    moved = lambda leaves: [leaf.value * rng.uniform(0.99, 1.01) for leaf in leaves]
    assert differences(chromium, [case(some_program(rng), moved) for _ in range(200)]) == []


ROUNDED = [(0.5, 0), (1.5, 0), (2.675, 2), (-0.125, 2), (25.0, -1), (35.0, -1), (34.9, -1), (35.5, -1), (1.5, 400)]
POWERS = [(1.0, math.nan), (-1.0, math.inf), (0.0, 0.0), (0.0, -1.0), (-2.0, 3.0), (-2.0, 0.5)]
EDGES = [
    *[("erf", x) for x in (-3.0, -0.5, 0.0, 1.9, 2.1, 6.0)],
    *[("erfc", x) for x in (-3.0, -1.0, 0.3, 1.9, 2.1, 9.0, math.inf)],
    *[("round", *pair) for pair in [*ROUNDED, (math.inf, 1)]],
    *[(name, x, y) for name in ("mod", "floordiv") for x in (-7.5, 7.5, 6.0, 0.0) for y in (2.0, -2.0, 0.0, math.inf)],
    *[
        ("pow", *pair)
        for pair in ((1.0, math.nan), (-1.0, math.inf), (0.0, 0.0), (0.0, -1.0), (-2.0, 3.0), (-2.0, 0.5))
    ],
    *[(name, x) for name in ("log", "sqrt", "exp", "acosh", "sign", "tanh") for x in (0.0, -1.0, 1000.0, math.nan)],
    *[(name, x, y) for name in ("maximum", "div", "atan2", "xlogy") for x in (0.0, 1.0, math.nan) for y in (0.0, 1.0)],
]


@pytest.mark.needs_browser
@pytest.mark.untraced
def test_numbers_at_the_edges_are_those_of_replay(chromium):
    def edge(name, *numbers):
        given = numbers[: 1 if name == "round" else None]
        y = evaluate(TABLE[name], *[Value(0.5) for _ in given], *numbers[len(given) :])
        return case(y, lambda leaves: given)

    assert [(EDGES[k], row) for k, row in differences(chromium, [edge(*each) for each in EDGES])] == []
