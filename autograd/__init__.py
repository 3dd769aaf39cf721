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

from .arrays.tensor import Tensor
from .compiler.function import compile as compile
from .core.context import is_internal, no_grad, scope
from .core.value import Value
from .derivatives.operators import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .errors import (
    AnomalyError,
    AutogradError,
    CompileWarning,
    GradientError,
    InputTypeError,
    InputValueError,
    TapeError,
)
from .experiments.check import check_gradients
from .experiments.taylor import nudge
from .experiments.what_if import replay
from .explaining.array_entry import EntryExplanation
from .explaining.explanation import Explanation, explain
from .formulas.chain_rule import Formula, formula
from .functions import numpy_protocol as numpy_protocol  # np.sum(tensor) and its kind
from .functions.activations import (
    elu,
    gelu,
    hardtanh,
    leaky_relu,
    logsigmoid,
    prelu,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
)
from .functions.convolution import avg_pool1d, avg_pool2d, conv1d, conv2d, max_pool1d, max_pool2d
from .functions.custom import primitive
from .functions.exponential import (
    cbrt,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    reciprocal,
    rsqrt,
    sqrt,
    square,
    xlogy,
)
from .functions.piecewise import abs as abs
from .functions.piecewise import ceil, clip, floor, maximum, minimum, sign, where
from .functions.piecewise import round as round
from .functions.products import cosine_similarity, diag, dot, einsum, embedding, matmul, outer, trace
from .functions.rearranging import (
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
from .functions.reductions import log_softmax, logsumexp, mean, norm, prod, softmax, std, var
from .functions.reductions import max as max
from .functions.reductions import min as min
from .functions.reductions import sum as sum
from .functions.trigonometric import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    hypot,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)
from .programs.entry import Entry
from .programs.listing import Program, program
from .stepping.records import Part, Step
from .stepping.stepper import Steps, steps
from .terminal.prompt import debug
from .watching.anomaly import detect_anomaly
from .watching.sources import provenance

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
