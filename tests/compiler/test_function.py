"""Claims on a compiled function besides plain equality: it composes, and takes and gives anything."""

import array
import copy
import gc
import pickle
import types
import weakref
from collections import OrderedDict, UserDict, UserList, defaultdict, deque, namedtuple
from enum import Enum
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

import autograd
import nn
import visualize
from autograd import InputTypeError, Tensor, Value, dot, no_grad
from autograd.compiler.compiled import Compiled
from autograd.derivatives.operators import grad
from autograd.errors import CompileWarning

X = np.array([1.0, 2.0, -3.0])
Pair = namedtuple("Pair", "a b")


def numbers(result):
    """The numbers of a result, with lists in the place of arrays."""
    if isinstance(result, (Value, Tensor)):
        return np.asarray(result.data).tolist()
    if isinstance(result, np.ndarray):
        return [numbers(each) for each in result.tolist()] if result.dtype == object else result.tolist()
    if isinstance(result, dict):
        return {key: numbers(each) for key, each in result.items()}
    if isinstance(result, (list, tuple)):
        found = [numbers(each) for each in result]
        return found if type(result) is list else type(result)(*found) if hasattr(result, "_fields") else tuple(found)
    return result


def gradients(*nodes):
    return [None if node.grad is None else np.asarray(node.grad).tolist() for node in nodes]


# --- Composition ------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_results_are_part_of_what_is_computed_with_them_before_and_after():
    w, v = Value(2.0), Value(3.0)
    f, g = autograd.compile(lambda x: w * x * v), autograd.compile(lambda x: w + x)
    x = Tensor(X)
    (f(x * v) * g(x).tanh()).sum().backward()
    found = gradients(w, v, x)
    w.grad = v.grad = x.grad = None
    (w * (x * v) * v * (w + x).tanh()).sum().backward()
    np.testing.assert_allclose(np.hstack(found), np.hstack(gradients(w, v, x)), rtol=1e-14)


def test_of_single_numbers_too():
    w, x = Value(2.0), Value(3.0)
    f = autograd.compile(lambda x: w * x * x)
    y = f(f(x) + w)
    y.backward()
    assert (y.data, *gradients(w, x)) == (800.0, 400.0 + 80.0 * 10.0, 80.0 * 12.0)


def test_a_result_used_twice_is_differentiated_once():
    w = Value(2.0)
    y = autograd.compile(lambda x: w * x)(X)
    (y * y + y).sum().backward()
    assert w.grad == sum(2 * 2 * x * x + x for x in X)
    assert y.grad.tolist() == (2 * 2 * X + 1).tolist()


def test_compiled_functions_are_part_of_a_compiled_function():
    w = Value(2.0)
    inner = autograd.compile(lambda x: w * x)
    outer = autograd.compile(lambda x, n: inner(x) * inner(x + n))
    for x in (Value(3.0), Tensor([3.0, 4.0])):
        w.grad = None
        y = outer(x, 1)
        (y if type(x) is Value else y.sum()).backward()
        expected = [48.0, 28.0] if type(x) is Value else [128.0, [28.0, 36.0]]
        assert gradients(w, x) == expected
    # There a function gets its arguments as it would by itself: an array as samples, with a tensor as its result.
    w.grad = None
    with pytest.warns(CompileWarning, match="runs as it is: it calls <lambda>, which runs as a whole"):
        y = autograd.compile(lambda x: inner(np.ones(3)).sum() * x)(1.5)
    y.backward()
    assert (y.item(), w.grad) == (9.0, 4.5)


def test_functions_share_the_array_of_their_parameters():
    w, v = Value(2.0, name="w"), Value(3.0)
    first = autograd.compile(lambda x: w * x * v)
    second = autograd.compile(lambda x: 0.0 * w * x)
    first(X)
    (flat,) = first._last.flats
    second(X).sum().backward()
    assert second._last.flats == [flat]
    assert (w.grad, v.grad) == (0.0, None)  # reached with nothing, and not reached
    v.grad = 7.0
    second(X).mean().backward()
    assert (w.grad, v.grad) == (0.0, 7.0)
    first(X).sum().backward()
    assert (w.grad, v.grad) == (0.0, 7.0)  # 3 + 6 - 9
    first(X[:1]).sum().backward()
    assert (w.grad, v.grad) == (3.0, 9.0)


def test_parameters_of_two_functions_meet_in_a_third():
    w, v, own = Value(2.0), Value(3.0), Value(5.0)
    autograd.compile(lambda x: w * x)(X)
    autograd.compile(lambda x: v * x)(X)
    third = autograd.compile(lambda x: w * v * own * x)
    third(X[:2]).sum().backward()
    assert len(third._last.flats) == 3
    assert gradients(w, v, own) == [45.0, 30.0, 18.0]


class Own(Value):
    """A value of another class, which is not moved."""


def test_parameters_of_other_classes_are_read_one_by_one():
    own, plain, other = Own(2.0), Value(3.0), Own(7.0)
    f = autograd.compile(lambda x, k: own * x * plain * k + (other * 0.0).detach())
    for k in range(2):
        own.data = 2.0 + k
        own.grad = plain.grad = None
        f(X[:2], 1.0).sum().backward()
        assert gradients(own, plain, other) == [9.0, 3 * (2.0 + k), None]
        y = f(Value(2.0), 1.0)
        y.backward()
        assert y.data == 6.0 * (2 + k)


# --- Arguments --------------------------------------------------------------------------------------------------------


class Colour(Enum):
    RED = "red"


def chosen(x, mode, flag, nothing, colour, kind, items):
    assert nothing is None
    assert kind is Value
    return x * len(items) if mode == "on" and flag and colour is Colour.RED else x


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "expected"),
    [
        (lambda x, y: x - y, (5, Value(2.0)), {}, 3.0),
        (lambda x, y: x - y, (np.float32(5), np.int64(2)), {}, 3.0),
        (lambda x: x[0] * x[1], ([Value(2.0), 3],), {}, 6.0),
        (lambda x: x["a"][0] * x["b"].b + x["b"].a, ({"a": (2.0, 1), "b": Pair(1.0, Value(4.0))},), {}, 9.0),
        (lambda x: x["a"] - x["b"], (OrderedDict(b=1.0, a=X),), {}, [0.0, 1.0, -4.0]),
        (lambda x: x.a - x.b, (Pair(Tensor(X), X[::-1]),), {}, [4.0, 0.0, -4.0]),
        (lambda x: x[0] - x[1], ([X, 1.0],), {}, [0.0, 1.0, -4.0]),
        (lambda x, *, k=2.0: x * k, (X,), {"k": 3.0}, [3.0, 6.0, -9.0]),
        (lambda x, *, k=2.0: x * k, (X,), {"k": X}, [1.0, 4.0, 9.0]),
        (lambda x, *, k=2.0: x * k, (X,), {}, [2.0, 4.0, -6.0]),
        (lambda x, k=2.0: x * k, (), {"x": Value(4.0)}, 8.0),
        (lambda *xs, **ks: xs[1] * ks["k"], (1.0, 2.0), {"k": 3.0}, 6.0),
        (chosen, (X, "on", True, None, Colour.RED, Value, frozenset({1, 2})), {}, [2.0, 4.0, -6.0]),
        (chosen, (X, "on", np.bool_(False), None, Colour.RED, Value, range(2)), {}, [1.0, 2.0, -3.0]),
        (lambda x: x[0] * x[1], (np.array([2.0, Value(3.0)], dtype=object),), {}, 6.0),
        (lambda x: x[0] + "!", (np.array(["a", Value(3.0)], dtype=object),), {}, "a!"),
        (lambda x: x * 2, (np.array(2.0),), {}, 4.0),
        (lambda x: x * 2, (Tensor(2.0),), {}, 4.0),
        (lambda x: x * 2, (np.array([1, 2], dtype=np.uint8),), {}, [2.0, 4.0]),
        (lambda x: x * 2, (np.array([True, False]),), {}, [2.0, 0.0]),
        (lambda x: len(x) + Value(1.0), (np.ones((2, 0)),), {}, [1.0, 1.0]),
        (lambda x: x[1] * 2, (Tensor(X.reshape(3, 1) * [1.0, 2.0]).data,), {}, [4.0, 8.0, -12.0]),
    ],
)
@pytest.mark.untraced
def test_arguments_may_be_anything(function, args, kwargs, expected):
    compiled = autograd.compile(function)
    for _ in range(3):  # recorded; once more; and the way of a call that looks the same
        assert numbers(compiled(*args, **kwargs)) == expected
    assert len(compiled._variants) == 1
    with no_grad():
        assert numbers(compiled(*args, **kwargs)) == expected


class Quantity(np.ndarray):
    """An array with a unit."""


class Foreign:
    """An array of another library: it turns into one of numpy's, or says that it does not."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __array__(self, dtype=None, copy=None):
        if self.numbers is None:
            raise RuntimeError("call .detach() first")
        return np.array(self.numbers, dtype=dtype)


FOREIGN = {
    "array.array": lambda numbers: array.array("d", numbers),
    "array.array of floats": lambda numbers: array.array("f", numbers),
    "memoryview": lambda numbers: memoryview(array.array("d", numbers)),
    "another library's": Foreign,
    "a read-only view": lambda numbers: Tensor(numbers).data,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_arrays_of_other_libraries_are_arrays(kind):
    """A later change of their numbers counts at the next call, as with arrays of numpy's."""
    w = Value(2.0)
    rows, whole = autograd.compile(lambda x: w * x), autograd.compile(lambda x: w * x[0] * x[1], batch=False)
    for numbers_ in ([1.0, 2.0], [50.0, 2.0], [50.0, 2.0]):
        given = FOREIGN[kind](numbers_)
        y = rows(given)
        assert y.data.tolist() == [2 * x for x in numbers_]
        assert whole(given).data == 2 * numbers_[0] * numbers_[1]
        w.grad = None
        y.sum().backward()
        assert w.grad == sum(numbers_)
        assert autograd.grad(lambda t: t * rows(given).sum())(1.0) == 2 * sum(numbers_)  # noqa: B023
    assert [len(f._variants) for f in (rows, whole)] == [1, 1]


def test_an_array_that_is_changed_in_place_is_read_anew():
    given = array.array("d", [1.0, 2.0])
    f = autograd.compile(lambda x: x[0] * x[1], batch=False)
    assert f(given).data == 2.0
    y = f(given)
    given[0] = 50.0
    assert (f(given).data, y.data) == (100.0, 2.0)
    assert f(bytearray([3, 4])).data == 12.0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (lambda x: deque([x, 3.0], maxlen=2), 6.0),
        (lambda x: types.MappingProxyType({0: x, 1: 3.0}), 6.0),
        (lambda x: UserDict({0: x, 1: 3.0}), 6.0),
        (lambda x: defaultdict(float, {0: x, 1: 3.0}), 6.0),
        (lambda x: [x, Fraction(3)], 6.0),
        (lambda x: [x, np.float32(3)], 6.0),
    ],
)
def test_containers_of_numbers_are_arguments(given, expected):
    """Other numbers in them run the same program."""
    f = autograd.compile(lambda x: x[0] * x[1])
    x = Value(2.0)
    f(given(x)).backward()
    assert [f(given(2.0)).data, f(given(4.0)).data, x.grad] == [expected, 2 * expected, 3.0]
    assert len(f._variants) == 2


def test_a_namespace_is_taken_apart():
    f = autograd.compile(lambda batch: batch.x * batch.inner.y)
    batch = types.SimpleNamespace(x=Tensor(X), inner=types.SimpleNamespace(y=2.0))
    f(batch).sum().backward()
    assert batch.x.grad.tolist() == [2.0] * 3
    batch.inner.y, batch.x = 3.0, np.ones(3)
    assert f(batch).data.tolist() == [3.0] * 3
    assert (
        autograd.hessian(lambda x: f(types.SimpleNamespace(x=x, inner=batch.inner)).sum())(X).tolist()
        == [[0.0] * 3] * 3
    )


def test_each_call_has_the_elements_that_a_container_has_then():
    f = autograd.compile(lambda xs: autograd.sum(list(xs)))
    xs = deque([1.0, 2.0])
    assert f(xs).data == 3.0
    xs.append(4.0)
    assert f(xs).data == 7.0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({1.0, 2.0}, r"argument 1 is set \{1.0, 2.0\}, which has no order; give a list, or a frozenset"),
        ({"a": 1}.keys(), "argument 1 is dict_keys .*, which has no order; give a list"),
        ({"a": 1}.values(), "argument 1 is dict_values .*, which has no order; give a list"),
        (iter([1.0]), "argument 1 is list_iterator .*, which can be iterated over only once; give a list"),
        ((x for x in [1.0]), "argument 1 is generator .*, which can be iterated over only once; give a list"),
        (UserList([1.0]), r"argument 1 is UserList .*; a compiled function takes lists and tuples: give list\(x\)"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), r"argument 1 is a masked array.* no masks; give x.filled\(…\)"),
        (np.ones(2).view(Quantity), "argument 1 is of the class Quantity, whose arithmetic may not be that of ar"),
        (
            Foreign(None),
            r"argument 1 is Foreign .* not turn into an array of numpy \(call .detach\(\) first\)",
        ),
        (Foreign(["a"]), "argument 1 is an array of <U1; a compiled function takes arrays of real numbers"),
        (Foreign([1j]), "argument 1 is an array of complex128"),
        (memoryview(b"ab").cast("c"), r"argument 1 is an array of \|S1"),
    ],
)
def test_what_cannot_be_an_argument_is_refused(given, said):
    for argument in (given, [given], {"x": given}):
        with pytest.raises(InputTypeError, match=said):
            autograd.compile(lambda x: 1.0)(argument)


def test_a_mask_may_be_an_argument_of_its_own():
    masked = np.ma.masked_array(X, [True, False, False])
    f = autograd.compile(lambda x, masked: autograd.where(masked, 0.0, x))
    assert f(masked.data, masked.mask).data.tolist() == [0.0, 2.0, -3.0]


def test_static_arguments_are_part_of_the_structure():
    f = autograd.compile(lambda x, mode: x * 2 if mode else x * 3)
    found = [f(1.0, mode).data for mode in (True, 1.0, None, "", "a", np.bool_(False))]
    assert found == [2.0, 2.0, 3.0, 3.0, 2.0, 3.0]
    assert len(f._variants) == 6


def test_positions_and_names_of_arguments_may_change_from_call_to_call():
    f = autograd.compile(lambda a, b: a - b)
    found = [f(5.0, 2.0), f(5.0, b=2.0), f(b=2.0, a=5.0), f(a=5.0, b=2.0), f(a=X, b=2.0), f(b=2.0, a=X)]
    assert numbers(found) == [3.0] * 4 + [(X - 2).tolist()] * 2


@pytest.mark.parametrize("batch", [("x",), ["x"], {"x"}])
def test_batch_names_those_with_a_first_axis_for_samples(batch):
    w = Value(2.0)
    f = autograd.compile(lambda x, m: w * dot(list(x), list(m)), batch=batch)
    m, x = Tensor([1.0, -1.0]), Tensor(np.arange(6.0).reshape(3, 2))
    f(x, m).sum().backward()
    assert gradients(w, m, x) == [-3.0, [12.0, 18.0], [[2.0, -2.0]] * 3]
    assert f(x, np.ones(2)).shape == f(x=x, m=[1.0, 2.0]).shape == (3,)


def test_without_a_batch_arrays_are_whole():
    f = autograd.compile(lambda x: [[x[1, 0], x[0, 0] * x[0, 1]]], batch=False)
    x = Tensor([[2.0, 3.0], [5.0, 7.0]])
    ((a, b),) = f(x)
    b.backward()
    assert (a.data, b.data, x.grad.tolist()) == (5.0, 6.0, [[3.0, 2.0], [0.0, 0.0]])
    assert autograd.compile(lambda x: len(x), batch=False)(np.ones(0)) == 0


def test_gradients_by_arguments_have_their_type_and_shape():
    w = Value(2.0)
    f = autograd.compile(lambda x, m, k: w * dot([*x[0], *x[1]], [*m, *m]) * k, batch=("x",))
    x = Tensor(np.arange(8).reshape(2, 2, 2).astype(np.float32))
    m, k = Tensor(np.array([1, 2], dtype=np.float32)), Value(3.0)
    f(x, m, k).sum().backward()
    assert [(each.grad.dtype, each.grad.shape) for each in (x, m)] == [(np.float32, (2, 2, 2)), (np.float32, (2,))]
    assert gradients(x, m, k, w) == [[[[6.0, 12.0]] * 2] * 2, [72.0, 96.0], 88.0, 132.0]


def test_the_same_value_may_be_several_arguments_and_a_parameter():
    w = Value(3.0)
    f = autograd.compile(lambda a, b: a * b * w)
    f(w, w).backward()
    assert w.grad == 27.0


def test_an_argument_may_change_after_the_call():
    w = Value(2.0)
    f = autograd.compile(lambda x, m: w * w * x * m[0], batch=("x",))
    for kind in (np.array, Tensor):
        for _ in range(2):
            x, m, w.grad = kind(X), np.array([3.0, 0.0]), None
            y = f(x, m).sum()
            if kind is Tensor:
                x.data = X + 100.0
            else:
                x += 100.0
            m += 100.0
            y.backward()
            assert w.grad == pytest.approx(4.0 * 3.0 * X.sum(), abs=1e-12)


# --- Results ----------------------------------------------------------------------------------------------------------

W = Value(2.0, name="w")


@pytest.mark.parametrize(
    ("function", "alone", "samples"),
    [
        (lambda x: x * W, 2.0, [2.0, 4.0, -6.0]),
        (lambda x: [x, x * W], [1.0, 2.0], [[1.0, 2.0], [2.0, 4.0], [-3.0, -6.0]]),
        (lambda x: [[x], [W]], [[1.0], [2.0]], [[[1.0], [2.0]], [[2.0], [2.0]], [[-3.0], [2.0]]]),
        (lambda x: [[x], W], [[1.0], 2.0], [[[1.0], [2.0], [-3.0]], [2.0] * 3]),
        (lambda x: (x, W), (1.0, 2.0), ([1.0, 2.0, -3.0], [2.0] * 3)),
        (lambda x: Pair(x, [W, x]), Pair(1.0, [2.0, 1.0]), Pair(X.tolist(), [[2.0, 1.0], [2.0, 2.0], [2.0, -3.0]])),
        (lambda x: {"a": x, 1: (W,)}, {"a": 1.0, 1: (2.0,)}, {"a": X.tolist(), 1: ([2.0] * 3,)}),
        (lambda x: np.array([[x, W]], dtype=object), [[1.0, 2.0]], [[[1.0, 2.0]], [[2.0, 2.0]], [[-3.0, 2.0]]]),
        (lambda x: np.array([x, 5.0], dtype=object), [1.0, 5.0], [X.tolist(), 5.0]),
        (lambda x: W, 2.0, [2.0] * 3),
        (lambda x: W * W, 4.0, [4.0] * 3),
        (lambda x: [W, W * W], [2.0, 4.0], [[2.0, 4.0]] * 3),
        (lambda x: x, 1.0, X.tolist()),
        (lambda x: Value(3.0), 3.0, [3.0] * 3),
        (lambda x: 3.0, 3.0, 3.0),
        (lambda x: [x, 3.0], [1.0, 3.0], [X.tolist(), 3.0]),
        (lambda x: ("text", None, x), ("text", None, 1.0), ("text", None, X.tolist())),
        (lambda x: [], [], []),
        (lambda x: None, None, None),
        (lambda x: np.ones(2), [1.0, 1.0], [1.0, 1.0]),
    ],
)
def test_results_may_be_anything(function, alone, samples):
    compiled = autograd.compile(function)
    for _ in range(2):
        assert numbers(compiled(Value(1.0))) == alone
        assert numbers(compiled(1.0)) == alone
        assert numbers(compiled(X)) == samples
        assert numbers(compiled(Tensor(X))) == samples
    with no_grad():
        assert (numbers(compiled(1.0)), numbers(compiled(X))) == (alone, samples)
    # Inside an operator the function is recorded sample by sample, and gives the same.
    seen = []
    grad(lambda x: (seen.append(compiled(x)), x.sum())[1])(X)
    grad(lambda x: (seen.append(compiled(x)), x)[1])(1.0)
    assert [numbers(each) for each in seen] == [samples, alone]


def test_samples_of_size_0_give_arrays_of_that_size():
    rows = np.zeros((3, 0))
    for given in (rows, Tensor(rows)):
        for function, expected in (
            (lambda x: x * 2.0, (3, 0)),
            (lambda x: list(x), None),
            (lambda x: np.array([x, x]), (3, 2, 0)),
        ):
            compiled, seen = autograd.compile(function), []
            found = [compiled(given), compiled(given)]
            grad(lambda x: (seen.append(compiled(given)), x)[1])(1.0)  # noqa: B023
            assert [getattr(y, "shape", y) for y in [*found, *seen]] == [[] if expected is None else expected] * 3
        both = autograd.compile(lambda x: (x * 2.0, W, {"a": [], "b": x}))(given)
        assert [both[0].shape, both[1].shape, both[2]["a"], both[2]["b"].shape] == [(3, 0), (3,), [], (3, 0)]
    whole = autograd.compile(lambda x: x * 2.0, batch=False)(np.zeros(0))
    assert (type(whole), whole.dtype, whole.shape) == (np.ndarray, object, (0,))
    assert type(autograd.compile(lambda x: [3.0, *x], batch=False)(np.zeros(0))) is list


def test_constants_among_results_are_new_ones_at_each_call():
    f = autograd.compile(lambda x: ([1.0, 2.0], np.ones(2), {"a": [3.0]}))
    for given in (1.0, X):
        first = f(given)
        first[0].append(3.0)
        first[1][0] = 5.0
        first[2]["a"].clear()
        assert numbers(f(given)) == ([1.0, 2.0], [1.0, 1.0], {"a": [3.0]})


@pytest.mark.parametrize(
    "wrapped",
    [
        deque,
        frozenset,
        lambda xs: types.SimpleNamespace(x=xs),
        lambda xs: iter(xs),
        UserList,
        lambda xs: np.ma.masked_array([1.0], [True]),
        lambda xs: {"a": {"b": Scale(2.0)}},
        Foreign,
    ],
)
def test_values_hidden_in_a_result_are_refused(wrapped):
    """Another call would give those of the first one."""
    with pytest.raises(InputTypeError, match="returns values and numbers, and lists, tuples, dicts and arrays of"):
        autograd.compile(lambda x: (x, wrapped([x])))(1.0)


def test_what_no_sample_decides_sends_the_gradients_of_all_samples():
    w = Value(3.0)
    f = autograd.compile(lambda x: [w * w, w * x])
    y = f(X[:2])
    y.backward(np.array([[1.0, 0.0], [2.0, 10.0]]))
    assert w.grad == 6.0 + 2 * 6.0 + 10.0 * 2.0


def test_parts_of_results_are_differentiated_by_themselves():
    w = Value(3.0)
    f = autograd.compile(lambda x: {"loss": w * x, "rest": [w * w, (w + x,)]})
    found = f(X)
    found["rest"][1][0].sum().backward()
    assert w.grad == 3.0
    w.grad = None
    found["loss"].sum().backward()
    assert w.grad == 0.0
    assert found["rest"][0].shape == (3,)
    both = f(Value(2.0))
    w.grad = None
    (both["loss"] * both["rest"][0]).backward()
    assert w.grad == 3 * 9.0 * 2.0


def test_a_result_that_is_a_leaf_of_nothing_has_no_record():
    x = autograd.compile(lambda x: Value(3.0) * x)(X)
    assert x._op is None
    assert autograd.compile(lambda: Value(3.0))()._op is None
    with no_grad():
        assert autograd.compile(lambda x: W * x)(X)._op is None


# --- Methods and modules ----------------------------------------------------------------------------------------------


class Scale:
    """Has compiled methods."""

    def __init__(self, w):
        self.w = Value(w)

    @autograd.compile
    def of(self, x):
        return self.w * x

    @autograd.compile(batch=False)
    def sum_of(self, x):
        return self.w * autograd.sum(list(x))


def test_methods_are_compiled_for_each_instance():
    a, b = Scale(2.0), Scale(3.0)
    assert numbers([a.of(X), b.of(X), a.of(1.0), b.sum_of(X)]) == [(2 * X).tolist(), (3 * X).tolist(), 2.0, 0.0]
    b.of(X[:1]).sum().backward()
    assert (a.w.grad, b.w.grad) == (None, 1.0)
    assert isinstance(Scale.of, Compiled)
    assert repr(a.of).startswith("<compiled method of of <")
    assert str(a.of.program) == str(Scale.of.program)
    assert a.of.__wrapped__ is Scale.of.__wrapped__


def test_the_programs_of_an_instance_go_with_it():
    a, b = Scale(2.0), Scale(3.0)
    gc.collect()
    before = len(Scale.of._variants)
    a.of(X), a.of(1.0), b.of(X)
    gc.disable()
    try:
        gone, array = weakref.ref(a), weakref.ref(a.w._x)
        assert len(Scale.of._variants) == before + 3
        b.of(X)
        del a
        assert gone() is None
        assert len(Scale.of._variants) == before + 1
        assert array() is None
    finally:
        gc.enable()
    assert numbers(b.of(X)) == (3 * X).tolist()


def test_what_cannot_be_watched_is_kept_alive_with_its_programs():
    class Sized:
        """Has no weak references."""

        __slots__ = ("length",)

        def __init__(self, length):
            self.length = length

    f = autograd.compile(lambda x, items: x * items.length)
    for n in range(4):
        assert f(1.0, Sized(n)).data == n


@pytest.mark.smoke
def test_a_module_is_compiled_and_stays_a_module():
    model = nn.MLP(2, [3, 1])
    compiled = autograd.compile(model)
    assert len(compiled.parameters()) == 13
    assert compiled.parameters()[0] is model.parameters()[0]
    rows = np.arange(6.0).reshape(3, 2)
    compiled(rows).sum().backward()
    found = [p.grad for p in model.parameters()]
    compiled.zero_grad()
    sum(model(row) for row in rows.tolist()).backward()
    np.testing.assert_allclose(found, [p.grad for p in model.parameters()], rtol=1e-13)
    assert repr(compiled) == f"<compiled {model!r}>"
    assert not hasattr(compiled, "nothing")
    assert not hasattr(compiled, "_nothing")


@pytest.mark.parametrize("function", [max, partial(lambda a, b: a * b, 2.0), autograd.tanh, np.exp, Scale(2.0).of])
def test_anything_that_can_be_called_is_compiled(function):
    args = (2.0, 1.0) if function is max else (2.0,)
    compiled, expected = autograd.compile(function), function(*args)
    assert numbers(compiled(*args)) == pytest.approx(numbers(expected))
    if function is not max:
        np.testing.assert_allclose(compiled(X).data, [numbers(function(x)) for x in X.tolist()])


def test_copies_begin_without_programs_and_have_parameters_of_their_own():
    model = nn.MLP(2, [3, 1])
    compiled = autograd.compile(model)
    rows = np.arange(6.0).reshape(3, 2)
    before = compiled(rows).data.tolist()
    for again in (copy.copy(compiled), copy.deepcopy(compiled), pickle.loads(pickle.dumps(compiled))):
        assert again(rows).data.tolist() == before
        assert again(rows).data.tolist() == before
    twin = copy.deepcopy(compiled)
    for p in model.parameters():
        p.data = 0.0
    assert twin(rows).data.tolist() == before
    twin(rows).sum().backward()
    assert all(p.grad is None for p in model.parameters())


def test_a_result_is_of_the_class_of_a_user():
    y, z = autograd.compile(lambda x: W * x)(X), autograd.compile(lambda: W * W)()
    assert (type(y).__name__, type(y.mean()).__name__, type(z).__name__) == ("Tensor", "Tensor", "Value")
    assert (repr(y), repr(y.sum()), repr(z)) == ("Tensor([ 2.,  4., -6.], shape=(3,))", "Tensor(0.)", "Value(4.0)")
    assert pickle.loads(pickle.dumps(y.detach())).data.tolist() == y.data.tolist()
    with pytest.raises(autograd.TapeError, match="copying or pickling it would leave the graph behind"):
        copy.deepcopy(y)


# --- Readers ----------------------------------------------------------------------------------------------------------


def test_readers_show_a_call_as_one_operation():
    def square(x):
        return W * x * x

    compiled, x = autograd.compile(square), Value(3.0, name="x")
    y = compiled(x) + 1
    y.name = "y"
    assert [entry.expression for entry in autograd.program(y).computed] == ["square(parameters, x)", "%2 + 1"]
    steps = autograd.steps(y)
    steps.run()
    assert "reverse pass of square" in "\n".join(map(repr, autograd.steps(y)))
    assert "reverse pass of square" in str(autograd.explain(x, of=y))
    assert "square(parameters, x)" in visualize.draw(y).dot
    for refused in (lambda: autograd.nudge(x, by=0.1, of=y), lambda: autograd.formula(y), lambda: visualize.page(y)):
        with pytest.raises(
            InputTypeError, match="%2 is computed by square, which runs compiled; call the function as it is written"
        ):
            refused()
    with pytest.raises(TypeError, match="a compiled program runs by itself; inside grad and its kind the function is"):
        autograd.program(y).computed[0].op.pull(None, 0, 1.0)


def test_results_in_dicts_of_dicts_are_listed():
    compiled = autograd.compile(lambda x: {"a": {"b": x * W, "c": [x]}, "d": 1.0})
    compiled(X)
    assert "-> <lambda>['a']" in str(compiled.program) or "<lambda>['a'] =" in str(compiled.program)


def test_a_first_tensor_may_be_the_result_of_a_compiled_function():
    w = Own(2.0)
    (autograd.compile(lambda x: w * x)(X) * 1.0).sum().backward()
    assert w.grad == 0.0


def test_a_function_goes_before_what_its_structures_know():
    instance = Scale(2.0)
    compiled = autograd.compile(lambda self, x: self.w * x)
    compiled(instance, X)
    kept = compiled._last
    del compiled
    del instance
    assert kept.kept[0][1]() is None


def test_a_segment_reads_numbers_that_do_not_lie_in_its_order():
    x = np.array([[0.5, -0.625], [0.75, 0.5]])
    f = lambda a: (lambda w: (autograd.prod(w, axis=1, keepdims=True) + w).sum())(autograd.var(a, axis=0) + a)
    w = np.var(x, axis=0) + x
    assert float(autograd.compile(f, batch=False)(x).data) == pytest.approx(2 * np.prod(w, axis=1).sum() + w.sum())
