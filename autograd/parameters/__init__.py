"""Parameters in flat arrays, for code that reads and changes all of them at once.

**flat** the numbers of many values in one array, and their gradients in another. **adopted** the values themselves,
which read and write their places in it. **places** many parameters, changed array by array. **joined** small arrays of
them, changed as one. **assigning** new numbers for many of them at once.
"""

from .adopted import adopt, adoptable, home
from .assigning import assign
from .flat import Flat, changing, eager_passes
from .joined import Joined
from .places import Block, OneTensor, Places, adoptions, forget_gradients

__all__ = [
    "Block",
    "Flat",
    "Joined",
    "OneTensor",
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
