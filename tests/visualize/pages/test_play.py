"""The page to play with: expressions read, built, differentiated and drawn in a browser, as Python does it."""

import json
import math
import random

import pytest

import visualize
from autograd import AutogradError, InputTypeError, InputValueError, Value, program
from autograd.core.ops import TABLE
from autograd.errors import ExpressionError
from autograd.terminal import main
from autograd.terminal.expression import FUNCTIONS, parse_expression
from autograd.terminal.remedies import GRAMMAR
from tests.support.pages import boxes, eventually, title
from visualize.expressions.document import EXAMPLES, play
from visualize.expressions.trees import slopes
from visualize.pages.script import data_of

NUMBERS = {"x": 0.7, "y": 1.3, "w1": -0.4, "b": 2.2, "fi": 0.25, "größe": -1.75}
OPERATORS = "+ - * / ** + - * / ** // % < > >= <= == !=".split()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return play().save(tmp_path_factory.mktemp("play") / "play.html").as_uri()


@pytest.fixture
def tab(open_page, address):
    def opened(hash="", **options):
        found = open_page(address + hash, **options)
        found.locator("#panel h2").wait_for(state="attached")
        return found

    return opened


# --- Random expressions -----------------------------------------------------------------------------------------------


def expressions(count):
    """Each function of the grammar with some number of arguments, and random expressions of all that it has."""
    rng = random.Random(19)
    leaves = [*NUMBERS, *NUMBERS, "ﬁ", "2", "0.5", "3", "1e-5", "1_000", "0x10", "pi", "0", "inf"]

    def call(name, argument):
        taken = FUNCTIONS[name]
        arguments = [argument() for _ in range(rng.randint(taken.least, min(int(min(taken.most, 12)), 12)))]
        if name == "round":
            arguments[1:] = [str(rng.randint(0, 3))] * (len(arguments) - 1)
        if name == "clip":
            arguments[1:] = ["-1", "2.5"]
        return f"{name}({', '.join(arguments)})"

    def random_one(depth):
        if depth == 0 or rng.random() < 0.15:
            return rng.choice(leaves)
        if rng.random() < 0.4:
            return f"({random_one(depth - 1)} {rng.choice(OPERATORS)} {random_one(depth - 1)})"
        if rng.random() < 0.1:
            return f"{rng.choice('-+')}{random_one(depth - 1)}"
        return call(rng.choice(list(FUNCTIONS)), lambda: random_one(depth - 1))

    found = [call(name, lambda: rng.choice(["w1*x", "b", "0.5", "y", "x", "2"])) for name in FUNCTIONS]
    return found + [random_one(3) for _ in range(count)]


def in_python(text, numbers):
    """The data of the page of an expression, and the gradients of a pass."""
    reading = parse_expression(text)
    values = {name: Value(numbers[name], name=name) for name in reading.names if name in numbers}
    result = reading.evaluate(values)
    if all(result is not x for x in values.values()):
        result.name = next(name for name in "fyz" if name not in reading.names)
    listing = program(result)
    data = json.loads(data_of(listing, 4, None, {}))
    result.backward()
    return data, [entry.grad or 0.0 for entry in listing], [entry.op and entry.op.name for entry in listing]


def compared():
    """Lines to type, each with what Python makes of it."""
    found = {}
    for text in expressions(110):
        numbers = {name: NUMBERS[name] for name in parse_expression(text).names if name in NUMBERS}
        if numbers:
            made = in_python(text, numbers)
            if len(made[1]) <= 150:
                found[" ".join([text, *(f"{name}={x}" for name, x in numbers.items())])] = made
    return found


def near(x, y):
    x, y = float(x), float(y)
    return x == y or (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-15)


def same(ours, theirs):
    """Compare what JSON holds: numbers to 1e-12, the rest exactly."""
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, (int, float)) or theirs in ("nan", "inf", "-inf"):
        return near(ours, theirs)
    return ours == theirs


@pytest.mark.needs_browser
@pytest.mark.untraced
def test_the_page_makes_of_random_expressions_what_python_makes_of_them(tab):
    known = compared()
    assert len(known) > 130
    page = tab()
    drafts = page.evaluate("lines => lines.map((line, n) => stepgrad.draft(line, n % 2 === 1))", list(known))
    for (line, (data, gradients, names)), draft in zip(known.items(), drafts, strict=True):
        ours, theirs = draft["record"], data
        assert theirs.keys() <= ours.keys(), "building.js writes all that data_of does"
        assert ours["of"] == theirs["of"], line
        columns = theirs["values"]["columns"]
        assert ours["values"]["columns"] == columns, line
        for row, expected in zip(ours["values"]["rows"], theirs["values"]["rows"], strict=True):
            for column, mine, its in zip(columns, row, expected, strict=True):
                assert column == "op" or same(mine, its), (line, column, mine, its)
        assert draft["names"] == names, line
        assert same(draft["gradients"], gradients), (line, draft["gradients"], gradients)
        check_layout(draft["picture"], line, upright=list(known).index(line) % 2)


def check_layout(picture, line, upright):
    """No two boxes overlap, no arrow leads back, and nothing is outside of the picture."""
    placed = [
        (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        for (x, y), (width, height) in zip(picture["boxes"], picture["sizes"], strict=True)
    ]
    for k, (left, top, right, bottom) in enumerate(placed):
        assert min(left, top) >= 0, (line, k)
        assert right <= picture["width"], (line, k)
        assert bottom <= picture["height"], (line, k)
        for other in placed[:k]:
            assert not (left < other[2] and other[0] < right and top < other[3] and other[1] < bottom), (line, k)
    for arrow, route in zip(picture["arrows"], picture["routes"], strict=True):
        ends = [point[upright] for point in route["points"]]
        assert ends == sorted(ends), line
        assert placed[arrow["source"]][2 + upright] <= ends[0] + 1e-9, line
        assert ends[-1] <= placed[arrow["target"]][upright], line


# --- What cannot be read ----------------------------------------------------------------------------------------------

WRONG = [
    *["", "   ", "x +", "x * / y", "(x", "x)", "()", "sin(,x)", "sin(x)cos(x)", "((x + 1)*2", "max(x,)y", "**x", "<x"],
    *["x y", "2 3", "sin x", "2x", "3sin(x)", "1e5x", "x1 x2", "5 x", "2(x)", "(x)(y)", "x(2)", "x(y)(2)", "012*x"],
    *["x²", "x³ + 1", "x·y", "x×y", "x ÷ y", "x−1", "√x", "∞*x", "x≤y", "|x|", "x!", "$x", "`x`", "x = 2", "x=>y"],
    *["2^x", "x ^ 2 + ln(y)", "ln(y) + x^2", "x | y", "x @ y", "x & y", "x << 2", "~x", "x if x else y", "x and y"],
    *["not x", "x or", "lambda x: x", "x.y", "x[1]", "math.log(x)", "(y:=x)", "[x]", "{x}", "x, y", "(x, y)", "(x,)"],
    *["'a'", "2j*x", "True", "None", "...", "await x", "sin(*x)", "sin(**x)", "sin(x=2)", "x is y", "x not in y"],
    *["x < y < 3", "ln(x)", "arcsin(x)", "pow(x, 2)", "snh(x)", "sigmoyd(x)", "tan2(x)", "quux(x)", f"{'a' * 30}(x)"],
    *["sin()", "sin(x, y)", "max()", "round(x, 2, 3)", "round(x, -2)", "round(x, 2.5)", "clip(x, 3, 1)", "x#y"],
    *["x\x07y", "x\u200by", "@", "x;y", "x:y", "x?y", "..", "1.2.3", "if x", "x else y", "yield x", "x]", "1__0", "'x"],
    *[
        "(" * 101 + "x" + ")" * 101,
        "-" * 9_000 + "x",
        "x" * 10_001,
        f"{'1' * 4301}*x",
        "x // ",
        "x--",
        "x not y",
        "for",
        "*x",
        "x.",
        "x =",
    ],
]


@pytest.mark.needs_browser
def test_what_cannot_be_read_is_refused_in_the_words_of_the_command_line(tab):
    said = tab().evaluate("texts => texts.map(text => stepgrad.draft(text))", WRONG)
    for text, found in zip(WRONG, said, strict=True):
        with pytest.raises(ExpressionError) as caught:
            parse_expression(text).evaluate({"x": Value(0.5), "y": Value(0.25)})
        sentence = str(caught.value).partition(": ")[2]
        assert found["refused"] == sentence, text
        assert found["column"] == caught.value.column or sentence.endswith(GRAMMAR), text


@pytest.mark.needs_browser
def test_numbers_that_do_not_fit_are_refused(tab):
    texts = ["x x=1 x=2", "x y=1", "x*y xy=1", "x x=1.2.3", "2 + 3", "sin(2)", "clip(x, y, 1) y=2", f"sum({'x,' * 13})"]
    texts += ["+".join(["x"] * 200), "round(x, y)"]
    said = tab().evaluate("texts => texts.map(text => stepgrad.draft(text).refused)", texts)
    assert said == [
        "x is given twice; give it one number",
        "the expression has no variable y; it has x",
        "the expression has no variable xy; it has x, y",
        "x is to be a number, such as x=2, not '1.2.3'",
        *["the expression has no variable to differentiate by; write x in it and x=2 after it"] * 2,
        "clip needs low <= high, not low=y and high=1; swap them",
        "on this page sum takes up to 12 arguments, not 13",
        "this page draws up to 150 values, and this expression has 200; give a part of it",
        "the number of digits is a whole number, not y",
    ]


# --- The page ---------------------------------------------------------------------------------------------------------


@pytest.mark.needs_browser
def test_the_picture_follows_what_is_typed(tab):
    page = tab()
    line = page.get_by_label("Expression")
    assert line.input_value() == EXAMPLES["a neuron"].partition(" w1=")[0]
    assert title(page) == "Finished"
    line.fill("x*y + x x=2")
    assert page.evaluate("stepgrad.names()") == ["x", "y", "%2", "f"]
    assert page.evaluate("['x', 'y'].map(stepgrad.gradient)") == [4, 2]  # y begins with 3
    assert [grad for _, _, grad in boxes(page)] == ["4", "2", "1", "1"]
    eventually(page, lambda: page.locator("#status").inner_text() == "f = 8, df/dx = 4, df/dy = 2")
    line.press("Enter")
    assert line.input_value() == "x*y + x"  # the number is in its field
    page.evaluate("stepgrad.set('y', 5)")
    line.fill("x*y +")
    eventually(page, lambda: "a number or a name is missing after +" in page.get_by_role("alert").inner_text())
    assert page.locator("#problem mark").inner_text() == "+"
    assert line.get_attribute("aria-invalid") == "true"
    assert page.evaluate("stepgrad.value('y')") == 5
    line.fill("x*y + sin(y)")  # numbers stay
    assert page.evaluate("[stepgrad.value('f'), stepgrad.gradient('y')]") == pytest.approx(
        [10 + math.sin(5), 2 + math.cos(5)], rel=1e-12
    )
    assert page.get_by_role("alert").inner_text() == ""


@pytest.mark.needs_browser
def test_a_page_made_anew_leaves_nothing_of_the_one_before(tab):
    page = tab()
    for text in ("x*y", "exp(x)*y", "x + y*x + 2"):
        page.evaluate("text => stepgrad.type(text)", text)
    page.locator("#curves").click()
    page.locator("#first").click()
    page.keyboard.press("ArrowRight")
    assert title(page) == "Forward 1 of 3"  # one step, by one listener
    page.locator("#play").click()
    page.get_by_role("button", name="Rosenbrock").click()
    page.wait_for_timeout(1700)
    assert title(page) == "Finished"
    assert page.locator("#curve").is_visible()  # the open tool stays open
    assert page.locator("head style").count() == 2
    page.get_by_role("button", name="Forward mode").click()
    assert page.evaluate("stepgrad.tangent('f') === stepgrad.gradient('x')")
    page.get_by_role("button", name="Reverse mode").click()
    field = page.get_by_role("textbox", name="y, input")
    field.fill("0.25")
    assert page.evaluate("stepgrad.gradient('y')") == 0.0  # at y = x² with x = -0.5
    grip = page.locator(".grip").first.bounding_box()
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(grip["x"] + 15, grip["y"] + 5)
    page.mouse.up()
    assert page.evaluate("stepgrad.value('x')") == pytest.approx(-0.45)


@pytest.mark.needs_browser
def test_the_address_has_the_expression_the_step_and_all_numbers(tab):
    page = tab("#x**2%20%2B%20y&step=2&x=-1.5&y=0.25&nobody=3")
    assert title(page) == "Forward 2 of 2"
    assert page.evaluate("['x', 'y', 'f'].map(stepgrad.value)") == [-1.5, 0.25, 2.5]
    page.evaluate("stepgrad.set('y', 1)")
    eventually(page, lambda: page.url.endswith("#x**2%20%2B%20y&step=2&x=-1.5&y=1"))
    page.evaluate("location.hash = '#exp(x)&step=0&x=0'")
    eventually(page, lambda: page.get_by_label("Expression").input_value() == "exp(x)")
    assert (title(page), page.evaluate("stepgrad.value('f')")) == ("Start", 1)
    page.evaluate("location.hash = '#exp('")
    eventually(page, lambda: "there is no ) that ends this (" in page.get_by_role("alert").inner_text())
    assert tab("#2x").evaluate("stepgrad.names().length") == 10  # what the page was made for, beside the sentence


@pytest.mark.needs_browser
def test_a_phone_has_the_picture_upright_and_nothing_beside_the_screen(tab):
    page = tab(viewport={"width": 375, "height": 740}, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    apart = """axis => ["#n0", "#n9"].map(id => document.querySelector(id)?.getBoundingClientRect()[axis])
      .reduce((from, to) => to - from)"""
    assert page.evaluate(apart, "y") > 300
    page.set_viewport_size({"width": 1280, "height": 800})
    eventually(page, lambda: page.evaluate(apart, "x") > 300)  # not a number while the picture is drawn anew


# --- Making it --------------------------------------------------------------------------------------------------------


def test_the_page_is_one_file_of_less_than_120_kilobytes():
    page = play("x*y + sin(x) x=2", {"y": 3})
    assert repr(page) == "<page to play with>"
    assert len(page.html.encode()) < 120_000
    assert 'value="x*y + sin(x) x=2.0 y=3.0"' in page.html


@pytest.mark.parametrize(
    ("given", "numbers", "error", "words"),
    [
        (("x +",), {}, ExpressionError, "missing after"),
        ((3,), {}, InputTypeError, "takes an expression as text"),
        (("x",), {"y": 1.0}, InputValueError, "has no variable y; it has x"),
        (("2 + 3",), {}, InputValueError, "no variable to differentiate by"),
        (("2 + 3",), {"x": 1.0}, InputValueError, "it has no variable"),
        (("x",), {"x": "one"}, InputTypeError, "takes a real number"),
        (("x",), [1.0], InputTypeError, "numbers are given by name"),
        (("x x=1 x=2",), {}, InputValueError, "given twice"),
        (("x x=1.2.3",), {}, InputValueError, "to be a number"),
    ],
)
def test_other_arguments_are_refused(given, numbers, error, words):
    with pytest.raises(error, match=words):
        play(*given, numbers)


def test_the_command_line_saves_it(tmp_path, capsys):
    path = tmp_path / "play.html"
    assert main.main(["x*y", "x=2", "y=3", "--play", str(path)]) == 0
    assert 'value="x*y x=2.0 y=3.0"' in path.read_text(encoding="utf-8")
    assert "is written" in capsys.readouterr().err


@pytest.mark.untraced
def test_a_rule_is_written_down_without_being_simplified():
    assert slopes(TABLE["mul"], 2) == ["1", "0"]
    assert slopes(TABLE["div"], 2) == [["div", 1, "1"], ["div", ["neg", "z"], "1"]]
    assert slopes(TABLE["std"], 2)[1] == ["div", ["centred", 1, "0", "1"], ["mul", 2, "z"]]
    assert visualize.play is play
    assert issubclass(ExpressionError, AutogradError)
