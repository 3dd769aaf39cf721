"""Numpy as one writes it who wants it fast: derivatives worked out on paper, every buffer made once and used again.

Samples stand in columns, so that biases are added along whole lines and a layer is one product. Parameters lie in one
array and their gradients in another, of which the layers hold views: an update is two calls. Sums are products with a
vector of ones or of weights. What is constant is computed before the clock runs: one-hot targets, signs, the matrix of
an image's patches. The mask of a relu is the sign of its result, in floats, which multiplies without a conversion.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from tests.benchmarks.compiled.arrays import Arrays
from tests.benchmarks.compiled.programs import Whole
from tests.benchmarks.compiled.programs.by_hand import BY_HAND
from tests.benchmarks.compiled.works import Convolution, Moons, Network, Options, Rosenbrock, layers, neuron_by_neuron
from tests.benchmarks.works import PENALTY


class Task(NamedTuple):
    """A work, set up: a step, the gradients after it, and the way back to where the parameters began."""

    step: Callable[[], Any]
    gradients: Callable[[], list[Any]]
    restart: Callable[[], Any] = lambda: None
    record: Callable[[], Any] = lambda: None  # ours: the program of scalars of one call, recorded and not compiled


class Trained:
    """Parameters in one array and gradients in another, both seen as a matrix and a vector for each layer."""

    def __init__(self, pairs: list[tuple[Any, Any]], rate: float) -> None:
        arrays = [array for pair in pairs for array in pair]
        self.start = np.concatenate([array.ravel() for array in arrays])
        self.values = self.start.copy()
        self.slopes, self.change = np.zeros_like(self.start), np.zeros_like(self.start)
        self.rate = rate
        ends = np.cumsum([array.size for array in arrays])[:-1]
        self.value_views, self.slope_views = (
            [part.reshape(array.shape) for part, array in zip(np.split(flat, ends), arrays, strict=True)]
            for flat in (self.values, self.slopes)
        )

    def update(self) -> None:
        """Gradient descent."""
        np.multiply(self.slopes, self.rate, out=self.change)
        np.subtract(self.values, self.change, out=self.values)

    def restart(self) -> None:
        """Back to the beginning."""
        self.values[:] = self.start

    def gradients(self) -> list[Any]:
        """Neuron by neuron."""
        return neuron_by_neuron(self.slope_views)


class Perceptron:
    """Layers with relu between them, on samples in columns."""

    def __init__(self, trained: Trained, inputs: Any) -> None:
        self.matrices, biases = trained.value_views[::2], trained.value_views[1::2]
        self.biases = [bias[:, None] for bias in biases]
        self.matrix_slopes, self.bias_slopes = trained.slope_views[::2], trained.slope_views[1::2]
        samples = len(inputs)
        self.ones = np.ones(samples)
        shapes = [(len(bias), samples) for bias in biases]
        self.outputs = [np.empty(shape) for shape in shapes]
        self.output_slopes = [np.empty(shape) for shape in shapes]
        self.masks = [np.empty(shape) for shape in shapes[:-1]]
        self.inputs = [np.ascontiguousarray(inputs.T), *self.outputs[:-1]]
        self.last = len(shapes) - 1

    def forward(self) -> Any:
        """The scores, a column for each sample."""
        for k, (matrix, bias, x, z) in enumerate(
            zip(self.matrices, self.biases, self.inputs, self.outputs, strict=True)
        ):
            np.dot(matrix, x, out=z)
            np.add(z, bias, out=z)
            if k < self.last:
                np.maximum(z, 0.0, out=z)
        return z

    def backward(self) -> None:
        """All gradients, from those of the scores in the last of ``output_slopes``."""
        for k in range(self.last, -1, -1):
            slope = self.output_slopes[k]
            np.dot(slope, self.inputs[k].T, out=self.matrix_slopes[k])
            np.dot(slope, self.ones, out=self.bias_slopes[k])
            if k:
                below, mask = self.output_slopes[k - 1], self.masks[k - 1]
                np.dot(self.matrices[k].T, slope, out=below)
                np.sign(self.outputs[k - 1], out=mask)
                np.multiply(below, mask, out=below)


class ByHand:
    """Numpy on whole arrays."""

    blocks: Mapping[str, int] = MappingProxyType({})  # how many points are done at a time, if not all

    def whole(self, work: Whole) -> Task:
        return self._kept(BY_HAND[work.which](work.draw()))

    def arrays(self, work: Arrays) -> Task:
        program = work.draw()
        return self._kept(program.by_hand(program.trained, program.given))

    def _kept(self, step: Callable[[], tuple[Any, list[Any]]]) -> Task:
        found: list[Any] = []

        def kept() -> Any:
            value, found[:] = step()
            return value

        return Task(kept, lambda: found)

    def moons(self, work: Moons) -> Task:
        points, labels, rows = work.draw()
        trained = Trained(layers(rows, work.widths), work.rate)
        network = Perceptron(trained, points)
        against = -labels[None, :]
        shares = np.full(len(points), 1 / len(points))
        against_share = against * shares
        slope = network.output_slopes[-1]
        hinges, penalty = np.empty_like(slope), np.empty_like(trained.values)

        def step() -> Any:
            np.multiply(network.forward(), against, out=hinges)
            np.add(hinges, 1.0, out=hinges)
            np.maximum(hinges, 0.0, out=hinges)
            loss = np.dot(hinges[0], shares)
            np.sign(hinges, out=slope)
            np.multiply(slope, against_share, out=slope)
            network.backward()
            if work.whole:
                loss += PENALTY * np.dot(trained.values, trained.values)
                np.multiply(trained.values, 2 * PENALTY, out=penalty)
                np.add(trained.slopes, penalty, out=trained.slopes)
            trained.update()
            return loss

        return Task(step, trained.gradients, trained.restart)

    def network(self, work: Network) -> Task:
        inputs, labels, rows = work.draw()
        trained = Trained(layers(rows, work.widths), work.rate)
        network = Perceptron(trained, inputs)
        samples = len(inputs)
        targets = np.ascontiguousarray(np.eye(work.widths[-1])[labels].T)
        target_share = targets / samples
        slope = network.output_slopes[-1]
        tops, sums, logarithms = np.empty(samples), np.empty(samples), np.empty(samples)
        shares = np.full(samples, 1 / samples)

        def step() -> Any:
            z = network.forward()
            np.maximum.reduce(z, axis=0, out=tops)
            np.subtract(z, tops, out=z)
            np.exp(z, out=slope)
            np.add.reduce(slope, axis=0, out=sums)
            np.log(sums, out=logarithms)
            loss = np.dot(logarithms, shares) - np.vdot(target_share, z)
            np.multiply(sums, samples, out=sums)
            np.divide(slope, sums, out=slope)
            np.subtract(slope, target_share, out=slope)
            network.backward()
            trained.update()
            return loss

        return Task(step, trained.gradients, trained.restart)

    def convolution(self, work: Convolution) -> Task:
        images, rows = work.draw()
        weights = np.array(rows)
        trained = Trained([(weights[:, :-1], weights[:, -1])], work.rate)
        (filters, biases), (filter_slopes, bias_slopes) = trained.value_views, trained.slope_views
        windows = np.lib.stride_tricks.sliding_window_view(images, (work.size, work.size), (1, 2))
        patches = np.ascontiguousarray(windows.reshape(-1, work.size**2).T)
        results = np.empty((work.filters, patches.shape[1]))
        flat, ones, column = results.reshape(-1), np.ones(patches.shape[1]), biases[:, None]
        count = results.size

        def step() -> Any:
            np.dot(filters, patches, out=results)
            np.add(results, column, out=results)
            loss = np.dot(flat, flat) / count
            np.dot(results, patches.T, out=filter_slopes)
            np.dot(results, ones, out=bias_slopes)
            np.multiply(trained.slopes, 2 / count, out=trained.slopes)
            trained.update()
            return loss

        return Task(step, trained.gradients, trained.restart)

    def rosenbrock(self, work: Rosenbrock) -> Task:
        x = work.draw()
        slopes, values = np.empty_like(x), np.empty(work.points)
        block = self.blocks.get(work.kind, work.points)
        steep, flat = (np.empty((block, work.variables - 1)) for _ in range(2))
        squares = np.empty(block)

        def part(x: Any, slopes: Any, values: Any) -> None:
            low, high, left, right = x[:, :-1], x[:, 1:], slopes[:, :-1], slopes[:, 1:]
            a, b, rest = (buffer[: len(x)] for buffer in (steep, flat, squares))
            np.multiply(low, low, out=a)
            np.subtract(high, a, out=a)
            np.multiply(a, 200.0, out=a)  # 200 (x[i+1] - x[i]²), which is also the derivative by x[i+1]
            np.subtract(1.0, low, out=b)
            np.einsum("ij,ij->i", a, a, out=values)
            np.multiply(values, 1 / 400, out=values)
            np.einsum("ij,ij->i", b, b, out=rest)
            np.add(values, rest, out=values)
            np.multiply(low, a, out=left)
            np.add(left, b, out=left)
            np.multiply(left, -2.0, out=left)
            slopes[:, -1] = 0.0
            np.add(right, a, out=right)

        def step() -> Any:
            for first in range(0, work.points, block):
                there = slice(first, first + block)
                part(x[there], slopes[there], values[there])
            return values.sum()

        return Task(step, lambda: [slopes])

    def options(self, work: Options) -> Task:
        given = work.draw()
        erf = importlib.import_module("autograd").erf  # numpy has none: ours of arrays, the same that ours uses
        slopes, prices = [np.empty(work.points) for _ in given], np.empty(work.points)
        block = self.blocks.get(work.kind, work.points)
        buffers = [np.empty(block) for _ in range(6)]

        def probability(d: Any, out: Any) -> None:
            """The chance that a normal number is less than d."""
            np.multiply(d, math.sqrt(0.5), out=out)
            np.add(erf(out), 1.0, out=out)
            np.multiply(out, 0.5, out=out)

        def part(given: list[Any], slopes: list[Any], price: Any) -> None:
            spot, strike, years, interest, volatility = given
            by_spot, by_strike, by_years, by_interest, by_volatility = slopes
            root, deviation, d, discount, density, scratch = (buffer[: len(spot)] for buffer in buffers)
            np.sqrt(years, out=root)
            np.multiply(volatility, root, out=deviation)
            np.divide(spot, strike, out=d)
            np.log(d, out=d)
            np.multiply(interest, years, out=discount)
            np.add(d, discount, out=d)
            np.divide(d, deviation, out=d)
            np.multiply(deviation, 0.5, out=scratch)
            np.add(d, scratch, out=d)  # d1
            np.negative(discount, out=discount)
            np.exp(discount, out=discount)
            probability(d, by_spot)
            np.multiply(d, d, out=density)
            np.multiply(density, -0.5, out=density)
            np.exp(density, out=density)
            np.subtract(d, deviation, out=d)  # d2
            probability(d, by_strike)
            np.multiply(by_strike, discount, out=by_strike)
            np.multiply(spot, by_spot, out=price)
            np.multiply(strike, by_strike, out=scratch)  # the strike, discounted, if the option is used
            np.subtract(price, scratch, out=price)
            np.multiply(scratch, years, out=by_interest)
            np.multiply(density, spot, out=by_volatility)
            np.multiply(by_volatility, 1 / math.sqrt(2 * math.pi), out=by_volatility)  # over the root of time
            np.multiply(by_volatility, volatility, out=by_years)
            np.divide(by_years, root, out=by_years)
            np.multiply(by_years, 0.5, out=by_years)
            np.multiply(by_volatility, root, out=by_volatility)
            np.multiply(scratch, interest, out=scratch)
            np.add(by_years, scratch, out=by_years)
            np.negative(by_strike, out=by_strike)

        def step() -> Any:
            for first in range(0, work.points, block):
                there = slice(first, first + block)
                part([x[there] for x in given], [slope[there] for slope in slopes], prices[there])
            return prices.sum()

        return Task(step, lambda: slopes)


class InBlocks(ByHand):
    """Numpy on so many points at a time that what it works on stays in the cache."""

    blocks = MappingProxyType({"rosenbrock": 256, "options": 4096})
