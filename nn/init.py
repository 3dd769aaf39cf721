"""Initialisers: the distributions from which weights are drawn before training.

An initialiser is a function of ``(fan_in, fan_out)``, the numbers of inputs and outputs of a layer, that draws one
weight. The functions here make one; ``init=`` of a neuron, layer or network takes one, or its name for the defaults:

    uniform          U(low, high), by default U(-1, 1)
    normal           N(0, std²), by default N(0, 1)
    xavier_uniform   U(-a, a), a = gain √(6 / (fan_in + fan_out))     Glorot & Bengio 2010; also glorot_uniform
    xavier_normal    N(0, s²), s = gain √(2 / (fan_in + fan_out))     Glorot & Bengio 2010; also glorot_normal
    he_uniform       U(-a, a), a = √(6 / fan_in)                      He et al. 2015; also kaiming_uniform
    he_normal        N(0, s²), s = √(2 / fan_in)                      He et al. 2015; also kaiming_normal
    lecun_uniform    U(-a, a), a = √(3 / fan_in)                      LeCun et al. 1998
    lecun_normal     N(0, s²), s = √(1 / fan_in)                      LeCun et al. 1998
    constant         a number
    zeros            0

LeCun keeps the variance of the signals from layer to layer where the activation is close to the identity; Xavier is a
compromise between that and the variance of the gradients; He allows for relu, which drops half of the variance.

All draw from Python's ``random``, which ``random.seed`` makes reproducible, or from the ``random.Random`` given as
``rng``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, TypeAlias

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .given import found_name

__all__ = [
    "Initializer",
    "constant",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "resolve",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Initializer: TypeAlias = Callable[[int, int], float]
Rule: TypeAlias = Callable[[int, int], float]  # the half-width or the standard deviation for a fan-in and a fan-out


def _uniform_within(bound: Rule, rng: random.Random | None) -> Initializer:
    draw = _generator(rng).uniform
    return lambda fan_in, fan_out: draw(-bound(fan_in, fan_out), bound(fan_in, fan_out))


def _normal_with(deviation: Rule, rng: random.Random | None) -> Initializer:
    draw = _generator(rng).gauss
    return lambda fan_in, fan_out: draw(0.0, deviation(fan_in, fan_out))


def _generator(rng: Any) -> Any:
    """The generator of random numbers: the one given, or that of the module ``random``."""
    if rng is None:
        return random
    if not isinstance(rng, random.Random):
        raise InputTypeError(f"rng takes a generator such as random.Random(42), not {described(rng)}")
    return rng


def _finite(given: float, what: str, least: float = -math.inf) -> float:
    checked = number(given, what)
    if not (math.isfinite(checked) and checked >= least):
        raise InputValueError(f"{what} is finite{' and not negative' * (least == 0)}, not {shortened(given)}")
    return checked


def uniform(low: float = -1.0, high: float = 1.0, rng: random.Random | None = None) -> Initializer:
    """U(low, high), whatever the layer's size.

    Raises
    ------
    InputTypeError, InputValueError
        If the bounds are not finite numbers or stand in the wrong order. The others here raise the same for a ``std``,
        ``gain`` or ``value`` that is not finite or, where it is a scale, negative.
    """
    low, high = _finite(low, "low"), _finite(high, "high")
    if low > high:
        raise InputValueError(f"uniform needs low <= high, not low={low} and high={high}; swap them")
    draw = _generator(rng).uniform
    return lambda *_: draw(low, high)


def normal(std: float = 1.0, rng: random.Random | None = None) -> Initializer:
    """N(0, std²), whatever the layer's size."""
    std = _finite(std, "std", 0)
    return _normal_with(lambda *_: std, rng)


def xavier_uniform(gain: float = 1.0, rng: random.Random | None = None) -> Initializer:
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
    return _uniform_within(lambda fan_in, fan_out: gain * math.sqrt(6 / (fan_in + fan_out)), rng)


def xavier_normal(gain: float = 1.0, rng: random.Random | None = None) -> Initializer:
    """N(0, s²) with ``s = gain √(2 / (fan_in + fan_out))``; Glorot & Bengio 2010, equation 12."""
    gain = _finite(gain, "gain", 0)
    return _normal_with(lambda fan_in, fan_out: gain * math.sqrt(2 / (fan_in + fan_out)), rng)


def he_uniform(rng: random.Random | None = None) -> Initializer:
    """U(-a, a) with ``a = √(6 / fan_in)``: the variance of `he_normal`."""
    return _uniform_within(lambda fan_in, _: math.sqrt(6 / fan_in), rng)


def he_normal(rng: random.Random | None = None) -> Initializer:
    """N(0, s²) with ``s = √(2 / fan_in)``; He et al. 2015, equation 10."""
    return _normal_with(lambda fan_in, _: math.sqrt(2 / fan_in), rng)


def lecun_uniform(rng: random.Random | None = None) -> Initializer:
    """U(-a, a) with ``a = √(3 / fan_in)``: the variance of `lecun_normal`."""
    return _uniform_within(lambda fan_in, _: math.sqrt(3 / fan_in), rng)


def lecun_normal(rng: random.Random | None = None) -> Initializer:
    """N(0, s²) with ``s = √(1 / fan_in)``; LeCun et al. 1998, *Efficient BackProp*, equation 16."""
    return _normal_with(lambda fan_in, _: math.sqrt(1 / fan_in), rng)


def constant(value: float) -> Initializer:
    """The same number for every weight. All neurons of a layer then stay equal for ever: for experiments."""
    value = _finite(value, "value")
    return lambda *_: value


def zeros() -> Initializer:
    """0 for every weight; see `constant`."""
    return constant(0.0)


glorot_uniform, glorot_normal = xavier_uniform, xavier_normal
kaiming_uniform, kaiming_normal = he_uniform, he_normal

_BY_NAME: dict[str, Callable[[], Initializer]] = {
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
    "zeros": zeros,
}


def resolve(init: Any) -> Initializer:
    """Return the initialiser of a name, or the one given; a function of this module stands for its defaults.

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
