"""Labels: whatever values are called, a reader of a program finds a line for each entry, with a name of its own."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import visualize
from autograd import Tensor, Value, explain, formula, nudge, program, replay, scope, steps
from autograd.stepping.writing import Pen
from autograd.text.paper import Paper
from tests.support.processes import run_fresh
from visualize.pages.content import page_record

HOSTILE = [
    *[
        "%0",
        "%1",
        "x%0",
        "x%1",
        "‹%1›",
        "‹",
        "›",
        "a + b",
        "a, b",
        "x = 3",
        "-",
        "f(x)",
        "sin",
        "1",
        "2x",
        "1e5",
        "inf",
    ],
    *["nan", "x²", "xᵀ", " ", "  ", "'", '"', "\\", "\\n", "\n", "\r\n", "\t", "\x00", "\x1b[2J", "\x85", "\u2028"],
    *[
        "\u202egnp.exe",
        "\ud800",
        "\ufffe",
        "😀",
        "größe",
        "名",
        "$",
        "}",
        "</b>",
        "a|b",
        "{r}",
        "…",
        "x'",
        "w[0]",
        "a.b",
    ],
    *["a" * 100_000, "a" * 100_000 + "b", "a" * 50_000 + "b" + "a" * 50_000, "\n" * 100_000],
]
NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(), min_size=1))
WIDE = Paper(width=1000)


def computed(first, second, third, place):
    """A program of six entries, three of which bear the names."""
    x, w = Value(2.0, name=first), Value(-3.0, name=second)
    with scope(place):
        n = x * w
        n.name = third
        return x, (n + 1).tanh() + autograd.sum([x, n, 0.5])


def lines(text):
    """The lines of a text, none of which can be taken for two or moves the cursor."""
    found = text.split("\n")
    assert all(line.isprintable() for line in found)
    return found


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES, NAMES, NAMES)
@pytest.mark.untraced
def test_every_reader_has_a_line_for_each_entry_under_a_name_of_its_own(first, second, third, place):
    x, y = computed(first, second, third, place)
    y.backward()
    tape = program(y)
    labels = [entry.label for entry in tape]
    assert len(set(labels)) == len(labels) == 7
    assert all(label.isprintable() and len(label) < 60 for label in labels)

    _, *listed = lines(str(tape))
    assert all(line.startswith(f"{label} ") for label, line in zip(labels, listed, strict=True))

    tree = lines(tape.tree().on(WIDE))
    roots = [re.sub("^[ │├└─]*", "", line) for line in tree[1:]]
    assert [sum(line.startswith(f"{label} = ") for line in roots) for label in labels] == [1] * 7

    passed = [step.text(WIDE) for step in steps(y)]
    for label, text in zip(labels[:1:-1], passed, strict=False):
        assert f"] {label} = " in lines(text)[0]
    state = lines(steps(y).goto(2).state().text(WIDE))
    assert all(line.startswith(f"{label} ") for label, line in zip(labels, state[1:], strict=True))

    lines(explain(x, of=y).on(WIDE))
    lines(explain(x, of=y, paths=True).on(WIDE))
    lines(nudge(x, 0.1, of=y).text())
    assert len(lines(str(replay(y, {x: 1.0})))) >= 8
    for shown in (formula(y), formula(y, wrt=x)):
        assert all(" = " in line for line in lines(shown.text(complete=True)))
        lines(shown.latex)

    drawn = [line for line in visualize.draw(y, fold=False).dot.split("\n") if re.match(r"\t+n\d+ \[", line)]
    titles = ["".join(re.findall("<B>(.*?)</B>", line)) for line in drawn]  # a long one takes several lines
    assert len(set(titles)) == len(titles) == 7
    assert len({value["label"] for value in page_record(tape, 4)["values"]}) == 7


@settings(max_examples=30, deadline=None)
@given(NAMES, NAMES)
def test_arrays_have_labels_as_values_have(first, second):
    x, w = Tensor([[1.0, 2.0]], name=first), Tensor([[3.0], [4.0]], name=second)
    y = (x @ w).sum()
    tape = program(y)
    assert len({entry.label for entry in tape}) == 4
    for text in (str(tape), tape.tree().on(WIDE), explain(x, of=y).on(WIDE), *(step.text(WIDE) for step in steps(y))):
        lines(text)
    assert all(line.startswith(f"{entry.label} ") for entry, line in zip(tape, str(tape).split("\n")[1:], strict=True))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("w", "w"),
        ("layers[0].w_2", "layers[0].w_2"),
        ("größe", "größe"),
        ("名", "名"),
        ("x'", "x'"),
        ("%1", "‹%1›"),
        ("x%0", "‹x%0›"),
        ("a + b", "‹a + b›"),
        ("2x", "‹2x›"),
        ("inf", "‹inf›"),
        ("info", "info"),
        ("x²", "‹x²›"),
        ("xᵀ", "‹xᵀ›"),
        (" ", "‹ ›"),
        ("two\nlines", "‹two\\nlines›"),
        ("\x1b[31m\u2028\ud800", "‹\\x1b[31m\\u2028\\ud800›"),
        ("name" * 10, "name" * 10),
        ("name" * 25_000, "‹namenamenamenamenam…namenamenamenamename›"),
    ],
)
def test_a_name_is_marked_off_if_it_could_be_taken_for_something_else(name, label):
    y = Value(1.0, name=name) * 2
    assert [entry.label for entry in program(y)] == [label, "%1"]
    assert program(y)[1].expression == f"{label} * 2"


def test_names_that_look_the_same_when_they_are_written_are_told_apart():
    pairs = [("\n", "\\n"), ("a" * 1000, "a" * 1001), ("w", "w")]
    assert [[entry.label for entry in program(Value(1.0, name=a) * Value(2.0, name=b))][:2] for a, b in pairs] == [
        ["‹\\n›%0", "‹\\n›%1"],
        [f"‹{'a' * 19}…{'a' * 20}›%{k}" for k in range(2)],
        ["w%0", "w%1"],
    ]


def test_an_entry_is_found_by_its_label_or_by_the_name_as_the_user_gave_it():
    x = Value(2.0, name="%1")
    y = x * 3
    z = y + Value(1.0, name="two\nlines")
    tape = program(z)
    assert tape.find("%1").node is y
    assert tape.find("‹%1›").node is x
    assert tape.find("two\nlines") is tape.find("‹two\\nlines›") is tape[2]
    assert str(formula(z, wrt="‹%1›")) == "d%3/d‹%1› = 3"


def test_in_ascii_the_marks_are_spelled():
    script = (
        "from autograd import *; x = Value(2.0, name='a b'); y = x * x; print(program(y)); print(formula(y, wrt=x))"
    )
    assert run_fresh(script, PYTHONIOENCODING="ascii").splitlines() == [
        "value  gradient",
        "<a b> = input          2.0    -",
        "%1    = <a b> * <a b>  4.0    -",
        "d%1/d<a b> = <a b> + <a b>",
    ]


@settings(max_examples=20, deadline=None)
@given(NAMES, NAMES, NAMES)
def test_so_has_a_program_of_arrays(first, second, place):
    with scope(place):
        w = [Value(0.5, name=first), Value(-2.0, name=second), Value(1.0, name=first)]
    f = autograd.compile(lambda x: (w[0] * x[0] + w[1] * x[1]).tanh() + w[2])
    f([1.0, 2.0])
    assert len({line.label for line in f.program}) == len(f.program)
    assert len(lines(str(f.program))) == len(f.program)


# --- Names of parameters ----------------------------------------------------------------------------------------------


def labels_of(y, role="parameter"):
    return [entry.label for entry in program(y) if entry.role == role]


def test_a_parameter_is_called_by_its_path_where_its_own_name_is_not_unique():
    layers = nn.MLP(2, [2, 1])
    y = layers([1.0, 2.0])
    paths = [path.replace("weights", "w").replace("bias", "b") for path, _ in layers.named_parameters()]
    assert labels_of(y) == paths
    assert labels_of(y)[4:6] == ["layers[0].neurons[1].w[1]", "layers[0].neurons[1].b"]
    assert labels_of(nn.Neuron(2)([1.0, 2.0])) == ["w[0]", "w[1]", "b"]
    assert labels_of(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))(Tensor([[1.0, 2.0]]))) == [
        *("layers[0].w", "layers[0].b", "layers[1].w", "layers[1].b")
    ]


def test_the_path_stands_in_every_view_and_finds_its_parameter():
    model = nn.MLP(2, [2, 1], activation="tanh")
    y = model([1.0, 2.0])
    y.name = "y"
    weight, name = model.layers[0].neurons[1].weights[1], "layers[0].neurons[1].w[1]"
    assert explain(name, of=y).total == explain(f"mlp.{name}", of=y).total == explain(weight, of=y).total
    assert str(formula(y, wrt=weight)).startswith(f"dy/d{name} = ")
    assert f"d%11/d{name} = 2" in repr(steps(y).goto(name))
    assert "dot([layers[0].neurons[1].w[0], layers[0].neurons[1].w[1]]" in str(program(y))
    with pytest.raises(autograd.InputValueError, match=r"'w\[1\]' stands for 3 entries of this program: layers\[0\]"):
        program(y).find("w[1]")


def test_parameters_of_several_models_are_called_by_the_model_and_its_number():
    first, second = nn.Neuron(1), nn.Neuron(1)
    own = Value(1.0, name="b")
    y = first([2.0]) + second([2.0])
    assert labels_of(y) == ["neuron.w[0]", "neuron.b", "neuron2.w[0]", "neuron2.b"]
    assert labels_of(first([2.0]) + own) == ["w[0]", "neuron.b"]
    layer, before = nn.Layer(1, 2), first([2.0])
    assert labels_of(before + layer([3.0])[1]) == [
        "neuron.w[0]",
        "neuron.b",
        "layer.neurons[1].w[0]",
        "layer.neurons[1].b",
    ]
    first.bias.data = 3.0  # a second version of the parameter
    again = program(y + first([2.0]))
    assert [entry.label for entry in again if entry.node is first.bias] == ["neuron.b%1", "neuron.b%7"]
    assert again.label_of(first.bias) == "neuron.b"


def test_the_elements_of_one_list_are_written_in_one_piece():
    neuron = nn.Neuron(3)
    assert program(neuron([1.0, 2.0, 3.0]))[4].expression == "dot(w[0…2], [1.0, 2.0, 3.0], b)"
    apart = [neuron.weights[k] for k in (0, 2, 1)]
    assert program(autograd.sum(apart))[3].expression == "sum([w[0], w[2], w[1]])"


# --- Numbers that nobody wrote ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Value, lambda x: Tensor([x, 1.0])], ids=["values", "tensors"])
def test_the_0_with_which_sum_begins_is_not_shown(make):
    a, b = make(1.0), make(2.0)
    a.name, b.name = "a", "b"
    total = sum([a, b])
    assert [entry.expression for entry in program(total).computed] == ["sum([a])", "%2 + b"]
    assert [entry.expression for entry in program(0.0 + a).computed] == ["0.0 + a"]  # this one somebody wrote
    assert "sum([a])" in repr(steps(total.sum() if isinstance(total, Tensor) else total).goto("%2"))


def test_the_formula_of_a_sum_begins_with_its_first_term():
    a, b = Value(1.0, name="a"), Value(2.0, name="b")
    assert str(formula(sum([a, b]))) == "%3 = a + b"
    assert str(formula(sum([a, b]), wrt=a)) == "d%3/da = 1"
    assert str(formula(sum([a]))) == "%1 = a"


@pytest.mark.parametrize(
    ("bias", "expression", "substituted", "law"),
    [
        ((), "dot([w, v], [2.0, 3.0])", "dot([5, 7], [2, 3])", "2·w + 3·v"),
        ((0.0,), "dot([w, v], [2.0, 3.0], 0.0)", "dot([5, 7], [2, 3], 0)", "2·w + 3·v + 0"),
        ((Value(0.0, name="b"),), "dot([w, v], [2.0, 3.0], b)", "dot([5, 7], [2, 3], 0)", "2·w + 3·v + b"),
    ],
)
def test_a_bias_of_0_is_shown_where_there_is_a_bias(bias, expression, substituted, law):
    z = autograd.dot([Value(5.0, name="w"), Value(7.0, name="v")], [2.0, 3.0], *bias)
    z.name = "z"
    entry = program(z).find(z)
    assert entry.expression == expression
    assert Pen(WIDE).substituted(entry) == substituted
    assert str(formula(z)) == f"z = {law}"
    assert substituted in page_record(program(z), 4)["forward"][0]["numbers"]
