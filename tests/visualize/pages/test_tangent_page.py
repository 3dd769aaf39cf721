"""The page in forward mode: every tangent is that of `steps(…, direction="tangent")`, and reverse mode agrees."""

import math
import random

import pytest

import visualize
from autograd import InputValueError, Value, program, steps
from tests.support.page_programs import expression, neuron, quotient
from tests.support.pages import boxes, eventually, title

from .test_javascript import some_program

pytestmark = [pytest.mark.needs_browser, pytest.mark.needs_dot]


def selecting():
    """An operation that does not take one argument, a leaf with two versions, and two results."""
    a, b = Value(2.0, name="a"), Value(3.0, name="b")
    larger = a.relu() * b
    larger.name = "larger"
    other = (-a).relu() + b * b
    a.data = 5.0
    return [larger * a, other]


def opened(open_page, tmp_path, compute, wrt, step=None, **options):
    address = visualize.page(compute(), wrt=wrt).save(tmp_path / "tangents.html").as_uri()
    tab = open_page(address, step, **options)
    tab.locator("#panel h2").wait_for(state="attached")
    return tab


def lines(tab):
    return tab.locator("#steps h3 + p, #steps li").evaluate_all("all => all.map(each => each.innerText)")


@pytest.mark.parametrize("compute", [neuron, quotient, expression, selecting])
def test_tangents_are_those_of_the_steps_and_end_as_the_gradient(open_page, tmp_path, compute):
    listing = program(compute())
    leaves = list({entry.node: entry for entry in listing if entry.op is None}.values())
    tab = opened(open_page, tmp_path, compute, listing[0].label)
    for leaf in [*leaves, listing.computed[0]]:
        tab.locator("#wrt").select_option(label=leaf.label)
        found = {step.entry.label: step.tangent for step in steps(listing, direction="tangent", wrt=leaf.node)}
        for label, tangent in found.items():
            assert tab.evaluate("name => stepgrad.tangent(name)", label) == pytest.approx(tangent, rel=1e-12)
        total = sum(found[result.label] for result in listing.results)
        assert tab.evaluate("name => stepgrad.gradient(name)", leaf.label) == pytest.approx(total, rel=1e-12)


@pytest.mark.untraced
def test_tangents_of_random_programs_are_the_gradients_of_reverse_mode(open_page, tmp_path):
    rng = random.Random(7)
    for _ in range(6):
        y = some_program(rng)  # with its backward pass: another way than those that the page takes
        listing = program(y)
        leaves = {entry.node: entry for entry in listing if entry.op is None}
        tab = opened(open_page, tmp_path, lambda y=y: y, listing[0].label)
        for leaf, entry in leaves.items():
            tab.locator("#wrt").select_option(label=entry.label)
            tangent = tab.evaluate("name => stepgrad.tangent(name)", listing.results[0].label)
            assert tangent == pytest.approx(leaf.grad, rel=1e-9, abs=1e-12)


SLOPE = 1 - math.tanh(0.5) ** 2  # of tanh at n = -3·2 + 6.5, where dn/dw is x = 2


def test_the_forward_mode_is_stepped_through_in_words_and_numbers(open_page, tmp_path):
    tab = opened(open_page, tmp_path, neuron, "w")
    assert title(tab) == "Start"
    assert lines(tab)[0].split("\n") == ["x = 2", "w = -3", "b = 6.5", "dw/dw = 1"]
    assert [box[1:] for box in boxes(tab)] == [["tangent", text] for text in ("0", "1", "0", "-", "-", "-")]
    tab.keyboard.press("ArrowRight")
    assert title(tab) == "Forward mode 1 of 3"
    assert boxes(tab)[3] == ["-6", "tangent", "2"]
    assert tab.get_by_role("button", name="%3 = w * x, data -6, tangent 2").count() == 1
    assert tab.locator(".edges .flows").count() == 2
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    assert (
        lines(tab)[3] == "y = tanh(n) = tanh(0.5) = 0.4621\ndy/dw += dy/dn × dn/dw = (1 - y²) × 2 = 0.7864 × 2 = 1.573"
    )
    assert "dy/dw=1.573" in "".join(tab.locator("#panel").inner_text().split())
    tab.keyboard.press("End")
    assert title(tab) == "Finished"
    assert lines(tab)[-1].split("\n") == [f"dy/dw = {2 * SLOPE}", f"in reverse mode dy/dw = {2 * SLOPE}"]
    assert tab.locator("#next").is_disabled()
    assert tab.locator("#panel .card").count() == 2
    tab.keyboard.press("ArrowLeft")
    assert title(tab) == "Forward mode 3 of 3"
    tab.locator("#n3").click()
    assert title(tab) == "Forward mode 1 of 3"
    tab.locator("#steps h3 + p").last.click()
    assert title(tab) == "Finished"
    tab.get_by_role("textbox", name="x, input").fill("4")
    assert tab.evaluate("stepgrad.tangent('n')") == 4


def test_the_modes_are_changed_at_the_same_value(open_page, tmp_path):
    tab = opened(open_page, tmp_path, neuron, "w", 2)
    assert title(tab) == "Forward mode 2 of 3"
    tab.locator("#reversed").click()
    assert (title(tab), tab.locator("#reversed").get_attribute("aria-pressed")) == ("Forward 2 of 3", "true")
    tab.keyboard.press("End")
    eventually(tab, lambda: lines(tab)[-1].startswith("dy/dx = "))
    assert boxes(tab)[3][1:] == ["grad", "0.7864"]
    tab.locator("#carried").click()
    assert title(tab) == "Finished"
    tab.locator("#wrt").select_option(label="n")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    text = " ".join(tab.locator("#panel").inner_text().split())
    assert "The derivative of a value by itself:" in text
    tab.keyboard.press("ArrowLeft")
    assert "It does not depend on n:" in tab.locator("#panel").inner_text()
    tab.keyboard.press("Home")
    assert title(tab) == "Start"


def test_an_argument_that_is_not_taken_passes_no_tangent_on(open_page, tmp_path):
    tab = opened(open_page, tmp_path, selecting, "b")
    tab.locator("#wrt").select_option(label="a%0")
    tab.locator("[id^=n]", has_text="relu(%").first.click()
    assert "the operation does not take this argument" in tab.locator("#panel").inner_text()


def test_on_a_small_screen_the_modes_fit(open_page, tmp_path):
    look = {"color_scheme": "dark", "viewport": {"width": 375, "height": 700}}
    tab = opened(open_page, tmp_path, quotient, "x", **look)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.locator("#carried").bounding_box()["height"] < 40


def test_what_has_no_tangent_is_refused():
    with pytest.raises(InputValueError, match="not part of this program"):
        visualize.page(neuron(), wrt="nobody")
    with pytest.raises(InputValueError, match=r"page\(y, wrt=x\) shows the forward mode"):
        visualize.page(neuron(), direction="tangent", wrt="x")
