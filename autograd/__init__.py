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

import builtins as _builtins
from types import ModuleType as _ModuleType

from . import linalg as linalg
from .arrays.tensor import Tensor as Tensor
from .checking.check import check_gradients as check_gradients
from .compiler.function import compile as compile
from .core.context import is_internal as _is_internal
from .core.context import no_grad as no_grad
from .core.context import scope as scope
from .core.value import Value as Value
from .derivatives.operators import derivative as derivative
from .derivatives.operators import grad as grad
from .derivatives.operators import hessian as hessian
from .derivatives.operators import hvp as hvp
from .derivatives.operators import jacobian as jacobian
from .derivatives.operators import jvp as jvp
from .derivatives.operators import value_and_grad as value_and_grad
from .derivatives.operators import vjp as vjp
from .errors import AnomalyError as AnomalyError
from .errors import AutogradError as AutogradError
from .errors import CompileWarning as CompileWarning
from .errors import GradientError as GradientError
from .errors import InputTypeError as InputTypeError
from .errors import InputValueError as InputValueError
from .errors import TapeError as TapeError
from .experiments.comparison import Comparison as Comparison
from .experiments.comparison import Pair as Pair
from .experiments.comparison import compare as compare
from .experiments.taylor import nudge as nudge
from .experiments.what_if import replay as replay
from .explaining.explanation import EntryExplanation as EntryExplanation
from .explaining.explanation import Explanation as Explanation
from .explaining.explanation import explain as explain
from .formulas.chain_rule import Formula as Formula
from .formulas.chain_rule import formula as formula
from .functions import numpy_protocol as numpy_protocol  # np.sum(tensor) and its kind
from .functions.activations import elu as elu
from .functions.activations import gelu as gelu
from .functions.activations import hardtanh as hardtanh
from .functions.activations import leaky_relu as leaky_relu
from .functions.activations import logsigmoid as logsigmoid
from .functions.activations import prelu as prelu
from .functions.activations import relu as relu
from .functions.activations import selu as selu
from .functions.activations import sigmoid as sigmoid
from .functions.activations import silu as silu
from .functions.activations import softplus as softplus
from .functions.activations import softsign as softsign
from .functions.convolution import avg_pool1d as avg_pool1d
from .functions.convolution import avg_pool2d as avg_pool2d
from .functions.convolution import conv1d as conv1d
from .functions.convolution import conv2d as conv2d
from .functions.convolution import max_pool1d as max_pool1d
from .functions.convolution import max_pool2d as max_pool2d
from .functions.custom import primitive as primitive
from .functions.exponential import cbrt as cbrt
from .functions.exponential import erf as erf
from .functions.exponential import erfc as erfc
from .functions.exponential import exp as exp
from .functions.exponential import exp2 as exp2
from .functions.exponential import expm1 as expm1
from .functions.exponential import log as log
from .functions.exponential import log1p as log1p
from .functions.exponential import log2 as log2
from .functions.exponential import log10 as log10
from .functions.exponential import logaddexp as logaddexp
from .functions.exponential import reciprocal as reciprocal
from .functions.exponential import rsqrt as rsqrt
from .functions.exponential import sqrt as sqrt
from .functions.exponential import square as square
from .functions.exponential import xlogy as xlogy
from .functions.picking import cumsum as cumsum
from .functions.picking import diag as diag
from .functions.picking import diff as diff
from .functions.picking import embedding as embedding
from .functions.picking import flip as flip
from .functions.picking import repeat as repeat
from .functions.picking import sort as sort
from .functions.picking import take as take
from .functions.picking import tile as tile
from .functions.piecewise import abs as abs
from .functions.piecewise import ceil as ceil
from .functions.piecewise import clip as clip
from .functions.piecewise import floor as floor
from .functions.piecewise import maximum as maximum
from .functions.piecewise import minimum as minimum
from .functions.piecewise import round as round
from .functions.piecewise import sign as sign
from .functions.piecewise import where as where
from .functions.products import cosine_similarity as cosine_similarity
from .functions.products import dot as dot
from .functions.products import einsum as einsum
from .functions.products import matmul as matmul
from .functions.products import outer as outer
from .functions.products import tensordot as tensordot
from .functions.products import trace as trace
from .functions.rearranging import broadcast_to as broadcast_to
from .functions.rearranging import concatenate as concatenate
from .functions.rearranging import expand_dims as expand_dims
from .functions.rearranging import hstack as hstack
from .functions.rearranging import moveaxis as moveaxis
from .functions.rearranging import pad as pad
from .functions.rearranging import ravel as ravel
from .functions.rearranging import reshape as reshape
from .functions.rearranging import split as split
from .functions.rearranging import squeeze as squeeze
from .functions.rearranging import stack as stack
from .functions.rearranging import swapaxes as swapaxes
from .functions.rearranging import transpose as transpose
from .functions.rearranging import vstack as vstack
from .functions.reductions import log_softmax as log_softmax
from .functions.reductions import logsumexp as logsumexp
from .functions.reductions import max as max
from .functions.reductions import mean as mean
from .functions.reductions import min as min
from .functions.reductions import norm as norm
from .functions.reductions import prod as prod
from .functions.reductions import softmax as softmax
from .functions.reductions import std as std
from .functions.reductions import sum as sum
from .functions.reductions import var as var
from .functions.trigonometric import acos as acos
from .functions.trigonometric import acosh as acosh
from .functions.trigonometric import asin as asin
from .functions.trigonometric import asinh as asinh
from .functions.trigonometric import atan as atan
from .functions.trigonometric import atan2 as atan2
from .functions.trigonometric import atanh as atanh
from .functions.trigonometric import cos as cos
from .functions.trigonometric import cosh as cosh
from .functions.trigonometric import hypot as hypot
from .functions.trigonometric import sin as sin
from .functions.trigonometric import sinc as sinc
from .functions.trigonometric import sinh as sinh
from .functions.trigonometric import tan as tan
from .functions.trigonometric import tanh as tanh
from .programs.entry import Entry as Entry
from .programs.listing import Program as Program
from .programs.listing import program as program
from .stepping.records import Part as Part
from .stepping.records import Step as Step
from .stepping.stepper import Steps as Steps
from .stepping.stepper import steps as steps
from .terminal.prompt import debug as debug
from .watching.anomaly import detect_anomaly as detect_anomaly
from .watching.film import Film as Film
from .watching.film import Track as Track
from .watching.film import watch as watch
from .watching.frames import Scene as Scene
from .watching.sources import provenance as provenance

__version__ = "0.2.0"

# Public is what is imported above as itself, the modules apart. ``from autograd import *`` leaves out what would hide a
# built-in: abs, compile, max, min, round and sum.
_public = [name for name, what in globals().items() if name[0] != "_" and not isinstance(what, _ModuleType)]
__all__ = sorted(name for name in _public if not hasattr(_builtins, name))


def __dir__() -> list[str]:
    return sorted(_public + [name for name in globals() if name.startswith("__")])


_is_internal(__name__)
