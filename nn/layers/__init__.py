"""Layers: neurons, layers and networks on scalars."""

from .neurons import MLP, Layer, Neuron

__all__ = ["MLP", "Layer", "Neuron"]
