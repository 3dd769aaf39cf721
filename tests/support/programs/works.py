"""The works of the benchmark of compiled functions, in small, as functions and their arguments."""

import numpy as np

import autograd
from autograd import Tensor
from tests.benchmarks.compiled.arrays import Arrays
from tests.benchmarks.compiled.report import QUICK_CASES
from tests.benchmarks.compiled.worker import Ours


class Functions(Ours):
    """The functions that the benchmark compiles, instead of a run of them."""

    def _trained(self, f, arrays, parameters, rows, work):
        for parameter, weight in zip(parameters, [weight for row in rows for weight in row], strict=True):
            parameter.data = weight
        return f, tuple(arrays)

    def _differentiated(self, f, arrays):
        return f, tuple(map(Tensor, arrays))

    def whole(self, work):
        program, lift = work.draw(), np.frompyfunc(autograd.Value, 1, 1)
        trained = [lift(array) for array in program.trained]
        return lambda *numbers: program.loss(autograd, trained, *numbers), tuple(program.lanes)


def works():
    """Yield the name of each work, its function, and the arguments."""
    functions = Functions()
    for case in QUICK_CASES:
        if not isinstance(case.work, Arrays):  # which are functions of tensors
            yield case.work.name, *getattr(functions, case.work.kind)(case.work)
