"""Training over a batch that is divided among several devices, by JAX's sharding.

The loss of the two moons is written in scalars and compiled; JAX takes the program. Each device has all parameters and
a part of the points; JAX adds up the gradients of the parts. The run is made twice, on one device and on all of them,
and the losses of the two are the same. Without more devices, a CPU stands for several.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from examples.common import argument_parser, count, moons_network, parse, run

RATE = 0.1
HOST = "--xla_force_host_platform_device_count"


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train on one device and on several; return the last loss and the largest difference of a loss."""
    parser = argument_parser(__doc__, seed=1337, steps=100)
    parser.add_argument("--samples", type=count, default=128, help="how many points there are; the devices divide them")
    parser.add_argument("--devices", type=count, default=2, help="how many devices there are")
    options = parse(parser, arguments, quick={"steps": 10})
    if options.samples % options.devices:
        parser.error(f"{options.samples} samples cannot be divided evenly among {options.devices} devices")

    jax = with_devices(options.devices)
    model, points, targets = moons_network(options.samples, options.seed)

    @autograd.compile
    def loss(x: Any, y: Any) -> Any:
        return autograd.relu(1 - y * model(x))

    function, parameters = loss.to("jax", points, targets)
    alone = train(jax, function, parameters, points, targets, 1, options.steps)
    together = train(jax, function, parameters, points, targets, options.devices, options.steps)
    for step in sorted({0, options.steps // 2, options.steps - 1}):
        print(f"step {step:3}   loss {alone[step]:.6f} on one device, {together[step]:.6f} on {options.devices}")
    difference = float(np.max(np.abs(np.subtract(alone, together))))
    print(f"the losses of {options.steps} steps differ by at most {difference:.0e}")
    return {"loss": together[-1], "largest difference of a loss": difference}


def with_devices(wanted: int) -> Any:
    """Import JAX, in double precision, with as many devices; a CPU is divided if it has to stand for several."""
    if HOST not in os.environ.get("XLA_FLAGS", ""):  # read once, when JAX is imported
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {HOST}={wanted}".strip()
    try:
        import jax
    except ImportError as error:
        raise ImportError("this script needs JAX: pip install jax") from error
    jax.config.update("jax_enable_x64", True)
    if jax.device_count() < wanted:
        raise OSError(f"JAX has {jax.device_count()} devices here, and {wanted} are asked for; write --devices 1")
    return jax


def train(
    jax: Any, function: Any, parameters: dict[str, Any], points: Any, targets: Any, devices: int, steps: int
) -> list[float]:
    """Train by gradient descent with the batch divided among some devices; return the loss of each step."""
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:devices]), ("samples",))
    divided = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("samples"))
    everywhere = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
    parameters = jax.device_put(parameters, everywhere)
    points, targets = jax.device_put(points, divided), jax.device_put(targets, divided)

    @jax.jit
    def step(parameters: dict[str, Any], points: Any, targets: Any) -> tuple[Any, dict[str, Any]]:
        mean = lambda parameters: function(parameters, points, targets).mean()
        loss, gradients = jax.value_and_grad(mean)(parameters)
        return loss, {name: parameters[name] - RATE * gradients[name] for name in parameters}

    losses = []
    for _ in range(steps):
        loss, parameters = step(parameters, points, targets)
        losses.append(float(loss))
    return losses


if __name__ == "__main__":
    run(main)
