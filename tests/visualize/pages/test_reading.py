"""Reading a page: zoom, map, search, listing, explanations, and modules that open and close, in a browser."""

import re

import pytest

from autograd import Value, explain, maximum, program, provenance, relu, scope, where
from autograd.text.paper import ENDLESS, Paper
from tests.support.page_programs import expression, quotient
from tests.support.pages import classes, eventually, title

pytestmark = [pytest.mark.needs_browser, pytest.mark.needs_dot]


def chosen(x=-2.0):
    """Uses that pass nothing on: a choice, a maximum, a rounding, a dead relu behind which nothing moves."""
    x, u = Value(x, name="x"), Value(1.0, name="u")
    y = where(x > 0, x * u, x - u) + round(x * u, 1) + relu(x).exp() * 0 + maximum(x, u)
    y.name = "y"
    return y


def changed():
    """A leaf with two versions."""
    x = Value(3.0, name="x")
    first = x * x
    x.data = 5.0
    y = first * x
    y.name = "y"
    return y


def cancelling():
    """Contributions that are lost in their sum, and others that do not add up as they are printed."""
    a, b = Value(1e16, name="a"), Value(1.0, name="b")
    y = a * b + b - a * b + b * 0.33335 + b * 0.33335
    y.name = "y"
    return y


def layers():
    """Modules in modules, and a value that is used in two of them."""
    x = Value(0.5, name="x")
    with scope("net"):
        for k in range(2):
            with scope(f"layers[{k}]"):
                x = (x * Value(1.5, name=f"w{k}") + 0.25).tanh() * x
    y = x * 2
    y.name = "y"
    return y


def words(text):
    return " ".join(text.split())


def explained(tab, k):
    """The explanation of a value, with the lines as Python prints them."""
    tab.evaluate("k => document.getElementById('n' + k).onclick()", k)
    read = "each => [...each.querySelectorAll('h3, th, td, p:not(.source)')].map(one => one.innerText).join(' ')"
    return words(tab.locator(".explained").evaluate(read))


def told(y, x):
    return words(explain(x, of=y).on(Paper(width=ENDLESS)))


@pytest.mark.parametrize("compute", [quotient, expression, chosen, changed, cancelling])
@pytest.mark.untraced
def test_the_page_explains_in_the_words_of_explain(open_page, compute):
    tab, y = open_page(compute), compute()
    for entry in program(y):
        assert explained(tab, entry.k) == told(y, entry.node)
    if compute is quotient:  # and of other numbers, as of a program with these
        tab.evaluate("stepgrad.set('x', 3.25)")
        y = quotient(3.25)
        for entry in program(y):
            assert explained(tab, entry.k) == told(y, entry.node)


def scale(tab):
    return tab.locator("#n0").evaluate("each => each.getScreenCTM().a")


def in_sight(tab, id):
    """The share of a box that is inside the stage, along the worse axis."""
    return tab.evaluate(
        """id => {
            const inner = document.getElementById(id).getBoundingClientRect();
            const outer = document.getElementById("stage").getBoundingClientRect();
            const part = (start, stop) => Math.min(inner[stop], outer[stop]) - Math.max(inner[start], outer[start]);
            return Math.min(part("left", "right") / inner.width, part("top", "bottom") / inner.height);
        }""",
        id,
    )


def test_a_picture_is_read_by_keys_and_mouse(open_page):
    tab = open_page(expression, 40)
    readable = scale(tab)
    # Zoom: keys and buttons keep the current box in sight, a wheel keeps the place at the pointer.
    for press in [lambda: tab.keyboard.press("+"), lambda: tab.locator("#larger").click()]:
        before = scale(tab)
        press()
        assert scale(tab) == pytest.approx(1.25 * before, rel=1e-3)
        assert in_sight(tab, "n5") == 1
    tab.locator("#smaller").click()
    tab.keyboard.press("-")
    assert scale(tab) == pytest.approx(readable, rel=1e-3)
    place = tab.locator("#n5").bounding_box()
    tab.mouse.move(place["x"], place["y"])
    tab.keyboard.down("Control")
    tab.mouse.wheel(0, -400)
    tab.keyboard.up("Control")
    eventually(tab, lambda: scale(tab) == pytest.approx(2 * readable, rel=1e-3))
    after = tab.locator("#n5").bounding_box()
    assert (after["x"], after["y"]) == pytest.approx((place["x"], place["y"]), abs=2)
    # All in sight, without a map of it; then as before, with the map.
    assert tab.locator("#map").is_visible()
    tab.keyboard.press("0")
    assert min(in_sight(tab, f"n{k}") for k in (0, 5, 26)) == 1
    assert not tab.locator("#map").is_visible()
    tab.locator("#fit").click()
    assert scale(tab) == pytest.approx(readable, rel=1e-3)
    # The map leads to the other end; shifted arrows and a drag move the picture.
    assert in_sight(tab, "n26") < 0
    frame = tab.locator("#map").bounding_box()
    tab.mouse.click(frame["x"] + frame["width"] - 3, frame["y"] + frame["height"] / 2)
    assert in_sight(tab, "n26") == 1
    left = "document.getElementById('stage').scrollLeft"
    there = tab.evaluate(left)
    tab.keyboard.press("Shift+ArrowLeft")
    assert tab.evaluate(left) == there - 80
    stage = tab.locator("#stage").bounding_box()
    tab.mouse.move(stage["x"] + 60, stage["y"] + 8)
    tab.mouse.down()
    tab.mouse.move(stage["x"] + 160, stage["y"] + 8)
    tab.mouse.up()
    assert tab.evaluate(left) == there - 180
    assert title(tab) == "Backward 15 of 25"
    # A step brings its box back into sight.
    tab.keyboard.press("ArrowRight")
    assert in_sight(tab, tab.locator(".now").get_attribute("id")) == 1


def test_two_fingers_make_the_picture_larger(open_page):
    tab = open_page(expression, viewport={"width": 375, "height": 812}, has_touch=True, is_mobile=True)
    before = scale(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") == 375
    fingers = tab.context.new_cdp_session(tab)
    stage = tab.locator("#stage").bounding_box()
    x, y = stage["x"] + 150, stage["y"] + stage["height"] / 2
    for kind, apart in [("touchStart", 50), ("touchMove", 50), ("touchMove", 75), ("touchMove", 100)]:
        points = [{"x": x - apart, "y": y}, {"x": x + apart, "y": y}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    eventually(tab, lambda: scale(tab) == pytest.approx(2 * before, rel=0.05))
    tab.locator("#n0").tap()
    assert not tab.locator(".explained thead").is_visible()  # the terms stand one below the other
    inner, outer = (tab.locator(name).bounding_box() for name in (".explained tbody", "#panel"))
    assert inner["x"] + inner["width"] < outer["x"] + outer["width"]
    assert tab.evaluate("document.documentElement.scrollWidth") == 375


def test_the_listing_has_its_current_line_in_sight(open_page):
    tab = open_page(expression, 1, viewport={"width": 375, "height": 812})
    tab.locator("#listings").click()
    current = tab.locator("#lines [aria-current=step]")
    for key, name in [("ArrowRight", "%3 "), ("End", ""), ("ArrowLeft", "%2 "), ("Home", ""), ("ArrowRight", "%2 ")]:
        tab.keyboard.press(key)
        if name:
            eventually(tab, lambda name=name: current.inner_text().startswith(name))
            line, pane = current.bounding_box(), tab.locator("#tools").bounding_box()
            assert pane["y"] <= line["y"] <= pane["y"] + pane["height"] - line["height"]
    tab.evaluate("location.hash = 'step=26&%250=2'")
    eventually(tab, lambda: words(current.inner_text()) == f"%26 = %24 + %25 {expression(2.0).data:.4g} 1")
    line, pane = current.bounding_box(), tab.locator("#tools").bounding_box()
    assert pane["y"] <= line["y"] <= pane["y"] + pane["height"] - line["height"]


def with_source():
    with provenance():
        x, w = Value(2.0, name="x"), Value(-3.0, name="w")
        product = x * w
        return product.tanh() + product


def test_values_are_found_listed_and_explained_by_keys(open_page):
    tab = open_page(with_source, 1)
    found = tab.locator("#matches")
    # A name that is found nowhere, an operation, a name.
    for text, told_of in [("zzz", "none found"), ("TANH", "1 found"), ("w", "1 found"), ("", "")]:
        tab.keyboard.press("/")
        tab.keyboard.type(text) if text else tab.keyboard.press("Delete")
        assert found.inner_text() == told_of
        tab.locator("#search").blur()
    tab.keyboard.press("/")
    tab.keyboard.type("p")
    assert found.inner_text() == "1 found"
    tab.keyboard.press("Enter")
    assert found.inner_text() == "1 of 1: product = x * w, data -6, no gradient yet"
    assert {"found", "sought"} <= classes(tab, "n2")
    tab.locator("#listings").click()
    lines = tab.locator("#lines tr")
    said = [words(line) for line in lines.all_inner_texts()]
    assert said[1:3] == ["x = input 2 -", "w = input -3 -"]
    assert re.fullmatch(r"test_reading\.py:\d+ product = x \* w", said[3])
    assert (said[4], said[6]) == ("product = x * w -6 -", "%3 = tanh(product) -")
    assert re.search(r":\d+ return product\.tanh\(\) \+ product$", said[5])
    assert {"sought"} <= set(lines.nth(4).get_attribute("class").split())
    # The focus goes to the box that was found, Enter explains it, and the status says so.
    for key in ("/", "Shift+Enter", "Escape"):
        tab.keyboard.press(key)
    assert tab.evaluate("document.activeElement.id") == "n2"
    assert classes(tab, "n2") >= {"now"}
    assert not classes(tab, "n2") & {"found", "sought"}
    tab.keyboard.press("Enter")
    status = tab.locator("#status").inner_text()
    assert status.startswith("Forward 1 of 3. d%4/dproduct = 1, the sum over 2 uses of product = -6")
    assert tab.locator(".explained .source").inner_text().endswith("product = x * w")
    tab.keyboard.press("Escape")
    assert tab.locator(".explained").count() == 0
    # The current line is marked, and its numbers are those of the step and of the present inputs.
    tab.keyboard.press("End")
    tab.keyboard.press("ArrowLeft")
    current = tab.locator("#lines [aria-current=step]")
    eventually(tab, lambda: words(current.inner_text()) == "product = x * w -6 1")
    tab.evaluate("stepgrad.set('x', 0.5)")
    eventually(tab, lambda: words(current.inner_text()) == "product = x * w -1.5 1.181")
    lines.nth(7).click()
    assert tab.locator(".explained h3").inner_text() == "d%4/d%4 = 1: %4 is the result itself"
    tab.keyboard.press("/")
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.id") != "search"


def test_modules_open_and_close(open_page):
    tab = open_page(layers, 4)
    whole = tab.locator(".nodes > g").count()
    button = tab.locator("#modules")
    button.click()
    assert button.inner_text() == "Open all"
    net = tab.get_by_role("button", name="Module net, closed, 8 values")
    assert net.get_attribute("aria-expanded") == "false"
    assert {"now"} <= set(net.get_attribute("class").split())
    assert tab.locator(".nodes > g").count() == 5  # the module, the inputs, the result
    net.focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Module net, open"
    first, second = (tab.get_by_role("button", name=f"Module net.layers[{k}], closed") for k in range(2))
    assert "now" in first.get_attribute("class").split()
    assert tab.locator(".flows").text_content().strip() == "2 uses"
    tab.keyboard.press("ArrowRight")
    assert "now" in second.get_attribute("class").split()
    assert tab.locator(".flows").count() == 2  # from the first module, and from w1
    second.click()
    assert tab.locator(".now").get_attribute("id") == "n7"
    assert "now" not in first.get_attribute("class").split()
    # Numbers follow; a search opens the module around what it finds; closing goes back to the module around.
    tab.evaluate("stepgrad.set('x', 0.75)")
    tab.keyboard.press("/")
    tab.keyboard.type("%3")
    assert {"found"} <= set(first.get_attribute("class").split())
    tab.keyboard.press("Enter")
    assert {"sought"} <= classes(tab, "n3")
    tab.keyboard.press("Escape")
    assert tab.locator("#n0 .n").first.text_content() == "0.75"
    tab.get_by_role("button", name="Module net.layers[0], open").press("Enter")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Module net.layers[0], closed")
    tab.get_by_role("button", name="Module net, open").press(" ")
    net.wait_for()
    button.click()
    assert tab.locator(".nodes > g").count() == whole
    box = tab.locator("#n1").bounding_box()
    tab.mouse.move(box["x"] + 5, box["y"] + 5)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 15, box["y"] + 5)
    tab.mouse.up()
    assert tab.evaluate("stepgrad.value('w0')") == 2.0


def chain():
    """500 values, most of them out of sight."""
    x = y = Value(0.5, name="x")
    for _ in range(249):
        y = y * 1.001 + 0.01
    return y + x


def busy(session):
    """The seconds that the thread of a page has worked, whatever else the machine does."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(each["value"] for each in metrics if each["name"] == "TaskDuration")


def test_five_hundred_values_follow_a_change_in_16_milliseconds(open_page):
    tab = open_page(chain)
    number = "id => document.getElementById(id).querySelector('.n').textContent"
    tab.keyboard.press("End")
    assert tab.evaluate(number, "n499") == f"{chain().data:.4g}"
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    spent = []
    for part in range(4):
        before = busy(session)
        tab.evaluate("part => { for (let n = 0; n < 10; n++) stepgrad.set('x', 1 + part + n / 10); }", part)
        spent.append((busy(session) - before) / 10)
    assert min(spent) < 0.016
    # Boxes out of sight are written when the page rests, or when they come into sight.
    assert tab.evaluate("stepgrad.value('x')") == 4.9
    eventually(tab, lambda: tab.evaluate(number, "n0") == "4.9")
    tab.evaluate("stepgrad.set('x', 3)")
    tab.keyboard.press("Home")
    assert tab.evaluate(number, "n0") == "3"


def test_the_map_covers_no_current_box(open_page):
    tab = open_page(layers, viewport={"width": 900, "height": 480})
    covered = """() => {
        const [map, box] = ["#map", ".nodes > .now"].map(each => document.querySelector(each).getBoundingClientRect());
        return [map.width > 0, map.x < box.right && box.x < map.right && map.y < box.bottom && box.y < map.bottom];
    }"""
    for _ in range(12):
        tab.keyboard.press("ArrowRight")
        tab.wait_for_timeout(50)
        assert tab.evaluate(covered) == [True, False]
