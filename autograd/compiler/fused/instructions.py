"""The words of kernels: functions of numpy as text, for the body of a loop, and the module that kernels import.

The module gives memory without checks, products by the BLAS, and functions that vectorise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.table import arrays
from ..emitting.cells import cast, choose
from .elementary import ELEMENTARY, source_of

__all__ = ["BEGIN", "NAMES", "REDUCED", "text_of"]

OF_MATH = (  # names by which generated text calls functions of the module math, or of numpy where there is no compiler
    "exp expm1 log log2 log10 log1p sqrt sin cos tan asin acos atan atan2 hypot sinh cosh tanh asinh acosh atanh "
    "erf erfc"
).split()
OF_NUMPY = "cbrt floor floor_divide remainder".split()

# The larger, or the nan of the two. Without `or`, both sides are computed and one is chosen, so that several numbers
# can be compared by one instruction.
LARGER = "({0} if not {0} < {1} else {1}) if {1} == {1} else {1}"
SMALLER = "({0} if not {0} > {1} else {1}) if {1} == {1} else {1}"
TEXTS: dict[Any, str] = {
    np.add: "{} + {}",
    np.subtract: "{} - {}",
    np.multiply: "{} * {}",
    np.divide: "{} / {}",
    np.negative: "-{}",
    np.square: "{0} * {0}",
    np.absolute: "abs({})",
    np.less: "{} < {}",
    np.equal: "{} == {}",
    np.not_equal: "{} != {}",
    np.less_equal: "{} <= {}",
    np.greater: "{} > {}",
    np.greater_equal: "{} >= {}",
    np.sign: "1.0 if {0} > 0.0 else (-1.0 if {0} < 0.0 else {0})",
    np.maximum: LARGER,
    np.minimum: SMALLER,
    np.fmin: "({0} if {0} <= {1} else {1}) if {1} == {1} else {0}",
    np.power: "{} ** {}",
    arrays.power: "{} ** {}",
    cast: "1.0 if {} else 0.0",
    choose: "{1} if {0} else {2}",
    **{getattr(arrays, name): f"{name}({', '.join(['{}'] * (1 + (name in ('atan2', 'hypot'))))})" for name in OF_MATH},
    **{getattr(np, name): f"{name}({', '.join(['{}'] * getattr(np, name).nin)})" for name in OF_NUMPY},
    np.log: "log({})",
}

SUM = "{} + {}"
REDUCED = {  # what reductions do with two numbers, and the number that changes nothing
    np.add: (SUM, "(-0.0)"),
    np.multiply: ("{} * {}", "1.0"),
    np.maximum: (LARGER, "(-inf)"),
    np.minimum: (SMALLER, "inf"),
}


def text_of(function: Any) -> str | None:
    """Return a function of numbers as text with places for its arguments; ``None`` if it has none."""
    return TEXTS.get(function) if callable(function) else None


NAMES = "numbers truths integers row room apart plus product_dgemm product_dgemv step compiled inf nan".split()
NAMES += [*OF_MATH, *OF_NUMPY]  # what kernels import
BEGIN = f"""import operator
from math import {", ".join(name for name in OF_MATH if name not in ELEMENTARY)}

from numba import njit, types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model
from numpy import inf, nan, {", ".join(OF_NUMPY)}


def compiled(cache):
    def function(*arrays):
        kinds = [given(each) for each in arrays]
        compiler = njit(types.void(types.int64, types.int64[::1], *kinds), error_model="numpy", cache=cache)
        return compiler if kinds else lambda f: entry(compiler(f))

    return function


def entry(kernel):
    \"\"\"Return a kernel without numba's check of what it is given, which takes longer than many a loop.\"\"\"
    return next(iter(kernel.overloads.values())).entry_point


def given(kind):
    \"\"\"Return the type of an array, such as numbers[:, :]; one that may be written to is of it, too.\"\"\"
    element = types.boolean if kind.startswith("truths") else types.float64
    return types.Array(element, kind.count(":"), "C", readonly=True)


inlined = njit(error_model="numpy", forceinline=True)
step = njit(error_model="numpy")

# --- Memory: numbers of a kind, one after another, from an address on; without checks and without a length ----------


class Numbers(types.Type):
    def __init__(self, element, scope=()):
        self.element, self.scope = element, scope
        super().__init__(f"Numbers({{element}}, {{scope}})")


register_model(Numbers)(models.OpaqueModel)


@infer_global(operator.getitem)
class Get(AbstractTemplate):
    def generic(self, given, named):
        if isinstance(given[0], Numbers):
            return signature(given[0].element, given[0], types.int64)


@infer_global(operator.setitem)
class Set(AbstractTemplate):
    def generic(self, given, named):
        if isinstance(given[0], Numbers):
            return signature(types.none, given[0], types.int64, given[0].element)


def place_of(context, builder, kind, start, index):
    stored = context.get_data_type(kind.element)
    return builder.gep(builder.bitcast(start, stored.as_pointer()), [index], inbounds=True)


def scoped(builder, kind, instruction):
    \"\"\"Say that a row of a loop has no number in common with its other rows.\"\"\"
    if kind.scope:
        loop, own, count = kind.scope
        add = builder.module.add_metadata
        domain = add([f"loop {{loop}}"])
        scopes = [add([f"row {{k}} of loop {{loop}}", domain]) for k in range(count)]
        instruction.set_metadata("alias.scope", add([scopes[own]]))
        if count > 1:
            instruction.set_metadata("noalias", add(scopes[:own] + scopes[own + 1 :]))


@lower_builtin(operator.getitem, Numbers, types.Integer)
def get(context, builder, made, given):
    kind = made.args[0]
    found = builder.load(place_of(context, builder, kind, *given))
    scoped(builder, kind, found)
    if kind.element == types.int64:  # tables never change, so that a loop may read them once, whatever it writes
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
    return context.data_model_manager[kind.element].from_data(builder, found)


@lower_builtin(operator.setitem, Numbers, types.Integer, types.Any)
def put(context, builder, made, given):
    kind = made.args[0]
    stored = context.data_model_manager[kind.element].as_data(builder, given[2])
    scoped(builder, kind, builder.store(stored, place_of(context, builder, kind, *given[:2])))
    return context.get_dummy_value()


def at_address(element):
    @intrinsic
    def start(context, address, size):
        def generate(context, builder, made, given):
            return builder.inttoptr(given[0], cgutils.voidptr_t)

        return Numbers(element)(types.int64, types.int64), generate

    return start


numbers, truths, integers = at_address(types.float64), at_address(types.boolean), at_address(types.int64)


@intrinsic(prefer_literal=True)
def row(context, start, loop, own, count):
    def generate(context, builder, made, given):
        return given[0]

    scope = loop.literal_value, own.literal_value, count.literal_value
    return Numbers(start.element, scope)(start, loop, own, count), generate


@intrinsic(prefer_literal=True)
def room(context, size):
    many = size.literal_value

    def generate(context, builder, made, given):
        with builder.goto_entry_block():
            made = builder.alloca(cgutils.ir.DoubleType(), size=cgutils.intp_t(many))
        return builder.bitcast(made, cgutils.voidptr_t)

    return Numbers(types.float64)(size), generate


@intrinsic
def apart(context):
    \"\"\"Say that no call of this function is replaced by its text.\"\"\"

    def generate(context, builder, made, given):
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.none(), generate


# --- Products of matrices ---------------------------------------------------------------------------------------------


def blas(kinds):
    \"\"\"Return an intrinsic that calls a function at an address, with numbers of these kinds; rows come first.\"\"\"

    def of(context, *given):
        def generate(context, builder, made, given):
            ir = cgutils.ir
            small, real = ir.IntType(32), ir.DoubleType()
            passed, declared = [small(101)], [small]
            address, *rest = given
            k = 0
            for kind in kinds:
                if kind in "01":
                    passed.append(real(float(kind)))
                    declared.append(real)
                    continue
                if kind == "p":
                    start = builder.bitcast(rest[k], real.as_pointer())
                    passed.append(builder.gep(start, [rest[k + 1]]))
                    k += 1
                else:
                    passed.append(builder.trunc(rest[k], small) if kind == "e" else rest[k])
                declared.append(passed[-1].type)
                k += 1
            function = builder.inttoptr(address, ir.FunctionType(ir.VoidType(), declared).as_pointer())
            builder.call(function, passed)
            return context.get_dummy_value()

        return types.none(*given), generate

    return of


gemm_of, gemv_of = blas("eeiii1pipi0pi"), blas("eii1pipi0pi")


@intrinsic
def gemm(context, f, a, b, m, n, k, x, i, s, y, j, t, out, o, u):
    return gemm_of(context, f, a, b, m, n, k, x, i, s, y, j, t, out, o, u)


@intrinsic
def gemv(context, f, a, m, n, x, i, s, y, j, t, out, o, u):
    return gemv_of(context, f, a, m, n, x, i, s, y, j, t, out, o, u)


@inlined
def product_dgemm(f, x, y, out, q, i, j, k):
    gemm(f, q[0], q[1], q[2], q[3], q[4], x, q[8] + i, q[5], y, q[9] + j, q[6], out, q[10] + k, q[7])


@inlined
def product_dgemv(f, x, y, out, q, i, j, k):
    gemv(f, q[0], q[1], q[2], x, q[6] + i, q[3], y, q[7] + j, q[4], out, q[8] + k, q[5])


# --- Elementary functions -------------------------------------------------------------------------------------------


@intrinsic
def bits(context, x):
    def generate(context, builder, made, given):
        return builder.bitcast(given[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


@intrinsic
def real(context, k):
    def generate(context, builder, made, given):
        return builder.bitcast(given[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


@intrinsic
def exponent(context, k):
    def generate(context, builder, made, given):
        return builder.lshr(given[0], given[0].type(52))

    return types.int64(types.int64), generate


@intrinsic
def plus(context, x, y):
    \"\"\"Return a sum, of which a loop may compute several parts with one instruction and add them at its end.\"\"\"

    def generate(context, builder, made, given):
        return builder.fadd(*given, flags=("reassoc",))

    return types.float64(types.float64, types.float64), generate


@intrinsic
def fused(context, x, y, z):
    def generate(context, builder, made, given):
        double = given[0].type
        kind = cgutils.ir.FunctionType(double, [double] * 3)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.fmuladd.f64"), given)

    return types.float64(types.float64, types.float64, types.float64), generate


{source_of()}
"""
