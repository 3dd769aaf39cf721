"""Layers with a state: random masks, running statistics, tables; in training and evaluation, eager and compiled."""

import copy
import random
import warnings

import numpy as np
import pytest

import autograd
import nn
from autograd import CompileWarning, InputValueError, Tensor, Value

X = np.random.default_rng(11).normal(size=(6, 3)) + 2


def numbers(x):
    return x.numpy() if isinstance(x, Tensor) else np.vectorize(lambda each: each.data)(x)


def raised(call):
    with pytest.raises(InputValueError) as found:
        call()
    return str(found.value)


# --- Dropout ----------------------------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_scales_what_it_keeps():
    y = nn.Dropout(0.2, rng=1)(np.ones(100_000))
    assert set(np.unique(y)) == {0.0, 1.25}
    assert abs(y.mean() - 1) < 4 * (0.2 / 0.8 / 100_000) ** 0.5  # four standard deviations


def test_a_gradient_passes_where_a_number_was_kept():
    x = Tensor(np.ones(50))
    y = nn.Dropout(0.5, rng=1)(x)
    y.sum().backward()
    assert np.array_equal(x.grad, y.numpy())
    assert 0 < np.count_nonzero(x.grad) < 50


def test_dropout_takes_a_value_a_list_and_an_array():
    layer, x = nn.Dropout(0.5, rng=2), [Value(1.0) for _ in range(40)]
    y = layer(x)
    assert set(y.numpy()) == {0.0, 2.0}
    assert {getattr(each, "data", each) for each in layer(np.array(x, dtype=object))} == {0.0, 2.0}
    assert {layer(Value(1.0)).data for _ in range(40)} == {0.0, 2.0}
    assert set(layer(np.ones((5, 8))).flat) == {0.0, 2.0}


@pytest.mark.parametrize(("p", "expected"), [(0, 3.0), (1, 0.0)])
def test_the_ends_of_the_range_keep_all_and_nothing(p, expected):
    assert nn.Dropout(p)(np.full(4, 3.0)).tolist() == [expected] * 4


def test_what_drops_nothing_draws_nothing():
    layer = nn.Dropout(0, rng=1)
    state = layer.generator_state
    layer(np.ones(3))
    assert layer.generator_state == state


@pytest.mark.parametrize("seed", [3, lambda: np.random.default_rng(3), lambda: random.Random(3), None])
def test_a_seed_or_generator_makes_masks_reproducible(seed):
    def masks():
        random.seed(8)
        layer = nn.Dropout(0.5, rng=seed() if callable(seed) else seed)
        return [layer(np.ones(30)).tolist() for _ in range(3)]

    first = masks()
    assert first == masks()
    assert first[0] != first[1]


def test_the_state_of_the_generator_can_be_kept_and_put_back():
    layer = nn.Dropout(0.5, rng=3)
    state = layer.generator_state
    first = layer(np.ones(30)).tolist()
    twin = copy.deepcopy(layer)
    layer.generator_state = state
    assert layer(np.ones(30)).tolist() == first
    assert layer(np.ones(30)).tolist() == twin(np.ones(30)).tolist()  # a copy goes on where the original was
    assert raised(lambda: setattr(layer, "generator_state", {"state": 1})).startswith(
        "generator_state takes a state of PCG64, as it was read from here, not dict {'state': 1}"
    )


def test_a_compiled_dropout_draws_at_each_call_and_for_each_sample():
    layer = nn.Dropout(0.5, rng=4)
    f = autograd.compile(lambda x: layer(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error", CompileWarning)  # nothing random is baked in
        x = Tensor(np.ones((20, 8)))
        y, z = f(x), f(x)
    assert set(y.numpy().flat) == set(z.numpy().flat) == {0.0, 2.0}
    assert not np.array_equal(y.numpy(), z.numpy())
    assert len({tuple(row) for row in y.numpy()}) > 10
    y.sum().backward()
    assert np.array_equal(x.grad, y.numpy())  # the mask of that call
    layer.generator_state = nn.Dropout(0.5, rng=4).generator_state
    assert np.array_equal(f(x).numpy(), nn.Dropout(0.5, rng=4)(np.ones((20, 8))))


def test_switching_to_evaluation_and_back_runs_the_right_program():
    layer = nn.Dropout(0.5, rng=4)
    f = autograd.compile(lambda x: layer(x), batch=False)
    assert {0.0, 2.0} == set(numbers(f(np.ones(30))))
    layer.eval()
    assert set(numbers(f(np.ones(30)))) == {1.0}
    layer.train()
    assert {0.0, 2.0} == set(numbers(f(np.ones(30))))


def test_a_network_with_dropout_trains_compiled():
    random.seed(1)
    model = nn.MLP(3, [8, 1], activation="tanh")
    drop = nn.Dropout(0.1, rng=1)
    loss = autograd.compile(lambda x, y: (model(drop(x)) - y) ** 2)
    optimizer, y = nn.optim.SGD([*model.parameters()], lr=0.02), X.sum(1) / 6
    seen = []
    for _ in range(60):
        total = loss(X, y).mean()
        seen.append(total.item())
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    assert np.mean(seen[-10:]) < np.mean(seen[:10]) / 2


# --- Batch normalisation ----------------------------------------------------------------------------------------------


def moved(mean, variance, batches, momentum):
    """The running statistics after some batches, by their definition."""
    for batch in batches:
        mean = (1 - momentum) * mean + momentum * batch.mean(0)
        variance = (1 - momentum) * variance + momentum * batch.var(0, ddof=1)
    return mean, variance


@pytest.mark.parametrize("compiled", [False, True])
def test_running_statistics_move_with_each_batch_and_stay_in_evaluation(compiled):
    layer = nn.BatchNorm1d(3, momentum=0.3)
    call = autograd.compile(lambda x: layer(x), batch=False) if compiled else layer
    batches = [X[:4], X[2:], X[1:5]]
    for k, batch in enumerate(batches):
        call(batch)
        mean, variance = moved(np.zeros(3), np.ones(3), batches[: k + 1], 0.3)
        assert np.allclose(layer.running_mean, mean, rtol=1e-14)
        assert np.allclose(layer.running_var, variance, rtol=1e-14)
    layer.eval()
    assert np.allclose(numbers(call(X)), (X - mean) / np.sqrt(variance + 1e-5), rtol=1e-12)
    assert np.allclose(layer.running_mean, mean, rtol=1e-14)
    layer.train()
    call(X)  # the program of evaluation reads the statistics anew
    layer.eval()
    mean, variance = moved(mean, variance, [X], 0.3)
    assert np.allclose(numbers(call(X)), (X - mean) / np.sqrt(variance + 1e-5), rtol=1e-12)


def test_a_record_keeps_the_running_statistics_with_which_it_was_made():
    layer, x = nn.BatchNorm1d(3).eval(), Tensor(X)
    y = layer(x).sum()
    layer.running_var[...] = 100.0
    y.backward()
    assert np.allclose(x.grad, 1 / np.sqrt(1 + 1e-5))


def test_evaluation_is_compiled_for_each_sample():
    layer = nn.BatchNorm1d(3).eval()
    layer.running_mean[...] = [1.0, 2.0, 3.0]
    y = autograd.compile(layer)(X)
    assert np.allclose(y.numpy(), (X - [1.0, 2.0, 3.0]) / np.sqrt(1 + 1e-5))
    layer.train()
    assert "compile a function of whole batches, with batch=False" in raised(lambda: autograd.compile(layer)(X))


def test_a_program_with_batch_normalisation_trains_as_the_eager_model():
    def trained(compiled):
        model = nn.Module()
        model.first, model.norm = nn.MLP(3, [3], activation="linear", init=nn.init.constant(0.2)), nn.BatchNorm1d(3)

        def loss(x):
            y = model.norm(np.array([[1.0, -1.0, 2.0] * each for each in x], dtype=object))
            return autograd.sum((autograd.tanh(y) - 0.3) ** 2)

        step = autograd.compile(loss, batch=False) if compiled else lambda x: loss(np.vectorize(Value)(x))
        optimizer = nn.optim.SGD(model.norm.parameters(), lr=0.05)
        seen = []
        for _ in range(5):
            total = step(X)
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            seen.append(total.data)
        return seen, model.norm.running_mean

    (eager, mean), (compiled, mean_of_compiled) = trained(False), trained(True)
    assert eager[-1] < eager[0]
    assert np.allclose(eager, compiled, rtol=1e-12)
    assert np.allclose(mean, mean_of_compiled, rtol=1e-12)


# --- Embedding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [5, 6000])  # by a product for any index; and recorded for each index
def test_a_compiled_embedding_takes_an_integer_argument_for_each_sample(rows):
    table = nn.Embedding(rows, 2)
    indices, x = np.array([3, 0, 3, 1]), np.array([1.0, 10.0, 100.0, 1000.0])
    f = autograd.compile(lambda k, x: x * autograd.sum(table(k)))
    y = f(indices, x)
    y.sum().backward()
    assert np.allclose(y.numpy(), x * table.weight.data[indices].sum(1), rtol=1e-14)
    expected = np.zeros((rows, 2))
    np.add.at(expected, indices, x[:, None])
    assert np.array_equal(table.weight.grad, expected)


def test_lists_of_indices_and_constant_ones_are_embedded_in_a_compiled_function():
    table = nn.Embedding(4, 2)
    w = table.weight.data
    f = autograd.compile(lambda k: (table(list(k)), table([1, 2]), table(np.array([[0]]))), batch=False)
    given, constant, nested = f(np.array([2, 2, 0]))
    assert np.array_equal(numbers(given), w[[2, 2, 0]])
    assert np.array_equal(numbers(constant), w[[1, 2]])
    assert np.array_equal(numbers(nested), w[[[0]]])


@pytest.mark.parametrize("wrong", [3, -1, 1.5])
def test_a_wrong_index_of_a_later_call_is_refused_and_not_looked_up(wrong):
    table = nn.Embedding(3, 2)
    f = autograd.compile(lambda k: autograd.sum(table(k)))
    f(2)
    with pytest.raises(autograd.AutogradError, match=r"Embedding (has rows 0 to 2|takes whole numbers)"):
        f(wrong)
    assert raised(lambda: f(np.array([0, 3]))) == "Embedding has rows 0 to 2, and no row 3"


def test_a_derivative_of_a_compiled_embedding_goes_through_the_rows_themselves():
    table = nn.Embedding(3, 2, init="zeros")
    f = autograd.compile(lambda x, k: x * x * autograd.sum([1 + each for each in table(k)]))
    assert autograd.derivative(f, order=2)(3.0, 1) == 4.0


def test_the_names_of_layers_say_their_sizes():
    layers = [nn.MaxPool2d(2), nn.MaxPool1d(3, 1), nn.Conv1d(2, 3, 4, bias=False), nn.BatchNorm2d(3)]
    layers += [nn.LayerNorm((2, 3)), nn.Dropout(0.25), nn.Embedding(5, 2), nn.LSTM(2, 3), nn.GRUCell(2, 3)]
    layers += [nn.MultiHeadAttention(4, 2, causal=True)]
    assert [repr(layer).splitlines()[0] for layer in layers] == [
        "MaxPool2d(2x2, stride 2x2)",
        "MaxPool1d(3, stride 1)",
        "Conv1d(2 -> 3, 4, 24 parameters)",
        "BatchNorm2d(3, 6 parameters)",
        "LayerNorm(2x3, 12 parameters)",
        "Dropout(0.25)",
        "Embedding(5 -> 2, 10 parameters)",
        "LSTM(2 -> 3, 84 parameters)",
        "GRUCell(2 -> 3, 63 parameters)",
        "MultiHeadAttention(4, 2 heads, causal, 80 parameters)",
    ]
