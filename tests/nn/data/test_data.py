"""Data: what comes back is what scikit-learn, the lecture notes or a count say, and each seed gives it again."""

import random
import sys
from fractions import Fraction

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Tensor
from nn import data
from tests.support.odd import ODD, misbehaviour

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2


class Frame:
    """A DataFrame or Series, as far as it is looked at: an object that turns into an array."""

    def __init__(self, columns):
        self.columns = columns

    def to_numpy(self):
        return self.columns


# --- Batches and parts ------------------------------------------------------------------------------------------------


@pytest.mark.smoke
@pytest.mark.parametrize(("size", "drop", "sizes"), [(4, False, [4, 4, 2]), (4, True, [4, 4]), (99, False, [10])])
def test_an_epoch_has_each_sample_once_with_its_target(size, drop, sizes):
    epoch = list(data.batches(X, Y, size, rng=0, drop_last=drop))
    assert [len(inputs) for inputs, _ in epoch] == sizes
    rows = np.concatenate([inputs for inputs, _ in epoch])
    numbers = rows[:, 0] / 2
    assert len(set(numbers)) == sum(sizes)
    assert (np.concatenate([targets for _, targets in epoch]) == numbers % 2).all()


def orders(rng):
    return [[int(x) for batch in data.batches(range(50), rng=rng) for x in batch] for _ in range(2)]


def test_a_seed_gives_one_order_and_a_generator_another_in_each_epoch():
    first, second = orders(7)
    assert first == second != sorted(first)
    for make in (np.random.default_rng, random.Random):
        first, second = orders(make(7))
        assert first != second
        assert orders(make(7)) == [first, second]
    assert orders(None)[0] != orders(None)[0]


def test_without_shuffling_samples_come_as_they_are_given():
    expected = [[0, 1], [2, 3], [4]]
    assert [x.tolist() for x in data.batches(range(5), size=2, shuffle=False)] == expected
    assert [x.tolist() for x in data.batches(range(5), batch_size=2, shuffle=False)] == expected


@pytest.mark.parametrize(
    "given",
    [X, X.tolist(), Tensor(X), Frame(X), tuple(map(tuple, X)), [[Fraction(x) for x in row] for row in X.tolist()]],
)
def test_data_of_every_kind_is_the_array_that_it_holds(given):
    (batch,) = data.batches(given, size=10, shuffle=False)
    assert batch.tolist() == X.tolist()


def test_the_type_of_an_array_stays_and_truth_values_are_numbers():
    kinds = [np.ones(2, np.float32), np.ones(2, np.uint8), np.array([True, False])]
    assert [next(data.batches(kind)).dtype for kind in kinds] == [np.float32, np.uint8, np.int64]


@pytest.mark.parametrize(("test_size", "count"), [(0.3, 3), (4, 4), (0.25, 2)])
def test_a_split_has_each_sample_once_and_as_many_in_the_test_as_are_asked_for(test_size, count):
    parts = data.train_test_split(X, Y, test_size, rng=0)
    assert [len(part) for part in parts] == [10 - count, count, 10 - count, count]
    assert sorted(np.concatenate(parts[:2])[:, 0]) == X[:, 0].tolist()
    assert (np.concatenate(parts[2:]) == np.concatenate(parts[:2])[:, 0] / 2 % 2).all()


def test_a_stratified_split_keeps_the_shares_of_the_classes():
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    _, _, train, test = data.train_test_split(np.arange(100), labels, 0.2, rng=3, stratify=True)
    assert np.bincount(test).tolist() == [12, 6, 2]
    assert np.bincount(train).tolist() == [48, 24, 8]


@pytest.mark.parametrize("samples", [10, X, Frame(X)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_each_sample_is_in_the_test_of_one_fold_and_in_the_training_of_the_others(samples, shuffle):
    folds = data.k_folds(samples, k=3, rng=0, shuffle=shuffle)
    assert [len(test) for _, test in folds] == [4, 3, 3]
    assert all(sorted([*train, *test]) == list(range(10)) for train, test in folds)
    tests = [int(k) for _, test in folds for k in test]
    assert sorted(tests) == list(range(10))
    assert (tests != sorted(tests)) is shuffle


# --- Preparation ------------------------------------------------------------------------------------------------------


def test_standardising_uses_the_deviation_of_the_population_and_keeps_it():
    scaled, scale = data.standardize([1, 2, 3, 4, 5, 6])
    assert scale.mean == 3.5
    assert scale.deviation == pytest.approx((35 / 12) ** 0.5, rel=1e-15)
    assert scaled[3:] == pytest.approx([0.292770, 0.878310, 1.46385], abs=1e-5)
    assert scale([3.5 + scale.deviation]) == pytest.approx([1.0])


def test_a_scale_goes_back_and_a_constant_feature_becomes_0():
    table = np.column_stack([[1.0, 3.0, 8.0], [0.1, 0.1, 0.1]])
    scaled, scale = data.standardize(table)
    assert scaled[:, 1].tolist() == [0.0, 0.0, 0.0]
    assert scale.inverse(scaled) == pytest.approx(table, rel=1e-15)
    with pytest.raises(InputValueError, match=r"the samples have shape \(3,\), and the scale was made .* shape \(2,\)"):
        scale([[1.0, 2.0, 3.0]])


@pytest.mark.parametrize(
    ("code", "labels", "rows"),
    [
        # The fourth of four pieces of furniture; the third of four classes, whose thermometer fills from the end.
        (data.one_hot, [3], [[0, 0, 0, 1]]),
        (data.thermometer, [2], [[0, 1, 1, 1]]),
        (data.one_hot, np.array([1.0, 0.0]), [[0, 1, 0, 0], [1, 0, 0, 0]]),
        (data.thermometer, Frame(np.array([0, 3])), [[0, 0, 0, 1], [1, 1, 1, 1]]),
    ],
)
def test_codes_of_classes_are_those_of_the_lecture_notes(code, labels, rows):
    assert code(labels, classes=4).tolist() == rows
    assert code([0, 1]).shape == (2, 2)


def test_reordered_codes_and_weights_give_the_same_products():
    weights, order = np.array([2.0, 3.0, 5.0, 7.0]), [2, 0, 3, 1]
    for code, product in ((data.one_hot, 3.0), (data.thermometer, 5.0 + 7.0)):
        (row,) = code([1], classes=4)
        assert row @ weights == row[order] @ weights[order] == product


@pytest.mark.parametrize(("features", "degree", "count"), [(2, 2, 6), (2, 3, 10), (1, 3, 4), (3, 2, 10), (2, 5, 21)])
def test_polynomial_features_are_those_of_scikit_learn_and_as_many_as_the_notes_count(features, degree, count):
    from sklearn.preprocessing import PolynomialFeatures

    table = np.random.default_rng(0).normal(size=(4, features))
    found = data.polynomial_features(table, degree)
    assert found.shape == (4, count)
    assert found == pytest.approx(PolynomialFeatures(degree).fit_transform(table), rel=1e-14)
    assert (data.polynomial_features(table, degree, constant=False) == found[:, 1:]).all()


def test_radial_features_are_those_of_the_notes_and_of_scikit_learn():
    from sklearn.metrics.pairwise import rbf_kernel

    assert data.radial_features([1.5], [1.0], beta=2.0)[0, 0] == pytest.approx(0.6065306597, abs=1e-10)
    assert data.radial_features([0.0, 1.0, 2.0], [0.0])[:, 0] == pytest.approx([1.0, 0.3678794, 0.0183156], abs=1e-7)
    table = np.random.default_rng(0).normal(size=(5, 3))
    assert data.radial_features(table, beta=0.7) == pytest.approx(rbf_kernel(table, gamma=0.7), rel=1e-14)


# --- Augmentation -----------------------------------------------------------------------------------------------------

IMAGES = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)


def placed(image, down, right):
    """An image that was moved over zeros."""
    moved = np.zeros_like(image)
    height, width = image.shape[-2:]
    for i in range(height):
        for j in range(width):
            if 0 <= i - down < height and 0 <= j - right < width:
                moved[..., i, j] = image[..., i - down, j - right]
    return moved


@pytest.mark.parametrize("images", [IMAGES, IMAGES[:, 0]])
def test_a_shift_moves_each_image_with_its_channels_and_fills_what_comes_in(images):
    seen = set()
    for seed in range(40):
        for before, after in zip(images, data.random_shift(images, 1, rng=seed), strict=True):
            ways = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (placed(before, i, j) == after).all()]
            assert len(ways) == 1
            seen.update(ways)
    assert len(seen) == 9
    assert (data.random_shift(images, 0) == images).all()


@pytest.mark.parametrize("images", [IMAGES, IMAGES[:, 0]])
def test_a_crop_is_a_window_of_each_image(images):
    seen = set()
    for seed in range(40):
        parts = data.random_crop(images, (2, 4), rng=seed)
        assert parts.shape == (*images.shape[:-2], 2, 4)
        for before, part in zip(images, parts, strict=True):
            ways = [(i, j) for i in range(3) for j in range(2) if (before[..., i : i + 2, j : j + 4] == part).all()]
            assert len(ways) == 1
            seen.update(ways)
    assert len(seen) == 6
    assert (data.random_crop(images[..., :4], 4) == images[..., :4]).all()


def test_a_flip_exchanges_left_and_right_with_its_probability():
    many = np.tile([[1.0, 2.0]], (1000, 1, 1)).astype(np.float32)
    flipped = data.random_flip(many, 0.25, rng=0)
    assert flipped.dtype == np.float32
    assert 200 < (flipped[:, 0, 0] == 2.0).sum() < 300
    assert (data.random_flip(IMAGES, 1) == IMAGES[..., ::-1]).all()
    assert (data.random_flip(IMAGES, 0) == IMAGES).all()


def test_noise_has_its_deviation_and_keeps_single_precision():
    noise = data.random_noise(np.zeros((100, 100), np.float32), 0.5, rng=0)
    assert noise.dtype == np.float32
    assert noise.std() == pytest.approx(0.5, rel=0.02)
    assert noise.mean() == pytest.approx(0.0, abs=0.02)


# --- Sets -------------------------------------------------------------------------------------------------------------

CLASSES = {
    "moons": ([50, 50], 2),
    "circles": ([50, 50], 2),
    "spirals": ([34, 33, 33], 2),
    "blobs": ([34, 33, 33], 2),
    "xor": (None, 2),
    "stripes": (None, 2),
}


@pytest.mark.parametrize("name", [*CLASSES, "regression_line", "sine"])
def test_a_toy_set_has_its_size_and_a_seed_that_gives_it_again(name):
    make = getattr(data, name)
    inputs, targets = make(100, rng=5)
    assert inputs.shape == (100, 2 if name in CLASSES else 1)
    assert targets.shape == (100,)
    again = make(100, rng=np.random.default_rng(5))
    assert (inputs == again[0]).all()
    assert (targets == again[1]).all()
    assert (make(100, rng=6)[0] != inputs).any() or name not in CLASSES
    if name in CLASSES:
        assert targets.dtype == np.int64
        counts = np.bincount(targets)
        assert counts.tolist() == (CLASSES[name][0] or counts.tolist())
        assert counts.min() >= 25
        assert len(make(1)[0]) == 1


def test_without_noise_points_lie_on_their_curves():
    moons, which = data.moons(100, noise=0.0)
    from sklearn.datasets import make_moons

    theirs, labels = make_moons(100, noise=None)
    for k in (0, 1):
        assert sorted(moons[which == k].tolist()) == pytest.approx(np.array(sorted(theirs[labels == k].tolist())))
    circles, which = data.circles(50, noise=0.0, factor=0.3)
    assert np.hypot(*circles.T) == pytest.approx(np.where(which, 0.3, 1.0))
    arms, which = data.spirals(30, classes=2, noise=0.0, turns=0.5)
    radii = np.hypot(*arms.T)
    turned = (np.arctan2(arms[:, 1], arms[:, 0]) - np.pi * radii - np.pi * which) / (2 * np.pi)
    assert turned == pytest.approx(np.round(turned), abs=1e-9)
    x, y = data.sine(9, noise=0.0)
    assert y == pytest.approx(np.sin(x[:, 0]))


def test_stripes_alternate_and_blobs_lie_around_their_centres():
    inputs, which = data.stripes(200, stripes=4)
    assert (which == (np.floor((inputs[:, 0] + 1) * 2) % 2)).all()
    inputs, which = data.blobs(3000, centers=[[0.0, 5.0, 1.0], [2.0, 0.0, 0.0]], deviation=0.5)
    assert inputs[which == 0].mean(axis=0) == pytest.approx([0.0, 5.0, 1.0], abs=0.05)
    assert inputs[which == 1].std(axis=0) == pytest.approx([0.5] * 3, abs=0.05)


def test_real_sets_come_from_scikit_learn_or_say_what_to_install(monkeypatch):
    inputs, targets = data.load_dataset("Digits")
    assert (inputs.shape, set(targets.tolist())) == ((1797, 64), set(range(10)))
    with pytest.raises(InputValueError, match="no set of data is called 'digit'; did you mean 'digits'"):
        data.load_dataset("digit")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"'iris' comes with scikit-learn, .* pip install scikit-learn"):
        data.load_dataset("iris")


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: data.batches(X, Y[:9]), InputValueError, "X has 10 samples and y has 9; give a target for each"),
        (lambda: data.batches([[1.0], [1.0, 2.0]]), InputValueError, "rows differ in length"),
        (lambda: data.batches(["a", "b"]), InputTypeError, r"X holds text, .* numpy\.unique"),
        (lambda: data.batches(Frame(np.array(["a", None], object))), InputTypeError, "X holds text"),
        (lambda: data.batches([None]), InputTypeError, "X holds object, and numbers are expected"),
        (lambda: data.batches(np.array(["2026-11-30"], "M8[D]")), InputTypeError, "X holds datetime64"),
        (lambda: data.batches(np.ones((0, 2))), InputValueError, r"no numbers: its shape is \(0, 2\)"),
        (lambda: data.batches([1.0, np.nan, np.inf]), InputValueError, r"2 numbers that are nan .* first at \[1\]"),
        (lambda: data.batches(np.ma.array([1.0])), InputTypeError, "a masked array"),
        (lambda: data.batches([10**400]), InputValueError, "a number is too large for a float"),
        (lambda: data.batches(X, size=0), InputValueError, "size is a whole number from 1 to 100,000,000, not 0"),
        (lambda: data.batches(X, rng="7"), InputTypeError, "rng takes a whole number as a seed, or a generator"),
        (lambda: data.batches(X, rng=-1), InputValueError, "a seed is 0 or more, not -1"),
        (lambda: data.train_test_split(X, Y, 1.0), InputValueError, r"1\.0 of 10 samples does not"),
        (lambda: data.train_test_split(X, Y, 0.01), InputValueError, r"0\.01 of 10 samples does not"),
        (lambda: data.train_test_split(X, Y, 10), InputValueError, "leaves some for both parts"),
        (lambda: data.train_test_split(X, Y, stratify=Y), InputTypeError, "the classes are those of y"),
        (lambda: data.train_test_split(X, X, stratify=True), InputValueError, r"y has shape \(10, 2\)"),
        (lambda: data.k_folds(3, k=4), InputValueError, "3 samples cannot be divided into 4 parts"),
        (lambda: data.k_folds(3, k=1), InputValueError, "k is a whole number from 2"),
        (lambda: data.one_hot([1, 4], classes=4), InputValueError, "there is no class 4 among 4"),
        (lambda: data.one_hot([-1]), InputValueError, "there is no class -1"),
        (lambda: data.one_hot([0.5]), InputValueError, "labels takes the number of a class"),
        (lambda: data.one_hot([10**9]), InputValueError, "are too many for a column each"),
        (lambda: data.polynomial_features(np.ones((2, 100)), 50), InputValueError, "too many products"),
        (lambda: data.polynomial_features(np.ones((2, 2, 2)), 2), InputValueError, r"X has shape \(2, 2, 2\)"),
        (lambda: data.radial_features([[1.0]], [[1.0, 2.0]]), InputValueError, "have 1 features and the centres"),
        (lambda: data.radial_features([1.0], beta=0), InputValueError, "beta is positive and finite, not 0"),
        (lambda: data.random_flip(X), InputValueError, r"not \(10, 2\); .* images\.reshape"),
        (lambda: data.random_flip(IMAGES, 2), InputValueError, "probability is between 0 and 1, not 2"),
        (lambda: data.random_crop(IMAGES, 5), InputValueError, "parts of 5×5 do not fit into images of 4×5"),
        (lambda: data.random_shift(IMAGES, 9), InputValueError, "moves images of 4×5 out of sight"),
        (lambda: data.random_noise(X, -1), InputValueError, "deviation is finite and not negative, not -1"),
        (lambda: data.moons(100, noise=-1), InputValueError, "noise is a number from 0 to"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(call, error, message):
    with pytest.raises(error, match=message):
        call()


TABLE = [[1.0, 2.0], [3.0, 4.0]]
CALLS = {
    "batches": {"X": TABLE, "y": [0, 1], "size": 2, "rng": 0, "shuffle": True, "drop_last": False},
    "train_test_split": {"X": TABLE, "y": [0, 1], "test_size": 0.5, "rng": 0, "stratify": False},
    "k_folds": {"samples": 4, "k": 2, "rng": 0, "shuffle": True},
    "standardize": {"X": TABLE},
    "one_hot": {"labels": [0, 1], "classes": 2},
    "thermometer": {"labels": [0, 1], "classes": 2},
    "polynomial_features": {"X": TABLE, "degree": 2, "constant": True},
    "radial_features": {"X": TABLE, "centers": TABLE, "beta": 1.0},
    "random_shift": {"images": IMAGES, "most": 1, "rng": 0, "fill": 0.0},
    "random_crop": {"images": IMAGES, "size": 2, "rng": 0},
    "random_flip": {"images": IMAGES, "probability": 0.5, "rng": 0},
    "random_noise": {"X": TABLE, "deviation": 0.1, "rng": 0},
    "moons": {"n": 4, "noise": 0.1, "rng": 0},
    "circles": {"n": 4, "noise": 0.1, "factor": 0.5, "rng": 0},
    "spirals": {"n": 4, "classes": 2, "noise": 0.1, "turns": 1.0, "rng": 0},
    "blobs": {"n": 4, "centers": 2, "deviation": 0.1, "rng": 0},
    "xor": {"n": 4, "noise": 0.1, "rng": 0},
    "stripes": {"n": 4, "stripes": 2, "noise": 0.1, "rng": 0},
    "regression_line": {"n": 4, "slope": 1.0, "intercept": 0.0, "noise": 0.1, "rng": 0},
    "sine": {"n": 4, "noise": 0.1, "rng": 0},
    "load_dataset": {"name": "iris"},
    "Scale": {"X": TABLE},
}


@pytest.mark.parametrize(("name", "option"), [(name, option) for name, given in CALLS.items() for option in given])
def test_an_odd_argument_is_taken_or_refused_with_a_sentence(name, option):
    call = data.standardize(TABLE)[1] if name == "Scale" else getattr(data, name)
    call(**CALLS[name])
    answers = {odd: misbehaviour(call, **{**CALLS[name], option: make()}) for odd, make in ODD.items()}
    assert not {odd: answer for odd, answer in answers.items() if answer}


def test_every_public_callable_is_tried():
    assert set(data.__all__) == CALLS.keys()
