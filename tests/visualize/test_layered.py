"""The layout in layers: it needs no program, keeps to the order of the program, and nothing overlaps."""

import re
from itertools import combinations

import pytest

import nn
import visualize
from autograd import Value
from nn import losses
from visualize.picture.layered import Arrow, Item, layered
from visualize.programs import drawn

WAYS = ("LR", "TB", "RL", "BT")


def title(text):
    return 6.0 * len(text), 14.0


def two_layers(direction="LR"):
    """Two neurons on one input, each in a frame with its weight, and their sum; a use that passes a layer."""
    items = [Item("x", 40, 30, ())]
    arrows = []
    for k in range(2):
        frames = ("layer", f"neuron{k}")
        items += [Item(f"w{k}", 60, 40, frames), Item(f"z{k}", 80, 40, frames)]
        arrows += [Arrow(f"w{k}z", f"w{k}", f"z{k}", 1, (30, 14)), Arrow(f"xz{k}", "x", f"z{k}", 2, (30, 14))]
    items += [Item("y", 70, 44, ())]
    arrows += [Arrow(f"z{k}y", f"z{k}", "y", 1, (24, 14)) for k in range(2)]
    return items, [*arrows, Arrow("xy", "x", "y", 1, (24, 14), straight=True, back=True)], direction


def around(centre, size):
    (x, y), (width, height) = centre, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def overlap(first, second):
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def inside(inner, outer):
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


@pytest.mark.parametrize("direction", WAYS)
def test_boxes_labels_and_frames_keep_clear_of_one_another(direction):
    items, arrows, _ = two_layers(direction)
    found = layered(items, arrows, direction, title, margin=6)
    boxes = {item.id: around(found.boxes[item.id], (item.width, item.height)) for item in items}
    labels = [around(found.routes[arrow.id].label, arrow.label) for arrow in arrows if found.routes[arrow.id].label]
    assert len(labels) >= len(arrows) - 1
    for first, second in combinations([*boxes.values(), *labels], 2):
        assert not overlap(first, second)
    frames = {name: (*frame.upper, *frame.lower) for name, frame in found.frames.items()}
    assert list(frames) == ["c1", "c2", "c3"]  # the layer and its neurons, as a picture counts them
    for name, members in (("c1", ("w0", "z0", "w1", "z1")), ("c2", ("w0", "z0")), ("c3", ("w1", "z1"))):
        assert {id for id, box in boxes.items() if inside(box, frames[name])} == set(members)
        assert not any(overlap(box, frames[name]) for id, box in boxes.items() if id not in members)
    assert inside(frames["c2"], frames["c1"])
    assert inside(frames["c3"], frames["c1"])
    assert not overlap(frames["c2"], frames["c3"])
    assert all(inside(each, (0, 0, found.width, found.height)) for each in [*boxes.values(), *frames.values()])


@pytest.mark.parametrize("direction", WAYS)
def test_arrows_lead_from_side_to_side_and_end_in_their_heads(direction):
    items, arrows, _ = two_layers(direction)
    found = layered(items, arrows, direction, title)
    axis = 0 if direction in ("LR", "RL") else 1
    sign = 1 if direction in ("LR", "TB") else -1
    for arrow in arrows:
        source, target = found.boxes[arrow.source], found.boxes[arrow.target]
        assert sign * source[axis] < sign * target[axis]
        route = found.routes[arrow.id]
        assert (route.start is None, route.end is None) == ((False, True) if arrow.back else (True, False))
        assert len(route.points) % 3 == 1


def test_arguments_stand_beside_their_use_and_neurons_in_their_order():
    items, arrows, _ = two_layers()
    places = layered(items, arrows, "LR", title).boxes
    assert places["z0"][1] < places["z1"][1]
    assert places["w0"][0] < places["z0"][0] == places["z1"][0] < places["y"][0]
    chain = [Item(str(k), 30, 20, ()) for k in range(5)]
    row = layered(chain, [Arrow(f"a{k}", str(k), str(k + 1)) for k in range(4)], "LR", title)
    assert len({y for _, y in row.boxes.values()}) == 1


def test_an_arrow_back_to_an_earlier_box_runs_below_all_boxes():
    items = [Item("a", 40, 30, ()), Item("b", 40, 30, ())]
    found = layered(items, [Arrow("ab", "a", "b"), Arrow("ba", "b", "a")], "LR", title)
    assert max(y for _, y in found.routes["ba"].points) > 30
    assert found.height > 30


def test_a_label_that_finds_no_place_is_left_out():
    items = [Item("a", 30, 20, ()), Item("b", 30, 20, ())]
    arrows = [Arrow(f"e{k}", "a", "b", 1, (40.0, 60.0), True) for k in range(12)]
    routes = layered(items, arrows, "LR", title).routes.values()
    assert 0 < sum(route.label is not None for route in routes) < 12


# --- Without Graphviz -------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_pictures_are_drawn_and_saved_where_there_is_no_graphviz(monkeypatch, tmp_path):
    monkeypatch.setattr(drawn, "can_render", lambda: False)
    x = Value(2.0, name="x")
    y = (x * x + 1).tanh()
    drawing = visualize.draw(y)
    assert drawing.save(tmp_path / "y.svg").read_text().startswith("<svg")
    assert drawing.save(tmp_path / "y.png").read_bytes()[:4] == b"\x89PNG"
    assert set(drawing._repr_mimebundle_()) == {"text/html", "image/svg+xml", "image/png", "text/plain"}
    model = nn.MLP(2, [4, 1], activation="tanh")
    loss = losses.mse([model([0.1 * k, 1.0]) for k in range(4)], [0.0] * 4)
    assert visualize.draw(loss).svg().count('class="node') == visualize.draw(loss)._boxes


@pytest.mark.parametrize("shape", [(2, [3, 1]), (3, [4, 4, 1]), (2, [16, 16, 1])])
def test_the_neurons_of_a_network_stand_in_their_order_from_top_to_bottom(shape):
    svg = visualize.draw(nn.MLP(*shape)([1.0] * shape[0]), fold=True).svg()
    groups = re.findall(r'<g id="f\d+".*?</g>', svg, re.DOTALL)
    rows = [re.search(r"neurons\[(\d+)\]", each) for each in groups]
    heights = [
        float(re.search(r'<text x="[\d.]+" y="([\d.]+)"', each)[1])
        for each, row in zip(groups, rows, strict=True)
        if row
    ]
    numbers = [int(row[1]) for row in rows if row]
    layers = [list(range(width)) for width in shape[1][:-1]]
    assert numbers == [k for layer in layers for k in layer]
    begin = 0
    for layer in layers:
        column = heights[begin : begin + len(layer)]
        assert column == sorted(column)
        begin += len(layer)


# --- Notebooks --------------------------------------------------------------------------------------------------------


def test_a_picture_in_a_notebook_follows_the_notebook_and_prints():
    bundle = visualize.draw(Value(2.0) * 3)._repr_mimebundle_()
    for page, theme in (("data-jp-theme-light", "false"), ("data-jp-theme-light", "true"), ("theme", "dark")):
        assert f'[{page}="{theme}"] .d' in bundle["text/html"]
    assert ".vscode-dark .d" in bundle["text/html"]
    assert "data-jp-theme" not in bundle["image/svg+xml"]  # it stands in no page
    assert bundle["image/png"].startswith("iVBORw0KGgo")  # base64 of the beginning of a PNG


def test_a_picture_without_matplotlib_has_no_png(monkeypatch):
    monkeypatch.setattr("visualize.picture.picture.find_spec", lambda name: None)
    assert set(visualize.draw(Value(2.0) * 3)._repr_mimebundle_()) == {"text/html", "image/svg+xml", "text/plain"}


def test_a_notebook_shows_the_graph_of_draw_dot_as_the_drawing(monkeypatch):
    monkeypatch.setattr(drawn, "can_render", lambda: False)
    y = Value(2.0) * 3
    graph = visualize.draw_dot(y)
    assert set(graph._repr_mimebundle_()) == {"text/html", "image/svg+xml", "image/png", "text/plain"}
    monkeypatch.setattr(
        visualize.picture.picture.graphviz.Digraph, "_repr_mimebundle_", lambda *_, **__: {"text/plain": "Graphviz's"}
    )
    graph.node("added")
    assert graph._repr_mimebundle_() == graph.copy()._repr_mimebundle_() == {"text/plain": "Graphviz's"}
