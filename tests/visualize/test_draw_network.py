"""Pictures of networks: what stands in them, where, and that nothing covers anything else."""

import html
import math
import re
from itertools import combinations, pairwise
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd
import visualize
from autograd import InputTypeError, InputValueError, Value
from nn import MLP, Layer, Module, Neuron, init
from tests.support.processes import run_fresh

from .test_draw import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
LEVELS = ("network", "layer", "neuron")


class Thing(NamedTuple):
    """Something in a picture: where it is, and what is written in it."""

    x: float
    y: float
    text: str
    attributes: str


def read(text):
    """A label as text: a superscript after ^, a subscript after _, a line break as |."""
    text = re.sub(r"<SUP>(.*?)</SUP>", r"^\1", text)
    text = re.sub(r"<SUB>(.*?)</SUB>", r"_\1", text)
    lines = re.sub(r"<[^>]*>", "", text.replace("<BR/>", "|")).split("|")
    return html.unescape("|".join(line.strip() for line in lines if line.strip())).replace("\xa0", "")


def things(drawing):
    """All that stands in a picture, by its name in the DOT text."""
    found = re.findall(r'^\t(\w+) \[pos="(-?\d+),(-?\d+)!"(.*?) label=<(.*)>\]$', drawing.dot, re.MULTILINE)
    return {name: Thing(float(x), float(y), read(label), rest) for name, x, y, rest, label in found}


def texts(drawing):
    return {name: thing.text for name, thing in things(drawing).items() if thing.text}


def matrices(drawing):
    """The tables of a chain, row by row, the brackets left out."""
    labels = re.findall(r"^\t(\w+) \[.*label=<(<TABLE.*)>\]$", drawing.dot, re.MULTILINE)
    rows = {name: re.findall(r"<TR>((?:<TD (?:ROWSPAN|HEIGHT)[^>]*>.*?)+)</TR>", label) for name, label in labels}
    cell = '<TD HEIGHT="15" ALIGN="[A-Z]*"> (.*?) </TD>'
    return {name: [[read(each) for each in re.findall(cell, row)] for row in found] for name, found in rows.items()}


def arrows(drawing):
    return re.findall(r"^\t(\w+) -> (\w+)$", drawing.dot, re.MULTILINE)


def formula(drawing):
    return read(re.search(r"^\tgraph \[.*? label=<(.*?)> labeljust", drawing.dot, re.MULTILINE)[1])


def counting(model):
    """Weights 0.11, 0.21, … : w_ij is 0.ij, and offsets are w_0j."""
    for layer in model.layers if isinstance(model, MLP) else [model]:
        for j, neuron in enumerate(layer.neurons if isinstance(layer, Layer) else [layer], start=1):
            neuron.bias.data = j / 100
            for i, w in enumerate(neuron.weights, start=1):
                w.data = (10 * i + j) / 100
    return model


def neuron():
    made = Neuron(2, "tanh")
    for w, data in zip([*made.weights, made.bias], [-3.0, 0.123456789, 6.5], strict=True):
        w.data = data
    return made


# --- One neuron -------------------------------------------------------------------------------------------------------


def test_a_neuron_is_inputs_and_a_constant_weighed_then_a_sum_z_an_activation_and_an_output():
    drawing = visualize.draw_network(neuron(), level="neuron")
    inputs = {"x1": "x_1", "x2": "x_2", "one0": "1"}
    weights = {"w1_1_1": "w_1 = -3.0", "w1_2_1": "w_2 = 0.1235", "w1_0_1": "w_0 = 6.5"}
    inside = {"sum1_1": "Σ", "z1_1": "z", "f1_1": "f|tanh", "a1_1": "a", "title1": "neuron"}
    assert texts(drawing) == inputs | weights | inside
    into = [("x1", "sum1_1"), ("x2", "sum1_1"), ("one0", "sum1_1")]
    assert sorted(arrows(drawing)) == sorted([*into, ("sum1_1", "f1_1"), ("f1_1", "a1_1")])
    assert formula(drawing) == "z = w_1 x_1 + w_2 x_2 + w_0,  a = f(z)"


def test_with_numbers_for_the_inputs_the_picture_has_those_of_z_and_a():
    drawn = texts(visualize.draw_network(neuron(), level="neuron", x=[2.0, 0.0]))
    assert (drawn["x1"], drawn["x2"]) == ("x_1|2.0", "x_2|0.0")
    assert (drawn["z1_1"], drawn["a1_1"]) == ("z = 0.5", f"a|{math.tanh(0.5):.4}")


def test_a_neuron_runs_from_left_to_right_and_sum_and_activation_are_framed():
    drawn = things(visualize.draw_network(neuron(), level="neuron"))
    order = ["x1", "w1_1_1", "sum1_1", "z1_1", "f1_1", "a1_1"]
    assert all(drawn[a].x < drawn[b].x for a, b in pairwise(order))
    assert drawn["x1"].x == drawn["x2"].x == drawn["one0"].x
    assert drawn["sum1_1"].y == drawn["f1_1"].y == drawn["a1_1"].y == 0
    inside = [name for name in order if contains(drawn["frame1"], drawn[name])]
    assert inside == ["sum1_1", "z1_1", "f1_1"]


def contains(frame, thing):
    width, height = (float(re.search(rf"{key}=([\d.]+)", frame.attributes)[1]) * 72 for key in ("width", "height"))
    return abs(thing.x - frame.x) < width / 2 and abs(thing.y - frame.y) < height / 2


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        (("name",), "w_1"),
        (("data",), "-3.0"),
        (("grad",), "grad 2.0"),
        (("data", "name"), "w_1 = -3.0"),
        (["data", "grad"], "-3.0|grad 2.0"),
        (("name", "data", "grad"), "w_1 = -3.0|grad 2.0"),
        ((), None),
    ],
)
def test_show_says_what_stands_on_the_arrow_of_a_weight(show, expected):
    model = neuron()
    model.activation, model._activate = "linear", None
    model([2.0, 5.0]).backward()
    for level in ("layer", "neuron"):
        assert texts(visualize.draw_network(model, level, show=show)).get("w1_1_1") == expected


def test_a_gradient_is_a_dash_until_a_pass_has_reached_the_weight():
    assert texts(visualize.draw_network(neuron(), "layer", show=("grad",)))["w1_0_1"] == "grad -"


def test_a_weight_that_is_a_number_or_computed_is_drawn_with_its_number():
    model, doubled = neuron(), Value(0.25) * 2
    model.weights, model.bias = [2.0, doubled], 0
    drawn = texts(visualize.draw_network(model, "neuron", show=("data", "grad")))
    assert [drawn[f"w1_{i}_1"] for i in (1, 2, 0)] == ["2.0|grad -", "0.5|grad -", "0.0|grad -"]


# --- Layers as columns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["layer", "neuron"])
def test_in_a_layer_every_input_has_an_arrow_to_every_neuron_with_its_weight(level):
    drawing = visualize.draw_network(counting(Layer(3, 4, "relu")), level)
    head = {"layer": "a", "neuron": "sum"}[level]
    expected = {(f"x{i}" if i else "one0", f"{head}1_{j}"): (10 * i + j) / 100 for i in range(4) for j in range(1, 5)}
    assert {arrow for arrow in arrows(drawing) if arrow[0][0] in "xo"} == set(expected)
    drawn = texts(drawing)
    for (tail, head), number in expected.items():
        i, j = tail[1:] if tail != "one0" else "0", head[-1]
        assert drawn[f"w1_{i}_{j}"] == {"layer": f"{number}", "neuron": f"w_{i}{j} = {number}"}[level]
    assert [drawn[f"a1_{j}"] for j in range(1, 5)] == ["a_1", "a_2", "a_3", "a_4"]
    assert formula(drawing) == "z_j = Σ_i w_ij x_i + w_0j,  a_j = f(z_j)"


def test_a_circle_for_each_neuron_or_the_neurons_opened_up():
    model = Layer(2, 3, "relu")
    closed, opened = (texts(visualize.draw_network(model, level)) for level in ("layer", "neuron"))
    assert closed["title1"] == "layer|relu"
    assert opened["title1"] == "layer"
    assert [opened[f"{what}1_2"] for what in ("sum", "z", "f", "a")] == ["Σ", "z_2", "f|relu", "a_2"]
    assert not {"sum1_2", "z1_2", "f1_2"} & set(closed)


@pytest.mark.smoke
def test_a_network_chains_its_layers_and_numbers_them_above():
    drawing = visualize.draw_network(counting(MLP(2, [3, 1], "tanh")), "neuron", x=[1.0, -1.0])
    drawn, links = texts(drawing), arrows(drawing)
    assert (drawn["title1"], drawn["title2"]) == ("layer 1", "layer 2")
    assert drawn["w1_2_3"] == "w^1_23 = 0.23"
    assert drawn["w2_3_1"] == "w^2_31 = 0.31"
    assert drawn["z1_3"] == "z^1_3 = -0.07"  # 0.03 + 0.13 - 0.23
    assert drawn["a1_3"] == f"a^1_3|{math.tanh(-0.07):.4}"
    assert (drawn["f1_1"], drawn["f2_1"]) == ("f^1|tanh", "f^2|linear")
    assert ("again1_3", "sum2_1") in links  # layer 2 stands in a row of its own
    assert ("one1", "sum2_1") in links
    assert "one2" not in drawn
    result = math.tanh(-0.09) * 0.11 + math.tanh(-0.08) * 0.21 + math.tanh(-0.07) * 0.31 + 0.01
    assert drawn["z2_1"] == f"z^2_1 = {result:.4}"
    assert formula(drawing) == "z^l_j = Σ_i w^l_ij a^l-1_i + w^l_0j,  a^l_j = f^l(z^l_j)"


def test_inputs_hidden_neurons_and_outputs_differ_in_colour():
    drawn = things(visualize.draw_network(MLP(2, [2, 1]), "layer"))
    fills = [re.search('fillcolor="(.*?)"', drawn[name].attributes)[1] for name in ("x1", "a1_1", "a2_1")]
    assert len(set(fills)) == 3
    assert "peripheries" in drawn["a2_1"].attributes


def test_indices_of_two_digits_are_kept_apart():
    drawn = texts(visualize.draw_network(Layer(2, 12), "layer", show=("name",)))
    assert drawn["w1_1_3"] == "w_13"
    assert drawn["w1_1_12"] == "w_1,12"
    assert drawn["a1_12"] == "a_12"


# --- What is too wide -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "drawn", "gap"), [(8, range(1, 9), None), (9, [1, 2, 3, 9], 5), (99, [1, 2, 3, 99], 95)]
)
def test_of_more_than_eight_inputs_or_neurons_the_middle_is_left_out(count, drawn, gap):
    drawing = visualize.draw_network(Layer(count, count), "layer")
    found = texts(drawing)
    assert [name for name in found if re.fullmatch(r"x\d+", name)] == [f"x{i}" for i in drawn]
    assert [name for name in found if re.fullmatch(r"a1_\d+", name)] == [f"a1_{j}" for j in drawn]
    assert found.get("x_more") == found.get("a1_more") == (gap and f"⋮|{gap} more")
    expected = {f"w1_{i}_{j}" for i in [0, *drawn] for j in drawn}
    assert {name for name in found if name.startswith("w")} == expected
    assert len(arrows(drawing)) == len(expected)


def test_a_wide_neuron_leaves_the_same_inputs_out_of_its_formula():
    drawing = visualize.draw_network(Neuron(20), "neuron")
    assert formula(drawing) == "z = w_1 x_1 + w_2 x_2 + w_3 x_3 + … + w_20 x_20 + w_0,  a = f(z)"


def test_a_wide_matrix_leaves_out_its_middle():
    rows = matrices(visualize.draw_network(counting(Layer(12, 9))))["w1_0_0"]
    assert rows == [
        ["0.11", "0.12", "0.13", "⋯", "0.19"],
        ["0.21", "0.22", "0.23", "⋯", "0.29"],
        ["0.31", "0.32", "0.33", "⋯", "0.39"],
        ["⋮", "⋮", "⋮", "⋱", "⋮"],
        ["1.21", "1.22", "1.23", "⋯", "1.29"],
    ]


@pytest.mark.untraced
def test_a_picture_of_a_large_network_stays_small():
    model = MLP(200, [300, 200, 10], init=init.zeros())
    for level in LEVELS:
        assert len(visualize.draw_network(model, level).dot) < 60_000


# --- Layers as single neurons -----------------------------------------------------------------------------------------


def test_each_layer_is_drawn_as_one_neuron_in_capital_letters_with_its_shapes():
    drawing = visualize.draw_network(MLP(2, [4, 1], "tanh"), show=())
    first = {"w1": "W^1 2×4|W^1_0 4×1", "z1": "Z^1|4×1", "f1": "f^1|tanh", "a1": "A^1|4×1"}
    second = {"w2": "W^2 4×1|W^2_0 1×1", "z2": "Z^2|1×1", "f2": "f^2|linear", "a2": "A^2|1×1"}
    assert texts(drawing) == {"x": "X|2×1", "a0": "A^0|2×1"} | first | second
    assert arrows(drawing) == [*pairwise(["x", "w1", "f1", "w2", "f2", "a2"])]
    assert formula(drawing) == "Z^l = (W^l)^T A^l-1 + W^l_0,  A^l = f^l(Z^l)"


@pytest.mark.parametrize(("model", "n"), [(Layer(3, 2, "relu"), 2), (Neuron(3, "relu"), 1)])
def test_one_layer_needs_no_number_and_a_neuron_is_a_layer_of_one(model, n):
    drawing = visualize.draw_network(model, show=())
    expected = {"x": "X|3×1", "w1": f"W 3×{n}|W_0 {n}×1", "z1": f"Z|{n}×1", "f1": "f|relu", "a1": f"A|{n}×1"}
    assert texts(drawing) == expected
    assert formula(drawing) == "Z = W^T X + W_0,  A = f(Z)"


def test_below_the_weights_stand_their_numbers_and_their_gradients_and_above_what_is_computed():
    model = counting(Layer(2, 3, "relu"))
    autograd.sum(model([1.0, -2.0])).backward()
    found = matrices(visualize.draw_network(model, x=[1.0, -2.0], show=("data", "grad")))
    assert found == {
        "x_above_0": [["1.0"], ["-2.0"]],
        "w1_0_0": [["0.11", "0.12", "0.13"], ["0.21", "0.22", "0.23"]],
        "w1_0_1": [["0.01"], ["0.02"], ["0.03"]],
        "w1_1_0": [["0.0", "0.0", "0.0"], ["0.0", "0.0", "0.0"]],
        "w1_1_1": [["0.0"], ["0.0"], ["0.0"]],
        "z1_above_0": [["-0.3"], ["-0.3"], ["-0.3"]],
        "a1_above_0": [["0.0"], ["0.0"], ["0.0"]],
    }


def test_gradients_stand_in_the_place_of_their_weights():
    model = counting(Layer(2, 2))
    (10 * model([1.0, 3.0])[1]).backward()
    found = matrices(visualize.draw_network(model, show=("grad",)))
    assert found == {"w1_0_0": [["-", "10.0"], ["-", "30.0"]], "w1_0_1": [["-"], ["10.0"]]}


def test_activations_that_differ_within_a_layer_are_all_named():
    model = Layer(2, 3, "relu")
    model.neurons[1] = Neuron(2, "tanh")
    assert texts(visualize.draw_network(model))["f1"] == "f|relu, tanh"
    assert texts(visualize.draw_network(model, "layer"))["title1"] == "layer|relu, tanh"
    assert texts(visualize.draw_network(model, "neuron"))["f1_2"] == "f|tanh"


# --- Where things stand -----------------------------------------------------------------------------------------------

SHAPES = [(1, [1]), (2, [1]), (8, [1]), (1, [8]), (3, [4]), (2, [4, 1]), (4, [6, 3]), (2, [16, 16, 1]), (8, [8] * 5)]
SHOWS = [(), ("data",), ("name", "data"), ("data", "grad"), ("name", "data", "grad")]


def off_line(drawn, links):
    """The largest distance of a weight from its arrow."""
    farthest = 0.0
    for tail, head in links:
        match = re.fullmatch(r"(?:a|sum)(\d+)_(\d+)", head)
        if not match or tail.startswith("f"):  # not an arrow with a weight
            continue
        i = "0" if tail.startswith("one") else re.search(r"\d+$", tail)[0]
        label = drawn.get(f"w{match[1]}_{i}_{match[2]}")
        if label:
            a, b = drawn[tail], drawn[head]
            t = (label.x - a.x) / (b.x - a.x)
            assert 0 < t < 1
            rise = (1 - t) * a.y + t * b.y - label.y
            farthest = max(farthest, abs(rise) * math.cos(math.atan2(b.y - a.y, b.x - a.x)))
    return farthest


def box(thing):
    """The rectangle that a label in small text takes: left, right, bottom, top."""
    lines = thing.text.split("|")
    width, height = max(map(len, lines)) * 5, len(lines) * 12
    return thing.x - width / 2, thing.x + width / 2, thing.y - height / 2, thing.y + height / 2


def overlaps(drawn):
    """The pairs of labels on arrows that cover one another."""
    boxes = {name: box(thing) for name, thing in drawn.items() if name.startswith("w")}
    return [
        (a, b)
        for (a, (left, right, low, high)), (b, (l2, r2, lo2, hi2)) in combinations(boxes.items(), 2)
        if left < r2 and l2 < right and low < hi2 and lo2 < high
    ]


@pytest.mark.parametrize("show", SHOWS)
@pytest.mark.parametrize(("n_in", "widths"), SHAPES)
@pytest.mark.parametrize("level", ["layer", "neuron"])
@pytest.mark.untraced
def test_every_weight_stands_on_its_arrow_and_covers_no_other(level, n_in, widths, show):
    drawing = visualize.draw_network(MLP(n_in, widths, "tanh"), level, show=show)
    drawn = things(drawing)
    assert off_line(drawn, arrows(drawing)) < 1.5  # places are whole points
    assert not overlaps(drawn)


def test_these_checks_see_a_weight_that_is_off_its_arrow_or_covers_another():
    drawing = visualize.draw_network(Layer(2, 2), "layer")
    drawn = things(drawing)
    low, high = drawn["w1_1_1"], drawn["w1_2_1"]
    assert off_line({**drawn, "w1_1_1": low._replace(y=low.y + 5)}, arrows(drawing)) > 3
    assert overlaps({**drawn, "w1_1_1": low._replace(x=high.x, y=high.y)}) == [("w1_1_1", "w1_2_1")]


def row_of(name, drawn):
    """The number of the row in which something of a layer stands: each begins with outputs once more."""
    repeated = {int(match[1]) for match in (re.match(r"again(\d+)", each) for each in drawn) if match}
    if name.startswith("x"):
        return 0
    kind, layer = re.match(r"([a-z]+)(\d+)", name).groups()
    begins = kind == "again" or (kind == "one" and int(layer) in repeated)
    return sum(int(layer) + begins > each for each in repeated)


@pytest.mark.parametrize(("n_in", "widths"), SHAPES)
@pytest.mark.parametrize("level", ["layer", "neuron"])
@pytest.mark.untraced
def test_columns_are_even_and_no_two_circles_touch(level, n_in, widths):
    drawn = things(visualize.draw_network(MLP(n_in, widths), level))
    rows = {}
    for name, thing in drawn.items():
        if 'shape="circle"' in thing.attributes or name.endswith("more"):
            rows.setdefault(row_of(name, drawn), {}).setdefault(thing.x, []).append(thing.y)
    for columns in rows.values():
        assert all(b - a >= 100 for a, b in pairwise(sorted(columns)))
        middles = [(max(heights) + min(heights)) / 2 for heights in columns.values()]
        assert max(middles) - min(middles) <= 1 or level == "neuron"  # constants stand below the outputs only
    for heights in (heights for columns in rows.values() for heights in columns.values()):
        steps = [a - b for a, b in pairwise(sorted(heights, reverse=True))]
        assert all(step >= 60 for step in steps)
        assert max(steps, default=0) - min(steps, default=0) <= 1  # places are whole points


@pytest.mark.parametrize(("n_in", "widths"), SHAPES)
def test_matrices_stand_beside_one_another(n_in, widths):
    model = MLP(n_in, widths)
    drawn, rows = (read_from(visualize.draw_network(model)) for read_from in (things, matrices))
    right = -math.inf
    for k in range(1, len(widths) + 1):
        right = -math.inf if f"again{k - 1}" in drawn else right
        for name in (f"w{k}_0_0", f"w{k}_0_1"):
            across = 5 * sum(max(map(len, column)) + 1 for column in zip(*rows[name], strict=True))
            assert drawn[name].x - across / 2 > right
            right = drawn[name].x + across / 2


def test_everything_stands_where_it_was_put():
    drawing = visualize.draw_network(MLP(3, [4, 2]), "neuron")
    drawn = {name: thing for name, thing in things(drawing).items() if 'shape="circle"' in thing.attributes}
    places = {}
    for group in ElementTree.fromstring(drawing.svg()).iter(f"{SVG}g"):
        if group.get("id") in drawn:
            ellipse = group.find(f"{SVG}ellipse")
            places[group.get("id")] = float(ellipse.get("cx")), -float(ellipse.get("cy"))
    assert set(places) == set(drawn)
    dx, dy = (there - here for there, here in zip(places["x1"], drawn["x1"][:2], strict=True))
    for name, (x, y) in places.items():
        assert (x, y) == pytest.approx((drawn[name].x + dx, drawn[name].y + dy), abs=1.1)  # in DOT, whole points


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_can_be_rendered(level, tmp_path):
    model = MLP(9, [2, 1], activation=lambda z: z.tanh())
    model([1.0] * 9).backward()
    drawing = visualize.draw_network(model, level, x=range(9), show=("name", "data", "grad"))
    assert ElementTree.fromstring(drawing.svg()).tag == f"{SVG}svg"
    assert drawing.save(tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


class Piece(NamedTuple):
    """A text or a circle in the picture, as a rectangle or by its radius."""

    group: str
    text: str
    left: float
    base: float
    right: float
    size: float


def pieces_of(svg):
    """The texts of the picture, and its circles: by group, centre and radius."""
    found, circles = [], {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        for text in group.findall(f"{SVG}text"):
            left = float(text.get("x"))
            right = left + float(text.get("textLength"))
            size = float(text.get("font-size"))
            found.append(Piece(group.get("id"), text.text, left, float(text.get("y")), right, size))
        for ellipse in group.findall(f"{SVG}ellipse"):
            circles[group.get("id")] = tuple(float(ellipse.get(key)) for key in ("cx", "cy", "rx"))
    return found, circles


@pytest.mark.parametrize(("n_in", "widths"), SHAPES)
@pytest.mark.parametrize("level", ["layer", "neuron"])
@pytest.mark.untraced
def test_weights_keep_clear_of_the_circles(level, n_in, widths):
    found, circles = pieces_of(visualize.draw_network(MLP(n_in, widths, "tanh"), level).svg())
    for piece in found:
        if piece.group.startswith("w"):
            for x, y, radius in circles.values():
                dx = max(piece.left - x, x - piece.right, 0.0)
                dy = max(piece.base - 0.7 * piece.size - y, y - piece.base, 0.0)
                assert math.hypot(dx, dy) >= radius, piece.text


def test_an_index_stands_below_its_letter_and_a_layer_above_the_index():
    found, _ = pieces_of(visualize.draw_network(MLP(2, [2, 1]), "neuron").svg())
    letter, layer, index = [piece for piece in found if piece.group == "w1_2_1"][:3]
    assert (letter.text, layer.text, index.text) == ("w", "1", "21")
    assert layer.base < letter.base < index.base
    assert layer.left == index.left >= letter.right - 0.05  # numbers in SVG have a digit behind the point
    assert layer.base <= index.base - 0.7 * index.size  # one ends where the other begins
    assert layer.size == index.size == pytest.approx(0.7 * letter.size, abs=0.1)


@pytest.mark.parametrize(("n_in", "widths"), [*SHAPES, (3, [4, 4, 1]), (4, [4, 4, 2])])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("has_numbers", [False, True])
@pytest.mark.untraced
def test_no_text_is_under_9_pixels_in_a_column_of_830(level, n_in, widths, has_numbers):
    x = [-0.12345] * n_in if has_numbers else None
    svg = visualize.draw_network(MLP(n_in, widths, "tanh"), level, x=x).svg()
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    smallest = min(piece.size for piece in pieces_of(svg)[0])
    assert smallest * min(96 / 72, 830 / width) >= 9


def test_layers_that_are_too_wide_for_a_row_begin_another_one_with_the_outputs_before():
    for level, outputs, again in (
        ("network", ["a1"], ["again1"]),
        ("layer", [f"a1_{j}" for j in range(1, 9)], [f"again1_{j}" for j in range(1, 9)]),
        ("neuron", [f"a1_{j}" for j in range(1, 9)], [f"again1_{j}" for j in range(1, 9)]),
    ):
        drawing = visualize.draw_network(MLP(8, [8, 8], "tanh"), level, x=[0.5] * 8)
        drawn, links = things(drawing), arrows(drawing)
        assert [drawn[name].text for name in outputs] == [drawn[name].text for name in again]
        assert {drawn[name].x for name in again} == {0.0}
        assert min(thing.y for name, thing in drawn.items() if row_of(name, drawn) == 0) > drawn[again[0]].y
        assert all(any(tail == name for tail, _ in links) for name in again)
        assert not any(tail in outputs for tail, _ in links)
    wide = visualize.draw_network(MLP(12, [12, 1]), "neuron")
    assert texts(wide)["again1_more"] == "⋮|8 more"


# --- Operations -------------------------------------------------------------------------------------------------------


def test_what_fits_no_column_is_drawn_in_the_last_way_that_was_tried(monkeypatch):
    def width():
        return float(re.search(r'viewBox="0 0 ([\d.]+)', visualize.draw_network(MLP(2, [3, 1]), "neuron").svg())[1])

    fitting = width()
    monkeypatch.setattr("visualize.networks.columns.widest", lambda _: 10.0)
    assert 10 < width() <= fitting


def test_at_level_op_the_picture_is_that_of_the_recorded_program():
    model = neuron()
    x1, x2 = Value(2.0, name="x1"), Value(4.0, name="x2")
    a = model([x1, x2])
    a.name = "a"
    assert visualize.draw_network(model, "op", x=[2.0, 4.0]).dot == visualize.draw(a).dot


@pytest.mark.parametrize(
    ("model", "inputs", "outputs"),
    [(Neuron(2), 2, ["a"]), (Layer(3, 2), 3, ["a1", "a2"]), (Layer(1, 1), 1, ["a1"]), (MLP(4, [2, 1]), 4, ["a"])],
)
def test_inputs_and_outputs_are_named_and_the_inputs_are_one_if_not_given(model, inputs, outputs):
    lines = re.findall(r"label=<<B>(.*?)</B>(.*)>\]", visualize.draw_network(model, "op").dot)
    named = {name: read(rest) for name, rest in lines}
    for i in range(1, inputs + 1):
        assert "input" in named[f"x{i}"]
        assert "1.0" in named[f"x{i}"]
    assert set(outputs) <= set(named)


def test_the_operations_are_drawn_also_where_recording_is_off():
    with autograd.no_grad():
        assert visualize.draw_network(neuron(), "op").dot == visualize.draw_network(neuron(), "op").dot


def test_of_any_module_the_operations_are_drawn():
    class Line(Module):
        def __init__(self):
            self.slope = Value(2.0, name="slope")

        def forward(self, x):
            return x[0] * self.slope

    class Same(Module):
        def forward(self, x):
            return x

    assert "<B>slope</B>" in visualize.draw_network(Line(), "op", x=[3.0]).dot
    assert visualize.draw_network(Same(), "op", x=[3.0, 4.0]).dot.count("<B>") == 2
    with pytest.raises(InputTypeError, match=r'draw_network\(model, level="op", x='):
        visualize.draw_network(Line(), "op")
    with pytest.raises(InputTypeError, match="not those of Line"):
        visualize.draw_network(Line(), "layer", x=[3.0])


# --- What drawing does not do -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_drawing_leaves_the_model_as_it_was(level):
    model = MLP(2, [3, 1], "tanh")
    model([1.0, 2.0]).backward()
    before = [(p.data, p.grad, p.scope, p.name) for p in model.parameters()]
    visualize.draw_network(model, level, x=[5.0, 6.0], show=("data", "grad"))
    assert [(p.data, p.grad, p.scope, p.name) for p in model.parameters()] == before
    assert model([1.0, 2.0]).scope == "mlp.layers[1].neurons[0]"


def test_a_drawing_keeps_the_numbers_of_its_moment():
    model = neuron()
    before = visualize.draw_network(model, "layer")
    text = before.dot
    model.bias.data = 9.0
    assert before.dot == text != visualize.draw_network(model, "layer").dot


def test_the_text_is_the_same_in_every_process():
    script = (
        "from nn import MLP, init; import visualize; model = MLP(3, [9, 2], 'tanh', init=init.constant(0.3));"
        "print(*(visualize.draw_network(model, level, x=[1, 2, 3]).dot"
        " for level in ('network', 'layer', 'neuron', 'op')))"
    )
    assert run_fresh(script) == run_fresh(script)


def test_a_drawing_counts_the_parameters():
    assert repr(visualize.draw_network(MLP(2, [4, 1]))) == "<drawing of 17 values>"


@pytest.mark.parametrize("name", HOSTILE)
def test_an_activation_may_have_any_name(name):
    def activation(z):
        return z

    activation.__name__ = name
    for level, where in [("network", "f1"), ("layer", "title1"), ("neuron", "f1_1")]:
        drawn = texts(visualize.draw_network(Neuron(1, activation), level))[where]
        assert drawn.split("|", 1)[1].replace("\\\\", "\\") == name


# --- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "error", "says"),
    [
        ((Value(2.0),), {}, InputTypeError, r"not Value Value\(2.0\); draw\(y\) draws"),
        (([Neuron(2)],), {}, InputTypeError, "an MLP, a Layer or a Neuron, not list"),
        ((Neuron(2), "neurons"), {}, InputValueError, '"network", "layer", "neuron" or "op", not \'neurons\''),
        ((Neuron(2), None), {}, InputValueError, "level is .* not None"),
        ((Neuron(2),), {"x": [1.0]}, InputValueError, "this Neuron has 2 inputs; x takes one number for each"),
        ((Layer(1, 2), "op"), {"x": [1, 2]}, InputValueError, "this Layer has 1 input; .* not 2"),
        ((MLP(2, [1]),), {"x": 3.0}, InputTypeError, "x takes the numbers of the inputs as a list, not float 3.0"),
        ((MLP(2, [1]),), {"x": "12"}, InputTypeError, "as a list, not str '12'"),
        ((MLP(2, [1]),), {"x": ["1", "2"]}, InputTypeError, "str '1'"),
        ((MLP(2, [1]),), {"show": "data"}, InputTypeError, r"not str 'data'; show=\(\"data\",\), say"),
        ((MLP(2, [1]),), {"show": 3}, InputTypeError, "not int 3"),
        ((MLP(2, [1]),), {"show": ["data", "z"]}, InputValueError, '"name", "data" and "grad", not \'z\''),
        ((MLP(2, [1]), "op"), {"show": ["data"]}, InputValueError, "show is for the other levels"),
    ],
)
def test_errors_say_what_was_given_and_what_to_do(arguments, options, error, says):
    with pytest.raises(error, match=says):
        visualize.draw_network(*arguments, **options)


@pytest.mark.parametrize("x", [(1, 2), np.array([1.0, 2.0]), [Value(1.0), np.float64(2.0)], iter([1.0, 2.0])])
def test_the_inputs_may_be_any_sequence_of_numbers(x):
    drawn = texts(visualize.draw_network(Neuron(2), "layer", x=x))
    assert (drawn["x1"], drawn["x2"]) == ("x_1|1.0", "x_2|2.0")
