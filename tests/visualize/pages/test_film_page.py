"""The page that plays a training: every number is that of the recorded program at that step."""

import math
import random

import pytest

import nn
import visualize
from autograd import InputTypeError, InputValueError, Tensor, Value, program, watch
from autograd.arrays.tensor import evaluate
from autograd.core.table import Primitive
from autograd.text.numbers import brief
from tests.support.pages import boxes, eventually, title

from ..test_draw import parameter

pytestmark = [pytest.mark.needs_browser, pytest.mark.needs_dot]

SAMPLES = [(1.0, 1.0), (-0.5, -1.0), (2.0, 0.7)]


def neuron():
    """A neuron that learns, one sample at a time; the samples are constants of its program."""
    w, b, film = parameter(-1.0, "w"), parameter(0.5, "b"), watch()
    for k in range(12):
        w.grad = b.grad = None
        x, t = SAMPLES[k % 3]
        y = (w * x + b).tanh()
        y.name = "y"
        loss = (y - t) * (y - t)
        loss.name = "loss"
        loss.backward()
        film.take(loss, step=5 * k)
        w.data, b.data = w.data - 0.2 * w.grad, b.data - 0.2 * b.grad
    return film


def by_hand():
    """The same in plain floats: for each step w, b, y, the loss, and the gradients by w and b."""
    w, b = -1.0, 0.5
    for k in range(12):
        x, t = SAMPLES[k % 3]
        y = math.tanh(w * x + b)
        slope = 2 * (y - t) * (1 - y * y)
        yield {"w": w, "b": b, "y": y, "loss": (y - t) ** 2}, {"w": slope * x, "b": slope}
        w, b = w - 0.2 * slope * x, b - 0.2 * slope


RECORDED = []


def network():
    """A small network that learns; the values and gradients of all entries are noted at each step."""
    random.seed(1)
    model, film = nn.MLP(2, [2, 1], activation="tanh"), watch(every=2)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.1)
    x1, x2, t = Value(0.5, name="x1"), Value(-0.3, name="x2"), Value(1.0, name="t")
    RECORDED.clear()
    for k in range(9):
        optimizer.zero_grad()
        for x in (x1, x2, t):
            x.grad = None
        loss = (model([x1, x2]) - t) ** 2 + nn.losses.mse(model([0.1, 0.9]), -1.0)
        loss.backward()
        film.take(loss)
        if k % 2 == 0:
            RECORDED.append([(entry.value, entry.grad) for entry in program(loss)])
        optimizer.step()
    return film


def numbers(tab):
    return tab.evaluate("stepgrad.names().map(name => [stepgrad.value(name), stepgrad.gradient(name)])")


def caption(tab):
    return tab.locator("#frame").inner_text()


@pytest.mark.untraced
def test_each_frame_of_a_neuron_has_the_numbers_of_its_step(open_page):
    tab = open_page(neuron)
    assert tab.evaluate("stepgrad.frames()") == 12
    for k, (values, gradients) in enumerate(by_hand()):
        tab.evaluate("k => stepgrad.frame(k)", k)
        for name, x in values.items():
            assert tab.evaluate("name => stepgrad.value(name)", name) == pytest.approx(x, rel=1e-12)
        for name, g in gradients.items():
            assert tab.evaluate("name => stepgrad.gradient(name)", name) == pytest.approx(g, rel=1e-12)
        assert tab.evaluate("['c1', 'c2'].map(stepgrad.value)") == list(SAMPLES[k % 3])  # inputs, since they change
        assert caption(tab) == f"step {5 * k} of 55, loss {brief(values['loss'])}"
    texts = boxes(tab)
    assert texts[0] == [brief(values["w"]), "grad", brief(gradients["w"])]
    assert len(texts) == len(tab.evaluate("stepgrad.names()"))


def test_each_frame_of_a_network_has_the_numbers_of_its_program(open_page):
    tab = open_page(network)
    assert tab.evaluate("stepgrad.frames()") == len(RECORDED) == 5
    for k, recorded in enumerate(RECORDED):
        tab.evaluate("k => stepgrad.frame(k)", k)
        assert numbers(tab) == [pytest.approx(pair, rel=1e-12, abs=1e-15) for pair in recorded]
    shown = [[brief(value), "grad", brief(gradient)] for value, gradient in RECORDED[-1]]
    assert boxes(tab) == shown


def test_a_film_is_moved_by_keys_buttons_slider_curve_and_address(open_page):
    tab = open_page(neuron)
    assert (title(tab), caption(tab)[:12]) == ("Finished", "step 0 of 55")
    steps = {
        ".": "step 5 ",
        ">": "step 55 ",
        ",": "step 50 ",
        "<": "step 0 ",
    }
    for key, words in steps.items():
        tab.keyboard.press(key)
        assert caption(tab).startswith(words)
    assert tab.locator("#earlier").is_disabled()
    assert tab.locator("#status").text_content() == caption(tab)
    tab.locator("#later").click()
    tab.locator("#earlier").click()
    tab.locator("#frames").focus()
    tab.keyboard.press("ArrowRight")
    assert caption(tab).startswith("step 5 ")
    assert tab.locator("#frames").get_attribute("aria-valuetext") == caption(tab)
    tab.locator("#fields input").first.press(".")  # types
    tab.locator("#fields input").first.blur()
    tab.keyboard.press("Control+.")  # belongs to the browser
    assert caption(tab).startswith("step 5 ")
    tab.locator("#progress").click(position={"x": 200, "y": 60})
    eventually(tab, lambda: "step 35 " in tab.locator("#progress").get_attribute("aria-label"))
    assert caption(tab).startswith("step 35 ")
    eventually(tab, lambda: tab.url.endswith("#step=13@7"))
    tab = open_page(neuron, "3@4&w=2")
    assert (title(tab), caption(tab)[:8]) == ("Forward 3 of 6", "step 20 ")
    assert tab.evaluate("stepgrad.value('w')") == 2
    tab.locator("#reset").click()
    assert tab.evaluate("stepgrad.value('w')") == pytest.approx([*by_hand()][4][0]["w"])


def test_a_film_plays_to_its_end_and_pauses(open_page):
    tab = open_page(neuron)
    tab.locator("#roll").click()
    assert tab.locator("#roll").inner_text() == "Pause"
    eventually(tab, lambda: caption(tab).startswith("step 10 "))
    tab.locator("#roll").click()
    assert tab.locator("#roll").inner_text() == "Train"
    tab.evaluate("stepgrad.frame(10)")
    tab.locator("#panel").click()
    tab.keyboard.press("p")
    eventually(tab, lambda: caption(tab).startswith("step 55 ") and tab.locator("#roll").inner_text() == "Train")
    tab.keyboard.press("p")  # at the end it begins anew
    assert caption(tab).startswith("step 0 ")
    tab.locator("#films").click()
    assert not tab.locator("#tools").is_visible()


def test_a_film_is_played_in_forward_mode(open_page, tmp_path):
    tab = open_page(visualize.page(neuron(), wrt="w").save(tmp_path / "both.html").as_uri(), "step=6@3")
    tab.locator("#panel h2").wait_for(state="attached")
    for k in (3, 7):
        tab.evaluate("k => stepgrad.frame(k)", k)
        expected = [*by_hand()][k][1]["w"]
        assert tab.evaluate("stepgrad.tangent('loss')") == pytest.approx(expected, rel=1e-12)
        assert (title(tab), boxes(tab)[-1][1:]) == ("Forward mode 6 of 6", ["tangent", brief(expected)])
    tab.locator("#reversed").click()
    assert tab.evaluate("stepgrad.gradient('w')") == pytest.approx(expected, rel=1e-12)


def point(model):
    x, u, t = Value(1.0, name="x"), Value(0.5, name="u"), Value(1.0, name="t")
    score = model([x, u]).tanh()
    score.name = "score"
    return (score - t) ** 2


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark", "viewport": {"width": 375, "height": 700}}])
def test_a_compiled_training_is_played_on_the_loss_of_one_point(open_page, tmp_path, look):
    random.seed(2)
    model, film = nn.Neuron(2, activation="linear"), watch()
    xs, ts = [[1.0, 0.0], [-1.0, 1.0], [2.0, 1.0]], [1.0, -1.0, 1.0]
    sgd = nn.optim.SGD(model.parameters(), lr=0.3)
    nn.fit(model, nn.losses.mse, (xs, ts), sgd, epochs=6, batch_size=3, callbacks=film, progress=False)
    columns = {"x": [x for x, _ in xs], "u": [u for _, u in xs], "t": ts}
    page = visualize.page(point(model), film=film, data=columns)
    tab = open_page(page.save(tmp_path / "film.html").as_uri(), **look)
    tab.locator("#film").wait_for()
    tab.evaluate("stepgrad.set('x', -2)")
    for k in (0, 3, 5):
        tab.evaluate("k => stepgrad.frame(k)", k)
        w0, w1, b = (float(film[name].data[k]) for name in ("w[0]", "w[1]", "b"))
        assert tab.evaluate("stepgrad.value('score')") == pytest.approx(math.tanh(-2 * w0 + 0.5 * w1 + b))  # x stays
        assert caption(tab) == f"step {k} of 5, loss {brief(float(film['loss'].data[k]))}"
    eventually(tab, lambda: tab.locator("#sides circle").count() == 3)
    tab.locator("#reset").click()
    assert tab.evaluate("stepgrad.value('x')") == 1
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def branching():
    """Two frames of w², one of tanh(w), and one that diverged."""
    film = watch()
    for x in (1.0, 2.0, -1.0, math.inf):
        w = Value(x, name="w")
        loss = w * w if x > 0 else w.tanh()
        loss.backward()
        film.take(loss)
    return film


def test_frames_of_another_program_are_left_out_and_told(open_page):
    tab = open_page(branching)
    assert tab.locator("#note").inner_text() == (
        "1 of 4 frames is left out: it has another program, first at step 2: %1 = tanh(w) is another operation, or has "
        "other arguments."
    )
    assert tab.evaluate("stepgrad.frames()") == 3
    tab.keyboard.press(">")
    assert (caption(tab), boxes(tab)[0][0]) == ("step 3 of 3, loss inf", "inf")


def test_frames_that_lack_a_number_are_left_out_and_told():
    film, w = watch("w", "v"), Value(2.0, name="w")
    for name in ("v", "u", "v"):
        v = Value(3.0, name=name)
        loss = w * v
        loss.backward()
        film.take(loss)
    html = visualize.page(Value(0.0, name="w") + Value(0.0, name="v"), film=film).html
    assert '"frames":[0,2]' in html
    assert "1 of 3 frames is left out: it has no number for a value of this program." in html


def only_python():
    odd = Primitive("odd", lambda m, x: x if x > 0 else -x, lambda m, x, y: (1,))
    return evaluate(odd, Value(2.0, name="w"))


def filmed(loss, *watched):
    film = watch(*watched)
    loss.backward()
    film.take(loss)
    return film


W = Value(2.0, name="w")


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda: visualize.page(W * 2, film=[1.0]), InputTypeError, "film takes a recording of autograd.watch()"),
        (lambda: visualize.page(watch()), InputValueError, "the film has no frames"),
        (lambda: visualize.page(neuron(), film=watch()), InputTypeError, "page takes one film"),
        (lambda: visualize.page(filmed(only_python())), InputValueError, "only Python runs"),
        (lambda: visualize.page(filmed(Tensor([2.0]).sum())), InputValueError, "page the loss of one sample"),
        (
            lambda: visualize.page(Value(1.0, name="v") * 2, film=filmed(W * 2)),
            InputValueError,
            "it has loss and w, and",
        ),
        (
            lambda: visualize.page(W * 2, film=filmed(Value(math.nan, name="w") * 2)),
            InputValueError,
            "no frame of the film",
        ),
    ],
)
def test_what_cannot_be_played_is_refused(ask, error, words):
    with pytest.raises(error, match=words):
        ask()
