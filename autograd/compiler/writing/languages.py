"""The words of numpy, JAX and PyTorch for the operations of terms."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DEFINED", "JAX", "LANGUAGES", "NUMPY", "TORCH", "Language", "definitions"]


class Language(NamedTuple):
    """The words of a library.

    Attributes
    ----------
    name : str
        The name of the library.
    alias : str
        The name of the module whose functions are called.
    imports : tuple of str
        The import statements of a module.
    words : dict of str to str
        For each operation a function, if it is called otherwise than in our table.
    """

    name: str
    alias: str
    imports: tuple[str, ...]
    words: dict[str, str]

    def word(self, operation: str) -> str:
        """Return the function for an operation."""
        found = self.words.get(operation, operation)
        return found if "." in found or operation in DEFINED.get(self.name, {}) else f"{self.alias}.{found}"


def _inverses(prefix: str) -> dict[str, str]:
    return {f"a{rest}": f"{prefix}{rest}" for rest in "sin cos tan sinh cosh tanh tan2".split()}


NUMPY = Language(
    "numpy", "np", ("import numpy as np",), {**_inverses("arc"), "absolute": "abs", "amax": "max", "amin": "min"}
)
JAX = Language(
    "jax",
    "jnp",
    ("import jax", "import jax.numpy as jnp", "import numpy as np"),
    {
        **_inverses("arc"),
        "absolute": "abs",
        "amax": "max",
        "amin": "min",
        "erf": "jax.scipy.special.erf",
        "erfc": "jax.scipy.special.erfc",
        "logsumexp": "jax.nn.logsumexp",
        "softmax": "jax.nn.softmax",
        "log_softmax": "jax.nn.log_softmax",
    },
)
TORCH = Language(
    "torch",
    "torch",
    ("import torch",),
    {"absolute": "abs", "concatenate": "cat", "transpose": "permute", "isnan": "isnan"},
)
LANGUAGES = {each.name: each for each in (NUMPY, JAX, TORCH)}

# Functions that a library lacks, or for which its derivatives are not ours; a module defines those that it calls.
_LENGTHS = '''
def norm(x, axis):
    """The length of each vector along an axis; no square overflows."""
    return np.hypot.reduce(x, axis)
'''
_NORM = '''
def norm(x, axis):
    """The length of each vector along an axis; its derivative at the origin is 0."""
    size = {np}.amax({np}.abs({still}), axis, keepdims=True)
    size = {np}.where((0 < size) & {np}.isfinite(size), size, 1.0)  # so that no square overflows
    square = {np}.sum((x / size) ** 2, axis)
    origin = square == 0
    length = {np}.where(origin, 0.0, {np}.sqrt({np}.where(origin, 1.0, square)))
    return length * {np}.squeeze(size, axis)
'''
_CENTRED = '''
def centred(x, axis):
    """x less its mean along an axis; exactly 0 where all numbers are equal."""
    gaps = x - {first}
    return gaps - {np}.mean(gaps, axis, keepdims=True)
'''
_VAR = '''
def var(x, axis):
    """The mean of the squared deviations from the mean along an axis."""
    gaps = centred(x, axis)
    return {np}.mean(gaps * gaps, axis)
'''
_STD = '''
def std(x, axis):
    """The standard deviation along an axis; its derivative is 0 where all numbers are equal."""
    return norm(centred(x, axis), axis) / x.shape[axis] ** 0.5
'''
_OF_MATH = """
{name} = np.vectorize(math.{name}, otypes=[float])
"""
_GAPS = '''
def gaps(x, axis):
    """The differences from the maximum along an axis, 0 or less; inf - inf counts as 0."""
    top = np.max(x, axis, keepdims=True)
    return np.where(x == top, 0.0, x - top)
'''
_LOGSUMEXP = '''
def logsumexp(x, axis):
    """The logarithm of the sum of exponentials along an axis; no exponential overflows."""
    return np.max(x, axis) + np.log(np.sum(np.exp(gaps(x, axis)), axis))
'''
_SOFTMAX = '''
def softmax(x, axis):
    """The exponentials along an axis, divided by their sum; no exponential overflows."""
    weights = np.exp(gaps(x, axis))
    return weights / np.sum(weights, axis, keepdims=True)
'''
_LOG_SOFTMAX = '''
def log_softmax(x, axis):
    """The logarithm of softmax along an axis."""
    return gaps(x, axis) - np.log(np.sum(np.exp(gaps(x, axis)), axis, keepdims=True))
'''
_TIES = '''
def ties(x, extreme, axis):
    """1 for the element that is the extreme; shared evenly where several are."""
    equal = np.where(x == np.expand_dims(extreme, axis), 1.0, 0.0)
    return equal / np.maximum(np.sum(equal, axis, keepdims=True), 1.0)
'''
_OTHERS = '''
def others(x, axis):
    """For each element the product of the others along an axis, without a division."""
    x = np.moveaxis(x, axis, 0)
    ones = np.ones_like(x[:1])
    before = np.cumprod(np.concatenate([ones, x[:-1]]), 0)
    after = np.cumprod(np.concatenate([ones, x[:0:-1]]), 0)[::-1]
    return np.moveaxis(before * after, 0, axis)
'''
_DIRECTION = '''
def direction(x, length):
    """x / length, and 0 where the length is 0."""
    return np.where(length == 0, 0.0, x / np.where(length == 0, 1.0, length))
'''
_PASSED_ON = '''
def passed_on(g, slope):
    """g * slope, and 0 where g is 0: a gradient of 0 is not passed on, whatever the slope."""
    return np.where(g == 0, 0.0, g * slope)
'''
_CBRT = '''
def cbrt(x):
    """The real cube root."""
    return torch.sign(x) * torch.abs(x) ** (1 / 3)
'''
_SIGN = '''
def sign(x):
    """1, 0 or -1; nan for nan."""
    return torch.where(torch.isnan(x), torch.nan, torch.sign(x))
'''
_EXTREME = '''
def {name}(x, axis):
    """The {extreme} number along an axis; nan, which passes no gradient on, if one is nan."""
    nan = torch.isnan(x)
    return torch.where(nan.any(axis), torch.nan, torch.{name}(torch.where(nan, 0.0, x), axis))
'''


def _statistics(np: str, first: str) -> dict[str, str]:
    return {"centred": _CENTRED.format(np=np, first=first), "var": _VAR.format(np=np), "std": _STD}


DEFINED: dict[str, dict[str, str]] = {  # a function after those that it calls
    "numpy": {
        "norm": _LENGTHS,
        **_statistics("np", "np.take(x, [0], axis)"),
        "erf": _OF_MATH.format(name="erf"),
        "erfc": _OF_MATH.format(name="erfc"),
        "gaps": _GAPS,
        "logsumexp": _LOGSUMEXP,
        "softmax": _SOFTMAX,
        "log_softmax": _LOG_SOFTMAX,
        "ties": _TIES,
        "others": _OTHERS,
        "direction": _DIRECTION,
        "passed_on": _PASSED_ON,
    },
    "jax": {
        "norm": _NORM.format(np="jnp", still="jax.lax.stop_gradient(x)"),
        **_statistics("jnp", "jnp.take(x, jnp.array([0]), axis)"),
    },
    "torch": {
        "norm": _NORM.format(np="torch", still="x.detach()"),
        **_statistics("torch", "x.narrow(axis, 0, 1)"),
        "cbrt": _CBRT,
        "sign": _SIGN,
        "amax": _EXTREME.format(name="amax", extreme="largest"),
        "amin": _EXTREME.format(name="amin", extreme="least"),
    },
}


def definitions(language: str, used: set[str]) -> list[str]:
    """Return the functions that a module has to define, those that they call among them."""
    found: list[str] = []
    for name, text in reversed(DEFINED[language].items()):
        if name in used or any(f"{name}(" in other for other in found):
            found.append(text.strip("\n"))
    return found[::-1]
