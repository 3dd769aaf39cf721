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

from . import numpy_functions as numpy_functions  # np.sum(tensor) and its kind
from .activations import elu, gelu, leaky_relu, logsigmoid, relu, sigmoid, silu, softplus
from .anomaly import detect_anomaly
from .array_functions import (
    broadcast_to,
    concatenate,
    expand_dims,
    moveaxis,
    pad,
    ravel,
    reshape,
    split,
    squeeze,
    stack,
    swapaxes,
    transpose,
)
from .array_products import diag, einsum, embedding, matmul, outer, trace
from .check import check_gradients
from .choices import abs as abs
from .choices import clip, maximum, minimum, sign, where
from .choices import round as round
from .compiler.function import compile as compile
from .context import is_internal, no_grad, scope
from .convolutions import avg_pool1d, avg_pool2d, conv1d, conv2d, max_pool1d, max_pool2d
from .custom import primitive
from .debug import debug
from .derivatives import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .entries import EntryExplanation
from .errors import (
    AnomalyError,
    AutogradError,
    CompileWarning,
    GradientError,
    InputTypeError,
    InputValueError,
    TapeError,
)
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
from .more_functions import (
    cbrt,
    ceil,
    cosine_similarity,
    exp2,
    floor,
    hardtanh,
    prelu,
    reciprocal,
    rsqrt,
    selu,
    sinc,
    softsign,
    square,
    xlogy,
)
from .nudge import nudge
from .program import Entry, Program, program
from .provenance import provenance
from .reductions import dot, log_softmax, logsumexp, mean, norm, prod, softmax, std, var
from .reductions import max as max
from .reductions import min as min
from .reductions import sum as sum
from .rerun import replay
from .step import Part, Step
from .stepping import Steps, steps
from .tensor import Tensor
from .value import Value

# Without those that hide a built-in: abs, max, min, round and sum are to be asked for by name.
__all__ = [
    "AnomalyError",
    "AutogradError",
    "CompileWarning",
    "Entry",
    "EntryExplanation",
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
    "Tensor",
    "Value",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "avg_pool1d",
    "avg_pool2d",
    "broadcast_to",
    "cbrt",
    "ceil",
    "check_gradients",
    "clip",
    "concatenate",
    "conv1d",
    "conv2d",
    "cos",
    "cosh",
    "cosine_similarity",
    "debug",
    "derivative",
    "detect_anomaly",
    "diag",
    "dot",
    "einsum",
    "elu",
    "embedding",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expand_dims",
    "explain",
    "expm1",
    "floor",
    "formula",
    "gelu",
    "grad",
    "hardtanh",
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
    "matmul",
    "max_pool1d",
    "max_pool2d",
    "maximum",
    "mean",
    "minimum",
    "moveaxis",
    "no_grad",
    "norm",
    "nudge",
    "outer",
    "pad",
    "prelu",
    "primitive",
    "prod",
    "program",
    "provenance",
    "ravel",
    "reciprocal",
    "relu",
    "replay",
    "reshape",
    "rsqrt",
    "scope",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softmax",
    "softplus",
    "softsign",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "steps",
    "swapaxes",
    "tan",
    "tanh",
    "trace",
    "transpose",
    "value_and_grad",
    "var",
    "vjp",
    "where",
    "xlogy",
]

is_internal(__name__)
