"""Optimizers, which move parameters against their gradients.

**optimizer** the step, wholly or not at all, for all rules. **descent** gradient descent and momentum. **adaptive**
rules that divide by the size of the gradients. **adam** Adam and its kin.
"""

from .adam import LAMB, Adam, AdamW
from .adaptive import Adadelta, Adagrad, RMSprop
from .descent import SGD
from .optimizer import Optimizer

__all__ = ["LAMB", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop"]
