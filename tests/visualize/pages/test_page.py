"""The page to step through: its records and sentences, its text, and what a browser makes of it."""

import base64
import hashlib
import io
import json
import math
import os
import re
import zlib
from datetime import datetime
from html.parser import HTMLParser

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import visualize
from autograd import InputTypeError, InputValueError, Value, program, scope, where
from autograd.text.numbers import brief
from tests.support.page_programs import expression, neuron, quotient, square
from tests.support.pages import Reader, boxes, classes, eventually, title
from tests.support.programs import scalars
from tests.support.programs.effort import examples
from visualize import Page
from visualize.pages.content import gradient_texts, page_record, transcript

from ..test_draw import parameter

HOSTILE = [
    *[
        "</script>",
        "<img src=x onerror=alert(1)>",
        "\"quoted\" 'too'",
        "<!-- no",
        "]]>",
        "&lt;b&gt;",
        "$js",
        "${title}",
    ],
    *["line\u2028break", "\u2029", "half \ud800 a pair", "back\\slash", "a, b", "%1", "n0", "日本語", "\x00 \x07"],
]


def recurrent():
    """A value with so many far uses that it is drawn again beside them."""
    y = x = Value(0.5, name="x")
    for _ in range(10):
        y = (y * x).tanh()
    return y


def hostile():
    with scope("<b>frame</b>"):
        y = sum((Value(k + 1.0, name=name) for k, name in enumerate(HOSTILE)), Value(0.5))
    y.name = "</title><script>alert(2)</script>"
    return y


# --- The records ------------------------------------------------------------------------------------------------------

SLOPE = 1 - math.tanh(0.5) ** 2


@pytest.mark.smoke
def test_the_records_of_a_neuron():
    known = page_record(program(neuron()), 4)
    assert (known["of"], known["results"], known["seed"]) == ("y", [5], "1")
    assert [(value["label"], value["text"], value["data"], value["uses"]) for value in known["values"]] == [
        *[("x", "input", "2", 1), ("w", "input", "-3", 1), ("b", "input", "6.5", 1)],
        *[("%3", "w * x", "-6", 1), ("n", "%3 + b", "0.5", 1), ("y", "tanh(n)", "0.4621", 0)],
    ]
    assert known["forward"] == [
        {"k": 3, "numbers": "-3 * 2"},
        {"k": 4, "numbers": "-6 + 6.5"},
        {"k": 5, "numbers": "tanh(0.5)"},
    ]
    assert [(step["k"], step["upstream"]) for step in known["backward"]] == [(5, "1"), (4, "0.7864"), (3, "0.7864")]
    assert known["backward"][0]["parts"] == [
        {
            "to": 4,
            "position": 0,
            "formula": "(1 - y²)",
            "slope": "0.7864",
            "contribution": "0.7864",
            "sum": "",
            "after": "0.7864",
            "arrived": 1,
            "passes": 1,
        }
    ]
    assert known["gradients"] == {0: -3 * SLOPE, 1: 2 * SLOPE, 2: SLOPE}


def test_the_sentences_of_a_neuron():
    told = transcript(page_record(program(neuron()), 4))
    assert told.start == ["x = 2", "w = -3", "b = 6.5"]
    assert told.forward[1] == ["n = %3 + b = -6 + 6.5 = 0.5"]
    assert told.backward == [
        ["dy/dy = 1", "dy/dn += dy/dy × dy/dn = 1 × (1 - y²) = 1 × 0.7864 = 0.7864"],
        ["dy/d%3 += dy/dn × dn/d%3 = 0.7864 × 1 = 0.7864", "dy/db += dy/dn × dn/db = 0.7864 × 1 = 0.7864"],
        [
            "dy/dw += dy/d%3 × d%3/dw = 0.7864 × x = 0.7864 × 2 = 1.573",
            "dy/dx += dy/d%3 × d%3/dx = 0.7864 × w = 0.7864 × (-3) = -2.359",
        ],
    ]
    assert told.end == [f"dy/dx = {-3 * SLOPE}", f"dy/dw = {2 * SLOPE}", f"dy/db = {SLOPE}"]


def test_fractions_are_marked_in_records_and_divided_in_sentences():
    known = page_record(program(quotient()), 4)
    assert known["values"][2]["text"] == "\x02x \x03 y\x04"
    assert [step["numbers"] for step in known["forward"]] == [
        *["\x021 \x03 \x05-2\x06\x04", "1 + 1", "\x02-0.5 \x03 2\x04", "atan(-0.25)"]
    ]
    slopes = [part["formula"] for step in known["backward"] for part in step["parts"]]
    assert slopes[:3] == ["\x021\x03\x051 + %4²\x06\x04", "\x021\x03%3\x04", "(-\x02%4\x03%3\x04)"]
    told = transcript(known)
    assert told.forward[0] == ["u = x / y = 1 / (-2) = -0.5"]
    assert told.backward[1][1] == "d%5/d%3 += d%5/d%4 × d%4/d%3 = 0.9412 × (-%4/%3) = 0.9412 × 0.125 = 0.1176"


def test_a_gradient_on_its_way_says_from_how_many_uses_it_is():
    [[_, first, second]] = transcript(page_record(program(square()), 4)).backward
    assert first == "dy/dx += dy/dy × dy/dx = 1 × x = 1 × 3 = 3 (1 of 2 uses)"
    assert second == "dy/dx += dy/dy × dy/dx = 1 × x = 1 × 3 = 3; 3 + 3 = 6 (2 of 2 uses)"


def test_a_formula_that_is_a_number_is_not_written_twice():
    x = Value(3.0, name="x")
    for y in (x + 1, x * 2, -x, x / 4):
        [step] = page_record(program(y), 4)["backward"]
        assert step["parts"][0]["formula"] == ""
        assert transcript(page_record(program(y), 4)).backward[0][1].count(" = ") == 2


@pytest.mark.parametrize(
    ("before", "added", "said"),
    [
        (1006.5451895, -333.2011662, "1006.5 + (-333.2) = 673.3"),
        (6.9416909, 999.6034985, "6.942 + 999.603 = 1006.545"),
        (-6.9416909, 6.9416909, "-6.942 + 6.942 = 0"),
        (1.0, 2.0, "1 + 2 = 3"),
        (1e10, 3.0, "1e+10 + 3 = 1e+10"),
        (1e-9, 1.0, "1e-09 + 1 = 1"),
        (math.inf, 1.0, "inf + 1 = inf"),
        (100.0, 20.0, "100 + 20 = 120"),
    ],
)
def test_the_numbers_of_a_sum_add_up_as_they_are_printed(before, added, said):
    x = Value(1.0)
    y = autograd.sum([x * added, x * before])  # the later record comes first in the pass
    known = page_record(program(y), 4)
    assert [part["sum"] for step in known["backward"] for part in step["parts"] if part["sum"]] == [said]


@pytest.mark.parametrize(
    ("compute", "said"),
    [
        (lambda x: x**2, "(-2) ** 2"),
        (lambda x: x * x, "-2 * (-2)"),
        (lambda x: 3 - x, "3 - (-2)"),
        (lambda x: -x, "-(-2)"),
        (lambda x: x.exp(), "exp(-2)"),
        (lambda x: autograd.maximum(x, -1.5), "maximum(-2, -1.5)"),
        (lambda x: autograd.sum([x, 1, x]), "sum([-2, 1, -2])"),
    ],
)
def test_negative_numbers_have_parentheses_where_they_need_them(compute, said):
    [step] = page_record(program(compute(Value(-2.0))), 4)["forward"]
    assert step["numbers"] == said


def test_what_was_not_chosen_is_handed_nothing():
    x = Value(0.0, name="x")
    y = where(x > 0, x.sqrt(), x * 2)
    known = page_record(program(y), 4)
    slopes = {(step["k"], part["to"]): part["passes"] for step in known["backward"] for part in step["parts"]}
    texts = {value["text"]: k for k, value in enumerate(known["values"])}
    assert slopes[len(known["values"]) - 1, texts["sqrt(x)"]] == 0
    assert slopes[len(known["values"]) - 1, texts["x * 2"]] == 1
    assert known["gradients"] == {0: 2.0}


def test_the_versions_of_a_leaf_are_one_gradient():
    x = Value(3.0, name="x")
    first = x * 2
    x.data = 5.0
    known = page_record(program(first + x), 4)
    versions = [value for value in known["values"] if value["text"] == "input"]
    assert [value["data"] for value in versions] == ["3", "5"]
    assert versions[0]["same"] == versions[1]["same"]
    assert [value["uses"] for value in versions] == [2, 2]
    assert [gradient_texts(known)[k] for k in versions[0]["same"]] == [["1", "3"], ["1", "3"]]


def test_several_results_are_differentiated_as_their_sum():
    x = Value(3.0, name="x")
    ys = [x * k for k in (2, 3, 4, 5)]
    for k, y in enumerate(ys):
        y.name = f"y{k}"
    assert page_record(program(ys[0], ys[1]), 4)["of"] == "(y0 + y1)"
    known = page_record(program(*ys), 4)
    assert known["of"] == "(y0 + … + y3)"
    assert known["gradients"] == {0: 14.0}


def test_a_result_within_another_begins_with_its_seed():
    x = Value(3.0, name="x")
    y = x * 2
    known = page_record(program(y, y * 5), 4)
    assert gradient_texts(known)[1] == ["1", "6"]
    assert known["backward"][0]["parts"][0]["sum"] == "1 + 5 = 6"
    assert known["gradients"] == {0: 12.0}


def same(x, y):
    return x == y or (math.isnan(float(x)) and math.isnan(float(y)))


@settings(max_examples=examples(300), deadline=None)
@given(st.one_of(scalars.programs(), scalars.exact_programs(), scalars.edge_programs()))
@pytest.mark.long
def test_the_last_state_of_random_programs_is_what_backward_leaves(drawn):
    values = scalars.backward(drawn)
    listing = program(values[-1])
    known = page_record(listing, 4)
    json.dumps(known, allow_nan=False)
    final = gradient_texts(known)
    for entry in listing:
        assert same(final[entry.k][-1], brief(entry.grad))
        if entry.op is None:
            assert same(float(known["gradients"][entry.k]), entry.grad)
    told = transcript(known)
    assert len(told.forward) == len(told.backward) == sum(entry.op is not None for entry in listing)
    for entry in listing:
        arrivals = [p for step in known["backward"] for p in step["parts"] if p["to"] == entry.k]
        assert [part["arrived"] for part in arrivals] == list(range(1, len(entry.uses) + 1))


# --- The text ---------------------------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """The elements of a page and the texts in them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes.append(dict(attributes))

    def handle_data(self, data):
        key = self.attributes[-1].get("id") or self.tags[-1] if self.tags else ""
        self.texts[key] = self.texts.get(key, "") + data


@pytest.mark.needs_dot
def test_hostile_names_are_text_and_nothing_else():
    page = Elements(visualize.page(hostile()).html)
    assert page.tags.count("script") == 3
    assert not {"img", "b", "iframe"} & set(page.tags)
    assert not [name for attributes in page.attributes for name in attributes if name.startswith("on")]
    known = json.loads(page.texts["record"])
    labels = {row[0] for row in known["values"]["rows"]}
    assert known["values"]["columns"][0] == "label"
    plain, escaped = (
        {"n0", "日本語"},
        set(map(ascii, HOSTILE)) - {ascii(name) for name in HOSTILE if name.isprintable()},
    )
    assert labels >= plain
    assert labels >= {f"‹{name}›" for name in HOSTILE if name.isprintable() and name not in plain}
    assert labels >= {f"‹{name[1:-1]}›" for name in escaped}


@pytest.mark.needs_dot
def test_no_script_runs_but_the_one_of_the_page():
    text = visualize.page(neuron()).html
    page = Elements(text)
    [policy] = [each["content"] for each in page.attributes if each.get("http-equiv") == "Content-Security-Policy"]
    unpack = re.search("<script>(.*?)</script>", text, re.DOTALL)[1]
    script = zlib.decompress(base64.b64decode(page.texts["script"])).decode()
    digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in (script, unpack)]
    assert "default-src 'none'" in policy
    assert policy.endswith(f"script-src 'sha256-{digests[0]}' 'sha256-{digests[1]}'")


@pytest.mark.needs_dot
def test_the_page_of_the_readme_expression_is_under_60_kilobytes():
    assert len(visualize.page(expression()).html.encode()) < 60_000


def test_a_page_is_made_by_either_renderer(renderer):
    y = neuron()
    y.backward()
    page = Elements(visualize.page(y).html)
    ids = {each["id"] for each in page.attributes if "id" in each}
    assert {"n0", "n1", "n2", "n3", "n4", "n5", "e3_0", "e3_1", "e4_0", "e4_1", "e5_0"} <= ids
    drawn = re.findall(r'<g id="n(\d)".*?class="n g">(.*?)</text>', visualize.page(y).html, re.DOTALL)
    assert {int(k): gradient for k, gradient in drawn} == {entry.k: brief(entry.grad) for entry in program(y)}


@pytest.mark.needs_dot
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_roles_frames_and_curves_are_kept(direction):
    with scope("layer"):
        y = (parameter(2.0, "w") * Value(3.0, name="x")).tanh()
    text = visualize.page(y, direction=direction).html
    assert [kind for _, kind in re.findall(r'<g id="(n\d)" class="(\w+)"', text)].count("parameter") == 1
    assert re.search(r'<g class="clusters">\n<g id="c1">\n<path [^>]*/>\n<text [^>]*>layer</text>', text)
    assert re.search(r'class="parameter">\n<path d="M[-.\d,C ]+z"/>\n<path', text)
    assert re.search(r'class="output">\n<rect [^>]* rx="7"/>\n<rect [^>]* rx="3.5"/>', text)
    assert re.search(r'class="input">\n<rect x="[.\d]+" y="[.\d]+" width="\d+" height="\d+"/>', text)
    assert re.search(r'<g id="e2_0">\n<path d="M[-.\d,C ]+"/>\n<text ', text)  # the style sheet has the arrow heads


@pytest.mark.needs_dot
def test_a_picture_may_have_further_boxes_but_none_is_missing():
    text = visualize.page(recurrent()).html
    assert re.findall(r'<g id="(n0\w*)"', text)[1:]
    assert {f"n{entry.k}" for entry in program(recurrent())} <= set(re.findall(r'<g id="(n\d+)"', text))


@pytest.mark.needs_dot
def test_a_page_keeps_the_numbers_of_its_moment_and_deposits_nothing():
    y = neuron()
    text = visualize.page(y).html
    assert y.grad is None
    y.backward()
    assert visualize.page(y).html == text


@pytest.mark.needs_dot
def test_a_value_several_values_and_a_program_are_taken():
    x = Value(3.0, name="x")
    y, z = x * 2, x * 3
    assert repr(visualize.page(y)) == "<page of 2 values>"
    assert repr(visualize.page(x)) == "<page of 1 value>"
    assert repr(visualize.page([y, z])) == "<page of 3 values>"
    assert visualize.page(program(y, z)).html == visualize.page([y, z]).html


@pytest.mark.needs_dot
def test_digits_and_direction_are_those_of_the_drawing():
    assert "0.78644773" in visualize.page(neuron(), digits=8).html
    assert '<body class="wide">' in visualize.page(neuron()).html
    assert '<body class="tall">' in visualize.page(neuron(), direction="TB").html
    for wrong in ({"direction": "right"}, {"digits": 0}, {"digits": "4"}):
        with pytest.raises((InputValueError, InputTypeError)):
            visualize.page(neuron(), **wrong)


def test_a_program_too_large_to_step_through_is_refused_with_what_to_do():
    y = Value(1.0)
    for _ in range(500):
        y = y + 1
    with pytest.raises(InputValueError, match=r"up to 500 values.* has 501; take a part of it"):
        visualize.page(y)


def test_what_was_not_recorded_is_refused():
    with pytest.raises(InputTypeError, match="not to float"):
        visualize.page(3.0)


def test_without_graphviz_a_page_has_the_same_boxes_and_steps(without_dot, without_pygraphviz):
    html = visualize.page(neuron()).html
    listed = program(neuron())
    assert set(re.findall(r'<g id="(n\d+)"', html)) == {f"n{entry.k}" for entry in listed}
    assert len(re.findall(r'<g id="e\d+_\d+"', html)) == sum(len(entry.uses) for entry in listed)


@pytest.mark.parametrize("name", ["y.html", "y.htm", "Y.HTML"])
def test_a_page_is_saved_as_it_is(tmp_path, name):
    assert Page("<p>é\n", 1).save(str(tmp_path / name)) == tmp_path / name
    assert (tmp_path / name).read_bytes() == "<p>é\n".encode()


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("y.svg", InputValueError, "saved as .html or .htm, not as 'y.svg'; give it one of these endings"),
        ("y", InputValueError, "not as 'y'"),
        (os.path.join("nowhere", "y.html"), InputValueError, "there is no folder 'nowhere' to save 'y.html' in; make"),
        (3, InputTypeError, "the path of a file, not int 3"),
        (io.StringIO(), InputTypeError, "not StringIO"),
    ],
)
def test_a_path_that_does_not_do_is_refused(path, error, words):
    with pytest.raises(error, match=words):
        Page("", 1).save(path)


def test_a_notebook_gets_the_page_in_a_frame_of_its_own():
    shown = Page("<p title='\"'>&amp;</p>", "page of 2 values")._repr_mimebundle_(include=None, exclude=None)
    assert shown["text/plain"] == "<page of 2 values>"
    frame = Elements(shown["text/html"])
    assert frame.tags == ["iframe"]
    assert frame.attributes[0]["sandbox"] == "allow-scripts"
    assert frame.attributes[0]["srcdoc"] == "<p title='\"'>&amp;</p>"


@pytest.mark.needs_dot
@settings(max_examples=5, deadline=None)
@given(scalars.edge_programs())
def test_random_programs_are_drawn_with_all_their_boxes(drawn):
    listing = program(scalars.backward(drawn)[-1])
    page = Elements(visualize.page(listing).html)
    ids = [each["id"] for each in page.attributes if re.fullmatch(r"n\d+|e\d+_\d+", each.get("id", ""))]
    assert sorted(ids) == sorted(
        [f"n{entry.k}" for entry in listing]
        + [
            f"e{entry.k}_{position}"
            for entry in listing
            for position, x in enumerate(entry.inputs)
            if isinstance(x, autograd.Entry)
        ]
    )


# --- In a browser -----------------------------------------------------------------------------------------------------


@pytest.mark.needs_browser
@pytest.mark.parametrize(
    "bad", ["<script>nonsense()</script>", "<script>console.log(1)</script>", "<img src=other.png>"]
)
def test_a_page_that_complains_or_asks_for_something_is_noticed(chromium, tmp_path, bad):
    reader = Reader(chromium, None)
    (tmp_path / "bad.html").write_text(bad, encoding="utf-8")
    reader((tmp_path / "bad.html").as_uri())
    reader.contexts[0].close()
    with pytest.raises(AssertionError):
        reader.check()


@pytest.mark.needs_browser
@pytest.mark.needs_dot
class TestInABrowser:
    def test_keys_step_through_both_passes(self, open_page):
        tab = open_page(neuron)
        assert title(tab) == "Start"
        seen = []
        for _ in range(8):
            tab.keyboard.press("ArrowRight")
            seen.append(title(tab))
        passes = [f"{name} {k} of 3" for name in ("Forward", "Backward") for k in (1, 2, 3)]
        assert seen == [*passes, "Finished", "Finished"]
        tab.keyboard.press("ArrowLeft")
        assert title(tab) == "Backward 3 of 3"
        tab.keyboard.press("Home")
        assert title(tab) == "Start"
        tab.keyboard.press("End")
        assert title(tab) == "Finished"
        tab.keyboard.press("Control+ArrowLeft")
        assert title(tab) == "Finished"

    def test_buttons_step_too_and_end_where_there_is_nothing_more(self, open_page):
        tab = open_page(neuron)
        assert tab.locator("#first").is_disabled()
        for name, expected in [("next", "Forward 1 of 3"), ("last", "Finished"), ("back", "Backward 3 of 3")]:
            tab.locator(f"#{name}").click()
            assert title(tab) == expected
        tab.locator("#first").click()
        assert title(tab) == "Start"
        assert tab.locator("#back").is_disabled()
        assert tab.locator("#next").is_enabled()

    def test_the_slider_moves_by_mouse_and_by_its_own_keys(self, open_page):
        tab = open_page(neuron)
        tab.locator("#slider").fill("4")
        assert title(tab) == "Backward 1 of 3"
        tab.locator("#slider").focus()
        tab.keyboard.press("ArrowRight")
        assert title(tab) == "Backward 2 of 3"
        assert tab.locator("#slider").get_attribute("aria-valuetext") == "Backward 2 of 3"

    def test_a_click_on_a_box_goes_to_its_step_in_the_pass_that_is_on(self, open_page):
        tab = open_page(neuron)
        tab.locator("#n4").click()
        assert title(tab) == "Forward 2 of 3"
        tab.keyboard.press("End")
        tab.locator("#n4").click()
        assert title(tab) == "Backward 2 of 3"
        tab.locator("#n0").click()  # a leaf: where its gradient becomes complete
        assert title(tab) == "Backward 3 of 3"
        tab.keyboard.press("Home")
        tab.locator("#n0").click()
        assert title(tab) == "Start"

    def test_a_line_of_the_list_goes_to_its_step(self, open_page):
        tab = open_page(neuron)
        tab.locator("#steps li").nth(4).click()
        assert title(tab) == "Backward 2 of 3"
        assert tab.locator("#steps [aria-current=step]").inner_text().startswith("dy/d%3 += dy/dn × dn/d%3")

    def test_the_address_says_the_step(self, open_page):
        tab = open_page(neuron, 5)
        assert title(tab) == "Backward 2 of 3"
        tab.keyboard.press("ArrowRight")
        eventually(tab, lambda: tab.url.endswith("#step=6"))
        tab.evaluate("location.hash = '#2'")
        eventually(tab, lambda: title(tab) == "Forward 2 of 3")
        for wrong, expected in (("999", "Finished"), ("nonsense", "Start")):
            assert title(open_page(neuron, wrong)) == expected

    def test_play_goes_on_by_itself_until_pause_or_the_end(self, open_page, saved):
        tab = open_page("about:blank")
        tab.clock.install(time=datetime(2024, 1, 1))
        tab.goto(saved(neuron))
        tab.locator("#panel h2").wait_for()
        tab.clock.pause_at(datetime(2024, 1, 2))  # from here on, time goes by as this test says, and not otherwise
        tab.locator("#play").click()
        assert tab.locator("#play").inner_text() == "Pause"
        tab.clock.run_for(3100)
        assert title(tab) == "Forward 2 of 3"
        tab.locator("#play").click()
        tab.clock.run_for(5000)
        assert (title(tab), tab.locator("#play").inner_text()) == ("Forward 2 of 3", "Play")
        tab.evaluate("document.activeElement.blur()")
        tab.keyboard.press(" ")
        tab.clock.run_for(20000)
        assert (title(tab), tab.locator("#play").inner_text()) == ("Finished", "Play")
        tab.keyboard.press(" ")  # from the end it begins again
        assert title(tab) == "Start"
        tab.clock.run_for(1600)
        tab.keyboard.press("ArrowRight")  # a step by hand ends the play
        tab.clock.run_for(5000)
        assert title(tab) == "Forward 2 of 3"

    @pytest.mark.parametrize("compute", [neuron, expression, square, hostile])
    def test_the_last_state_is_what_backward_leaves(self, open_page, compute):
        tab = open_page(compute)
        tab.keyboard.press("End")
        y = compute()
        y.backward()
        assert boxes(tab) == [[brief(entry.value), "grad", brief(entry.grad)] for entry in program(y)]
        exact = tab.locator("#panel .card strong").all_inner_texts()
        assert list(map(float, exact)) == [entry.grad for entry in program(y) if entry.op is None]

    def test_numbers_appear_as_the_passes_reach_them(self, open_page):
        tab = open_page(neuron)
        assert [data for data, _, _ in boxes(tab)] == ["2", "-3", "6.5", "", "", ""]
        assert {"ahead"} <= classes(tab, "n3") & classes(tab, "e3_0")
        tab.keyboard.press("ArrowRight")
        assert [data for data, _, _ in boxes(tab)] == ["2", "-3", "6.5", "-6", "", ""]
        assert {"now"} <= classes(tab, "n3")
        assert {"flows"} <= classes(tab, "e3_0")
        assert [gradient for _, _, gradient in boxes(tab)] == ["-"] * 6
        tab.keyboard.press("ArrowRight")
        tab.keyboard.press("ArrowRight")
        tab.keyboard.press("ArrowRight")
        assert [gradient for _, _, gradient in boxes(tab)] == ["-", "-", "-", "-", "0.7864", "1"]
        assert {"flows"} <= classes(tab, "e5_0")
        assert "unknown" not in classes(tab, "e5_0")
        assert "unknown" in classes(tab, "e4_0")

    def test_a_gradient_on_its_way_does_not_look_final(self, open_page):
        tab = open_page(expression, 43)  # a has 0 by then, of a final 138.8
        assert boxes(tab)[0] == ["-4", "so far", "0"]
        assert tab.locator("#n0 .badge").text_content() == "3 of 5"
        shape = tab.locator("#n0 rect").first
        assert shape.evaluate("each => getComputedStyle(each).strokeDasharray") == "6px, 4px"
        assert "not complete" in tab.locator("#panel").inner_text()
        tab.keyboard.press("End")
        assert tab.locator(".badge").count() == 0
        assert shape.evaluate("each => getComputedStyle(each).strokeDasharray") == "none"

    def test_the_panel_has_the_chain_rule_in_names_formulas_and_numbers(self, open_page):
        tab = open_page(neuron, 6)
        said = re.sub(r"\s", "", tab.locator("#panel").text_content())
        assert "%3=w*xItsgradientiscomplete:dy/d%3=0.7864" in said
        assert "dy/dw+=dy/d%3×d%3/dw=0.7864×x=0.7864×2=1.573" in said
        assert "dy/dx+=dy/d%3×d%3/dx=0.7864×w=0.7864×(-3)=-2.359" in said

    def test_fractions_are_stacked_and_read_as_they_are_written_in_a_line(self, open_page):
        tab = open_page(quotient, 5)
        assert "=1×1/(1+%4²)=1×0.9412" in re.sub(r"\s", "", tab.locator("#panel").text_content())
        stacked = tab.locator(".card .ratio", has_text="%4²")
        above, _, below = stacked.evaluate("each => [...each.children].map(part => part.getBoundingClientRect().top)")
        assert above < below
        assert [each.text_content() for each in stacked.locator(".unseen").all()] == ["/", "(", ")"]
        for each in stacked.locator(".unseen").all():
            assert each.evaluate("each => getComputedStyle(each).clipPath") == "inset(50%)"

    def test_labels_of_edges_stand_on_the_colour_of_the_page(self, open_page):
        for scheme in ("light", "dark"):
            tab = open_page(expression, color_scheme=scheme)
            tab.keyboard.press("End")
            colour = "each => getComputedStyle(each).stroke"
            papers = {each.evaluate(colour) for each in tab.locator(".edges text").all()}
            assert papers == {tab.evaluate("getComputedStyle(document.body).backgroundColor")}

    def test_what_the_pass_will_show_is_not_told_before(self, open_page):
        tab = open_page(expression)
        remark = tab.locator("#n14 .s")  # a relu at a negative number
        assert remark.text_content().strip() == "dead"
        assert not remark.is_visible()
        tab.keyboard.press("End")
        assert remark.is_visible()
        assert open_page(expression, java_script_enabled=False).locator("#n14 .s").is_visible()

    def test_where_nothing_is_handed_on_nothing_flows(self, open_page):
        tab = open_page(expression, 38)  # a relu at a negative number
        assert "no gradient is passed on" in tab.locator("#panel").inner_text()
        assert tab.locator(".flows").count() == 0

    def test_a_state_depends_on_the_step_alone(self, open_page):
        forth, back = open_page(expression), open_page(expression, 51)
        read = "document.getElementById('picture').innerHTML + document.getElementById('panel').innerHTML"
        there = []
        for _ in range(52):
            there.append(forth.evaluate(read))
            forth.keyboard.press("ArrowRight")
        for expected in reversed(there):
            assert back.evaluate(read) == expected
            back.keyboard.press("ArrowLeft")

    @pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
    @pytest.mark.parametrize("direction", ["LR", "TB"])
    def test_the_current_box_is_in_sight(self, open_page, size, direction):
        tab = open_page(expression, direction=direction, viewport={"width": size[0], "height": size[1]})
        for _ in range(50):
            tab.keyboard.press("ArrowRight")
            assert tab.evaluate(
                """() => {
                    const inner = document.querySelector(".now > rect").getBoundingClientRect();
                    const outer = document.getElementById("stage").getBoundingClientRect();
                    return inner.left >= outer.left && inner.right <= outer.right
                        && inner.top >= outer.top && inner.bottom <= outer.bottom;
                }"""
            )

    def test_a_large_picture_begins_at_what_is_given_and_jumps_to_what_is_far(self, open_page):
        tab = open_page(recurrent, viewport={"width": 600, "height": 500}, reduced_motion="no-preference")
        seen = """id => {
            const inner = document.getElementById(id).getBoundingClientRect();
            const outer = document.getElementById("stage").getBoundingClientRect();
            return inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top;
        }"""
        assert tab.evaluate(seen, "n0")
        tab.keyboard.press("End")
        assert tab.evaluate(seen, "n20")
        tab.keyboard.press("Home")
        assert tab.evaluate(seen, "n0")

    def test_the_picture_grows_with_the_window_and_stays_legible_in_a_small_one(self, open_page):
        def letters(tab):
            return tab.locator("#n0 text").nth(1).evaluate("each => 11 * each.getScreenCTM().a")

        small, large = ({"width": width, "height": 900} for width in (700, 1600))
        assert letters(open_page(neuron, viewport=large)) > 1.5 * letters(open_page(neuron, viewport=small))
        assert letters(open_page(expression, viewport=small)) >= 10

    def test_arrow_heads_do_not_grow_with_their_line(self, open_page):
        tab = open_page(neuron, 5)
        units = tab.locator("marker").evaluate_all("each => each.map(one => one.getAttribute('markerUnits'))")
        assert set(units) == {"userSpaceOnUse"}

    def test_boxes_can_be_reached_and_read_without_seeing_them(self, open_page):
        tab = open_page(expression, 43)
        box = tab.get_by_role("button", name="%0 = input, data -4, gradient 0 so far, 3 of 5 uses")
        box.focus()
        tab.keyboard.press("Enter")
        assert title(tab) == "Backward 25 of 25"
        said = tab.get_by_role("status").inner_text()
        assert said.startswith("Backward 25 of 25. d%26/d%0 = 138.8, the sum over 5 uses of %0 = -4")
        tab.keyboard.press("Escape")
        said = tab.get_by_role("status").inner_text()
        assert said.startswith("Backward 25 of 25. d%26/d%0 += d%26/d%2 × d%2/d%0 = -27.77 × 1 = -27.77")
        tab.keyboard.press(" ")
        assert title(tab) == "Backward 25 of 25"
        assert tab.locator("#play").inner_text() == "Play"
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.id").startswith("n")
        for name in ("First step (Home)", "Step back (←)", "Play", "Step on (→)", "Last step (End)"):
            assert tab.get_by_role("button", name=name, exact=True).count() == 1
        assert tab.get_by_role("slider", name="Step").count() == 1

    def test_a_value_drawn_again_takes_part(self, open_page):
        tab = open_page(recurrent, 30)
        again = tab.locator("[id^=n0_]")
        assert again.count() > 3
        for box in again.all():
            assert box.locator(".n").last.text_content() == "0.5"
            assert "partial" in box.get_attribute("class")
        again.last.click()
        assert title(tab) == "Backward 20 of 20"
        assert "partial" not in again.last.get_attribute("class")

    def test_dark_and_light_are_what_the_reader_prefers(self, open_page):
        def lightness(tab):
            colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
            return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

        assert lightness(open_page(neuron, color_scheme="light")) > 200
        assert lightness(open_page(neuron, color_scheme="dark")) < 50

    def test_nothing_moves_by_itself_for_those_who_prefer_so(self, open_page):
        read = "getComputedStyle(document.querySelector('.flows path')).animationName"
        assert open_page(neuron, 5, reduced_motion="reduce").evaluate(read) == "none"
        assert open_page(neuron, 5, reduced_motion="no-preference").evaluate(read) == "flow"

    def test_in_print_the_state_is_the_finished_one(self, open_page):
        tab = open_page(neuron, 2, color_scheme="dark")
        pages = pypdf.PdfReader(io.BytesIO(tab.pdf())).pages
        printed = pages[0].extract_text()
        for gradient in ("-2.359", "1.573", "0.7864"):
            assert f"grad {gradient}" in printed
        assert "FINISHED" in printed
        assert "Play" not in printed
        assert "dy/dw += dy/d%3 × d%3/dw" in "".join(page.extract_text() for page in pages)
        eventually(tab, lambda: title(tab) == "Forward 2 of 3")

    def test_without_javascript_the_page_shows_the_finished_state_and_lists_the_steps(self, open_page):
        tab = open_page(neuron, java_script_enabled=False)
        said = tab.locator("body").inner_text()
        assert "shows the finished state" in said
        assert "dy/dw += dy/d%3 × d%3/dw = 0.7864 × x = 0.7864 × 2 = 1.573" in said
        assert tab.locator("#n1").text_content().split()[-2:] == ["grad", "1.573"]
        assert not tab.locator("nav").is_visible()
        assert not tab.locator("#panel").is_visible()

    def test_two_pages_in_one_notebook_are_kept_apart(self, open_page, tmp_path):
        frames = [visualize.page(compute())._repr_mimebundle_()["text/html"] for compute in (neuron, square)]
        notebook = tmp_path / "notebook.html"
        notebook.write_text(f"<!doctype html><p>{'</p><p>'.join(frames)}</p>", encoding="utf-8")
        tab = open_page(notebook.as_uri())
        first, second = tab.frames[1:]
        for frame in (first, second):
            frame.locator("#panel h2").wait_for()
        first.locator("#next").click()
        second.locator("#last").click()
        assert (title(first), title(second)) == ("Forward 1 of 3", "Finished")
        tab.keyboard.press("Home")
        assert (title(first), title(second)) == ("Forward 1 of 3", "Start")
        second.locator("#n1").click()
        second.locator("#steps li").nth(1).click()
        assert title(second) == "Backward 1 of 1"
        assert tab.url == notebook.as_uri()

    def test_hostile_names_come_out_as_themselves(self, open_page):
        tab = open_page(hostile, 1)
        written = tab.evaluate("document.getElementById('stage').textContent")
        for name in ("</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "<!-- no", "${title}", "<b>frame</b>"):
            assert name in written
        assert tab.locator("img").count() == 0
        for _ in range(60):
            tab.keyboard.press("ArrowRight")
        assert title(tab) == "Finished"

    def test_a_value_that_was_not_computed_is_a_page_too(self, open_page):
        def leaf():
            return Value(3.0, name="x")

        tab = open_page(leaf)
        assert boxes(tab) == [["3", "grad", "-"]]
        tab.keyboard.press("ArrowRight")
        assert boxes(tab) == [["3", "grad", "1"]]
        tab.locator("#n0").click()
        assert title(tab) == "Finished"
