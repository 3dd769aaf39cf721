"""One program in four engines: the compiled moons network in numpy, JAX, PyTorch and ONNX.

The loss of the two moons is written neuron by neuron, for one point, and compiled. The program is then written as a
module of numpy, with its reverse pass, and taken to each engine that is installed; losses and gradients there are
compared with ours. Run it, and read the module that it writes into the folder ``output``: it is backpropagation in
matrices, derived from the scalars.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd
from examples.common import argument_parser, count, moons_network, parse, run

NEEDED = {"numpy": "numpy", "jax": "jax", "torch": "torch", "onnx": "onnxruntime"}  # the package that each engine is


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Write the program for each engine; return the largest difference of a loss or gradient in those installed."""
    parser = argument_parser(__doc__, seed=1337)
    parser.add_argument("--samples", type=count, default=100, help="how many points there are")
    options = parse(parser, arguments)

    model, points, targets = moons_network(options.samples, options.seed)

    @autograd.compile
    def loss(x: Any, y: Any) -> Any:
        return autograd.relu(1 - y * model(x))

    losses = loss(points, targets)
    losses.mean().backward()
    print(loss.program)
    options.output.mkdir(parents=True, exist_ok=True)
    for language in ("numpy", "jax", "torch"):
        file = options.output / f"loss_in_{language}.py"
        file.write_text(loss.source(language), encoding="utf-8")
        print(f"written: {file}")

    ours = np.asarray(losses.data), sum(float(parameter.grad) ** 2 for parameter in model.parameters()) ** 0.5
    found: dict[str, float] = {}
    for engine, package in NEEDED.items():
        if importlib.util.find_spec(package) is None:
            print(f"{engine:<6} is not installed: pip install {package}")
            continue
        theirs = ENGINES[engine](loss, points, targets, options.output)
        found[engine] = max(float(np.max(np.abs(x - y))) for x, y in zip(theirs, ours, strict=False))
        what = "losses and the length of the gradient" if len(theirs) == 2 else "losses"
        print(f"{engine:<6} {what}: at most {found[engine]:.0e} from ours")
    return found


def in_numpy(loss: Any, points: Any, targets: Any, folder: Any) -> tuple[Any, ...]:
    """The losses and the length of the gradient of their mean, by the module in numpy."""
    module: dict[str, Any] = {}
    exec((folder / "loss_in_numpy.py").read_text(encoding="utf-8"), module)
    _, parameters = loss.to("numpy")
    share = np.full(len(points), 1 / len(points))
    losses, gradients = module["loss_with_gradients"](parameters, points, targets, share)
    return losses, sum(np.sum(gradients[name] ** 2) for name in parameters) ** 0.5


def in_jax(loss: Any, points: Any, targets: Any, _: Any) -> tuple[Any, ...]:
    """The same by `jax.grad`."""
    import jax

    jax.config.update("jax_enable_x64", True)
    function, parameters = loss.to("jax")
    gradients = jax.jit(jax.grad(lambda p: function(p, points, targets).mean()))(parameters)
    return function(parameters, points, targets), sum(float((g**2).sum()) for g in gradients.values()) ** 0.5


def in_torch(loss: Any, points: Any, targets: Any, _: Any) -> tuple[Any, ...]:
    """The same by `torch.Tensor.backward`."""
    function, parameters = loss.to("torch")
    for parameter in parameters.values():
        parameter.requires_grad_()
    losses = function(parameters, points, targets)
    losses.mean().backward()
    return losses.detach().numpy(), sum(float((p.grad**2).sum()) for p in parameters.values()) ** 0.5


def in_onnx(loss: Any, points: Any, targets: Any, folder: Any) -> tuple[Any, ...]:
    """The losses by onnxruntime, which only goes forward."""
    import onnxruntime

    loss.save(folder / "loss.onnx")
    session = onnxruntime.InferenceSession(str(folder / "loss.onnx"), providers=["CPUExecutionProvider"])
    (losses,) = session.run(None, {"x": points, "y": targets})
    return (losses,)


ENGINES: dict[str, Callable[..., tuple[Any, ...]]] = {
    "numpy": in_numpy,
    "jax": in_jax,
    "torch": in_torch,
    "onnx": in_onnx,
}


if __name__ == "__main__":
    run(main)
