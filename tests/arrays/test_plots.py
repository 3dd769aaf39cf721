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


GIVEN = {"values": VALUES, "array of values": np.array(VALUES, dtype=object), "tensor": TENSOR}
LINES = {
    "hist": lambda axes, y: axes.hist(y, bins=3),
    "scatter": lambda axes, y: axes.scatter(y, y, c=y),
    "bar": lambda axes, y: axes.bar(range(4), y, yerr=y),
    "fill_between": lambda axes, y: axes.fill_between(range(4), y, 1.0),
    "errorbar": lambda axes, y: axes.errorbar(range(4), y, yerr=y),
    "boxplot": lambda axes, y: axes.boxplot(y),
    "stairs": lambda axes, y: axes.stairs(y),
    "hist2d": lambda axes, y: axes.hist2d(y, y),
    "stackplot": lambda axes, y: axes.stackplot(range(4), y),
    "vlines": lambda axes, y: axes.vlines(y, 0, 1),
    "xticks": lambda axes, y: axes.set_xticks(y),
}
FIELDS = {
    "imshow": lambda axes, z: axes.imshow(z),
    "contour": lambda axes, z: axes.contour(z),
    "contourf": lambda axes, z: axes.contourf(range(4), range(4), z),
    "pcolormesh": lambda axes, z: axes.pcolormesh(z),
}


@pytest.mark.parametrize("kind", GIVEN)
@pytest.mark.parametrize("name", LINES)
def test_every_plot_of_numbers_takes_values_and_tensors(name, kind):
    figure, expected = Figure(), Figure()
    LINES[name](figure.add_subplot(), GIVEN[kind])
    LINES[name](expected.add_subplot(), np.array(NUMBERS))
    [axes], [plain] = figure.axes, expected.axes
    assert (axes.get_xlim(), axes.get_ylim()) == (plain.get_xlim(), plain.get_ylim())


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_takes_a_tensor(name):
    figure = Figure()
    drawn = FIELDS[name](figure.add_subplot(), Tensor(np.arange(16.0).reshape(4, 4)) * 1.0)
    assert drawn.get_array() is None or np.max(drawn.get_array()) >= 14.0
    figure.canvas.draw()


def test_single_values_place_lines_texts_and_limits():
    for x in (Value(1.5) * 2, Tensor(3.0) * 1.0):
        axes = Figure().add_subplot()
        assert list(axes.axvline(x).get_xdata()) == [3.0, 3.0]
        axes.set_ylim(0, x)
        axes.text(x, x, "here")
        axes.figure.canvas.draw()
        assert axes.get_ylim() == (0.0, 3.0)
