"""The lines of code that values come from, and the first nan or infinity among the values."""

import asyncio
import linecache
import math
import pickle
import threading

import pytest

import autograd
from autograd import AnomalyError, Value, detect_anomaly, no_grad, program, provenance, scope
from autograd.core.context import Source
from autograd.core.modes import active
from nn import MLP, Module
from visualize import draw


def labels(*results):
    return [entry.label for entry in program(*results)]


# --- Provenance -------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_variables_name_what_has_no_name():
    with provenance():
        x = Value(2.0)
        w = Value(3.0, name="weight")
        product = w * x
        squashed = autograd.tanh(product)
        total = autograd.sum([squashed, x, 1.0])
        total += 1
    assert labels(total) == ["x", "weight", "product", "squashed", "total%4", "total%5"]
    assert "squashed" in draw(total).dot
    assert total.name is None


def test_what_is_not_assigned_at_once_keeps_its_number():
    with provenance():
        y = (Value(2.0) * 3).exp()
        pair = [y + 1, y - 1]
    assert labels(pair[0]) == ["%0", "%1", "y", "%3"]


def test_global_and_enclosing_variables_are_names_too():
    namespace = {"Value": Value}
    with provenance():
        exec("a = Value(2.0)\nb = a * a", namespace)

    def outer():
        cell = Value(1.0)
        return cell, lambda: cell

    with provenance():
        cell, _ = outer()
    assert labels(namespace["b"]) == ["a", "b"]
    assert labels(cell) == ["cell"]


def test_a_source_says_file_line_and_text():
    with provenance():
        y = Value(2.0) * 3  # this very line
    source = y.source
    assert (source.file, source.text) == (__file__, "y = Value(2.0) * 3  # this very line")
    assert str(source) == f"{__file__}:{source.line}: {source.text}"
    assert linecache.getline(__file__, source.line).strip() == source.text


def test_a_source_that_cannot_be_read_says_what_it_can():
    namespace = {"Value": Value}
    with provenance():
        exec(compile("y = Value(2.0)", "<nowhere>", "exec"), namespace)
    source = namespace["y"].source
    assert (str(source), source.text, source.variable) == ("<nowhere>:1", "", "y")
    assert Source(source.code, 10**6).line is None


def test_the_line_is_the_users_also_through_modules_and_losses():
    class Line(Module):
        def __init__(self):
            self.slope = Value(2.0)

        def forward(self, x):
            scaled = self.slope * x
            return scaled + 1

    with provenance():
        y = Line()(3.0)
        z = MLP(1, [2, 1])([1.0])
    assert [entry.node.source.file for entry in program(y) if entry.op] == [__file__] * 2
    assert labels(y)[-2] == "scaled"
    assert {entry.node.source.file for entry in program(z) if entry.op} == {__file__}
    assert (y.scope, y.source.text) == ("line", "return scaled + 1")


def test_outside_nothing_is_kept():
    y = Value(2.0) * 3
    assert (y.source, y.known_as, y.note.role) == (None, None, "")


def test_a_name_given_later_counts_more_than_the_variable():
    with provenance(), scope("part"):
        x = Value(2.0)
        y = x * 3
    y.name = "result"
    assert (y.known_as, y.scope, y.source.variable) == ("result", "part", "y")


def test_a_leaf_with_provenance_can_be_pickled():
    with provenance():
        x = Value(2.0, name="x")
    twin = pickle.loads(pickle.dumps(x))
    assert (twin.data, twin.name, twin.source) == (2.0, "x", None)


def test_it_nests_counts_for_its_own_thread_and_task_and_ends_with_an_exception():
    def sourced():
        return (Value(1.0) + 1).source is not None

    def decorated():
        return sourced()

    results = []
    with provenance(), provenance():
        thread = threading.Thread(target=lambda: results.append(sourced()))
        thread.start()
        thread.join()
        with no_grad():
            results.append(sourced())
        results.append(sourced())
    with pytest.raises(ZeroDivisionError), provenance():
        raise ZeroDivisionError
    results += [sourced(), provenance()(decorated)(), asyncio.run(later(sourced))]
    assert results == [False, False, True, False, True, True]
    assert not active


@provenance()
async def later(function):
    await asyncio.sleep(0)
    return function()


# --- Anomalies --------------------------------------------------------------------------------------------------------


def raised(compute):
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        compute()
    return str(caught.value)


def test_a_forward_anomaly_names_op_inputs_scope_and_line():
    x = Value(0.0, name="x")

    def compute():
        with scope("model.head"):
            y = x.log()
            assert y

    message = raised(compute)
    assert message.startswith("log gives -inf: y = log(x), with x = 0.0, in model.head, recorded at ")
    assert message.endswith("y = x.log()")
    assert f"{__file__}:" in message


@pytest.mark.parametrize(
    ("compute", "beginning"),
    [
        (lambda x: 1 / x, "div gives inf: 1 / x, with x = 0.0"),
        (lambda x: (x - 1) ** 0.5, "pow gives nan"),
        (lambda x: autograd.dot([x, x], [math.inf, 1.0]), "dot gives nan"),
        (lambda x: (x + 1e308) * 10, "mul gives inf"),
    ],
)
def test_the_first_operation_that_gives_no_finite_number_raises(compute, beginning):
    assert raised(lambda: compute(Value(0.0, name="x"))).startswith(beginning)


def test_a_backward_anomaly_names_what_made_it_and_deposits_nothing():
    x, w = Value(0.0, name="x"), Value(3.0, name="w")
    (w * 2).backward()

    def compute():
        y = (x * w).sqrt()
        (y + w).backward()

    message = raised(compute)
    assert message.startswith("the gradient of argument 1 becomes inf: in y = sqrt(argument 1), with argument 1 = 0.0")
    assert "the gradient 1.0 comes in, and the local derivative is inf" in message
    assert (x.grad, w.grad) == (None, 2.0)


def test_what_is_not_selected_is_no_anomaly():
    x = Value(0.0)
    with detect_anomaly():
        y = autograd.where(x > 0, x.sqrt(), x * 2)
        y.backward()
    assert x.grad == 2.0


def test_a_sum_of_finite_parts_that_overflows_is_an_anomaly():
    x = Value(1e-10, name="x")
    message = raised(lambda: (x * 1e308 + x * 1e308).backward())
    assert message.startswith("the gradient of x adds up to inf")


def test_a_seed_that_is_not_finite_is_an_anomaly():
    x = Value(1.0, name="x")
    assert "was given to backward()" in raised(lambda: (x * 2).backward(math.nan))
    assert x.grad is None


def test_a_value_without_a_source_is_described_all_the_same():
    x = Value(0.0, name="x")
    y = x.sqrt()
    assert raised(y.backward).endswith("and the local derivative is inf")
    assert "recorded at" not in raised(y.backward)


def test_outside_anomalies_pass():
    with detect_anomaly():
        pass
    x = Value(0.0)
    x.log().backward()
    assert x.grad == math.inf


def test_sound_computations_pass_and_keep_their_source():
    x = Value(2.0, name="x")
    with detect_anomaly():
        y = autograd.sum([x.log(), x * x, autograd.relu(-x)])
        y.backward()
    assert x.grad == 4.5
    assert y.source.variable == "y"
    assert math.isnan(Value(math.nan).data)


def test_a_leaf_may_be_anything():
    with detect_anomaly():
        assert Value(math.inf).data == math.inf
