"""A training script with types, as a user writes it: ``mypy --strict`` finds no fault and knows the type of each line.

A comment behind ``reveal_type`` is what the checkers say, without the names of modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import autograd
import nn
from autograd import Tensor, Value, exp, grad, linalg, no_grad
from nn import losses


class Line(nn.Module):
    def __init__(self) -> None:
        self.slope = Value(0.0)
        self.shift = Value(0.0)

    def forward(self, x: float) -> Value:
        return self.slope * x + self.shift


class Network(nn.Module):
    def __init__(self, rng: np.random.Generator) -> None:
        self.hidden = Tensor(0.5 * rng.normal(size=(2, 8)), name="hidden")
        self.bias = Tensor(np.zeros(8))
        self.out = Tensor(0.5 * rng.normal(size=(8, 1)), name="out")

    def forward(self, x: Tensor) -> Tensor:
        return (x @ self.hidden + self.bias).tanh() @ self.out


def train_line(steps: int, rate: float) -> float:
    model = Line()
    for _ in range(steps):
        total = losses.mse([model(x) for x in (0.0, 1.0, 2.0)], [1.0, 3.0, 5.0])
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= rate * p.grad
    return model.slope.data


def train_network(steps: int) -> float:
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(16, 2)))
    y = (x.data[:, :1] * x.data[:, 1:] > 0) * 1.0
    model = Network(rng)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        loss = ((model(x) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for w in (model.hidden, model.out):
        w.data -= 0.01 * w.grad
    with no_grad():
        return ((model(x) - y) ** 2).mean().item()


if TYPE_CHECKING:
    v, t, array = Value(2.0), Tensor([1.0, 2.0]), np.ones(2)
    reveal_type(v * v + 2 * v - 1.0)  # Value
    reveal_type(-(v**2) / 3)  # Value
    reveal_type(v > 1)  # bool
    reveal_type(v.data)  # float
    reveal_type(v * t)  # Tensor
    reveal_type(t * v)  # Tensor
    reveal_type(t + 1)  # Tensor
    reveal_type(1 - t)  # Tensor
    reveal_type(array * t)  # Tensor
    reveal_type(t @ array)  # Tensor
    reveal_type(t**2 / t)  # Tensor
    reveal_type(-t)  # Tensor
    reveal_type(t.exp().sum(axis=0))  # Tensor
    reveal_type(t[0].reshape(1, 1).T)  # Tensor
    reveal_type(t.clip(0.0, 1.0).take([0]).sort())  # Tensor
    reveal_type(t.astype(np.float32).clone().cumsum())  # Tensor
    reveal_type(t.shape)  # tuple[int, ...]
    reveal_type(t.ndim + t.size)  # int
    reveal_type(t.item())  # float
    reveal_type(t > 0)  # ndarray[tuple[Any, ...], dtype[bool[bool]]]
    reveal_type(t.data)  # Frozen
    reveal_type(t.grad)  # Frozen | Any
    reveal_type(v.grad)  # float | Any
    reveal_type(t.numpy())  # ndarray[Any, Any]
    reveal_type(exp(v))  # Value
    reveal_type(exp(t))  # Tensor
    reveal_type(exp(1.0))  # float
    reveal_type(autograd.maximum(t, 0.0))  # Tensor
    reveal_type(autograd.minimum(v, array))  # Tensor
    reveal_type(autograd.leaky_relu(t))  # Tensor
    reveal_type(autograd.where(v > 0, v, 0.0))  # Value
    reveal_type(autograd.where(t > 0, t, 0.0))  # Tensor
    reveal_type(autograd.where(t > 0, 0.0, t))  # Tensor
    reveal_type(autograd.where(v > 0, 1.0, 0.0))  # float
    reveal_type(autograd.matmul(array, t))  # Tensor
    reveal_type(autograd.sum(t, axis=0))  # Tensor
    reveal_type(autograd.sum([v, v * v]))  # Value
    reveal_type(autograd.reshape(t, (2, 1)))  # Tensor
    reveal_type(autograd.stack([v, v]))  # Tensor
    reveal_type(autograd.concatenate([t, t]))  # Tensor
    reveal_type(linalg.solve(t, array))  # Tensor
    reveal_type(Line()(2.0))  # Value
    reveal_type(Network(np.random.default_rng(0))(t))  # Tensor
    reveal_type(nn.MLP(2, [1])([1.0, v]).tanh())  # Value
    reveal_type(nn.MLP(2, [2])([1.0, v])[0])  # Value
    reveal_type(losses.hinge(nn.MLP(2, [1])([1.0, v]), 1.0))  # Value
    reveal_type(nn.Layer(2, 2)([1.0, v]))  # list[Value]
    reveal_type(nn.Sequential(nn.Linear(2, 3), "relu")(t))  # Tensor
    reveal_type(losses.mse(t, array))  # Tensor
    reveal_type(losses.cross_entropy(t, 0, label_smoothing=0.1))  # Tensor
    reveal_type(losses.huber(v, 1.0))  # Value
    reveal_type(nn.optim.Adam([v, t]).rate)  # float
    history = nn.fit(Line(), losses.mse, ([0.0, 1.0], [1.0, 2.0]), nn.optim.SGD([v], lr=0.1), epochs=1)
    reveal_type(history)  # History
    reveal_type(history["loss"])  # list[float]
    reveal_type(Line().parameters())  # list[Value | Tensor]

if __name__ == "__main__":
    print(f"{train_line(200, 0.1):.4f} {train_network(100) < 0.25} {grad(lambda x: exp(x))(0.0)}")
    print(linalg.det(Tensor(np.eye(2))).item())
