"""The activation functions of neurons, under one name for floats, arrays, values and tensors."""

from __future__ import annotations

from typing import Any, cast

from ..arrays.tensor import evaluate
from ..core import ops
from ..core.several import TABLE
from .arraylike import T


def relu(x: T, /) -> T:
    """``max(x, 0)``.

    ``d relu(x)/dx = 1 for x > 0, else 0``

    Examples
    --------
    >>> x = Value(3.0); y = relu(x); y.backward()
    >>> y.data, x.grad
    (3.0, 1.0)
    """
    return cast(T, evaluate(ops.RELU, x))


def sigmoid(x: T, /) -> T:
    """The logistic function ``1 / (1 + exp(-x))``, without overflow.

    ``d σ(x)/dx = σ(x) (1 - σ(x))``

    Examples
    --------
    >>> x = Value(0.5); y = sigmoid(x); y.backward()
    >>> y.data, x.grad
    (0.6224593312, 0.2350037122)
    """
    return cast(T, evaluate(ops.SIGMOID, x))


def logsigmoid(x: T, /) -> T:
    """``log(sigmoid(x))``, exact for every ``x``.

    ``d log σ(x)/dx = σ(-x)``

    Examples
    --------
    >>> x = Value(0.5); y = logsigmoid(x); y.backward()
    >>> y.data, x.grad
    (-0.4740769842, 0.3775406688)
    """
    return cast(T, evaluate(ops.LOGSIGMOID, x))


def softplus(x: T, /) -> T:
    """``log(1 + exp(x))``, exact for every ``x``: no threshold above which it is taken for ``x``.

    ``d softplus(x)/dx = σ(x)``

    Examples
    --------
    >>> x = Value(20.1); y = softplus(x); y.backward()
    >>> y.data, x.grad
    (20.1000000019, 0.9999999981)
    """
    return cast(T, evaluate(ops.SOFTPLUS, x))


def gelu(x: T, /) -> T:
    """``x Φ(x)`` with the normal distribution function Φ, exact by the error function (Hendrycks & Gimpel 2016).

    ``d gelu(x)/dx = Φ(x) + x φ(x), with the normal density φ``

    Examples
    --------
    >>> x = Value(0.5); y = gelu(x); y.backward()
    >>> y.data, x.grad
    (0.3457312306, 0.8674951247)
    """
    return cast(T, evaluate(ops.GELU, x))


def silu(x: T, /) -> T:
    """``x sigmoid(x)``, also called swish.

    ``d silu(x)/dx = σ(x) (1 + x (1 - σ(x)))``

    Examples
    --------
    >>> x = Value(0.5); y = silu(x); y.backward()
    >>> y.data, x.grad
    (0.3112296656, 0.7399611873)
    """
    return cast(T, evaluate(ops.SILU, x))


def leaky_relu(x: T, slope: Any = 0.01) -> T:
    """``x`` for ``x > 0``, else ``slope * x``. The slope may be a value that is trained, as in PReLU (He et al. 2015).

    ``d/dx = 1 for x > 0, else slope``, at 0 as well; ``d/dslope = x for x <= 0, else 0``

    Examples
    --------
    >>> x = Value(-2.0); y = leaky_relu(x, 0.1); y.backward()
    >>> y.data, x.grad
    (-0.2, 0.1)
    """
    return cast(T, evaluate(ops.LEAKY_RELU, x, slope))


def elu(x: T, alpha: Any = 1.0) -> T:
    """``x`` for ``x > 0``, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2016).

    ``d/dx = 1 for x > 0, else alpha exp(x)``

    Examples
    --------
    >>> x = Value(-1.0); y = elu(x); y.backward()
    >>> y.data, x.grad
    (-0.6321205588, 0.3678794412)
    """
    return cast(T, evaluate(ops.ELU, x, alpha))


def softsign(x: T, /) -> T:
    """``x / (1 + |x|)``.

    ``d softsign(x)/dx = 1/(1 + |x|)²``

    Examples
    --------
    >>> x = Value(-3.0); y = softsign(x); y.backward()
    >>> y.data, x.grad
    (-0.75, 0.0625)
    """
    return cast(T, evaluate(TABLE["softsign"], x))


def hardtanh(x: T, /) -> T:
    """The nearest number to ``x`` between -1 and 1.

    ``d hardtanh(x)/dx = 1 for |x| < 1, else 0``, at ±1 as well

    Examples
    --------
    >>> x = Value(0.5); y = hardtanh(x); y.backward()
    >>> y.data, x.grad
    (0.5, 1.0)
    """
    return cast(T, evaluate(TABLE["hardtanh"], x))


def selu(x: T, /) -> T:
    """``1.0507 * elu(x, 1.6733)``: layers keep mean 0 and variance 1 (Klambauer et al. 2017).

    ``d selu(x)/dx = 1.0507 for x >= 0, else 1.7581 exp(x)``

    Examples
    --------
    >>> x = Value(-1.0); y = selu(x); y.backward()
    >>> y.data, x.grad
    (-1.1113307378, 0.646768603)
    """
    return cast(T, evaluate(TABLE["selu"], x))


def prelu(x: Any, slope: Any, /) -> Any:
    """`leaky_relu` with a slope that is trained (He et al. 2015).

    ``d/dx = 1 for x > 0, else slope``, at 0 as well; ``d/dslope = x for x <= 0, else 0``

    Examples
    --------
    >>> x, slope = Value(-2.0), Value(0.25); y = prelu(x, slope); y.backward()
    >>> y.data, x.grad, slope.grad
    (-0.5, 0.25, -2.0)
    """
    return evaluate(TABLE["prelu"], x, slope)
