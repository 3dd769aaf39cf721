"""Functions that a module defines: those that a library lacks, or whose derivatives are not ours."""

from __future__ import annotations

__all__ = ["DEFINED", "definitions"]

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
    return {np}.where(length == 0, 0.0, x / {np}.where(length == 0, 1.0, length))
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
    nan = {np}.isnan(x)
    return {np}.where(nan.any(axis), {np}.nan, {np}.{name}({np}.where(nan, 0.0, x), axis))
'''


# --- Operations on whole arrays ---------------------------------------------------------------------------------------

_SCATTER = '''
def scatter(x, index, shape):
    """Zeros of a shape, with x added at the places of an index."""
    zeros = np.zeros(shape, x.dtype)
    np.add.at(zeros, index, x)
    return zeros
'''
_SCATTER_JAX = '''
def scatter(x, index, shape):
    """Zeros of a shape, with x added at the places of an index."""
    return jnp.zeros(shape, x.dtype).at[index].add(x)
'''
_SCATTER_TORCH = '''
def scatter(x, index, shape):
    """Zeros of a shape, with x added at the places of an index."""
    zeros = x.new_zeros(math.prod(shape))
    places = torch.arange(len(zeros), device=x.device).reshape(shape)[index]
    return zeros.index_add(0, places.reshape(-1), x.expand(places.shape).reshape(-1)).reshape(shape)
'''
_WINDOWS = '''
def windows(x, size, stride):
    """The windows of images: axes for sample, channel, place (two axes) and cell of the window (two axes)."""
    found = np.lib.stride_tricks.sliding_window_view(x, size, (2, 3))
    return found[:, :, :: stride[0], :: stride[1]]
'''
_WINDOWS_JAX = '''
def windows(x, size, stride):
    """The windows of images: axes for sample, channel, place (two axes) and cell of the window (two axes)."""
    row, column = (
        np.arange(0, n - k + 1, s)[:, None] + np.arange(k)
        for n, k, s in zip(x.shape[2:], size, stride)
    )
    return x[:, :, row[:, None, :, None], column[None, :, None, :]]
'''
_WINDOWS_TORCH = '''
def windows(x, size, stride):
    """The windows of images: axes for sample, channel, place (two axes) and cell of the window (two axes)."""
    return x.unfold(2, size[0], stride[0]).unfold(3, size[1], stride[1])
'''
_OVERLAP = '''
def overlap(g, stride, shape):
    """Windows, added up at their places in images of a shape."""
    images = {zeros}
    rows, columns = g.shape[2:4]
    for i in range(g.shape[4]):
        for j in range(g.shape[5]):
            row = slice(i, i + stride[0] * rows, stride[0])
            column = slice(j, j + stride[1] * columns, stride[1])
            {add}
    return images
'''
_CONV = '''
def conv(x, w, stride):
    """The sum of products of the filters w with each window of the images x."""
    return np.einsum("nchwij,fcij->nfhw", windows(x, w.shape[2:], stride), w, optimize=True)
'''
_CONV_INPUT = '''
def conv_input(w, g, stride, shape):
    """The gradient of a convolution by its images, of a shape, from the gradient g by its result."""
    return overlap({np}.einsum("nfhw,fcij->nchwij", g, w), stride, shape)
'''
_CONV_FILTER = '''
def conv_filter(x, g, stride, size):
    """The gradient of a convolution by its filters, of a size, from the gradient g by its result."""
    return {np}.einsum("nfhw,nchwij->fcij", g, windows(x, size, stride))
'''
_COFACTORS = '''
def cofactors(x):
    """The derivative of the determinant by each element, of singular matrices as well."""
    u, s, v = np.linalg.svd(x)
    signs = np.rint(np.linalg.det(u) * np.linalg.det(v))
    return signs[..., None, None] * (u * others(s, -1)[..., None, :]) @ v
'''
_DET_TORCH = '''
class Det(torch.autograd.Function):
    """The determinant, with its derivative by each element, also of singular matrices."""

    @staticmethod
    def forward(x):
        return torch.linalg.det(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        u, s, v = torch.linalg.svd(x)
        signs = torch.round(torch.linalg.det(u) * torch.linalg.det(v))
        rest = [torch.cat([s[..., :k], s[..., k + 1 :]], -1).prod(-1) for k in range(s.shape[-1])]
        cofactors = (u * torch.stack(rest, -1)[..., None, :]) @ v
        return (g * signs)[..., None, None] * cofactors


det = Det.apply
'''


def _of_images(np: str, windows: str, zeros: str, add: str) -> dict[str, str]:
    overlap = _OVERLAP.replace("{zeros}", zeros).replace("{add}", add)
    backward = {"conv_input": _CONV_INPUT.format(np=np), "conv_filter": _CONV_FILTER.format(np=np)}
    return {"windows": windows, "overlap": overlap, **backward}


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
        "direction": _DIRECTION.format(np="np"),
        "passed_on": _PASSED_ON,
        "scatter": _SCATTER,
        **_of_images("np", _WINDOWS, "np.zeros(shape, g.dtype)", "images[:, :, row, column] += g[..., i, j]"),
        "conv": _CONV,
        "cofactors": _COFACTORS,
    },
    "jax": {
        "norm": _NORM.format(np="jnp", still="jax.lax.stop_gradient(x)"),
        "direction": _DIRECTION.format(np="jnp"),
        **_statistics("jnp", "jnp.take(x, jnp.array([0]), axis)"),
        "amax": _EXTREME.format(np="jnp", name="amax", extreme="largest"),
        "amin": _EXTREME.format(np="jnp", name="amin", extreme="least"),
        "scatter": _SCATTER_JAX,
        **_of_images(
            "jnp",
            _WINDOWS_JAX,
            "jnp.zeros(shape, g.dtype)",
            "images = images.at[:, :, row, column].add(g[..., i, j])",
        ),
    },
    "torch": {
        "norm": _NORM.format(np="torch", still="x.detach()"),
        "direction": _DIRECTION.format(np="torch"),
        **_statistics("torch", "x.narrow(axis, 0, 1)"),
        "scatter": _SCATTER_TORCH,
        **_of_images("torch", _WINDOWS_TORCH, "g.new_zeros(shape)", "images[:, :, row, column] += g[..., i, j]"),
        "det": _DET_TORCH,
        "cbrt": _CBRT,
        "sign": _SIGN,
        "amax": _EXTREME.format(np="torch", name="amax", extreme="largest"),
        "amin": _EXTREME.format(np="torch", name="amin", extreme="least"),
    },
}


def definitions(language: str, used: set[str]) -> list[str]:
    """Return the functions that a module has to define, those that they call among them."""
    found: list[str] = []
    for name, text in reversed(DEFINED[language].items()):
        if name in used or any(f"{name}(" in other for other in found):
            found.append(text.strip("\n"))
    return found[::-1]
