"""Optimizers, which move parameters against their gradients.

**optimizer** the step, wholly or not at all, for all rules. **descent** gradient descent and momentum. **adaptive**
rules that divide by the size of the gradients. **adam** Adam and its kin. **schedules** the rate as a function of the
step. **plateau** the rate as a consequence of the loss. **clipping** limits of gradients. **minimizing** the algorithms
of scipy.
"""

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
