"""Initialisers: the distributions from which weights are drawn before training.

``init=`` of a layer takes one of these names, for the defaults, or the result of the function of that name:

    uniform           U(low, high), by default U(-1, 1)
    normal            N(0, std²), by default N(0, 1)
    truncated_normal  N(0, std²), drawn again where it is beyond ±cut std, by default ±2 std
    xavier_uniform    U(-a, a), a = gain √(6 / (fan_in + fan_out))     Glorot & Bengio 2010; also glorot_uniform
    xavier_normal     N(0, s²), s = gain √(2 / (fan_in + fan_out))     Glorot & Bengio 2010; also glorot_normal
    he_uniform        U(-a, a), a = √(6 / fan_in)                      He et al. 2015; also kaiming_uniform
    he_normal         N(0, s²), s = √(2 / fan_in)                      He et al. 2015; also kaiming_normal
    lecun_uniform     U(-a, a), a = √(3 / fan_in)                      LeCun et al. 1998
    lecun_normal      N(0, s²), s = √(1 / fan_in)                      LeCun et al. 1998
    orthogonal        rows or columns at right angles, of length gain  Saxe et al. 2014
    constant          a number
    zeros             0

LeCun keeps the variance of the signals from layer to layer where the activation is close to the identity; Xavier is a
compromise between that and the variance of the gradients; He allows for relu, which drops half of the variance.

An initialiser ``draw`` serves both kinds of layers. Layers on scalars draw one weight at a time, by
``draw(fan_in, fan_out)``; layers on arrays draw all of their weights, by ``draw.array(shape)``. A function of the
user's own, of ``(fan_in, fan_out)``, is called for each weight.

All draw from Python's ``random``, so that ``random.seed(42)`` makes models reproducible, or from the ``rng`` that is
given: a ``random.Random`` or a ``numpy.random.Generator``. Whole arrays are drawn by numpy, from a generator that is
seeded with 128 bits of Python's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .given import MOST, found_name, is_sequence, whole_number

__all__ = [
    "Distribution",
    "Initializer",
    "constant",
    "fans",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "orthogonal",
    "resolve",
    "truncated_normal",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Initializer: TypeAlias = Callable[[int, int], float]
"""A function ``draw(fan_in, fan_out)`` that returns one weight; the functions of this page return such functions."""
Random: TypeAlias = random.Random | np.random.Generator
Shape: TypeAlias = tuple[int, ...]
Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
LEAST_CUT = 0.1  # 92 % of the draws lie beyond it, and are drawn again
Sample: TypeAlias = Callable[[int, int, Shape | None], Any]  # of the fans and a shape, which is None for one number
Rule: TypeAlias = Callable[[int, int], float]  # the half-width or the standard deviation for a fan-in and a fan-out


class Distribution:
    """An initialiser that draws single weights, and whole arrays of them.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor
    >>> from nn import init
    >>> draw = init.he_normal(rng=np.random.default_rng(0))
    >>> draw(2, 3)  # one weight of a layer with 2 inputs and 3 outputs
    0.1257302211
    >>> w = Tensor(draw.array((3, 2)))
    >>> (w @ [1.0, -1.0]).sum().backward()
    >>> w.grad
    array([[ 1., -1.],
           [ 1., -1.],
           [ 1., -1.]])
    """

    def __init__(self, sample: Sample, draws_singles: bool = True) -> None:
        self._sample = sample
        self.draws_singles = draws_singles

    def __call__(self, fan_in: int, fan_out: int) -> float:
        """Draw one weight."""
        drawn = self._sample(fan_in, fan_out, None) if self.draws_singles else self.array((fan_out, fan_in)).flat[0]
        return float(drawn)

    def array(self, shape: Sequence[int], fan_in: int | None = None, fan_out: int | None = None) -> Array:
        """Draw an array of weights.

        Parameters
        ----------
        shape : sequence of int
            The shape of the array: ``(n_out, n_in)`` for a matrix, ``(n_out, n_in, *window)`` for a convolution.
        fan_in, fan_out : int, optional
            The numbers of inputs and outputs; by default those of the shape, see `fans`.
        """
        inputs, outputs = fans(shape)
        inputs = inputs if fan_in is None else whole_number(fan_in, "fan_in")
        outputs = outputs if fan_out is None else whole_number(fan_out, "fan_out")
        array: Array = self._sample(inputs, outputs, _checked(shape))
        return array


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Return fan-in and fan-out for a shape of weights: the numbers of weights of an output, and of an input.

    Examples
    --------
    >>> from nn import init
    >>> init.fans((10, 64)), init.fans((16, 3, 5, 5)), init.fans((8,))
    ((64, 10), (75, 400), (8, 1))
    """
    n_out, n_in, *window = sizes if len(sizes := _checked(shape)) > 1 else (1, *sizes, 1)[:2]
    return n_in * math.prod(window), n_out * math.prod(window)


def _checked(shape: Sequence[int]) -> Shape:
    if not is_sequence(shape):
        raise InputTypeError(f"shape takes a tuple of whole numbers, not {described(shape)}; write (3, 2)")
    sizes = tuple(whole_number(size, "a size in shape") for size in shape)
    if math.prod(sizes) > MOST:
        raise InputValueError(f"an array of shape {sizes} is too large; take at most {MOST:,} numbers")
    return sizes


def drawn(init: Initializer, shape: Sequence[int], fan_in: int | None = None, fan_out: int | None = None) -> Array:
    """Return an array of weights; a function of the user's own is called for each of them."""
    if isinstance(init, Distribution):
        return init.array(shape, fan_in, fan_out)
    inputs, outputs = fans(shape)
    numbers = [number(init(fan_in or inputs, fan_out or outputs), "a weight") for _ in range(math.prod(shape))]
    return np.reshape(numbers, shape)


def weights(init: Initializer, n_out: int, n_in: int) -> list[list[float]]:
    """Return the weights of some neurons on the same inputs, drawn neuron by neuron."""
    if isinstance(init, Distribution) and not init.draws_singles:
        return init.array((n_out, n_in)).tolist()  # type: ignore[no-any-return]
    return [[init(n_in, n_out) for _ in range(n_in)] for _ in range(n_out)]


# --- Random numbers ---------------------------------------------------------------------------------------------------


def _generator(rng: Any) -> Any:
    """The generator of random numbers: the one given, or that of the module ``random``."""
    if rng is None:
        return random
    if not isinstance(rng, (random.Random, np.random.Generator)):
        raise InputTypeError(
            f"rng takes a generator such as random.Random(42) or numpy.random.default_rng(42), not {described(rng)}"
        )
    return rng


def _bulk(rng: Any) -> np.random.Generator:
    """A generator of arrays: the one given, or one that Python's generator seeds."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng.getrandbits(128))


def _uniform_within(bounds: Callable[[int, int], tuple[float, float]], rng: Random | None) -> Distribution:
    source = _generator(rng)

    def sample(fan_in: int, fan_out: int, shape: Shape | None) -> Any:
        low, high = bounds(fan_in, fan_out)
        return source.uniform(low, high) if shape is None else _bulk(source).uniform(low, high, shape)

    return Distribution(sample)


def _normal_with(deviation: Rule, rng: Random | None, cut: float = math.inf) -> Distribution:
    source = _generator(rng)
    single = source.normal if isinstance(source, np.random.Generator) else source.gauss

    def sample(fan_in: int, fan_out: int, shape: Shape | None) -> Any:
        std = deviation(fan_in, fan_out)
        if shape is None:
            while abs(drawn := single(0.0, 1.0)) > cut:
                pass
            return std * drawn
        bulk = _bulk(source)
        array = bulk.normal(size=shape)
        while (beyond := np.abs(array) > cut).any():
            array[beyond] = bulk.normal(size=np.count_nonzero(beyond))
        return std * array

    return Distribution(sample)


def _around_zero(bound: Rule, rng: Random | None) -> Distribution:
    return _uniform_within(lambda *fan: (-bound(*fan), bound(*fan)), rng)


def _finite(given: float, what: str, least: float = -math.inf) -> float:
    checked = number(given, what)
    if not (math.isfinite(checked) and checked >= least):
        raise InputValueError(f"{what} is finite{' and not negative' * (least == 0)}, not {shortened(given)}")
    return checked


# --- Distributions ----------------------------------------------------------------------------------------------------


def uniform(low: float = -1.0, high: float = 1.0, rng: Random | None = None) -> Distribution:
    """U(low, high), whatever the layer's size.

    Raises
    ------
    InputTypeError, InputValueError
        If the bounds are not finite numbers, or ``low > high``. The other functions here raise these errors for a
        ``std``, ``gain`` or ``value`` that is not finite or, if it is a scale, is negative.
    """
    low, high = _finite(low, "low"), _finite(high, "high")
    if low > high:
        raise InputValueError(f"uniform needs low <= high, not low={low} and high={high}; swap them")
    _finite(high - low, "high - low")
    return _uniform_within(lambda *_: (low, high), rng)


def normal(std: float = 1.0, rng: Random | None = None) -> Distribution:
    """N(0, std²), whatever the layer's size."""
    std = _finite(std, "std", 0)
    return _normal_with(lambda *_: std, rng)


def truncated_normal(std: float = 1.0, cut: float = 2.0, rng: Random | None = None) -> Distribution:
    """N(0, std²), drawn again where it lies beyond ``±cut std``; then its standard deviation is less than ``std``.

    For ``cut = 2`` it is 0.8796 std; in general, ``σ² = std² (1 - 2 cut φ(cut) / (2 Φ(cut) - 1))``.
    """
    std = _finite(std, "std", 0)
    if (cut := number(cut, "cut")) < LEAST_CUT or math.isnan(cut):
        raise InputValueError(f"cut is at least {LEAST_CUT} standard deviations, not {shortened(cut)}")
    return _normal_with(lambda *_: std, rng, cut)


def xavier_uniform(gain: float = 1.0, rng: Random | None = None) -> Distribution:
    """U(-a, a) with ``a = gain √(6 / (fan_in + fan_out))``; Glorot & Bengio 2010, equation 16.

    Examples
    --------
    >>> import random
    >>> from nn import init
    >>> draw = init.xavier_uniform(rng=random.Random(1))
    >>> all(-0.5 < draw(16, 8) < 0.5 for _ in range(1000))
    True
    """
    gain = _finite(gain, "gain", 0)
    return _around_zero(lambda fan_in, fan_out: gain * math.sqrt(6 / (fan_in + fan_out)), rng)


def xavier_normal(gain: float = 1.0, rng: Random | None = None) -> Distribution:
    """N(0, s²) with ``s = gain √(2 / (fan_in + fan_out))``; Glorot & Bengio 2010, equation 12."""
    gain = _finite(gain, "gain", 0)
    return _normal_with(lambda fan_in, fan_out: gain * math.sqrt(2 / (fan_in + fan_out)), rng)


def he_uniform(rng: Random | None = None) -> Distribution:
    """U(-a, a) with ``a = √(6 / fan_in)``: the variance of `he_normal`."""
    return _around_zero(lambda fan_in, _: math.sqrt(6 / fan_in), rng)


def he_normal(rng: Random | None = None) -> Distribution:
    """N(0, s²) with ``s = √(2 / fan_in)``; He et al. 2015, equation 10."""
    return _normal_with(lambda fan_in, _: math.sqrt(2 / fan_in), rng)


def lecun_uniform(rng: Random | None = None) -> Distribution:
    """U(-a, a) with ``a = √(3 / fan_in)``: the variance of `lecun_normal`."""
    return _around_zero(lambda fan_in, _: math.sqrt(3 / fan_in), rng)


def lecun_normal(rng: Random | None = None) -> Distribution:
    """N(0, s²) with ``s = √(1 / fan_in)``; LeCun et al. 1998, *Efficient BackProp*, equation 16."""
    return _normal_with(lambda fan_in, _: math.sqrt(1 / fan_in), rng)


def orthogonal(gain: float = 1.0, rng: Random | None = None) -> Distribution:
    """A matrix with orthogonal columns of length ``gain``; with orthogonal rows, if it has more columns than rows.

    All such matrices are equally likely: it is the Q of ``A = QR``, with a normally distributed A and the signs that
    make the diagonal of R positive (Mezzadri 2007). Signals and gradients keep their lengths through any number of such
    layers, where they are linear (Saxe et al. 2014). The weights of a convolution count as a matrix with a row for each
    output; a single neuron has a row of length ``gain``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import init
    >>> w = init.orthogonal(rng=np.random.default_rng(0)).array((2, 3))
    >>> np.allclose(w @ w.T, np.eye(2))
    True
    """
    gain, source = _finite(gain, "gain", 0), _generator(rng)

    def sample(_: int, __: int, shape: Shape | None) -> Any:
        rows, columns = (shape[0], math.prod(shape[1:])) if shape and len(shape) > 1 else (1, math.prod(shape or ()))
        q, r = np.linalg.qr(_bulk(source).normal(size=(max(rows, columns), min(rows, columns))))
        q *= np.copysign(gain, np.diagonal(r))
        return (q if rows >= columns else q.T).reshape(shape or ())

    return Distribution(sample, draws_singles=False)


def constant(value: float) -> Distribution:
    """The same number for every weight. It is for experiments: the neurons of a layer stay equal in training."""
    value = _finite(value, "value")
    return Distribution(lambda _, __, shape: value if shape is None else np.full(shape, value))


def zeros() -> Distribution:
    """0 for every weight; see `constant`."""
    return constant(0.0)


glorot_uniform, glorot_normal = xavier_uniform, xavier_normal
kaiming_uniform, kaiming_normal = he_uniform, he_normal

_BY_NAME: dict[str, Callable[[], Distribution]] = {
    "uniform": uniform,
    "normal": normal,
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
    "truncated_normal": truncated_normal,
    "orthogonal": orthogonal,
    "zeros": zeros,
}


def resolve(init: Any) -> Initializer:
    """Return the initialiser of a name, or the one given; a function of `nn.init` stands for its defaults.

    Raises
    ------
    InputValueError
        If no initialiser has the name.
    InputTypeError
        If it is neither text nor callable.
    """
    if isinstance(init, str):
        return _BY_NAME[found_name(init, _BY_NAME, "initialiser")]()
    for name, make in _BY_NAME.items():
        if init is make:  # the function itself, as in init=init.he_normal
            return resolve(name)
    if isinstance(init, type) or not callable(init):
        raise InputTypeError(
            f"init takes a name or a function of (fan_in, fan_out), not {described(init)}; "
            'write init="he_normal", or init=init.constant(0.1) for a number'
        )
    return init  # type: ignore[no-any-return]
