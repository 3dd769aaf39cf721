"""Autograd that people can see through: numbers that remember how they were computed, and differentiate it.

>>> from autograd import Value, program
>>> x = Value(2.0, name="x")
>>> y = x * x + 3 * x
>>> y.backward()
>>> x.grad
7.0
>>> print(program(y))
              value  gradient
x  = input    2.0    7.0
%1 = x * x    4.0    1.0
%2 = 3 * x    6.0    1.0
%3 = %1 + %2  10.0   1.0
"""

from .activations import elu, gelu, leaky_relu, logsigmoid, relu, sigmoid, silu, softplus
from .anomaly import detect_anomaly
from .check import check_gradients
from .choices import abs as abs
from .choices import clip, maximum, minimum, sign, where
from .choices import round as round
from .context import is_internal, no_grad, scope
from .custom import primitive
from .debug import debug
from .derivatives import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .errors import AnomalyError, AutogradError, GradientError, InputTypeError, InputValueError, TapeError
from .explain import Explanation, explain
from .formula import Formula, formula
from .functions import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from .nudge import nudge
from .program import Entry, Program, program
from .provenance import provenance
from .reductions import dot, log_softmax, logsumexp, mean, norm, prod, softmax
from .reductions import max as max
from .reductions import min as min
from .reductions import sum as sum
from .rerun import replay
from .step import Part, Step
from .stepping import Steps, steps
from .value import Value

# Without those that hide a built-in: abs, max, min, round and sum are to be asked for by name.
__all__ = [
    "AnomalyError",
    "AutogradError",
    "Entry",
    "Explanation",
    "Formula",
    "GradientError",
    "InputTypeError",
    "InputValueError",
    "Part",
    "Program",
    "Step",
    "Steps",
    "TapeError",
    "Value",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "check_gradients",
    "clip",
    "cos",
    "cosh",
    "debug",
    "derivative",
    "detect_anomaly",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "explain",
    "expm1",
    "formula",
    "gelu",
    "grad",
    "hessian",
    "hvp",
    "hypot",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logsigmoid",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "no_grad",
    "norm",
    "nudge",
    "primitive",
    "prod",
    "program",
    "provenance",
    "relu",
    "replay",
    "scope",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "steps",
    "tan",
    "tanh",
    "value_and_grad",
    "vjp",
    "where",
]

is_internal(__name__)
