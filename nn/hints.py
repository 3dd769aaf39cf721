"""Hints for names that `nn` does not have: the nearest name, or the counterpart of a name in PyTorch.

nn.ReLU()       Linear(2, 16, "relu")       activations are given by name
nn.MSELoss()    nn.losses.mse               losses, optimizers and toy sets have modules of their own
nn.Lineer       nn.Linear
"""

from __future__ import annotations

from collections.abc import Sequence

from . import data, init, losses, optim, regularisers
from .given import nearest
from .layers.activations import ACTIVATIONS

__all__ = ["hint"]

_CALLED_OTHERWISE = {
    "Parameter": "Tensor(…), which is a parameter wherever a module holds it",
    "ParameterList": "a list of tensors, which are parameters wherever a module holds it",
    "ModuleDict": "a dict of modules, which are found wherever a module holds it",
    "Identity": 'activation="linear"',
    "Softmax": "autograd.softmax, or losses.cross_entropy, which takes the logits",
    "DataLoader": "nn.data.batches(X, y, size=32), which is gone through once in each epoch",
    "TensorDataset": "nn.data.batches(X, y), which takes arrays",
    "functional": "autograd, which has relu, softmax and others, or nn.losses",
    "utils": "nn.optim.clip_grad_norm",
    "L1Loss": "nn.losses.mae",
    "BCELoss": "nn.losses.binary_cross_entropy",
    "BCEWithLogitsLoss": "nn.losses.binary_cross_entropy_with_logits",
}
_PLACES = {"optim": optim, "losses": losses, "data": data, "init": init, "regularisers": regularisers}


def hint(name: str, public: Sequence[str]) -> str:
    """Return a hint for a name that `nn` does not have, as the end of a message; "" if no name is near.

    Parameters
    ----------
    name : str
        The name that is not there.
    public : sequence of str
        The names that are.

    Examples
    --------
    >>> from nn.hints import hint
    >>> hint("Lineer", ["Linear"]), hint("Adam", ["Linear"]), hint("xyz", ["Linear"])
    ('; did you mean nn.Linear?', '; did you mean nn.optim.Adam?', '')
    """
    if name.startswith("_"):
        return ""
    names = {each: f'"{each}", as in Linear(2, 16, "{each}") or Sequential(…, "{each}")' for each in ACTIVATIONS}
    names |= {each: f"nn.{place}.{each}" for place, module in _PLACES.items() for each in module.__all__}
    names |= {f"{each}_loss": f"nn.losses.{each}" for each in losses.__all__}
    names |= {each: f"nn.{each}" for each in public} | _CALLED_OTHERWISE
    near = nearest(name, names)
    return f"; did you mean {near}?" if near else ""
