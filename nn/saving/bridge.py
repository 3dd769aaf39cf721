"""Models from PyTorch and for PyTorch: ``from_torch`` and ``to_torch``, for the layers that both libraries have."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from autograd import InputTypeError, InputValueError, Value
from autograd.errors import described, shortened

from ..layers import MLP, Layer, Linear, ModuleList, Sequential
from ..layers.activations import activation_name
from ..layers.containers import _Applied
from ..members import is_frozen, parameter, set_frozen
from ..module import Module
from .twins import ACTIVATIONS, TWINS, Twin

__all__ = ["from_torch", "to_torch"]


def from_torch(module: Any) -> Module:
    """Return a model of this library that computes the same as a PyTorch module.

    Parameters
    ----------
    module : torch.nn.Module
        A layer that both libraries have, or a ``Sequential`` or ``ModuleList`` of such: linear maps, convolutions,
        pooling, normalisation, embeddings, recurrent nets of one layer, attention with ``batch_first=True``,
        dropout, and activations.

    Returns
    -------
    Module
        A model with copies of the parameters and buffers, in their precision. Parameters that are shared stay shared,
        those without ``requires_grad`` are frozen, and the mode, training or evaluation, is taken over. An activation
        becomes a `Sequential` of it.

    Raises
    ------
    InputTypeError
        If it is not a PyTorch module, or a layer has no counterpart here.
    InputValueError
        If a layer has options that its counterpart lacks, such as ``dilation=2``. The message has its path.

    Notes
    -----
    Recurrent layers keep their state without PyTorch's axis of layers, and attention returns its output alone.

    Examples
    --------
    With PyTorch installed::

        theirs = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
        model = nn.from_torch(theirs)        # Sequential(Linear(2, 16), "relu", Linear(16, 1))
        model(X).sum().backward()            # gradients as theirs(X).sum().backward() has them
    """
    return _module(_ours(module, "module", {}, {}))


def to_torch(model: Module) -> Any:
    """Return a PyTorch module that computes the same as a model of this library.

    Parameters
    ----------
    model : Module
        A layer that both libraries have, or a `Sequential` or `ModuleList` of such. A `Layer` or `MLP` of scalars
        becomes linear maps and activations, on arrays.

    Returns
    -------
    torch.nn.Module
        A module with copies of the parameters and buffers in their precision: float64, unless they are float32.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    InputTypeError
        If it is not a Module, or a layer or activation has no counterpart there.
    InputValueError
        If a layer has options that its counterpart lacks, such as the padding (0, 1).

    Examples
    --------
    With PyTorch installed::

        theirs = nn.to_torch(nn.MLP(2, [16, 1]))
        theirs(torch.tensor([[1.0, 2.0]], dtype=torch.float64))
    """
    if not isinstance(model, Module):
        raise InputTypeError(f"to_torch takes a Module, not {described(model)}")
    try:
        import torch
    except ImportError as error:
        raise ImportError("to_torch needs PyTorch: pip install torch") from error
    return _theirs(model, "model", {}, {}, torch)


# --- From PyTorch -----------------------------------------------------------------------------------------------------


def _ours(theirs: Any, path: str, modules: dict[int, Any], arrays: dict[int, Any]) -> Any:
    """A module of ours, or the name of an activation. The dicts hold the results so far, which may be shared."""
    kind = type(theirs)
    name = kind.__name__
    if id(theirs) in modules:
        return modules[id(theirs)]
    if not str(kind.__module__).startswith("torch.nn."):
        raise InputTypeError(
            f"from_torch takes modules of torch.nn, and {path} is {described(theirs)}; convert its layers one by one"
        )
    found: Any = next((ours for ours, (there, _) in ACTIVATIONS.items() if there == name), None)
    if name in ("Sequential", "ModuleList"):
        parts = [_ours(part, f"{path}[{k}]", modules, arrays) for k, part in enumerate(theirs)]
        found = ModuleList(map(_module, parts)) if name == "ModuleList" else Sequential(parts) if parts else "linear"
    elif found is not None:
        _check_fixed(theirs, ACTIVATIONS[found][1], path)
    elif name in TWINS:
        found = _made(TWINS[name], theirs, path, arrays)
    else:
        raise InputTypeError(f"{path} is a torch.nn.{name}, which has no counterpart here")
    if isinstance(found, Module):
        found.training = bool(theirs.training)
    modules[id(theirs)] = found
    return found


def _module(found: Any) -> Module:
    return found if isinstance(found, Module) else Sequential(found)


def _made(twin: Twin, theirs: Any, path: str, arrays: dict[int, Any]) -> Module:
    """Our layer for one of PyTorch's, with its parameters and buffers."""
    _check_fixed(theirs, twin.fixed, path)
    module = twin.ours(**{ours: _option(theirs, there) for ours, there in twin.arguments.items()})
    for ours, there in twin.arrays.items():
        tensor = reduce(lambda holder, name: getattr(holder, name, None), there.split("."), theirs)
        if tensor is None:
            continue
        *within, last = ours.split(".")
        holder = reduce(getattr, within, module)
        if id(tensor) not in arrays:
            arrays[id(tensor)] = _converted(tensor, getattr(holder, last), f"{path}.{there}")
        setattr(holder, last, arrays[id(tensor)])
    return module


def _option(theirs: Any, name: str) -> Any:
    """An option of PyTorch's layer as ours takes it."""
    option = getattr(theirs, name, getattr(theirs, f"in_proj_{name}", None))
    if name == "bias":
        return option is not None and option is not False
    if name == "eps" and option is None:  # of RMSNorm: the precision of the numbers
        return float(np.finfo(_array(theirs.weight, name).dtype).eps)
    if name == "padding" and isinstance(option, tuple) and len(option) == 1:  # as all options of its Conv1d are
        return option[0]
    return 0 if option == "valid" else option


def _check_fixed(theirs: Any, fixed: dict[str, Any], path: str) -> None:
    for name, wanted in fixed.items():
        option = getattr(theirs, name, wanted)
        if any(each != wanted for each in (option if isinstance(option, (tuple, list)) else [option])):
            raise InputValueError(
                f"{path} is a torch.nn.{type(theirs).__name__} with {name.strip('_')}={shortened(option)}, and its "
                f"counterpart here has {name.strip('_')}={wanted}"
            )


def _array(tensor: Any, path: str) -> np.ndarray[Any, Any]:
    try:
        array = np.array(tensor.detach().cpu().numpy())
    except TypeError:
        array = np.empty(0, dtype=object)
    if array.dtype not in (np.float64, np.float32):
        raise InputTypeError(
            f"{path} holds {getattr(tensor, 'dtype', 'other')} numbers, and a tensor here float64 or float32; convert "
            "the module first, module.float()"
        )
    return array


def _converted(tensor: Any, present: Any, path: str) -> Any:
    """A parameter or buffer of ours with the numbers of a tensor, of the kind of the present one."""
    array = _array(tensor, path)
    if isinstance(present, np.ndarray):
        return array
    made = parameter(array.item() if isinstance(present, Value) else array, present.note.name)
    if not tensor.requires_grad:
        set_frozen([made], True)
    return made


# --- For PyTorch ------------------------------------------------------------------------------------------------------


def _theirs(model: Any, path: str, modules: dict[int, Any], tensors: dict[int, Any], torch: Any) -> Any:
    """A module of PyTorch. The dicts hold the results so far, which may be shared."""
    if id(model) in modules:
        return modules[id(model)]
    if type(model) in (Sequential, ModuleList, MLP):
        layers = model.layers if isinstance(model, MLP) else model
        parts = [_theirs(part, f"{path}[{k}]", modules, tensors, torch) for k, part in enumerate(layers)]
        made = torch.nn.ModuleList(parts) if isinstance(model, ModuleList) else torch.nn.Sequential(*parts)
    elif type(model) is _Applied:
        made = _activation(model.activation, path, modules, tensors, torch)
    elif type(model) is Layer:
        made = _with_activation(_dense(model, torch), model.neurons[0].activation, path, modules, tensors, torch)
    else:
        twin = next((row for row in TWINS.values() if row.ours is type(model)), None)
        if twin is None:
            raise InputTypeError(f"{path} is {described(model)}, which has no counterpart in PyTorch")
        made = _twin_of(twin, model, path, tensors, torch)
        if isinstance(model, Linear):
            made = _with_activation(made, model.activation, path, modules, tensors, torch)
    modules[id(model)] = made.train(model.training)
    return made


def _activation(activation: Any, path: str, *shared: Any) -> Any:
    """A module of PyTorch for an activation."""
    if isinstance(activation, Module):
        return _theirs(activation, path, *shared)
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise InputTypeError(
            f"{path} has the activation {activation_name(activation)}, which is none of PyTorch's layers"
        )
    return getattr(shared[-1].nn, ACTIVATIONS[activation][0])()


def _with_activation(made: Any, activation: Any, path: str, *shared: Any) -> Any:
    return made if activation == "linear" else shared[-1].nn.Sequential(made, _activation(activation, path, *shared))


def _twin_of(twin: Twin, model: Any, path: str, tensors: dict[int, Any], torch: Any) -> Any:
    """PyTorch's layer for one of ours, with its parameters and buffers."""
    options = dict(zip(twin.arguments.values(), twin.values(model), strict=True))
    if options.get("padding", 0) is None or getattr(model, "causal", False):
        what = f"the padding {shortened(model.padding)}" if "padding" in options else "a causal mask of its own"
        raise InputValueError(f"{path} is a {twin.ours.__name__} with {what}, which PyTorch's {twin.theirs} has not")
    made = getattr(torch.nn, twin.theirs)(**options, **twin.always)
    for ours, there in twin.arrays.items():
        item = reduce(getattr, ours.split("."), model)
        if item is None:
            continue
        *within, last = there.split(".")
        holder = reduce(getattr, within, made)
        if id(item) not in tensors:
            shape = getattr(holder, last).shape
            tensors[id(item)] = _tensor(np.reshape(getattr(item, "_data", item), shape), item, torch)
        setattr(holder, last, tensors[id(item)])
    return made


def _tensor(numbers: Any, item: Any, torch: Any) -> Any:
    """A tensor of PyTorch with the numbers of a buffer, or a parameter with those of one of ours."""
    tensor = torch.from_numpy(np.array(numbers))
    return tensor if isinstance(item, np.ndarray) else torch.nn.Parameter(tensor, requires_grad=not is_frozen(item))


def _dense(layer: Layer, torch: Any) -> Any:
    """A linear map of PyTorch with the weights of a layer of neurons."""
    weights = [[weight._data for weight in neuron.weights] for neuron in layer.neurons]
    made = torch.nn.Linear(in_features=len(weights[0]), out_features=len(weights))
    frozen = layer.frozen
    for name, numbers in (("weight", weights), ("bias", [neuron.bias._data for neuron in layer.neurons])):
        setattr(made, name, torch.nn.Parameter(torch.from_numpy(np.array(numbers)), requires_grad=not frozen))
    return made
