"""Parameters in flat arrays, for code that reads and changes all of them at once.

**flat** the numbers of many values in one array, and their gradients in another. **adopted** the values themselves,
which read and write their places in it. **places** many parameters, changed array by array. **assigning** new numbers
for many of them at once.
"""

from .adopted import adopt, adoptable, home
from .assigning import assign
from .flat import changing, eager_passes
from .places import Block, Places, adoptions, forget_gradients

__all__ = [
    "Block",
    "Places",
    "adopt",
    "adoptable",
    "adoptions",
    "assign",
    "changing",
    "eager_passes",
    "forget_gradients",
    "home",
]
