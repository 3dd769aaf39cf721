"""PyTorch's layers and ours, where PyTorch is installed: what is converted computes the same, and so do gradients."""

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn.saving.twins import ACTIVATIONS, TWINS

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")


def normal(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


IMAGE, SIGNAL, ROWS = normal(3, 2, 6, 7), normal(3, 2, 7), normal(5, 4)
# PyTorch's module, made by its name and options, and an input.
LAYERS = {
    "Linear": ({"in_features": 4, "out_features": 3}, ROWS),
    "Linear without bias": ({"in_features": 4, "out_features": 3, "bias": False}, ROWS),
    "Conv1d": ({"in_channels": 2, "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}, SIGNAL),
    "Conv1d same": ({"in_channels": 2, "out_channels": 3, "kernel_size": 4, "padding": "same"}, SIGNAL),
    "Conv2d": ({"in_channels": 2, "out_channels": 3, "kernel_size": (3, 2), "stride": (2, 1), "bias": False}, IMAGE),
    "Conv2d padded": ({"in_channels": 2, "out_channels": 3, "kernel_size": 3, "padding": (2, 1)}, IMAGE),
    "Conv2d same": ({"in_channels": 2, "out_channels": 3, "kernel_size": (4, 2), "padding": "same"}, IMAGE),
    "Conv2d valid": ({"in_channels": 2, "out_channels": 3, "kernel_size": 2, "padding": "valid"}, IMAGE),
    "MaxPool1d": ({"kernel_size": 3, "stride": 2}, SIGNAL),
    "MaxPool2d": ({"kernel_size": (2, 3)}, IMAGE),
    "AvgPool1d": ({"kernel_size": 2}, SIGNAL),
    "AvgPool2d": ({"kernel_size": 3, "stride": (1, 2)}, IMAGE),
    "Flatten": ({"start_dim": 2}, IMAGE),
    "BatchNorm1d": ({"num_features": 4, "momentum": 0.3}, ROWS),
    "BatchNorm2d": ({"num_features": 2, "eps": 1e-3}, IMAGE),
    "BatchNorm2d plain": ({"num_features": 2, "affine": False}, IMAGE),
    "LayerNorm": ({"normalized_shape": (4,)}, ROWS),
    "LayerNorm without bias": ({"normalized_shape": (6, 7), "bias": False, "eps": 0.1}, IMAGE),
    "RMSNorm": ({"normalized_shape": (7,)}, SIGNAL),
    "RMSNorm eps": ({"normalized_shape": 4, "eps": 0.1}, ROWS),
    "Embedding": ({"num_embeddings": 6, "embedding_dim": 3}, np.array([[0, 5, 2], [2, 2, 1]])),
    "RNNCell": ({"input_size": 4, "hidden_size": 3}, ROWS),
    "GRUCell": ({"input_size": 4, "hidden_size": 3, "bias": False}, ROWS),
    "LSTMCell": ({"input_size": 4, "hidden_size": 3}, ROWS),
    "RNN": ({"input_size": 7, "hidden_size": 3}, SIGNAL),
    "GRU": ({"input_size": 7, "hidden_size": 3, "batch_first": True}, SIGNAL),
    "LSTM": ({"input_size": 7, "hidden_size": 3, "bias": False}, SIGNAL),
    "MultiheadAttention": ({"embed_dim": 4, "num_heads": 2, "batch_first": True}, normal(3, 5, 4)),
    "PReLU": ({}, ROWS),
    "PReLU of channels": ({"num_parameters": 2}, IMAGE),
}


def result_of(theirs, x):
    """The first output: attention gives its weights, too, and a recurrent net its state."""
    output = theirs(x, x, x) if type(theirs).__name__ == "MultiheadAttention" else theirs(x)
    return output[0] if isinstance(output, tuple) else output


def first(output):
    return output[0] if isinstance(output, tuple) else output


def compare(theirs, ours, x):
    """The outputs of both for an input, and the gradients of input and parameters for the same loss."""
    is_index = x.dtype == int
    x, z = x if is_index else Tensor(x), torch.from_numpy(x.copy()).requires_grad_(not is_index)
    found, expected = first(ours(x)), result_of(theirs, z)
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    weights = normal(*found.shape)
    (found * weights).sum().backward()
    (expected * torch.from_numpy(weights)).sum().backward()
    if not is_index:
        np.testing.assert_allclose(x.grad, z.grad, rtol=1e-9, atol=1e-12)
    found = sorted(float(np.sum(p.grad**2)) for p in ours.parameters() if p.grad is not None)
    expected = sorted(float((p.grad**2).sum()) for p in theirs.parameters() if p.grad is not None)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-20)


def randomised(theirs):
    for k, tensor in enumerate([*theirs.parameters(), *theirs.buffers()]):
        if tensor.is_floating_point():
            tensor.data = torch.from_numpy(np.random.default_rng(k).uniform(0.1, 1.0, tuple(tensor.shape)))
    return theirs


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_computes_the_same_in_both_directions(case, training):
    options, x = LAYERS[case]
    theirs = randomised(getattr(torch.nn, case.split()[0])(**options).double()).train(training)
    ours = nn.from_torch(theirs)
    back = nn.to_torch(ours)
    assert ours.training == back.training == training
    assert [tuple(p.shape) for p in back.parameters()] == [tuple(p.shape) for p in theirs.parameters()]
    compare(theirs, ours, x)
    back.zero_grad()
    compare(back, nn.from_torch(back), x)
    again = randomised(getattr(torch.nn, case.split()[0])(**options).double()).train(training)
    np.testing.assert_array_equal(
        result_of(nn.to_torch(nn.from_torch(again)), torch.from_numpy(x)).detach().numpy(),
        result_of(again, torch.from_numpy(x)).detach().numpy(),
    )


def test_every_row_is_compared():
    assert {case.split()[0] for case in LAYERS} | {"Dropout"} == set(TWINS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_computes_the_same(name):
    x = np.linspace(-4, 4, 17).reshape(1, 17)
    theirs = getattr(torch.nn, ACTIVATIONS[name][0])()
    for module in (theirs, nn.to_torch(nn.from_torch(theirs))):
        expected = module(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(np.asarray(nn.from_torch(module)(x)), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.long
def test_a_convolutional_net_trains_alike():
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(36, 5), torch.nn.Tanh(), torch.nn.Dropout(0.0), torch.nn.Linear(5, 1),
    ).double()  # fmt: skip
    ours = nn.from_torch(theirs)
    optimizers = torch.optim.Adam(theirs.parameters(), lr=0.01), nn.optim.Adam(ours.parameters(), lr=0.01)
    for _ in range(3):
        for optimizer, loss in zip(
            optimizers, (theirs(torch.from_numpy(IMAGE)).pow(2).mean(), (ours(IMAGE) ** 2).mean()), strict=True
        ):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    theirs.eval(), ours.eval()
    np.testing.assert_allclose(ours(IMAGE).numpy(), theirs(torch.from_numpy(IMAGE)).detach().numpy(), rtol=1e-8)


def test_single_precision_sharing_and_freezing_are_kept():
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.ReLU(), torch.nn.Linear(3, 3), torch.nn.ReLU())
    theirs[2].weight = theirs[0].weight
    theirs[2].bias.requires_grad_(False)
    ours = nn.from_torch(theirs)
    assert ours[0].weight is ours[2].weight
    assert {p.dtype for p in ours.parameters()} == {np.dtype(np.float32)}
    assert [nn.members.is_frozen(p) for p in ours.parameters()] == [False, False, True]
    back = nn.to_torch(ours)
    assert back[0].weight is back[2].weight
    assert [p.requires_grad for p in back.parameters()] == [True, True, False]
    assert {p.dtype for p in back.parameters()} == {torch.float32}


def test_a_network_of_scalars_is_a_stack_of_linear_maps():
    model = nn.MLP(2, [3, 3, 1], activation="tanh")
    x = normal(4, 2)
    expected = [model(row).data for row in x.tolist()]
    np.testing.assert_allclose(nn.to_torch(model)(torch.from_numpy(x))[:, 0].detach().numpy(), expected, rtol=1e-12)


def test_safetensors_reads_our_files_and_we_read_what_it_writes(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    model = nn.Sequential(nn.Linear(3, 2), "relu", nn.BatchNorm1d(2))
    path = tmp_path / "m.safetensors"
    nn.save(path, model, losses=np.array([0.5]))
    found = safetensors.load_file(path)
    for name, numbers in model.state_dict().items():
        np.testing.assert_array_equal(found[name], numbers)
    assert found["extra/losses"].tolist() == [0.5]
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        texts = file.metadata()
    safetensors.save_file(found, path, texts)
    assert nn.load(path, model)["losses"].tolist() == [0.5]
