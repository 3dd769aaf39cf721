"""Where parameters live: many values in one flat array."""

from .adopted import adopt, adoptable, home
from .flat import changing
from .places import Places, forget_gradients

__all__ = ["Places", "adopt", "adoptable", "changing", "forget_gradients", "home"]
