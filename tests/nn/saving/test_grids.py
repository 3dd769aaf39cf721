"""Scalars in arrays: the arrays are those that a reader expects, and any paths come back."""

import random

import numpy as np
import pytest

import nn
from nn.saving.grids import gathered, spread


def test_the_layers_of_a_network_are_matrices():
    arrays, grids = gathered(nn.MLP(2, [3, 4, 1]).state_dict())
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == {
        "layers[0].neurons[:].weights[:]": (3, 2),
        "layers[1].neurons[:].weights[:]": (4, 3),
        "layers[2].neurons[:].weights[:]": (1, 4),
        "layers[0].neurons[:].bias": (3,),
        "layers[1].neurons[:].bias": (4,),
        "layers[2].neurons[:].bias": (1,),
    }
    assert set(grids) == set(shapes)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ("w[0] w[1]", "w[:]"),
        ("w[1] w[0]", "w[:]"),
        ("w[0] w[2]", "w[0] w[2]"),  # no array without a gap
        ("w[0][0] w[1][0] w[1][1]", "w[0][:] w[1][:]"),
        ("w[0, 0] w[0, 1] w[1, 0] w[1, 1]", "w[:, :]"),
        ("a b.c d['0'] d['[00]']", "a b.c d['0'] d['[00]']"),  # no indices
        ("d['x[0]'] d['x[1]']", "d['x[:]']"),
        ("d['x[:]'] d['x[0]'] d['x[1]']", "d['x[:]'] d['x[0]'] d['x[1]']"),  # the name is taken
        ("w{0} w{1}", "w{0} w{1}"),
        ("w[000000001] w[9999999999]", "w[000000001] w[9999999999]"),
    ],
)
def test_scalars_are_gathered_where_their_indices_fill_an_array(paths, names):
    state = {path: float(k) for k, path in enumerate(paths.split(" ") if ", " not in paths else
             ["w[0, 0]", "w[0, 1]", "w[1, 0]", "w[1, 1]"])}  # fmt: skip
    arrays, grids = gathered(state)
    assert set(arrays) == set(names.split(" ") if ", " not in names else [names])
    assert {path: float(x) for path, x in spread(arrays, grids).items()} == state


def test_any_indices_come_back():
    rng = random.Random(0)
    for _ in range(100):
        paths = {f"w[{rng.randrange(3)}].x[{rng.randrange(3)}]" for _ in range(rng.randrange(1, 9))}
        state = {path: rng.random() for path in sorted(paths, key=lambda _: rng.random())}
        assert {path: float(x) for path, x in spread(*gathered(state)).items()} == state


def test_arrays_are_left_as_they_are():
    array = np.ones(2)
    arrays, grids = gathered({"w[0]": array, "w[1]": np.array(2.0), "b": 1.0})
    assert arrays["w[0]"] is array
    assert grids == []
