"""Large programs in small pictures: what is folded, what is drawn again, and how long the layout takes."""

import importlib.util
import json
import random
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import autograd
import nn
import visualize
from autograd import Value, dot, program, scope
from nn import losses
from tests.conftest import need
from tests.support.processes import ROOT, run_fresh
from visualize.programs.compose import compose
from visualize.programs.facts import Facts
from visualize.programs.fold import Wish

from ..support.programs import scalars
from .test_draw import shown


def boxes(dot):
    """The lines of every box, by its name."""
    found = re.findall(r"^\t+([nf]\d+(?:_\d+)?) \[.*? label=<(.*)>\]$", dot, re.MULTILINE)
    return {name: [line.strip() for line in shown(label).splitlines()] for name, label in found}


def folds(dot):
    """The lines of the boxes that stand for many values, in the order of the picture."""
    return [lines for name, lines in boxes(dot).items() if name.startswith("f")]


def arrows(dot):
    """Every edge: from, to, label."""
    lines = re.findall(r"^\t(\w+) -> (\w+) \[(.*)\]$", dot, re.MULTILINE)
    return [(a, b, "".join(re.findall(r'label=" (.*?) "', rest))) for a, b, rest in lines]


def said(dot):
    """The lines below the picture."""
    return shown("".join(re.findall(r"^\tgraph \[.*? label=<(.*?)> ", dot, re.MULTILINE))).splitlines()


def graph_of(y, fold=None, only=None, **wish):
    whole = y if isinstance(y, autograd.Program) else program(y)
    return compose(whole, Facts(whole), Wish(**wish), fold, only)


def assert_each_value_has_one_box(graph, whole):
    found = [entry.k for box in graph.boxes if not box.again for entry in box.entries]
    assert sorted(found) == list(range(len(whole)))


def loop(turns, x=0.5):
    y = x = Value(x, name="x")
    for _ in range(turns):
        y = (y * x).tanh()
    return y


def moons_loss():
    moons = json.loads((ROOT / "tests/data/moons.json").read_text())
    random.seed(1337)
    model = nn.MLP(2, [16, 16, 1])
    scores = [model(row) for row in moons["points"]]
    parameters = model.parameters()
    loss = losses.hinge(scores, [2 * label - 1 for label in moons["labels"]]) + 1e-4 * dot(parameters, parameters)
    loss.name = "loss"
    loss.backward()
    return loss


@pytest.fixture(scope="module")
def moons():
    return moons_loss()


@pytest.fixture(scope="module")
def chain():
    y = x = Value(0.999, name="x")
    for _ in range(100_000):
        y = y * x
    return y


# --- By module --------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
@pytest.mark.untraced
def test_the_loss_of_the_moons_is_a_box_for_each_neuron_and_the_end_of_the_loss(moons):
    drawing = visualize.draw(moons)
    assert repr(drawing) == "<drawing of 7,141 values in 35 boxes>"
    neurons = [lines for lines in folds(drawing.dot) if lines[0].startswith("neurons")]
    assert sorted(lines[1:] for lines in neurons) == [
        ["100 dot", "17 parameters"],
        *[["100 dot, 100 relu", "17 parameters"]] * 16,
        *[["100 dot, 100 relu", "3 parameters"]] * 16,
    ]
    assert boxes(drawing.dot)["n7140"][:2] == ["loss = %7137 + %7139", "data 0.8958"]
    between = [(a, b) for a, b, _ in arrows(drawing.dot) if a[0] == b[0] == "f"]
    assert len(set(between)) == len(between) == 16 * 16 + 16 + 1


@pytest.mark.untraced
def test_a_line_says_how_many_boxes_stand_for_how_many_values_and_how_to_see_more(moons):
    assert said(visualize.draw(moons).dot) == [
        "35 boxes stand for 7,141 values",
        'to see more: expand="mlp.layers[0].neurons[0]" or upstream(…); to see all: fold=False',
    ]
    assert said(visualize.draw(loop(3)).dot) == []


@pytest.mark.untraced
def test_what_a_penalty_takes_of_all_modules_comes_from_a_box_beside_it(moons):
    dot = visualize.draw(moons).dot
    [again] = [name for name, lines in boxes(dot).items() if lines == ["337 parameters", "again"]]
    [loss] = [name for name, lines in boxes(dot).items() if lines[0] == "%6837 … %7139"]  # the penalty is in it
    assert [(b, label) for a, b, label in arrows(dot) if a == again] == [(loss, "674 uses")]
    named = visualize.draw(moons, depth=1).dot
    [again] = [name for name, lines in boxes(named).items() if lines == ["337 parameters", "again"]]
    assert [(a, label) for a, b, label in arrows(named) if b == "n7138"] == [(again, "674 uses")]


def test_a_single_parameter_used_elsewhere_is_drawn_beside_that_use():
    model = nn.Neuron(1)
    penalty = model.weights[0] * model.weights[0]
    y = model([3.0]) * 2 + penalty
    drawn = visualize.draw(y, fold="neuron", show=()).dot
    assert boxes(drawn)["n0_1"] == ["w[0] again"]
    assert arrows(drawn)[:2] == [("n0_1", "n2", "")] * 2


@pytest.mark.untraced
def test_the_depth_says_which_modules_are_boxes(moons):
    assert sorted(folds(visualize.draw(moons, depth=2).dot))[:3] == [
        ["100 × (mul, sub, relu)", "%6837 … %7136"],
        ["layers[0]", "1,600 dot, 1,600 relu", "48 parameters"],
        ["layers[1]", "1,600 dot, 1,600 relu", "272 parameters"],
    ]
    assert ["mlp", "3,300 dot, 3,200 relu", "337 parameters"] in folds(visualize.draw(moons, depth=1).dot)


def test_a_module_that_is_folded_by_name_is_one_box_of_a_large_program_too(moons):
    drawing = visualize.draw(moons, fold="mlp.layers[0]")
    assert ["layers[0]", "1,600 dot, 1,600 relu", "48 parameters"] in folds(drawing.dot)
    assert len(boxes(drawing.dot)) < 60


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"fold": "mlp.layers[0]"}, ["layers[0]"]),
        ({"fold": ["mlp.layers[0].neurons[1]", "mlp.layers[1]"]}, ["layers[1]", "neurons[1]"]),
        ({"fold": ["mlp", "mlp.layers[0]"]}, ["mlp"]),
        ({"depth": 2}, ["layers[0]", "layers[1]"]),
        ({"depth": 2, "expand": "mlp.layers[0]"}, ["layers[1]"]),
        ({"depth": 3, "expand": ["mlp.layers[0].neurons[0]"]}, ["neurons[0]", "neurons[1]"]),
        ({"depth": 1, "fold": ["mlp.layers[0]"], "expand": ["mlp.layers[1]"]}, ["layers[0]"]),
        ({"depth": 4}, []),
        ({"fold": False}, []),
    ],
)
def test_modules_are_folded_by_name_or_depth_and_others_are_not(options, names):
    y = nn.MLP(2, [2, 1], activation="tanh")([Value(1.0), Value(2.0)])
    drawn = visualize.draw(y, **options).dot
    assert sorted(lines[0] for lines in folds(drawn)) == names


def test_a_result_is_never_inside_a_box():
    y = nn.Neuron(2, activation="tanh")([1.0, 2.0])
    drawn = visualize.draw(y, depth=1).dot
    assert boxes(drawn)["n4"][0].startswith("%4 = tanh(%3)")
    assert "subgraph" not in drawn  # nor in a frame by itself, beside the box of that name


def test_a_module_called_often_shows_its_first_and_last_call_when_it_is_expanded(moons):
    drawn = visualize.draw(moons, expand="mlp.layers[0].neurons[3]")
    [middle] = [lines for lines in folds(drawn.dot) if "(dot, relu)" in lines[0]]
    assert middle[0] == "98 × (dot, relu)"
    assert sum("dot(" in lines[0] for lines in boxes(drawn.dot).values()) == 3
    assert len(boxes(drawn.dot)) < 60


def test_more_modules_than_a_picture_holds_are_folded_at_a_lesser_depth_or_not_as_modules():
    wide = nn.MLP(5, [80, 10, 1])([1.0] * 5)
    assert {lines[0] for lines in folds(visualize.draw(wide).dot)} == {"layers[0]", "layers[1]", "11 parameters"}
    values = []
    for k in range(200):
        with scope(f"module{k}"):
            values.append((Value(1.0) * 2).exp() + 1)
    assert len(boxes(visualize.draw(autograd.sum(values)).dot)) < 100


def test_a_depth_of_more_boxes_than_can_be_laid_out_is_not_kept_to():
    model = nn.MLP(1, [300, 1])
    y = model([1.0])
    assert len(folds(visualize.draw(y, depth=3).dot)) < 10
    assert len(folds(visualize.draw(nn.MLP(1, [150, 1])([1.0]), depth=3, fold=True).dot)) == 151


# --- By repetition and by position ------------------------------------------------------------------------------------


def test_a_loop_shows_its_first_and_last_turn():
    dot = visualize.draw(loop(500)).dot
    assert [lines[0] for lines in boxes(dot).values()] == [
        *["x input", "%1 = x * x", "%2 = tanh(%1)", "497 × (mul, tanh)"],
        *["%997 = %996 * x", "%998 = tanh(%997)", "%999 = %998 * x", "%1000 = tanh(%999)"],
    ]
    assert ("n0", "f0", "497 uses") in arrows(dot)
    assert folds(dot)[0][1] == "%3 … %996"


def test_what_repeats_side_by_side_is_one_box_with_what_it_alone_uses():
    terms = [(Value(float(k)) * 2 + 1).tanh() for k in range(300)]
    dot = visualize.draw(autograd.mean(terms)).dot
    assert folds(dot) == [["300 × (mul, add, tanh)", "%1 … %1199", "300 inputs"]]
    assert len(boxes(dot)) == 2


@pytest.mark.long
def test_a_chain_of_a_hundred_thousand_is_five_boxes(chain):
    drawing = visualize.draw(chain)
    assert repr(drawing) == "<drawing of 100,001 values in 5 boxes>"
    assert folds(drawing.dot) == [["99,997 × mul", "%2 … %99998"]]


def long_turn(turns):
    y = Value(0.1, name="x")
    for _ in range(turns):
        for name in "sin cos tanh exp sqrt log1p asinh atan".split():
            y = getattr(autograd, name)(y)
    return y


def test_a_long_turn_is_counted_and_not_shown():
    assert folds(visualize.draw(long_turn(100)).dot) == [["99 × 8", "%1 … %792", "1 input"]]


def irregular(count, seed=1):
    chance = random.Random(seed)
    values = [Value(0.5, name=f"x{k}") for k in range(3)]
    while len(values) < count:
        a, b = chance.choices(values[-20:], k=2)
        values.append(a * b if chance.random() < 0.5 else chance.choice([a.tanh, a.sin, a.exp])())
    return values[-10:]


def test_what_does_not_repeat_is_put_together_as_it_was_recorded():
    whole = program(irregular(3000)[-1])
    graph = graph_of(whole)
    assert_each_value_has_one_box(graph, whole)
    assert 20 < graph.count < 60
    for box in graph.boxes:
        if box.fold:
            computed = [entry.k for entry in box.entries if entry.op]
            assert computed == sorted(computed)
    order = {box.id: k for k, box in enumerate(graph.boxes)}
    assert all(order[edge.source.id] < order[edge.target.id] for edge in graph.edges)


def test_a_box_for_many_values_never_stands_for_one():
    for count in (110, 120, 200, 400):
        whole = program(irregular(count)[-1])
        graph = graph_of(whole, fold=True)
        assert_each_value_has_one_box(graph, whole)
        assert all(len(box.entries) > 1 for box in graph.boxes if box.fold)
        assert any(box.fold for box in graph.boxes)


def test_many_leaves_are_put_together_by_who_uses_them():
    xs, ws = [Value(1.0) for _ in range(300)], [Value(2.0) for _ in range(300)]
    y = autograd.sum(xs) * dot(xs, ws)
    assert [lines[:2] for lines in folds(visualize.draw(y).dot)] == [
        ["300 inputs", "%0 … %299"],
        ["300 inputs", "%300 … %599"],
    ]


def test_leaves_used_by_all_sorts_are_put_together_by_role():
    xs = [Value(1.0) for _ in range(600)]
    ys = [autograd.sum(xs[k::7]) * autograd.prod(xs[k::11]) for k in range(11)]
    dot = visualize.draw(ys).dot
    assert [lines[0] for lines in folds(dot)] == ["600 inputs"]


def test_up_to_sixty_values_are_drawn_in_full_where_they_fit_and_more_are_not():
    def tree(count):
        return autograd.sum([(Value(1.0) * 2) ** 2 for _ in range(count // 3)])

    assert repr(visualize.draw(tree(20))) == "<drawing of 19 values>"
    assert repr(visualize.draw(tree(61), direction="LR")) == "<drawing of 61 values in 2 boxes>"
    assert " in " not in repr(visualize.draw(loop(600), fold=False))
    assert " in " in repr(visualize.draw(loop(50), fold=True))


def far_back(turns):
    """A loop whose every turn looks back at one computed value."""
    y = h = Value(1.0, name="x") * 1.001
    for _ in range(turns):
        y = y * h
    return y


def test_edges_that_cross_too_many_ranks_or_are_too_many_fold_a_picture_even_if_a_depth_is_given():
    assert repr(visualize.draw(far_back(160), depth=1)) == "<drawing of 162 values>"
    assert repr(visualize.draw(far_back(240), depth=1)) == "<drawing of 242 values in 5 boxes>"
    xs = [Value(1.0) for _ in range(40)]
    assert " in " in repr(visualize.draw([autograd.sum(xs) for _ in range(30)], depth=1))


def samples():
    random.seed(1)
    model = nn.MLP(3, [4, 4, 1])
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    return model, sum((model(x) - t) ** 2 for x, t in zip(xs, [1.0, -1.0, -1.0, 1.0], strict=True))


def long_chain():
    y = Value(1.0, name="x")
    for k in range(300):
        y = y * 1.001 if k % 2 else y.tanh() + 1
    return y


SMALL = {
    "a network": lambda: samples()[0]([2.0, 3.0, -1.0]),
    "its loss of four samples": lambda: samples()[1],
    "a chain of 300": long_chain,
    "a chain of 40": lambda: loop(20),
    "neurons of three layers": lambda: nn.MLP(2, [16, 16, 1])([1.0, 2.0]),
    "a sum of 40": lambda: sum(Value(float(k), name=f"x{k}") for k in range(40)),
}


@pytest.mark.needs_dot
@pytest.mark.parametrize("name", SMALL)
@pytest.mark.untraced
def test_no_text_is_under_nine_pixels_in_a_column_of_830(name):
    svg = visualize.draw(SMALL[name]()).svg()
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    smallest = min(map(float, re.findall(r'font-size="([\d.]+)"', svg)))
    assert smallest * min(96 / 72, 830 / width) >= 9


def test_what_is_wide_stands_upright_and_what_fits_from_left_to_right():
    def direction(y, **options):
        return re.search("rankdir=(..)", visualize.draw(y, **options).dot)[1]

    assert direction(Value(2.0) * 3) == "LR"
    assert direction(loop(8)) == "TB"
    assert direction(loop(8), direction="LR") == "LR"
    assert direction(samples()[0]([2.0, 3.0, -1.0])) == "LR"
    assert direction(loop(200), depth=1) == "LR"  # more boxes than fit a column, so it is not measured


def test_four_samples_are_one_box_for_each_neuron_and_one_for_what_is_outside():
    lines = folds(visualize.draw(samples()[1]).dot)
    neurons = [each[1:] for each in lines if each[0].startswith("neurons")]
    assert sorted(neurons) == [
        ["4 dot", "5 parameters"],
        *[["4 dot, 4 relu", "4 parameters"]] * 4,
        *[["4 dot, 4 relu", "5 parameters"]] * 4,
    ]
    assert [each for each in lines if not each[0].startswith("neurons")] == [["%58 … %119", "4 sub, 4 pow, 3 add"]]


# --- Drawn again ------------------------------------------------------------------------------------------------------


def test_a_leaf_with_many_far_uses_is_drawn_once_per_use():
    drawn = visualize.draw(loop(12)).dot
    copies = {name: lines for name, lines in boxes(drawn).items() if name.startswith("n0_")}
    assert list(copies) == [f"n0_{k}" for k in range(1, 12)]
    assert all(lines == ["x again", "data 0.5"] for lines in copies.values())
    assert boxes(drawn)["n0"] == ["x input", "data 0.5", "grad -"]
    sources = [a for a, b, _ in arrows(drawn) if a.startswith("n0")]
    assert sources == ["n0", "n0", *copies]  # the first use is x * x, of one box
    assert repr(visualize.draw(loop(12))) == "<drawing of 25 values>"


def test_a_leaf_with_near_uses_is_drawn_once():
    assert "again" not in visualize.draw(loop(4)).dot


@pytest.mark.untraced
def test_a_computed_value_with_many_far_uses_is_drawn_again_where_edges_would_be_long():
    short = visualize.draw(far_back(20)).dot
    assert "again" not in short
    graph = graph_of(far_back(160), fold=False)
    assert graph.span() <= 900
    again = [box for box in graph.boxes if box.again]
    assert {box.entries[0].k for box in again} == {1}
    assert len({box.id for box in graph.boxes}) == len(graph.boxes)
    assert boxes(visualize.draw(far_back(160), fold=False).dot)[again[0].id] == ["%1 again", "data 1.001"]


def test_a_parameter_drawn_again_stands_in_the_frame_of_its_use():
    cell = nn.Neuron(2, "tanh")
    h = Value(0.0)
    for _ in range(12):
        h = cell([h, 1.0])
    graph = graph_of(h)
    assert {box.place for box in graph.boxes if box.again} == {("neuron",)}


# --- Selections -------------------------------------------------------------------------------------------------------


def chosen(selection):
    return [selection.program[k].label for k in sorted(selection.positions)]


def selectable():
    x, w = Value(2.0, name="x"), Value(3.0, name="w")
    p = x * w
    q = p + x
    r = q.tanh() + 1
    for name, value in {"p": p, "q": q, "r": r}.items():
        value.name = name
    return x, w, p, q, r


@pytest.mark.parametrize(
    ("hops", "labels"), [(0, ["r"]), (1, ["%4", "r"]), (2, ["q", "%4", "r"]), (3, ["x", "p", "q", "%4", "r"])]
)
def test_upstream_goes_back_so_many_edges(hops, labels):
    *_, r = selectable()
    assert chosen(visualize.upstream(r, hops)) == labels


def test_upstream_ends_where_the_program_begins():
    *_, r = selectable()
    assert len(visualize.upstream(r, 10**9).positions) == 6


def test_a_selection_may_be_named_within_the_program_of_a_result():
    x, _, p, q, r = selectable()
    assert chosen(visualize.upstream("q", 1, of=r)) == ["x", "p", "q"]
    assert chosen(visualize.upstream(p, 1, of=program(r))) == ["x", "w", "p"]
    assert chosen(visualize.between("w", "q", of=r)) == ["w", "p", "q"]
    assert visualize.between(x, r).program is not visualize.between(x, q).program


def test_between_holds_every_way_and_nothing_else():
    x, w, p, q, r = selectable()
    assert chosen(visualize.between(w, r)) == ["w", "p", "q", "%4", "r"]
    assert chosen(visualize.between(x, q)) == ["x", "p", "q"]
    assert chosen(visualize.between(p, p)) == ["p"]


def test_between_begins_with_all_the_numbers_of_a_leaf_that_changed():
    x = Value(2.0, name="x")
    y = x * 3
    x.data = 5.0
    y = y + x
    assert len(visualize.between(x, y).positions) == 4


def test_a_selection_is_drawn_with_the_names_of_its_program_and_says_so():
    _, w, _, _, r = selectable()
    drawn = visualize.draw(visualize.between(w, r)).dot
    assert list(boxes(drawn)) == ["n1", "n2", "n3", "n4", "n5"]
    assert boxes(drawn)["n2"][0] == "p = x * w"
    assert [(a, b) for a, b, _ in arrows(drawn)] == [("n1", "n2"), ("n2", "n3"), ("n3", "n4"), ("n4", "n5")]
    assert said(drawn) == ["from w to r: 5 of 6 values"]


@pytest.mark.untraced
def test_a_large_selection_is_folded(chain):
    drawn = visualize.draw(visualize.upstream(chain, 2000))
    assert repr(drawn).startswith("<drawing of 2,002 values in ")
    assert said(drawn.dot)[0] == "%100000 and 2,000 hops upstream: 2,002 of 100,001 values"


# --- Sameness, speed and all programs ---------------------------------------------------------------------------------


def test_the_text_of_a_folded_picture_is_the_same_in_every_process():
    script = (
        "import hashlib, visualize\nfrom tests.visualize.test_fold import moons_loss, irregular\n"
        "for y in (moons_loss(), irregular(300)):\n"
        "    print(hashlib.sha256(visualize.draw(y, legend=True, emphasis='gradient').dot.encode()).hexdigest())"
    )
    assert len({run_fresh(script, PYTHONHASHSEED=seed) for seed in ("0", "77")}) == 1


WORST = {
    "moons": moons_loss,
    "500 turns over one leaf": lambda: loop(500),
    "160 turns that look back": lambda: far_back(160),
    "300 leaves": lambda: autograd.sum([Value(1.0) for _ in range(300)]),
    "irregular": lambda: irregular(450),
    "irregular and large": lambda: irregular(5000),
    "network": lambda: nn.MLP(2, [16, 16, 1])([1.0, 2.0]),
}


@pytest.mark.needs_dot
@pytest.mark.parametrize("name", [*WORST, "chain"])
@pytest.mark.long
def test_the_picture_of_any_program_is_small_enough_to_be_laid_out_at_once(name, request):
    drawing = visualize.draw(request.getfixturevalue("chain") if name == "chain" else WORST[name]())
    boxes, edges = parsed(drawing.dot)
    assert boxes <= 500
    assert edges <= 700
    png = {"image/png"} if importlib.util.find_spec("matplotlib") else set()
    assert set(drawing._repr_mimebundle_()) == {"image/svg+xml", "text/html", "text/plain"} | png


@pytest.mark.untraced
def test_no_edge_is_laid_out_at_right_angles(moons):
    for y in (moons, loop(3)):
        assert "ortho" not in visualize.draw(y).dot


def parsed(dot):
    """A drawing as Graphviz reads it: how many boxes and edges it has. A text that is none raises."""
    import pygraphviz

    graph = pygraphviz.AGraph(string=dot)
    return len(graph.nodes()), len(graph.edges())


def test_the_parser_tells_text_that_is_no_drawing():
    need(importlib.util.find_spec("pygraphviz"), "the package pygraphviz is not installed")
    with pytest.raises(Exception, match=r"."):
        parsed(visualize.draw(loop(2)).dot.replace("{", "[", 1))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(scalars.programs())
@pytest.mark.long
def test_random_programs_give_drawings_that_graphviz_reads(sample):
    values = scalars.backward(sample)
    whole = program(values[-1])
    drawing = visualize.draw(whole, fold=False, legend=True, emphasis="gradient", digits=17)
    graph = graph_of(whole, fold=False)
    assert parsed(drawing.dot) == (len(graph.boxes), sum(len(entry.uses) for entry in whole))
    drawn = boxes(drawing.dot)
    for entry in whole:
        assert float(drawn[f"n{entry.k}"][-1].removeprefix("grad ")) == entry.grad
    assert_each_value_has_one_box(graph_of(whole, fold=True), whole)
    for step in autograd.stepping.passes.reverse(whole):
        assert parsed(visualize.draw(step, fold=False, direction="LR").dot)[0] == len(graph.boxes)


def test_a_picture_is_the_same_whether_the_steps_of_its_pass_are_kept_or_not(monkeypatch):
    y = Value(2.0, name="x") ** 2 * 3.0
    kept = visualize.draw(y).dot
    monkeypatch.setattr("visualize.programs.facts.KEPT", 0)
    assert visualize.draw(y).dot == kept


def test_what_has_too_many_boxes_to_be_measured_fits_nowhere(monkeypatch):
    y = autograd.sum([Value(1.0) * 2 for _ in range(20)])
    monkeypatch.setattr("visualize.programs.sizing.MEASURED", 1)
    assert "boxes" in repr(visualize.draw(y))


def test_a_small_expression_is_not_folded_for_the_length_of_its_names():
    first, second = "the_first_weight_of_the_hidden_layer_here", "the[second].weight.of the hidden-layer"
    a, b, c = Value(1.5, name=first[:38]), Value(2.5, name=second), Value(0.5, name="x" * 40)
    p = a * b
    p.name = "the_product_of_both_weights_of_layers"
    y = (p + c) * Value(0.25, name="the_scale_of_the_measured_temperature")
    drawing = visualize.draw(y)
    assert repr(drawing) == "<drawing of 7 values>"
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', drawing.svg())[1])
    assert 11 * min(96 / 72, 830 / width) >= 9
    text = re.sub(r"<[^>]*>", "", drawing.dot)  # names are broken between words, and none is shortened
    assert all(text.count(each.name) >= 2 for each in (a, p))


def test_a_program_of_arrays_that_is_too_wide_stands_upright():
    network = nn.MLP(2, [3, 1], activation="tanh")
    run = autograd.compile(lambda a, b: (network([a, b]) - 1.0) ** 2)
    run(0.5, 1.0)
    run(np.array([0.5, 1.0]), np.array([1.0, 0.5]))
    assert "rankdir=TB" in visualize.draw(run.program).dot
    assert "rankdir=LR" in visualize.draw(run.program, direction="LR").dot
