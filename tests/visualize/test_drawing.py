"""Drawings besides their numbers: steps, edges without gradient, themes, the legend; and their ids in a page."""

import math
import re
import subprocess
from xml.etree import ElementTree

import pytest

import autograd
import visualize
from autograd import InputTypeError, InputValueError, Value, program
from autograd.stepping.passes import forward, reverse
from nn import MLP
from visualize.canvas import theme

from .test_draw import attributes, boxes, neuron, readme_neuron
from .test_fold import arrows, far_back, loop, said

SLOPE = 1 - math.tanh(0.5) ** 2


def edge_attributes(dot):
    """The text of every edge's attributes, by its id."""
    found = re.findall(r'^\t\w+ -> \w+ \[id="([\w-]+)"(.*)\]$', dot, re.MULTILINE)
    return dict(found)


def closed():
    """A sum of two branches: a ReLU lets no gradient into one of them."""
    w, x, v = Value(-3.0, name="w"), Value(1.0, name="x"), Value(2.0, name="v")
    h = (w * x).relu()
    h.name = "h"
    return h * 2 + v


# --- Ids and classes --------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_boxes_and_edges_are_found_by_position_and_argument():
    x = Value(2.0, name="x")
    drawn = visualize.draw(x * 3 * x).dot
    assert [re.match(r'id="(\w+)" class="(\w+)"', text).groups() for text in attributes(drawn).values()] == [
        ("n0", "input"),
        ("n1", "computed"),
        ("n2", "output"),
    ]
    assert list(edge_attributes(drawn)) == ["e1_0", "e2_0", "e2_1"]


def test_ids_and_classes_of_svg_are_those_of_the_text_and_can_have_a_prefix(renderer):
    drawing = visualize.draw(program(neuron()))
    for prefix in ("", "left-"):
        root = ElementTree.fromstring(drawing.svg(prefix=prefix))
        found = {group.get("id"): group.get("class").split() for group in root.iter("{http://www.w3.org/2000/svg}g")}
        assert found[f"{prefix}n0"] == [f"{prefix}node", f"{prefix}input"]
        assert found[f"{prefix}n1"] == [f"{prefix}node", f"{prefix}parameter"]
        assert found[f"{prefix}e5_0"] == [f"{prefix}edge"]
        assert all(id.startswith(prefix) for id in found)


def test_two_pictures_of_a_notebook_share_no_id_and_no_class_but_that_of_their_colours(renderer):
    drawing = visualize.draw(neuron())
    other = visualize.draw(neuron(), digits=2)
    names = []
    for each in (drawing, drawing, other):
        html = each._repr_mimebundle_()["text/html"]
        assert html.startswith('<div style="overflow-x:auto"><svg class="')
        names.append(
            set(re.findall(' id="(.*?)"', html))
            | {name for names in re.findall('<g .*?class="(.*?)"', html) for name in names.split()}
        )
    assert len(names[0]) > 10
    assert not names[0] & names[1]
    assert not names[1] & names[2]


# --- Themes -----------------------------------------------------------------------------------------------------------


def test_by_default_svg_has_light_colours_and_a_sheet_that_turns_each_dark(renderer):
    svg = visualize.draw(closed(), legend=True, highlight="h", emphasis="gradient").svg()
    [sheet] = re.findall("<style>(.*)</style>", svg)
    name = re.match('<svg class="(d[0-9a-f]{8})"', svg)[1]
    light, dark = (dict(re.findall(r"--([\w-]+):(#\w+)", part)) for part in sheet.split("@media")[:2])
    assert f"screen and (prefers-color-scheme:dark){{.{name}{{" in sheet
    pairs = {(light.lower(), dark.lower()) for light, dark in zip(theme.LIGHT.every(), theme.DARK.every(), strict=True)}
    assert light.keys() == dark.keys()
    assert {(light[key], dark[key]) for key in light} <= pairs
    rules = re.findall(r'(\S+) \[(fill|stroke)="(#\w+)"\]\{(\w+):var\(--([\w-]+)\)\}', sheet)
    assert set(re.findall(r"\.\w+", sheet)) == {f".{name}"}
    assert all(what == again and light[key] == colour for _, what, colour, again, key in rules)
    used = set(re.findall(r'(fill|stroke)="(#\w+)"', svg.replace(sheet, "")))
    assert used <= {(what, colour) for _, what, colour, *_ in rules}
    assert {colour for _, colour in used} == set(light.values())
    assert not re.findall('(?:fill|stroke)="(?!#|none)', svg)


def test_a_picture_in_one_theme_has_no_sheet(renderer):
    for name, colours in (("light", theme.LIGHT), ("dark", theme.DARK)):
        svg = visualize.draw(neuron(), theme=name).svg()
        assert "<style" not in svg
        used = set(re.findall(r'(?:fill|stroke)="(#\w+)"', svg))
        assert used <= {colour.lower() for colour in colours.every()}


def test_the_text_of_a_picture_that_follows_the_reader_is_that_of_the_light_one():
    assert visualize.draw(neuron()).dot == visualize.draw(neuron(), theme="light").dot


# --- Which numbers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("show", "lines", "labels"),
    [
        (("data", "grad", "partial"), ["x input", "data 2.0", "grad -"], True),
        (("data",), ["x input", "data 2.0"], False),
        ("grad", ["x input", "grad -"], False),
        (iter(["partial"]), ["x input"], True),
        ((), ["x input"], False),
    ],
)
def test_only_the_numbers_asked_for_are_shown(show, lines, labels):
    drawn = visualize.draw(neuron(), show=show).dot
    assert boxes(drawn)["n0"] == lines
    assert all(bool(label) is labels for *_, label in arrows(drawn))


# --- Closed ways ------------------------------------------------------------------------------------------------------


def test_a_dead_relu_and_what_is_behind_it_are_marked_in_words_and_lines():
    drawn = visualize.draw(closed()).dot
    assert [lines[0] for lines in boxes(drawn).values()] == [
        *["w input, no gradient", "x input, no gradient", "v input", "%3 = w * x no gradient", "h = relu(%3) dead"],
        *["%5 = h * 2", "%6 = %5 + v"],
    ]
    dashed = {name for name, text in attributes(drawn).items() if ",dashed" in text}
    assert dashed == {"n0", "n1", "n3", "n4"}
    assert 'class="computed dead"' in attributes(drawn)["n4"]
    assert 'class="input unreached"' in attributes(drawn)["n0"]
    assert {id for id, text in edge_attributes(drawn).items() if 'style=dashed class="closed"' in text} == {
        *["e3_0", "e3_1", "e4_0"]
    }


@pytest.mark.parametrize(
    ("build", "word"),
    [
        (lambda x: x.relu(), "dead"),
        (lambda x: x.clip(0, 1), "flat"),
        (lambda x: autograd.sign(x), "flat"),
        (lambda x: autograd.maximum(x, 0), "flat"),
        (lambda x: -x, ""),
        (lambda x: x * 0, ""),
        (lambda x: (-x).relu(), ""),
        (lambda x: autograd.maximum(x, -9), ""),
        (lambda x: x.clip(Value(0.0), 1), ""),
    ],
)
def test_what_lets_nothing_through_says_so_and_a_slope_that_happens_to_be_zero_does_not(build, word):
    drawn = visualize.draw(build(Value(-2.0, name="x"))).dot
    title = list(boxes(drawn).values())[-1][0]
    assert title.endswith((" dead", " flat")) is bool(word)
    assert title.endswith(word)


# --- Steps ------------------------------------------------------------------------------------------------------------


def test_a_step_is_drawn_with_its_products_and_with_what_has_arrived_by_then():
    steps = list(reverse(program(readme_neuron())))
    drawn = visualize.draw(steps[1]).dot
    assert [lines[-1] for lines in boxes(drawn).values()] == [
        *["grad -", "grad -", f"grad {SLOPE:.4}", f"grad {SLOPE:.4}", f"grad {SLOPE:.4}", "grad 1.0"],
    ]
    assert boxes(drawn)["n4"][0] == "n = %3 + b step 2 of 3"
    assert [label for *_, label in arrows(drawn)] == ["2.0", "-3.0", *["0.7864 × 1.0 = 0.7864"] * 2, "0.7864"]
    assert {id for id, text in edge_attributes(drawn).items() if "dir=back" in text} == {"e4_0", "e4_1"}
    for name, text in [("n4", attributes(drawn)["n4"]), *edge_attributes(drawn).items()]:
        assert ("current" in text) is (name in ("n4", "e4_0", "e4_1"))
    assert 'penwidth="3.6"' in attributes(drawn)["n4"]


def test_a_gradient_that_has_arrived_in_part_does_not_look_complete():
    x = Value(3.0, name="x")
    y = (x * 2) * (x * 5)
    first, second, third = reverse(program(y))
    assert [boxes(visualize.draw(step).dot)["n0"][-1] for step in (first, second, third)] == [
        *["grad -", "grad 30.0 · 1 of 2", "grad 60.0"],
    ]
    y.backward()
    assert x.grad == 60.0


def test_a_step_keeps_the_seed_of_its_pass():
    x = Value(3.0, name="x")
    [step] = reverse(program(x * x), seed=10.0)
    drawn = visualize.draw(step).dot
    assert [label for *_, label in arrows(drawn)] == ["10.0 × 3.0 = 30.0"] * 2
    assert [lines[-1] for lines in boxes(drawn).values()] == ["grad 60.0", "grad 10.0"]


def test_the_last_step_shows_the_gradients_of_a_pass():
    y = readme_neuron()
    *_, last = reverse(program(y))
    at_the_end = [lines[-1] for lines in boxes(visualize.draw(last).dot).values()]
    y.backward()
    assert at_the_end == [lines[-1] for lines in boxes(visualize.draw(y).dot).values()]


def test_what_passes_nothing_says_so_at_its_step():
    h = next(step for step in reverse(program(closed())) if step.entry.label == "h")
    assert ("n3", "n4", "nothing passes") in arrows(visualize.draw(h).dot)


def test_a_step_of_the_forward_pass_has_no_number_of_what_comes_later_and_no_gradient():
    steps = list(forward(program(readme_neuron())))
    drawn = visualize.draw(steps[1]).dot
    assert [lines[1:] for lines in boxes(drawn).values()] == [
        [f"data {number}", "grad -"] for number in ("2.0", "-3.0", "6.5", "-6.0", "0.5", "-")
    ]
    assert "dir=back" not in drawn
    assert {id for id, text in edge_attributes(drawn).items() if "current" in text} == {"e4_0", "e4_1"}
    assert ("n2", "n4", "1.0") in arrows(drawn)


def test_a_step_and_its_value_and_its_name_can_be_highlighted():
    y = readme_neuron()
    whole = program(y)
    y.backward()
    step = list(reverse(whole))[1]
    assert visualize.draw(y, highlight=step).dot == visualize.draw(step).dot
    by_name = visualize.draw(y, highlight="n").dot
    assert by_name == visualize.draw(y, highlight=whole.find("n").node).dot
    assert boxes(by_name)["n4"] == ["n = %3 + b", "data 0.5", "grad 0.7864"]
    assert boxes(by_name)["n0"][-1] == "grad -2.359"
    assert {id for id, text in edge_attributes(by_name).items() if "dir=back" in text} == {"e4_0", "e4_1"}


def test_a_leaf_can_be_highlighted_and_passes_nothing_back():
    drawn = visualize.draw(readme_neuron(), highlight="w").dot
    assert "current" in attributes(drawn)["n1"]
    assert "dir=back" not in drawn


# --- Emphasis ---------------------------------------------------------------------------------------------------------


def levels(y, **options):
    text = edge_attributes(visualize.draw(y, emphasis="gradient", **options).dot)
    found = {id: int(re.search(r"level(\d)", each)[1]) for id, each in text.items()}
    for id, level in found.items():
        assert f"penwidth={theme.WIDTHS[level]}" in text[id]
        assert f'color="{theme.LIGHT.levels[level]}"' in text[id]
    return found


def test_an_edge_is_a_level_narrower_for_every_factor_of_ten():
    xs = [Value(1.0) for _ in range(8)]
    factors = [1000.0, -100.0, 10.0, 1.0, 0.1, 0.001, 0.0, 400.0]
    assert list(levels(autograd.dot(xs, factors)).values()) == [4, 3, 2, 1, 0, 0, 0, 4]


def test_what_is_infinite_or_no_number_is_widest_and_sets_no_scale():
    x, y = Value(0.0), Value(2.0)
    assert levels(x.log() + y * 5) == {"e2_0": 4, "e3_0": 4, "e4_0": 3, "e4_1": 3}
    assert levels(Value(math.nan) * y + y * 5) == {"e2_0": 4, "e2_1": 4, "e3_0": 4, "e4_0": 3, "e4_1": 3}


def test_nothing_is_emphasised_where_no_gradient_is_passed_back():
    assert list(levels(Value(-1.0).relu()).values()) == [0]


# --- The legend -------------------------------------------------------------------------------------------------------


def legend(y, **options):
    return "\n".join(said(visualize.draw(y, legend=True, **options).dot))


def test_a_legend_names_the_signs_that_occur_and_no_others():
    x = Value(2.0, name="x")
    plain = legend(x.tanh() + x)
    for sign in ("a number that was given", "what an operation gave", "the result", "d result / d value", "dz/dx"):
        assert sign in plain
    others = ["training", "goes no further", "several", "already", "constant", "no gradient", "nothing", "ten", "turn"]
    assert not [word for word in others if word in plain]


@pytest.mark.parametrize(
    ("build", "options", "words"),
    [
        (neuron, {}, "a number that training changes"),
        (lambda: Value(1.0).detach() * Value(2.0), {}, "its gradient goes no further"),
        (lambda: loop(300), {}, "several values"),
        (lambda: loop(12), {"fold": False}, "a value that has a box already"),
        (lambda: Value(1.0) * 2, {}, "a constant"),
        (closed, {}, "lets no gradient through"),
        (closed, {}, "passes no gradient back from z to x"),
        (neuron, {"emphasis": "gradient"}, "wide: a large contribution, up to 2.359; a level for every factor of 10"),
        (neuron, {"highlight": "y"}, "the current step; reversed arrows carry its gradient back"),
        (lambda: loop(300), {"direction": "TB"}, "to see all: fold=False"),
    ],
)
def test_a_legend_says_what_the_less_common_signs_mean(build, options, words):
    assert words in legend(build(), **options)


def test_a_legend_leaves_out_the_numbers_that_are_not_shown():
    assert "d result / d value" not in legend(neuron(), show="data")
    assert "dz/dx" not in legend(neuron(), show="data")


def test_pictures_with_a_legend_are_drawn(renderer):
    for y in (closed(), loop(300), far_back(5)):
        svg = visualize.draw(y, legend=True, emphasis="gradient", highlight=y).svg()
        assert "the current step" in svg.replace("\xa0", " ").replace("&#160;", " ")


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda y: visualize.draw(y, theme="blue"), InputValueError, '"light", "dark" or "auto" .*, not \'blue\''),
        (lambda y: visualize.draw(y, emphasis="blue"), InputValueError, "\"gradient\" or None, not 'blue'"),
        (
            lambda y: visualize.draw(y, show="value"),
            InputValueError,
            'any of "data", "grad" and "partial", not \'value\'',
        ),
        (lambda y: visualize.draw(y, show=["data", 3]), InputValueError, "not 3"),
        (lambda y: visualize.draw(y, show=None), InputTypeError, "show takes a name or a list of names, not NoneType"),
        (lambda y: visualize.draw(y, legend="yes"), InputTypeError, "legend is True or False, not str 'yes'"),
        (lambda y: visualize.draw(y, fold=3), InputTypeError, "fold takes a name or a list of names, not int 3"),
        (
            lambda y: visualize.draw(y, highlight=3),
            InputTypeError,
            "a value of the picture, its name or a step",
        ),
        (lambda y: visualize.draw(y, digits=101), InputValueError, "digits is at most 100, not 101"),
        (
            lambda y: visualize.draw(y).svg(prefix='"x'),
            InputValueError,
            "a letter followed by letters, digits, dots",
        ),
        (lambda y: visualize.draw(y).svg(prefix=None), InputValueError, r'not None; prefix="left-", say'),
        (lambda y: visualize.draw(y).svg(timeout=0), InputValueError, "a number of seconds, more than 0, not 0"),
        (lambda y: visualize.draw(y).svg(timeout=math.nan), InputValueError, "more than 0, not nan"),
        (lambda y: visualize.draw(y).svg(timeout="60"), InputTypeError, "timeout takes a real number, not str '60'"),
        (
            lambda y: visualize.draw(MLP(2, [1])),
            InputTypeError,
            r"and MLP\(2 -> 1 linear, 3 parameters\) is a model: draw_network\(model\) draws it",
        ),
        (lambda y: visualize.page(MLP(2, [1])), InputTypeError, r"draw_network\(model\)"),
        (lambda y: visualize.draw(y, emphasis="data"), InputValueError, 'emphasis is "gradient" or None'),
        (lambda y: visualize.draw(y, depth=0), InputValueError, "depth is 1 or more, not 0"),
        (lambda y: visualize.draw(y, depth="1"), InputTypeError, "depth is a whole number, not str '1'"),
        (lambda y: visualize.draw(y, fold="mlp"), InputValueError, "no module 'mlp' to fold .* there is none at all"),
        (lambda y: visualize.draw(y, expand=[y]), InputTypeError, "expand takes the paths of modules, not Value"),
        (lambda y: visualize.draw(y, expand=""), InputValueError, "no module '' to expand"),
        (lambda y: visualize.draw(y, highlight="z"), InputValueError, "'z' is not part of this program"),
        (lambda y: visualize.upstream("y"), InputTypeError, "the name 'y' has a meaning within a program only"),
        (lambda y: visualize.upstream(3.0), InputTypeError, "float 3.0"),
        (lambda y: visualize.upstream(3.0, of=y), InputTypeError, "by a value or a name, not by float 3.0"),
        (lambda y: visualize.upstream(y, hops=-1), InputValueError, "hops is 0 or more, not -1"),
        (lambda y: visualize.upstream(y, hops=1.5), InputTypeError, "hops is a whole number, not float 1.5"),
        (lambda y: visualize.between(y, "x", of=y), InputValueError, "x = 2.0 does not depend on y = 0.4621"),
        (lambda y: visualize.between(Value(1.0), y), InputValueError, "is not part of this program"),
    ],
)
def test_what_cannot_be_drawn_so_is_refused_with_a_sentence(call, error, words):
    with pytest.raises(error, match=words):
        call(neuron())


def test_a_module_that_is_not_there_is_refused_with_some_that_are():
    with autograd.scope("outer"):
        x = Value(1.0) * 2
    with autograd.scope("inner"):
        y = x * 2
    with pytest.raises(InputValueError, match="no module 'layers' to fold in this program; there is 'inner', 'outer'"):
        visualize.draw(y, fold="layers")


# --- Names and files that are too long --------------------------------------------------------------------------------


@pytest.mark.needs_dot
def test_pictures_of_names_and_scopes_of_any_length_are_drawn():
    x = Value(2.0, name="x" * 100_000)
    with autograd.scope("s" * 100_000):
        y = 3 * x
    y.name = "y" * 100_000
    drawing = visualize.draw(y, highlight=y)
    assert f"{'s' * 200}…{'s' * 199}" in drawing.dot
    assert max(map(len, drawing.dot.splitlines())) < 1_000
    assert "…" in drawing.svg()
    heading = re.search("<h1[^>]*>(.*?)</h1>", visualize.page(y).html, re.DOTALL)[1]
    assert len(heading) < 500
    assert len(repr(visualize.between(x, y))) < 500
    with pytest.raises(InputValueError, match="does not depend on") as caught:
        visualize.between(y, x, of=y)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("save", [visualize.draw(Value(1.0)).save, visualize.Page("", 1).save])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a\0", "a character of it cannot be in a name"),
        ("\ud800", "a character of it cannot be in a name"),
        ("a" * 300, "File name too long"),
        ("a/" * 3_000 + "a", "File name too long"),
        ("there/is/none", "there is no folder '.*there.is' to save 'none"),
    ],
)
def test_a_file_that_the_system_cannot_have_is_refused_with_a_sentence(save, name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ending = ".html" if "Page" in type(save.__self__).__name__ else ".dot"
    with pytest.raises(InputValueError, match=words):
        save(name + ending)
    assert not list(tmp_path.iterdir())


def test_a_timeout_without_end_is_none(monkeypatch):
    given = []
    layout = b'{"bb": "0,0,9,9", "objects": [{"name": "n0", "pos": "4,4"}]}'
    done = subprocess.CompletedProcess([], 0, layout, b"")
    monkeypatch.setattr(subprocess, "run", lambda *_, timeout, **__: given.append(timeout) or done)
    for timeout in (2, math.inf, 1e300):
        visualize.draw(Value(1.0)).svg(timeout=timeout)
    assert given == [2.0, None, None]
