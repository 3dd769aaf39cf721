"""`watch`: a recording of training, frame by frame."""

import copy
import gc
import pickle

import numpy as np
import pytest

import nn
from autograd import Film, InputTypeError, InputValueError, Tensor, Value, compile, program, scope, watch


def descended(film, steps=4, rate=0.1):
    """Descend (2w - 3)², whose gradient is 4(2w - 3): w goes to 1.5 by the factor 1 - 8·rate."""
    w = Value(0.0, name="w")
    for _ in range(steps):
        w.grad = None
        loss = (2 * w - 3) ** 2
        loss.backward()
        film.take(loss)
        w.data -= rate * w.grad
    return w


W = [1.5 - 1.5 * 0.2**k for k in range(4)]


@pytest.mark.smoke
def test_a_film_has_the_loss_the_numbers_and_the_gradients_of_each_step():
    film = watch()
    descended(film)
    assert film["w"].data == pytest.approx(W)  # frozen: later steps have not changed them
    assert film["w"].grad == pytest.approx([4 * (2 * w - 3) for w in W])
    assert film["loss"].data == pytest.approx([(2 * w - 3) ** 2 for w in W])
    assert film["loss"].grad.tolist() == [1.0] * 4
    assert (list(film), len(film), film.steps.tolist()) == (["loss", "w"], 2, [0, 1, 2, 3])
    assert ("w" in film, 3 in film, film in {film}, film == watch()) == (True, False, True, False)
    assert repr(film) == "Film(4 frames: loss 9.0 to 0.000576; w)"
    columns = film.to_dict()
    assert list(columns) == ["step", "loss", "w", "w.grad"]
    assert columns["w.grad"][0] == -12.0


def test_computed_values_are_chosen_by_name_and_leaves_by_themselves():
    h = Value(2.0) * 3
    h.name = "h"
    w, idle = Value(1.0, name="w"), Value(5.0)
    film = watch([h, (w,)], idle, "loss of all")
    for k in range(3):
        h = w * k
        h.name = "h"
        loss = h * 2
        loss.name = "loss of all"  # as the loss it has its track already
        loss.backward()
        film.take(loss, step=10 * k)
    assert film["h"].data.tolist() == [0.0, 1.0, 2.0]
    assert film["h"].grad.tolist() == [2.0, 2.0, 2.0]
    assert film["w"].grad.tolist() == [0.0, 2.0, 6.0]  # as it stands: nobody set it back
    assert np.isnan(film["%1"].grad).all()
    assert film["%1"].data.tolist() == [5.0, 5.0, 5.0]
    assert film.steps.tolist() == [0, 10, 20]
    assert "-" in str(film)


def test_parameters_are_the_choice_unless_one_is_made():
    model, x = nn.MLP(1, [1]), Value(2.0, name="x")
    film, chosen = watch(), watch(model)
    loss = model([x]) ** 2
    loss.backward()
    film.take(loss)
    chosen.take(loss)
    assert list(film) == list(chosen) == ["loss", "w[0]", "b"]


def test_tensors_have_a_column_for_each_element_and_their_norm_in_the_table():
    layer, film = nn.Linear(2, 1, bias=False), watch()
    layer.weight.data = np.array([[3.0, 4.0]])
    for _ in range(2):
        loss = nn.losses.mse(layer(np.array([[1.0, 0.0]])), np.array([[0.0]]))
        loss.backward()
        film.take(loss)
        layer.weight.data = layer.weight.data * 2
    assert film["w"].data.tolist() == [[[3.0, 4.0]], [[6.0, 8.0]]]
    assert film.to_dict()["w[0, 1]"] == [4.0, 8.0]
    one = watch()
    loss = Tensor([3.0], name="w") * 2
    loss.backward()
    one.take(loss)
    assert (one["loss"].data.tolist(), one["loss"].grad.tolist(), one["w"].data.tolist()) == ([6.0], [1.0], [[3.0]])
    assert [row.split() for row in str(film).splitlines()[:2]] == [
        ["step", "loss", "|w|", "|w.grad|"],
        ["0", "9.0", "5.0", "6.0"],  # 2·3·1
    ]
    loss = (Tensor([[1.0]], name="w") * 2).sum()
    loss.backward()
    with pytest.raises(InputValueError, match=r"w has the shape \(1, 1\), and \(1, 2\) in the frames before"):
        film.take(loss)


def test_fit_takes_a_frame_at_each_step_before_the_parameters_move():
    model, film, start = nn.MLP(1, [1]), watch(every=2), []
    model.parameters()[0].data = 0.25
    seen = []

    class Seen:
        def before_step(self, run):
            seen.append((model.parameters()[0].data, model.parameters()[0].grad, run.loss.item()))

        def after_epoch(self, run):
            start.append(run.loss)

    xs = np.linspace(-1, 1, 8)
    sgd = nn.optim.SGD(model.parameters(), 0.1)
    hooks = [film, Seen()]
    nn.fit(model, nn.losses.mse, (xs[:, None], xs), sgd, epochs=2, batch_size=4, callbacks=hooks, progress=False)
    assert film.steps.tolist() == [0, 2]
    for track, column in zip(
        (film["w[0]"].data, film["w[0]"].grad, film["loss"].data), zip(*seen, strict=True), strict=True
    ):
        assert track.tolist() == list(column[::2])
    assert start == [None, None]  # the graph of a step is gone behind it


def test_a_compiled_loss_is_filmed_by_its_model():
    model = nn.MLP(1, [1])
    film, flat = watch(model), watch()
    loss = compile(lambda x: model(x) ** 2)(np.ones((3, 1))).mean()
    loss.backward()
    film.take(loss)
    flat.take(loss)
    assert film["w[0]"].data[0] == model.parameters()[0].data
    assert film["w[0]"].grad[0] == model.parameters()[0].grad
    assert flat["parameters"].data.shape == (1, 2)
    assert film.scenes[0].program is None
    film, loss = watch(), compile(lambda x: x * x)(Value(3.0, name="x"))
    loss.backward()
    film.take(loss)
    assert (film["x"].grad.tolist(), film.scenes[0].rows) == ([6.0], None)


def test_a_film_is_copied_and_pickled_without_its_programs():
    film = watch()
    descended(film)
    for copied in (pickle.loads(pickle.dumps(film)), copy.deepcopy(film)):
        assert str(copied) == str(film)
        assert copied["w"].grad.tolist() == film["w"].grad.tolist()
        assert (copied.scenes[0].steps, copied.scenes[0].program) == ([0, 1, 2, 3], None)
        descended(copied, 1)
        assert [scene.steps for scene in copied.scenes] == [[0, 1, 2, 3, 4]]
    assert film.scenes[0].program is not None


def test_memory_is_bounded_by_frames_and_by_bytes(monkeypatch):
    film = watch(limit=4)
    descended(film, 20)
    assert (film.every, film.steps.tolist()) == (8, [0, 8, 16])
    film, w = watch(limit=2), Value(1.0, name="w")
    for loss in (w * 2, w + 2, w * 3):
        loss.backward()
        film.take(loss)
    assert [scene.steps for scene in film.scenes] == [[0, 2]]  # that of the dropped frame is gone
    monkeypatch.setattr("autograd.watching.film.MEMORY", 2200)
    film = watch()
    descended(film, 9)
    assert film.steps.tolist() == [0, 4, 8]


def test_a_program_finds_its_tracks_by_leaves_and_by_names():
    film = watch()
    w, other = descended(film), Value(1.0, name="w")
    assert film.tracks_of(program(w * Value(2.0, name="x"))) == {0: "w"}
    assert film.tracks_of(program(other * 2)) == {0: "w"}  # a value made anew
    with scope("model"):
        assert film.tracks_of(program(other * w)) == {0: "w"}  # w itself, the older one
    assert film.tracks_of(program(Value(1.0, name="loss") * 2)) == {}


def test_another_structure_is_told_and_kept_apart():
    film, w, v = watch(), Value(2.0, name="w"), Value(3.0)
    for k in range(6):
        if k in (2, 4):
            loss = (w * 2).tanh()
        elif k == 5:
            loss = w * 2.5
        else:
            loss = w * 2.0 + k
        if k == 4:
            loss = loss + v  # unnamed, in another program
        loss.backward()
        film.take(loss)
    assert [scene.steps for scene in film.scenes] == [[0, 1, 3], [2], [4], [5]]
    first, *_ = film.scenes
    assert repr(first) == "<scene of 3 frames from step 0 to 3, 3 entries>"
    assert first.difference == ""
    assert first.rows.tolist() == [[2.0, 2.0, k] for k in (0.0, 1.0, 3.0)]
    assert "Another program in step 2: %2 = tanh(%1) is another operation, or has other arguments." in str(film)
    assert "Another program in step 5: it has 2 entries, and the first program has 3." in str(film)
    assert np.isnan(film["%1 of program 3"].data).tolist() == [True] * 4 + [False, True]
    assert repr(film).endswith("4 programs)")


def test_of_very_many_structures_the_later_ones_are_not_kept():
    film, w = watch("w", limit=16), Value(0.1, name="w")
    for k in range(16):
        loss = w * 1
        for _ in range(k):
            loss = loss + w
        loss.backward()
        film.take(loss)
    assert [len(scene.steps) for scene in film.scenes] == [1] * 12 + [4]
    assert film.scenes[-1].program is None
    assert "and 3 more" in str(film)
    assert film["w"].data.tolist() == [0.1] * 16


def test_a_program_of_many_entries_gives_the_chosen_values_alone():
    film, w = watch(), Value(1.0, name="w")
    loss = w
    for _ in range(1000):
        loss = loss + 1
    loss.backward()
    film.take(loss)
    assert film.scenes[0].rows is None
    assert film["w"].grad.tolist() == [1.0]


def test_a_name_of_a_branch_is_missing_where_another_one_was_taken():
    film, w = watch("h"), Value(1.0, name="w")
    for k in range(2):
        h = w * 2
        h.name = "h" if not k else "g"
        loss = h + 1
        loss.backward()
        film.take(loss)
    assert film["h"].data.tolist()[0] == 2.0
    assert np.isnan(film["h"].data[1])


def test_values_made_anew_are_told_apart_by_their_names():
    film = watch()
    for k in range(3):
        with scope("model"):
            loss = Value(float(k), name="a") * Value(2.0)
        loss.backward()
        film.take(loss)
        gc.collect(0)
    assert film["a"].data.tolist() == [0.0, 1.0, 2.0]
    assert film["%1"].grad.tolist() == [0.0, 1.0, 2.0]
    assert len(film.scenes) == 1


def test_tracks_are_drawn_over_the_steps():
    figure = pytest.importorskip("matplotlib.figure").Figure()
    film = watch()
    descended(film)
    ax = film.plot()
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.lines[0].get_ydata()[0]) == ("step", "loss", 9.0)
    ax = film.plot("w", "w.grad", ax=figure.add_subplot())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["w", "w.grad"]
    assert ax.lines[1].get_ydata()[0] == -12.0
    film = watch()
    loss = (Tensor([[3.0, 4.0]], name="w") * 2).sum()
    loss.backward()
    film.take(loss)
    assert [line.get_ydata().tolist() for line in film.plot("w[0, 1]").lines] == [[4.0]]
    assert [line.get_label() for line in film.plot("w.grad").lines] == ["w[0, 0].grad", "w[0, 1].grad"]
    with pytest.raises(InputTypeError, match="ax takes axes of matplotlib"):
        film.plot(ax=3)


def test_a_wide_table_is_cut_and_says_so(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    film = watch()
    loss = sum(Value(float(k), name=f"name{k}") for k in range(5))
    assert str(film) == repr(film) == "Film(no frames; take(loss) takes one behind loss.backward())"
    assert film  # not as an empty mapping: `if film: film.take(loss)` takes the first frame
    loss.backward()
    film.take(loss)
    assert "… 8 more columns" in str(film)
    assert repr(film).startswith("Film(1 frame: loss 10.0 to 10.0; name0, name1, name2 and 2 more")


LOSS = Value(1.0, name="w") * 2
NAMED = Value(1.0, name="loss") * 2
NAMED.backward()


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda: watch(3.0), InputTypeError, "watch takes values, their names, models and lists"),
        (lambda: watch(nn.MLP), InputTypeError, "watch takes values"),
        (lambda: watch(Value(1.0) * 2), InputValueError, "found by its name"),
        (lambda: watch(every=0), InputValueError, "every is 1 or more"),
        (lambda: watch(limit=1), InputValueError, "limit is 2 or more"),
        (lambda: watch().take(2.0), InputTypeError, r"take takes the loss itself.*not float 2\.0"),
        (
            lambda: watch().take(Tensor([1.0, 2.0])),
            InputValueError,
            r"single number, and this one has the shape \(2,\)",
        ),
        (lambda: watch().take(LOSS), InputValueError, r"stands behind loss\.backward\(\)"),
        (lambda: watch().take(NAMED), InputValueError, "the film has a column loss of its own"),
        (lambda: watch().take(NAMED, step=0.5), InputTypeError, "step is a whole number"),
        (lambda: watch("v").take(NAMED), InputValueError, "v"),
        (lambda: watch()["w"], InputValueError, r"no track 'w'; it has no frames"),
        (lambda: _film()["los"], InputValueError, "did you mean 'loss'"),
        (lambda: _film()["nothing"], InputValueError, "there are loss and w"),
        (lambda: _film()[3], InputValueError, "no track 3; there are"),
        (lambda: _film().plot(3), InputValueError, "no track 3"),
    ],
)
def test_what_cannot_be_filmed_is_refused(ask, error, words):
    with pytest.raises(error, match=words):
        ask()


def _film() -> Film:
    film = watch()
    descended(film, 1)
    return film
