"""Elementary functions without branches, so that one instruction computes several samples.

The functions of a mathematical library are called for one number after another, and a loop that calls one of them does
the rest of its work number by number, too. The functions below are sums, products and choices only. Generated modules
contain their source text, with `bits`, `real` and `fused` as single instructions; here they run as Python.

Each reduces its argument to a short interval, where a polynomial of nearly least error is exact to 1e-17. All results
are within 2 units of the last place, and infinities, nan and the sign of zero are those of the C library.
"""

from __future__ import annotations

import inspect
import struct
from collections.abc import Callable
from math import inf, nan

__all__ = ["ELEMENTARY", "erf", "exp", "expm1", "log", "log1p", "source_of", "tanh"]


def bits(x: float) -> int:
    """Return the 64 bits of a number as an integer."""
    return int(struct.unpack("<q", struct.pack("<d", x))[0])


def real(k: int) -> float:
    """Return the number with 64 bits."""
    return float(struct.unpack("<d", struct.pack("<Q", k & 0xFFFF_FFFF_FFFF_FFFF))[0])


def exponent(k: int) -> int:
    """Return the sign and the exponent, as they are stored, of the number with these bits."""
    return k >> 52 & 0xFFF


def fused(x: float, y: float, z: float) -> float:
    """Return ``x * y + z``, rounded once where the processor can do that."""
    return x * y + z


def power_of_two(n: float) -> float:
    """Return 2 to an integer from -1022 to 1023."""
    return real((bits(n + 6755399441055744.0) + 1023) << 52)  # 1.5 * 2**52: the integer is in the lowest bits


def cubic(x: float, square: float, a: float, b: float, c: float, d: float) -> float:
    """Return a + b x + c x**2 + d x**3, in three steps of which two do not wait for each other."""
    return fused(fused(d, x, c), square, fused(b, x, a))


def exp_tail(r: float) -> float:
    """Return (exp(r) - 1 - r) / r**2, with r between -0.35 and 0.35."""
    z = r * r
    low = cubic(r, z, 0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333325973)
    middle = cubic(r, z, 0.0013888888888883633, 0.0001984126987538548, 2.480158732595111e-05, 2.7557254685728803e-06)
    high = fused(2.0914898727175524e-09, z, fused(2.5105513541847086e-08, r, 2.755727313289604e-07))
    return fused(fused(high, z * z, middle), z * z, low)


def exp(x: float) -> float:
    """Return e to the power of x: 2**n e**r with x = n log 2 + r."""
    c = 710.0 if x > 710.0 else x
    c = -746.0 if c < -746.0 else c
    n = fused(c, 1.4426950408889634, 6755399441055744.0) - 6755399441055744.0
    r = fused(n, -1.9082149292705877e-10, c - n * 0.6931471803691238)
    half = fused(n, 0.5, 6755399441055744.0) - 6755399441055744.0
    return (1.0 + fused(r * r, exp_tail(r), r)) * power_of_two(half) * power_of_two(n - half)


def expm1(x: float) -> float:
    """Return exp(x) - 1."""
    c = 710.0 if x > 710.0 else x
    c = -40.0 if c < -40.0 else c
    n = fused(c, 1.4426950408889634, 6755399441055744.0) - 6755399441055744.0
    r = fused(n, -1.9082149292705877e-10, c - n * 0.6931471803691238)
    half = power_of_two(n - 1.0)
    y = 2.0 * fused(half, fused(r * r, exp_tail(r), r), half - 0.5)
    return x if abs(x) < 1e-17 else y


def log(x: float) -> float:
    """Return the natural logarithm: n log 2 + log m with x = 2**n m, and m from sqrt(1/2) to sqrt(2)."""
    tiny = x < 2.2250738585072014e-308
    k = bits(x * 18014398509481984.0 if tiny else x)
    n = exponent(k + 0x00095F619980C433)  # + the bits of 1 - those of sqrt(1/2)
    f = real(k - (n << 52) + 0x3FF0000000000000) - 1.0
    s = f / (2.0 + f)
    z = s * s
    low = cubic(z, z * z, 0.666666666666667, 0.3999999999989765, 0.2857142862681398, 0.22222210998123745)
    high = fused(0.14620522556371995, z * z, fused(0.15331391597986554, z, 0.18182899068063552))
    p = z * fused(high, z * z * (z * z), low)
    e = real(n + 0x4330000000000000) - (4503599627371573.0 if tiny else 4503599627371519.0)
    half = 0.5 * f * f
    y = fused(e, 0.6931471803691238, f - (half - fused(s, half + p, e * 1.9082149292705877e-10)))
    y = y if x < inf else x
    return (-inf if x == 0.0 else nan) if x <= 0.0 else y


def log1p(x: float) -> float:
    """Return log(1 + x), with the rounding of the sum made good."""
    u = 1.0 + x
    y = log(u) + (x - (u - 1.0)) / u
    y = y if u > 0.0 and u < inf else log(u)
    return x if abs(x) < 1e-17 else y


def tanh(x: float) -> float:
    """Return the hyperbolic tangent, t / (t + 2) with t = exp(2 |x|) - 1."""
    a = abs(x)
    t = expm1(2.0 * (22.0 if a > 22.0 else a))
    return real(bits(t / (t + 2.0)) | bits(x) & -0x8000000000000000)


def erf(x: float) -> float:
    """Return the error function: x + x P(x**2) below 1, and 1 - exp(-x**2) Q((x - 3) / (x + 3)) above."""
    z = x * x
    zz = z * z
    p = cubic(z, zz, 0.12837916709551257, -0.37612638903183754, 0.1128379167095512, -0.02686617064512984)
    p4 = cubic(z, zz, 0.0052239776254232985, -0.000854832702193483, 0.00012055332902888736, -1.4925647567519332e-05)
    p8 = cubic(z, zz, 1.6462045441468418e-06, -1.6364642158167616e-07, 1.4792401209404813e-08, -1.216456005728345e-09)
    p12 = fused(-4.230945824295338e-12, z, 8.709045129053106e-11)
    near = fused(x, fused(fused(p12, zz * zz, p8), zz * zz * (zz * zz), fused(p4, zz * zz, p)), x)
    a = abs(x)
    c = 6.0 if a > 6.0 else a
    t = (c - 3.0) / (c + 3.0)
    tt = t * t
    q = cubic(t, tt, 0.17900115118138996, -0.32623356004303716, 0.245603801712332, -0.15011593650078872)
    q4 = cubic(t, tt, 0.07166583719774071, -0.024392499318215563, 0.004269136347888925, 0.0007077464435554752)
    q8 = cubic(t, tt, -0.0005970623594346563, 4.525472584545508e-05, 6.406188802716887e-05, -1.2848802744229084e-05)
    q12 = fused(1.2798843631721291e-06, tt, fused(2.0231163968282664e-06, t, -8.008196716842235e-06))
    q = fused(fused(q12, tt * tt, q8), tt * tt * (tt * tt), fused(q4, tt * tt, q))
    far = real(bits(1.0 - exp(-c * c) * q) | bits(x) & -0x8000000000000000)
    return far if a >= 1.0 else near


ELEMENTARY: dict[str, Callable[[float], float]] = {f.__name__: f for f in (exp, expm1, log, log1p, tanh, erf)}


def source_of() -> str:
    """Return the source of these functions, for a module that has `bits`, `real`, `exponent` and `fused`."""
    functions: list[Callable[..., float]] = [power_of_two, cubic, exp_tail, *ELEMENTARY.values()]
    return "\n\n".join(f"@inlined\n{inspect.getsource(function)}" for function in functions)
