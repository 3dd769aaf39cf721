"""A run that stops and is resumed at any epoch is, bit for bit, the run that was not interrupted."""

import random

import numpy as np
import pytest

import nn
from autograd import compile
from nn import optim

EPOCHS = 5
X, Y = nn.data.moons(12, noise=0.1, rng=0)

OPTIMIZERS = {
    "SGD": lambda model: optim.SGD(model.parameters(), lr=0.1),
    "momentum": lambda model: optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True),
    "Adagrad": lambda model: optim.Adagrad(model.parameters(), lr=0.1, lr_decay=0.1),
    "RMSprop": lambda model: optim.RMSprop(model.parameters(), lr=0.01, momentum=0.5, centered=True),
    "Adadelta": lambda model: optim.Adadelta(model.parameters()),
    "Adam": lambda model: optim.Adam(model.parameters(), lr=lambda step: 0.1 / (1 + step), amsgrad=True),
    "AdamW": lambda model: optim.AdamW(model.parameters(), lr=0.01),
    "LAMB": lambda model: optim.LAMB(model.parameters(), lr=0.01),
}


class Jittered(nn.Module):
    """A model of arrays that draws masks and noise in training, and keeps running statistics."""

    def __init__(self):
        normal = nn.init.normal(1.0, rng=np.random.default_rng(7))
        self.layers = nn.Sequential(
            nn.Linear(2, 4, "tanh", init=normal),
            nn.BatchNorm1d(4),
            nn.Dropout(0.3, rng=1),
            nn.Linear(4, 1, init=normal),
        )
        self.python = random.Random(2)

    def forward(self, x):
        return self.layers(x + self.python.random() * 0.01)[:, 0]


def of_scalars(compiled):
    def make():
        random.seed(3)
        model = nn.MLP(2, [3, 1], activation="tanh")
        f = compile(lambda x, y: nn.losses.mse(model(x), y)) if compiled else lambda x, y: nn.losses.mse(model(x), y)
        return model, lambda rows: sum(f(X[k].tolist(), float(Y[k])) for k in rows)

    return make


def of_arrays():
    model = Jittered()
    return model, lambda rows: nn.losses.mse(model(X[rows]), Y[rows].astype(float))


MODELS = {"scalars": of_scalars(False), "compiled": of_scalars(True), "arrays": of_arrays}


def train(path, make, optimize, until):
    """Train to an epoch, from where a file says; return the state of the model and the losses."""
    model, loss_of = make()
    optimizer, rng, losses = optimize(model), np.random.default_rng(4), []
    if path.exists():
        kept = nn.load(path, model, optimizer)
        rng, losses = kept["rng"], kept["losses"]
    while len(losses) < until:
        for rows in np.split(rng.permutation(len(X)), 3):
            optimizer.zero_grad()
            loss = loss_of(rows)
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    nn.save(path, model, optimizer, rng=rng, losses=losses)
    return repr((model.state_dict(), losses))


@pytest.mark.parametrize(
    ("name", "kind", "ending"),
    [
        *((name, "arrays", ".npz") for name in OPTIMIZERS),
        ("Adam", "arrays", ".safetensors"),
        ("momentum", "scalars", ".npz"),
        ("Adam", "compiled", ".npz"),
    ],
)
@pytest.mark.untraced
def test_a_run_that_is_resumed_is_the_run_itself(tmp_path, name, kind, ending):
    make, optimize = MODELS[kind], OPTIMIZERS[name]
    whole = train(tmp_path / f"whole{ending}", make, optimize, EPOCHS)
    for stop in (1, 3):
        path = tmp_path / f"{stop}{ending}"
        train(path, make, optimize, stop)
        assert train(path, make, optimize, EPOCHS) == whole, stop
    stopped = tmp_path / f"often{ending}"
    assert [train(stopped, make, optimize, epoch) for epoch in range(1, EPOCHS + 1)][-1] == whole


def fitted(path, epochs):
    """A model that `fit` has trained to an epoch, from where a file says."""
    random.seed(5)
    model, rng = Jittered(), np.random.default_rng(6)
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    kept = nn.load(path, model, optimizer) if path.exists() else {"rng": rng, "epoch": 0}
    data, first = (X, Y.astype(float)), kept["epoch"]
    nn.fit(model, nn.losses.mse, data, optimizer, epochs=epochs - first, batch_size=5, rng=kept["rng"], progress=False)
    nn.save(path, model, optimizer, rng=kept["rng"], epoch=epochs)
    return repr(model.state_dict())


def test_a_run_of_fit_is_resumed(tmp_path):
    whole = fitted(tmp_path / "whole.npz", 6)
    for stop in (1, 4):
        fitted(tmp_path / f"{stop}.npz", stop)
        assert fitted(tmp_path / f"{stop}.npz", 6) == whole


def test_the_state_of_another_optimizer_changes_nothing(tmp_path):
    path = tmp_path / "m.npz"
    train(path, of_arrays, OPTIMIZERS["Adam"], 1)
    model, _ = of_arrays()
    before = repr(model.state_dict())
    for wrong in (OPTIMIZERS["SGD"](model), optim.Adam(model.parameters()[:2], lr=0.1)):
        state = repr(wrong.state_dict())
        with pytest.raises(
            ValueError, match=r"the optimizer is SGD|group 0 has other parameters than when it was saved"
        ):
            nn.load(path, model, wrong)
        assert repr(model.state_dict()) == before
        assert repr(wrong.state_dict()) == state
