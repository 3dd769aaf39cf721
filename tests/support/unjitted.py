"""A stand-in for numba: the generated loops run as Python, on the same memory."""

import types

from autograd.compiler.fused import modules

BEGIN = """import ctypes
import numpy as np
from math import erf as erf_of_one, erfc as erfc_of_one
from numpy import exp, expm1, log, log2, log10, log1p, sqrt, sin, cos, tan, arcsin as asin, arccos as acos
from numpy import arctan as atan, arctan2 as atan2, hypot, sinh, cosh, tanh, arcsinh as asinh, arccosh as acosh
from numpy import arctanh as atanh, cbrt, floor, floor_divide, remainder, inf, nan


def erf(x):
    return np.float64(erf_of_one(x))


def erfc(x):
    return np.float64(erfc_of_one(x))


def compiled(cache):
    return lambda *arrays: lambda f: f


def step(f):
    return f


def apart():
    return None


def plus(x, y):
    return x + y


def matrix(x, first, shape, distance, order):
    strides = (8 * distance, 8) if order == 111 else (8, 8 * distance)
    size = 1 + sum((n - 1) * step // 8 for n, step in zip(shape, strides))
    return np.lib.stride_tricks.as_strided(x.at(first, size), shape, strides)


def product_dgemm(f, x, y, out, q, i, j, k):
    a, b, m, n, inner, s, t, u, *firsts = q.own.tolist()
    left, right = matrix(x, firsts[0] + i, (m, inner), s, a), matrix(y, firsts[1] + j, (inner, n), t, b)
    matrix(out, firsts[2] + k, (m, n), u, 111)[...] = left @ right


def product_dgemv(f, x, y, out, q, i, j, k):
    a, m, n, s, t, u, *firsts = q.own.tolist()
    shape = (m, n) if a == 111 else (n, m)
    left, right = matrix(x, firsts[0] + i, shape, s, a), matrix(y, firsts[1] + j, (shape[1], 1), t, 111)
    matrix(out, firsts[2] + k, (shape[0], 1), u, 111)[...] = left @ right


class Numbers:
    # Numbers from an address on; also those in other memory, at their distance from it.
    def __init__(self, address, size, dtype):
        self.address, self.dtype = int(address), np.dtype(dtype)
        self.own, self.size = self.at(0, int(size)), int(size)

    def at(self, first, size):
        length = self.dtype.itemsize
        raw = (ctypes.c_char * (size * length)).from_address(self.address + int(first) * length)
        return np.frombuffer(raw, self.dtype) if size else np.empty(0, self.dtype)

    def __getitem__(self, k):
        return self.own[k] if 0 <= k < self.size else self.at(k, 1)[0]

    def __setitem__(self, k, x):
        if 0 <= k < self.size:
            self.own[k] = x
        else:
            self.at(k, 1)[0] = x


def numbers(address, size, dtype=np.float64):
    return Numbers(address, size, dtype)


def truths(address, size):
    return numbers(address, size, np.bool_)


def integers(address, size):
    return numbers(address, size, np.int64)


def row(start, loop, own, count):
    assert 0 <= own < count
    return start


def room(size):
    return np.empty(size)


"""


def install(monkeypatch, folder):
    """Have loops run as Python, from modules that are kept in a folder."""
    monkeypatch.setattr(modules, "BEGIN", BEGIN)
    monkeypatch.setattr(modules, "compiler", lambda: types.SimpleNamespace(__version__="0"))
    monkeypatch.setattr(modules, "_entries", {})
    monkeypatch.setenv(modules.VARIABLE, str(folder))
