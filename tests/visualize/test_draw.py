"""The picture as text: its boxes, edges and frames."""

import html
import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import graphviz
import pytest

import autograd
import nn
import visualize
from autograd import InputTypeError, InputValueError, Value, dot, program, scope
from autograd.core.context import Note
from examples.start import draw_expression
from visualize.canvas import theme

ROOT = Path(__file__).parents[2]

HOSTILE = [
    *["a|b", "<b>", "x:y", "\"quoted\" 'too'", "back\\slash", "\\", "</script>", "]]>", "<!-- no -->", "\\N \\G \\n"],
    *["%1", "{r}", "n0", "a -> b", "[x, y], z", "&amp; &lt; &#65;", "ärger", "😀", "日本語", "<BR/>", "; }"],
]


def marked(name):
    """A name as it stands in a program: between marks, unless it can be nothing but a name."""
    return name if name in ("n0", "ärger", "日本語") else f"‹{name}›"


def shown(label):
    """An HTML-like label as lines of text, as Graphviz reads it."""
    lines = re.sub("<[^>]*>", "", label.replace('<BR ALIGN="LEFT"/>', "\n"))
    return html.unescape(lines).replace("\\\\", "\\")


def attributes(dot):
    """The text of every box's attributes, by the name of the box."""
    return dict(re.findall(r"^\t+(n\d+) \[(.*)\]$", dot, re.MULTILINE))


def boxes(dot):
    """The lines of every box, by its name."""
    return {name: shown(re.search("label=<(.*)>$", text)[1]).splitlines() for name, text in attributes(dot).items()}


def edges(dot):
    """Every edge: from, to, label."""
    return re.findall(r'^\t(n\d+) -> (n\d+) \[id="e\d+_\d+" label=" (.*?) "', dot, re.MULTILINE)


def frames(dot):
    """Each box's frames, outermost first."""
    inside, open_frames = {}, []
    for line in dot.splitlines()[1:-1]:
        if line.strip().startswith("subgraph cluster_"):
            open_frames.append(None)
        elif open_frames and " label=<" in line and line.strip().startswith("id="):
            open_frames[-1] = shown(line.partition(" label=<")[2][:-1])
        elif line.strip() == "}":
            open_frames.pop()
        elif re.match(r"\t+n\d+ \[", line):
            inside[line.split()[0]] = list(open_frames)
    assert not open_frames
    return inside


def parameter(data, name=None):
    """A leaf that something trains."""
    leaf = Value(data)
    leaf._note = Note(name, role="parameter")
    return leaf


def neuron():
    x, w, b = Value(2.0, name="x"), parameter(-3.0, "w"), parameter(6.5, "b")
    y = (w * x + b).tanh()
    y.name = "y"
    return y


# --- Boxes ------------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_each_value_is_a_box_with_its_name_operation_number_and_gradient():
    y = neuron()
    y.backward()
    slope = 1 - math.tanh(0.5) ** 2
    assert boxes(visualize.draw(y).dot) == {
        "n0": ["x input", "data 2.0", f"grad {-3 * slope:.4}"],
        "n1": ["w parameter", "data -3.0", f"grad {2 * slope:.4}"],
        "n2": ["b parameter", "data 6.5", f"grad {slope:.4}"],
        "n3": ["%3 = w * x", "data -6.0", f"grad {slope:.4}"],
        "n4": ["%4 = %3 + b", "data 0.5", f"grad {slope:.4}"],
        "n5": ["y = tanh(%4)", f"data {math.tanh(0.5):.4}", "grad 1.0"],
    }


def test_a_gradient_is_a_dash_before_any_pass_and_zero_where_it_is_zero():
    x, z = Value(-1.0, name="x"), Value(5.0, name="z")
    y = x.relu()
    y.backward()
    drawn = boxes(visualize.draw(y + z).dot)
    assert [drawn[name][2] for name in ("n0", "n1", "n2", "n3")] == ["grad 0.0", "grad -", "grad 1.0", "grad -"]


def test_a_drawing_keeps_the_numbers_of_its_moment():
    x = Value(3.0, name="x")
    y = x * x
    before = visualize.draw(y)
    text = before.dot
    y.backward()
    x.data = 7.0
    assert before.dot == text
    assert boxes(visualize.draw(y).dot)["n0"] == ["x input", "data 3.0", "grad 6.0"]


def test_a_leaf_that_changed_between_two_uses_is_a_box_for_each_of_its_numbers():
    x = Value(3.0, name="x")
    first = x * 2
    x.data = 5.0
    drawing = visualize.draw(first + x).dot
    assert [box[:2] for box in boxes(drawing).values() if "input" in box[0]] == [
        ["x%0 input", "data 3.0"],
        ["x%2 input", "data 5.0"],
    ]


ROLES = ("parameter", "input", "detached", "computed", "output")


def test_roles_differ_in_shape_and_in_colour():
    assert len({theme.SHAPES[role] for role in (*ROLES, "fold")}) == 6
    for colours in (theme.LIGHT, theme.DARK):
        fills, lines = zip(*(getattr(colours, role) for role in (*ROLES, "fold")), strict=True)
        assert len(set(fills)) == len(set(lines)) == 6


@pytest.mark.parametrize("colours", ["light", "dark", "auto"])
@pytest.mark.parametrize(("name", "role"), [("n0", "input"), ("n1", "parameter"), ("n3", "computed"), ("n5", "output")])
def test_each_box_has_the_look_of_its_role(name, role, colours):
    drawn = attributes(visualize.draw(neuron(), theme=colours).dot)[name]
    for key, value in theme.SHAPES[role]._asdict().items():
        assert f'{key}="{value}"' in drawn
    fill, line = getattr(theme.DARK if colours == "dark" else theme.LIGHT, role)
    assert f'fillcolor="{fill}" color="{line}"' in drawn
    assert f'class="{role}"' in drawn


def test_a_detached_value_is_an_input_that_says_so():
    drawing = visualize.draw(neuron().detach() * 2).dot
    assert boxes(drawing)["n0"][0] == "%0 detached"
    assert 'class="detached" shape="octagon"' in attributes(drawing)["n0"]


def luminance(colour):
    """The relative luminance of a colour, by the Web Content Accessibility Guidelines 2.1."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    light, dark = sorted([luminance(a), luminance(b)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_as_the_accessibility_guidelines_ask(colours):
    fills = [getattr(colours, role)[0] for role in (*ROLES, "fold")] + [colours.current]
    for text in (colours.ink, colours.faint, colours.constant):
        for fill in [*fills, colours.paper]:
            assert contrast(fill, text) >= 4.5, (fill, text)
    assert contrast(colours.paper, colours.label) >= 4.5
    assert contrast(colours.paper, colours.accent) >= 4.5
    for line in (colours.line, colours.frame, *(getattr(colours, role)[1] for role in ROLES)):
        assert contrast(colours.paper, line) >= 3, line
    steps = [contrast(colours.paper, level) for level in colours.levels]
    assert steps == sorted(steps)


def test_no_two_colours_of_the_light_theme_are_the_same_so_that_each_has_its_dark_one():
    light = theme.LIGHT.every()
    assert len(set(light)) == len(light) == len(theme.DARK.every())


# --- Operations -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "written", "constants"),
    [
        (lambda x, y: x * y, "x * y", []),
        (lambda x, y: x * 2, "x * 2", ["2"]),
        (lambda x, y: 1.5 - x, "1.5 - x", ["1.5"]),
        (lambda x, y: autograd.maximum(x, 0), "maximum(x, 0)", ["0"]),
        (lambda x, y: x.clip(-1, 1), "clip(x, -1, 1)", ["-1", "1"]),
        (lambda x, y: x**0.123456789, "x ** 0.1235", ["0.1235"]),
        (lambda x, y: -x, "-x", []),
        (lambda x, y: dot([x, y], [3.0, 4.0], 5.0), "dot([x, y], [3.0, 4.0], 5.0)", ["3.0", "4.0", "5.0"]),
        (lambda x, y: dot([x], [y]), "dot([x], [y])", []),
        (lambda x, y: autograd.softmax([x, y, 2.0])[1], "softmax([x, y, 2.0])[1]", ["2.0", "1"]),
        (lambda x, y: autograd.sum([x] * 9), "sum([x, x, x, x, … 4 more …, x])", []),
    ],
)
def test_constants_stand_in_the_operation_marked_and_have_no_box(build, written, constants):
    x, y = Value(0.5, name="x"), Value(0.25, name="y")
    result = build(x, y)
    drawing = visualize.draw(result).dot
    last = f"n{len(program(result)) - 1}"
    assert boxes(drawing)[last][0] == f"%{last[1:]} = {written}"
    assert (
        re.findall(f'<FONT COLOR="{theme.LIGHT.constant}"><I>(.*?)</I></FONT>', attributes(drawing)[last]) == constants
    )
    assert len(boxes(drawing)) == len(program(result))


def test_a_long_operation_is_broken_at_its_own_commas_and_never_inside_a_name():
    names = ["first, of all", "second, of all", "third, of all", "fourth, of all"]
    y = dot([Value(1.0, name=name) for name in names[:2]], [Value(2.0, name=name) for name in names[2:]])
    lines = boxes(visualize.draw(y).dot)["n4"][:-2]
    assert len(lines) > 1
    assert " ".join(line.rstrip() for line in lines) == f"%4 = {program(y)[4].expression}"
    for name in names:
        assert any(name in line for line in lines)
    assert all(len(line) <= 46 for line in lines)


# --- Edges ------------------------------------------------------------------------------------------------------------

X, Y = 0.7, 1.9


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("build", "slopes"),
    [
        (lambda x, y: x + y, [1, 1]),
        (lambda x, y: x - y, [1, -1]),
        (lambda x, y: x * y, [Y, X]),
        (lambda x, y: x / y, [1 / Y, -X / Y**2]),
        (lambda x, y: x**y, [Y * X ** (Y - 1), X**Y * math.log(X)]),
        (lambda x, y: x**3, [3 * X**2]),
        (lambda x, y: 2 - x, [-1]),
        (lambda x, y: x.tanh(), [1 / math.cosh(X) ** 2]),
        (lambda x, y: x.log(), [1 / X]),
        (lambda x, y: y.relu(), [1]),
        (lambda x, y: (x * 0).log(), [0, math.inf]),
        (lambda x, y: autograd.maximum(x, x), [0.5, 0.5]),
        (lambda x, y: autograd.where(x > 0, x, y), [1, 0]),
        (lambda x, y: dot([x, y], [y, 3.0], x), [Y, 3, X, 1]),
        (lambda x, y: autograd.mean([x, 1.0, y]), [1 / 3, 1 / 3]),
        (lambda x, y: autograd.prod([x, y, y]), [Y * Y, X * Y, X * Y]),
        (lambda x, y: autograd.norm([x, y]), [X / math.hypot(X, Y), Y / math.hypot(X, Y)]),
    ],
)
def test_the_local_derivative_stands_on_every_edge_before_any_pass(build, slopes):
    drawing = visualize.draw(build(Value(X), Value(Y)), digits=15).dot
    assert [float(label) for _, _, label in edges(drawing)] == pytest.approx(slopes, rel=1e-13)


def test_the_local_derivative_is_that_of_the_recorded_numbers():
    x = Value(3.0)
    y = x * x
    x.data = 10.0
    assert edges(visualize.draw(y).dot) == [("n0", "n1", "3.0"), ("n0", "n1", "3.0")]


def test_an_edge_for_every_use_and_from_where_it_is_used():
    a, b = Value(2.0), Value(5.0)
    assert edges(visualize.draw((a * b) * a).dot) == [
        ("n0", "n2", "5.0"),
        ("n1", "n2", "2.0"),
        ("n2", "n3", "2.0"),
        ("n0", "n3", "10.0"),
    ]


def test_many_edges_into_one_box_are_longer_up_to_a_limit():
    def ranks(count):
        drawing = visualize.draw(autograd.sum([Value(1.0) for _ in range(count)]), fold=False).dot
        assert len(edges(drawing)) == count
        return {int(length) for length in re.findall(r"-> .* minlen=(\d+)\]", drawing)}

    assert [ranks(7), ranks(8), ranks(16), ranks(100)] == [set(), {2}, {3}, {4}]


# --- Frames -----------------------------------------------------------------------------------------------------------


def test_modules_are_dashed_frames_nested_by_their_path_with_their_parameters_inside():
    model = nn.MLP(2, [2, 1], activation="tanh")
    inputs = [Value(1.0, name="x1"), Value(-1.0, name="x2")]
    y = model(inputs)
    listing = program(y)
    drawn = frames(visualize.draw(y).dot)
    for k, layer in enumerate(model.layers):
        for j, each in enumerate(layer.neurons):
            path = ["mlp", f"layers[{k}]", f"neurons[{j}]"]
            members = [entry for entry in listing if entry.op and entry.scope == ".".join(path)]
            members += [listing.find(parameter) for parameter in [*each.weights, each.bias]]
            assert [drawn[f"n{entry.k}"] for entry in members] == [path] * len(members)
    assert [drawn[f"n{listing.find(x).k}"] for x in inputs] == [[], []]
    assert "style=dashed" in visualize.draw(y).dot.partition("subgraph")[0]


def drawn_where(weight, *results):
    listing = program(*results)
    return frames(visualize.draw(listing).dot)[f"n{listing.find(weight).k}"]


def used_in(*scopes):
    weight, results = parameter(2.0), []
    for path in scopes:
        if path:
            with scope(path):
                results.append(weight * 3)
        else:
            results.append(weight * 3)
    return weight, *results


@pytest.mark.parametrize(
    ("scopes", "frame"),
    [
        (["mlp.layers[0]"], ["mlp", "layers[0]"]),
        (["mlp.layers[0]", "mlp.layers[0]"], ["mlp", "layers[0]"]),
        (["mlp.layers[0]", "mlp.layers[1]"], ["mlp"]),
        (["mlp.layers[0]", "mlp"], ["mlp"]),
        (["mlp.layers[1]", "mlp.layers[10]"], ["mlp"]),
        (["mlp", "penalty"], []),
        (["mlp", ""], []),
    ],
)
def test_a_parameter_stands_in_the_innermost_frame_around_its_uses(scopes, frame):
    assert drawn_where(*used_in(*scopes)) == frame


def test_a_parameter_of_a_module_stays_there_though_a_penalty_uses_it_too():
    model = nn.Neuron(1)
    loss = model([Value(2.0)]) + dot(model.parameters(), model.parameters())
    assert drawn_where(model.bias, loss) == ["neuron"]


def test_an_input_stands_outside_and_a_parameter_alone_in_the_frame_of_its_module():
    x = Value(2.0)
    with scope("inside"):
        y = x * 2
    assert drawn_where(x, y) == []
    model = nn.Neuron(1)
    model([1.0])
    assert drawn_where(model.bias, model.bias) == ["neuron"]


def test_what_comes_from_outside_starts_before_the_parameters_that_it_meets():
    model = nn.MLP(1, [1, 1], activation="tanh", init=nn.init.constant(2.0))
    penalty = autograd.sum(model.parameters())  # outside, so it meets none of them in a frame
    y = model([Value(1.0, name="x")]) + penalty
    labels = {f"n{entry.k}": entry.expression for entry in program(y)}
    longer = re.findall(r"^\t(n\d+) -> .* minlen=2\]$", visualize.draw(y).dot, re.MULTILINE)
    assert [labels[name].split("(")[0] for name in longer] == ["input", "tanh"]


@pytest.mark.parametrize("name", [*HOSTILE, " "])
def test_a_scope_of_any_name_is_a_frame(name):
    with scope(name):
        y = Value(1.0) * 2
    assert frames(visualize.draw(y).dot)["n1"] == name.split(".")


def test_a_scope_with_empty_segments_still_nests():
    with scope("a..b"):
        y = Value(1.0) * 2
    assert frames(visualize.draw(y).dot)["n1"] == ["a", " ", "b"]


@pytest.mark.parametrize(("rankdir", "order"), [("TB", [0, 1]), ("LR", [1, 0])])
def test_frames_are_written_in_the_order_in_which_graphviz_shows_them_in_sequence(rankdir, order):
    with scope("outer"):
        x = Value(1.0)
        for name in ("first", "second"):
            with scope(name):
                x = x * 2
    labels = re.findall("label=<(first|second)>", visualize.draw(x, direction=rankdir).dot)
    assert labels == [["first", "second"][k] for k in order]


# --- Names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_comes_out_as_itself_wherever_it_stands(name):
    x = Value(1.0, name=name)
    y = x * 2
    drawing = visualize.draw(y).dot
    assert boxes(drawing)["n0"][0] == f"{marked(name)} input"
    assert boxes(drawing)["n1"][0] == f"%1 = {marked(name)} * 2"
    assert set(attributes(drawing)) == {"n0", "n1"}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("two\nlines", r"two\\nlines"),
        ("\t\x00\x1b\x7f", r"\\t\\x00\\x1b\\x7f"),
        ("half\ud83d", r"half\\ud83d"),
        ("\ufffe\uffff", r"\\ufffe\\uffff"),
    ],
)
def test_what_cannot_stand_in_a_label_is_written_out(name, written):
    assert f"<B>‹{written}›</B>" in visualize.draw(Value(1.0, name=name)).dot


def test_names_borne_by_several_stay_apart():
    y = Value(1.0, name="x") * Value(2.0, name="x")
    assert [lines[0] for lines in boxes(visualize.draw(y).dot).values()] == [
        "x%0 input",
        "x%1 input",
        "%2 = x%0 * x%1",
    ]


# --- draw and draw_dot ------------------------------------------------------------------------------------------------


def test_several_results_are_drawn_together_and_each_is_an_output():
    x = Value(2.0)
    y, z = x * 2, x * 3
    expected = visualize.draw(program(y, z)).dot
    for several in ([y, z], (y, z), iter([y, z])):
        assert visualize.draw(several).dot == expected
    assert expected.count('peripheries="2"') == 2


def test_a_leaf_alone_can_be_drawn():
    assert boxes(visualize.draw(Value(2.0, name="x")).dot) == {"n0": ["x input", "data 2.0", "grad -"]}


def test_it_is_short_in_a_listing_and_its_text_in_print():
    drawing = visualize.draw(Value(2.0) * 3)
    assert repr(drawing) == "<drawing of 2 values>"
    assert repr(visualize.draw(Value(2.0))) == "<drawing of 1 value>"
    assert str(drawing) == drawing.dot


def test_digits_are_those_of_every_number():
    x = Value(math.pi)
    y = x * math.e
    y.backward()
    drawing = visualize.draw(y, digits=2).dot
    assert boxes(drawing) == {
        "n0": ["%0 input", "data 3.1", "grad 2.7"],
        "n1": ["%1 = %0 * 2.7", "data 8.5", "grad 1.0"],
    }
    assert edges(drawing) == [("n0", "n1", "2.7")]


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_draw_dot_gives_the_same_picture_as_a_digraph(rankdir):
    y = neuron()
    graph = visualize.draw_dot(y, "png", rankdir)
    assert isinstance(graph, graphviz.Digraph)
    assert graph.source == visualize.draw(y, direction=rankdir).dot
    assert f"rankdir={rankdir}" in graph.source
    assert graph.format == "png"
    assert visualize.draw_dot(y).format == "svg"
    assert visualize.draw_dot(y).source == visualize.draw(y).dot


@pytest.mark.needs_dot
def test_draw_dot_renders(tmp_path):
    written = visualize.draw_dot(neuron()).render(directory=tmp_path, cleanup=True)
    assert "<svg" in Path(written).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda y: visualize.draw(3.0), InputTypeError, "float 3.0"),
        (lambda y: visualize.draw("y"), InputTypeError, "str 'y'"),
        (lambda y: visualize.draw([y, 3]), InputTypeError, "int 3"),
        (lambda y: visualize.draw([]), InputValueError, "at least one result"),
        (lambda y: visualize.draw(y, direction="lr"), InputValueError, 'is one of "LR" .*, "TB" .*, not \'lr\''),
        (lambda y: visualize.draw(y, digits=0), InputValueError, "digits is 1 or more, not 0"),
        (lambda y: visualize.draw(y, digits=2.0), InputTypeError, "digits is a whole number, not float 2.0"),
        (lambda y: visualize.draw(y, digits=True), InputTypeError, "not bool True"),
        (lambda y: visualize.draw_dot(y, rankdir="up"), InputValueError, "not 'up'"),
        (lambda y: visualize.draw_dot(y, format="gif89"), InputValueError, "no format 'gif89'; take svg, png or pdf"),
        (lambda y: visualize.draw_dot(None), InputTypeError, "NoneType None"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(call, error, words):
    with pytest.raises(error, match=words):
        call(neuron())


# --- Sameness, size and speed -----------------------------------------------------------------------------------------


def test_the_text_is_the_same_in_every_process():
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import random, nn, visualize\n"
        "random.seed(1)\n"
        "y = nn.MLP(3, [4, 4, 1], activation='tanh')([1.0, 2.0, 3.0])\n"
        "y.backward()\n"
        "sys.stdout.buffer.write(visualize.draw(y).dot.encode())"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(texts) == 1
    assert texts.pop().startswith(b"digraph program {")


@pytest.mark.untraced
def test_a_long_chain_gives_its_text():
    y = x = Value(0.5)
    for _ in range(10_000):
        y = y + x
    drawing = visualize.draw(y, fold=False)
    assert repr(drawing) == "<drawing of 10,001 values>"
    assert drawing.dot.count(" -> ") == 20_000


@pytest.mark.untraced
def test_scopes_may_be_nested_far_deeper_than_the_recursion_limit():
    depth = 2 * sys.getrecursionlimit()
    with scope(".".join(["in"] * depth)):
        y = Value(1.0) * 2
    assert frames(visualize.draw(y).dot)["n1"] == ["in"] * depth


def test_a_thousand_values_take_well_under_a_second():
    y = x = Value(0.5)
    for _ in range(500):
        y = (y * x).tanh()
    began = time.thread_time()
    visualize.draw(y)
    assert time.thread_time() - began < 0.5


# --- The pictures of the README ---------------------------------------------------------------------------------------


def readme_neuron():
    x, w, b = Value(2.0, name="x"), Value(-3.0, name="w"), Value(6.5, name="b")
    n = w * x + b
    n.name = "n"
    y = n.tanh()
    y.name = "y"
    return y


def readme_expression():
    return draw_expression.expression(Value(-4.0, name="a"), Value(2.0, name="b"))


def texts(svg):
    """All that is written in a picture, without spaces, in no order."""
    written = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    return sorted(re.sub(r"\s", "", html.unescape(written)))


def test_the_pictures_in_the_readme_show_what_is_drawn_today_and_nothing_of_where_they_were_made():
    for name, y in {"neuron": draw_expression.neuron(), "expression": readme_expression()}.items():
        svg = (ROOT / "docs" / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
        y.backward()
        drawing = visualize.draw(y).dot
        lines = [line for lines in boxes(drawing).values() for line in lines] + [
            label for _, _, label in edges(drawing)
        ]
        assert texts(svg) == sorted("".join(lines).replace(" ", ""))
        assert "<!--" not in svg


@pytest.mark.untraced
def test_the_example_draws_the_expression(renderer, tmp_path, capsys):
    draw_expression.main(["--output", str(tmp_path / "new")])
    path = tmp_path / "new" / "expression.svg"
    assert str(path) in capsys.readouterr().out
    g = readme_expression()
    g.backward()
    assert path.read_text(encoding="utf-8") == visualize.draw(g, direction="TB").svg()


@pytest.mark.needs_dot
def test_operands_stand_in_the_order_of_the_formula():
    names = ["x1", "w1", "x2", "w2"]
    x1, w1, x2, w2 = (Value(float(k), name=name) for k, name in enumerate(names))
    written = visualize.draw(x1 * w1 + x2 * w2, direction="LR").svg()
    heights = {name: float(y) for y, name in re.findall(r'<text [^>]*\by="([\d.]+)"[^>]*>(\w+)</text>', written)}
    assert sorted(names, key=heights.__getitem__) == names
