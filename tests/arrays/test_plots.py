"""Plots: matplotlib takes values and tensors for their numbers, and nobody else does."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from autograd import InputTypeError, Tensor, Value

VALUES = [Value(float(k)) * 2 for k in range(4)]
NUMBERS = [0.0, 2.0, 4.0, 6.0]
TENSOR = Tensor(NUMBERS) * 1.0
OF_TENSORS = [Tensor(x) * 1.0 for x in NUMBERS]


@pytest.mark.parametrize(
    "given", [VALUES, tuple(VALUES), np.array(VALUES, dtype=object), [0.0, *VALUES[1:]], TENSOR, OF_TENSORS]
)
def test_values_lists_of_values_and_tensors_plot(given):
    figure = Figure()
    axes = figure.add_subplot()
    [line] = axes.plot(range(4), given)
    assert line.get_ydata(orig=False).tolist() == NUMBERS
    figure.canvas.draw()


def test_both_coordinates_scatter_and_limits_take_values():
    axes = Figure().add_subplot()
    [line] = axes.plot(VALUES, TENSOR)
    assert line.get_xydata().tolist() == [[x, x] for x in NUMBERS]
    assert axes.scatter(VALUES, VALUES).get_offsets().astype(float).tolist() == [[x, x] for x in NUMBERS]
    axes.set_xlim(VALUES[0], VALUES[3])
    assert axes.get_xlim() == (0.0, 6.0)


def test_a_plot_leaves_the_record_alone_and_other_code_is_refused():
    x = Value(3.0)
    y = x * x
    Figure().add_subplot().plot([x, y])
    y.backward()
    assert x.grad == 6.0
    for plain in (float, math.sin, lambda z: np.array([z], dtype=float)):
        for z in (y, TENSOR, OF_TENSORS[1]):
            with pytest.raises(InputTypeError, match="which would lose its gradient"):
                plain(z)
