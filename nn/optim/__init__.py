"""Optimizers, which move parameters against their gradients.

**optimizer** the step of all rules, taken wholly or not at all. **descent** gradient descent and momentum. **adaptive**
rules that divide by the size of the gradients. **adam** Adam and its variants. **schedules** the rate as a function of
the step. **plateau** a rate that depends on the loss. **clipping** limits of gradients. **minimizing** algorithms of
scipy.
"""

import sys
from typing import TYPE_CHECKING, NoReturn

from ..given import nearest
from .adam import LAMB, Adam, AdamW
from .adaptive import Adadelta, Adagrad, RMSprop
from .clipping import clip_grad_norm, clip_grad_value
from .descent import SGD
from .minimizing import Minimum, minimize
from .optimizer import Optimizer
from .plateau import reduce_on_plateau
from .schedules import (
    constant,
    cosine,
    exponential,
    inverse,
    multi_step,
    one_cycle,
    polynomial,
    power,
    sequence,
    step,
    warm_restarts,
    warmup,
)

__all__ = [
    "LAMB",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Minimum",
    "Optimizer",
    "RMSprop",
    "clip_grad_norm",
    "clip_grad_value",
    "constant",
    "cosine",
    "exponential",
    "inverse",
    "minimize",
    "multi_step",
    "one_cycle",
    "polynomial",
    "power",
    "reduce_on_plateau",
    "sequence",
    "step",
    "warm_restarts",
    "warmup",
]

_CALLED_OTHERWISE = {
    "LBFGS": "nn.optim.minimize(loss, parameters), which calls the loss itself",
    "lr_scheduler": "a schedule in the place of the rate, such as lr=nn.optim.cosine(0.1, steps)",
    "StepLR": "lr=nn.optim.step(…)",
    "MultiStepLR": "lr=nn.optim.multi_step(…)",
    "ExponentialLR": "lr=nn.optim.exponential(…)",
    "CosineAnnealingLR": "lr=nn.optim.cosine(…)",
    "OneCycleLR": "lr=nn.optim.one_cycle(…)",
    "ReduceLROnPlateau": "nn.optim.reduce_on_plateau",
}

if not TYPE_CHECKING:  # pragma: no branch - a type checker has to refuse such a name, too

    def __getattr__(name: str) -> NoReturn:
        """Refuse a name that is not here, with the one that stands for it."""
        names = {each: f"nn.optim.{each}" for each in __all__} | _CALLED_OTHERWISE
        near = "" if name.startswith("_") else nearest(name, names)
        hint = f"; did you mean {near}?" if near else ""
        raise AttributeError(f"module 'nn.optim' has no attribute {name!r}{hint}", name=name, obj=sys.modules[__name__])
