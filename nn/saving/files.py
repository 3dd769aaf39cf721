"""``save`` and ``load``: a model, and the state from which its training is resumed, in one file with a checksum.

A file has an array for each parameter and buffer, under its path, with scalars gathered (`grids`), and arrays of the
optimizer and of what the user adds, under ``optimizer/…`` and ``extra/…``. Two texts have the rest:
``stepgrad/contents``, in JSON, and ``stepgrad/sha256``, a checksum of that text and of the names, dtypes, shapes and
numbers of all arrays. A new file takes the place of an old one in a single step, so one of them is there whenever the
program or the machine stops.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from autograd import InputTypeError, InputValueError
from autograd.errors import described, shortened

from ..module import Module
from ..state import MOST, path_text, set_state, stores_of
from .formats import FORMATS, METADATA, OURS, Format
from .generators import generator_state, named_generators, set_generator, unfit
from .grids import gathered, spread
from .trees import Arrays, put_together, take_apart

__all__ = ["load", "save"]

VERSION = 1
CONTENTS, CHECKSUM = f"{OURS}contents", f"{OURS}sha256"
LONGEST = 60_000  # bytes of a name in a zip archive
PathLike = str | os.PathLike[str]


class Stateful(Protocol):
    """An optimizer: an object with a state, which is a dict of numbers, text, lists, dicts and arrays."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: Any, /) -> object: ...


def save(path: PathLike, model: Module, optimizer: Stateful | None = None, **extra: Any) -> None:
    """Write the state of a model to a file, with those of its optimizer and random generators, and extra data.

    Parameters
    ----------
    path : str or path
        A name that ends in ``.npz``, for a file that ``numpy.load`` reads without pickle, or in ``.safetensors``. A
        file of this name is replaced in one step: it is there, old or new, whenever the program is stopped.
    model : Module
        Its parameters and buffers are stored by path, and the states of the random generators that it holds.
    optimizer : Optimizer, optional
        Its state is stored, but not its schedule, which is a function.
    **extra
        Numbers, text, ``None``, lists, tuples, dicts, arrays, and random generators, nested in one another; a `History`
        is stored as a dict. `load` returns them.

    Raises
    ------
    InputTypeError, InputValueError
        If the path has another ending, or something cannot be stored. The file that was there is unchanged.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import nn
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "line.npz")
    >>> model = nn.Neuron(2)
    >>> nn.save(path, model, epoch=3, rng=np.random.default_rng(0))
    >>> other = nn.Neuron(2)
    >>> extra = nn.load(path, other)
    >>> extra["epoch"], extra["rng"].random() == np.random.default_rng(0).random()
    (3, True)
    >>> other.state_dict() == model.state_dict()
    True
    >>> with np.load(path) as file:
    ...     print(file["weights[:]"][0] == model.weights[0].data, sorted(file))
    True ['bias', 'stepgrad/contents', 'stepgrad/sha256', 'weights[:]']
    >>> folder.cleanup()
    """
    file, form = _file(path)
    _check(model, optimizer, "save")
    state = model.state_dict()
    for name in state:
        if not name.isprintable() or name == METADATA or name.startswith(OURS) or len(name.encode()) > LONGEST:
            raise InputValueError(f"{path_text(name)} cannot be a name in a file; give the attribute another one")
    arrays, grids = gathered(state)
    contents = {
        "format": VERSION,
        "model": list(arrays),
        "grids": grids,
        "generators": take_apart(
            {name: generator_state(each, name) for name, each in named_generators(model)}, "generators", arrays
        ),
        "optimizer": None if optimizer is None else take_apart(optimizer.state_dict(), "optimizer", arrays),
        "extra": take_apart(extra, "extra", arrays),
    }
    arrays = {name: array.astype(array.dtype.newbyteorder("<"), copy=False) for name, array in arrays.items()}
    text = json.dumps(contents)
    _replace(file, form.write(arrays, {CONTENTS: text, CHECKSUM: _checksum(arrays, text)}))


def load(path: PathLike, model: Module, optimizer: Stateful | None = None) -> dict[str, Any]:
    """Read a file that `save` has written into a model, its optimizer and its generators: into all of them, or none.

    Parameters
    ----------
    path : str or path
        The name of the file.
    model : Module
        A model with the parameters, buffers and random generators of the one that was saved.
    optimizer : Optimizer, optional
        An optimizer of the kind that was saved, for the parameters of this model.

    Returns
    -------
    dict from str to object
        The extra things that were saved. Generators are new ones, in the state that was saved.

    Raises
    ------
    InputValueError
        If the file is damaged, was not written by `save` or was written by a later version; if the model or the
        optimizer is another one, with the differences by path. Nothing is changed then.
    OSError
        If the file cannot be read; FileNotFoundError if there is none.

    Examples
    --------
    A run that continues where an earlier one has stopped:

    >>> import os, tempfile
    >>> import nn
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "run.npz")
    >>> def run(epochs):
    ...     model = nn.Neuron(1, init=nn.init.constant(0.5))
    ...     first = nn.load(path, model)["epoch"] if os.path.exists(path) else 0
    ...     for epoch in range(first, epochs):
    ...         loss = (model([2.0]) - 1.0) ** 2
    ...         loss.backward()
    ...         for p in model.parameters():
    ...             p.data -= 0.01 * p.grad
    ...         model.zero_grad()
    ...         nn.save(path, model, epoch=epoch + 1)
    ...     return model.bias.data
    >>> half, whole = run(5), run(10)
    >>> os.remove(path)
    >>> run(10) == whole
    True
    >>> folder.cleanup()
    """
    file, form = _file(path)
    _check(model, optimizer, "load")
    name = path_text(file.name)
    arrays, contents = _read(name, form, file.read_bytes())
    members = [*model.named_parameters(), *model.named_buffers()]
    state = spread({path: arrays[path] for path in contents["model"]}, contents["grids"])
    stores = stores_of(type(model).__name__, members, state)
    states = put_together(contents["generators"], arrays)
    generators = named_generators(model)
    wrong = unfit(generators, states)
    if wrong:
        raise InputValueError(
            f"the generators of {name} do not fit this {type(model).__name__}, and nothing was loaded: "
            f"{'; '.join(wrong[:MOST])}"
        )
    extra: dict[str, Any] = put_together(contents["extra"], arrays)
    if optimizer is not None:
        if contents["optimizer"] is None:
            raise InputValueError(f"{name} has no state of an optimizer; save it with save(path, model, optimizer)")
        optimizer.load_state_dict(put_together(contents["optimizer"], arrays))
    set_state(stores)
    for path, generator in generators:
        set_generator(generator, states[path])
    return extra


def _file(path: PathLike) -> tuple[Path, Format]:
    """The path of a file, and the format that its ending stands for."""
    try:
        text = os.fspath(path)
    except TypeError:
        text = None
    if not isinstance(text, str):
        raise InputTypeError(f'the first argument is the path of a file, such as "model.npz", not {described(path)}')
    file = Path(text)
    if file.suffix.lower() not in FORMATS:
        raise InputValueError(
            f"a model is saved as {' or '.join(FORMATS)}, not as {shortened(file.name)}; give it one of these endings"
        )
    try:
        is_possible = "\0" not in os.fsdecode(os.fsencode(text))
    except UnicodeEncodeError:
        is_possible = False
    if not is_possible:
        raise InputValueError(f"{shortened(text, 100)} has a character that cannot be in the name of a file")
    return file, FORMATS[file.suffix.lower()]


def _check(model: Any, optimizer: Any, what: str) -> None:
    if not isinstance(model, Module):
        raise InputTypeError(f"{what} takes a Module after the path, not {described(model)}")
    if not (optimizer is None or all(hasattr(type(optimizer), name) for name in ("state_dict", "load_state_dict"))):
        raise InputTypeError(f"optimizer takes an optimizer of nn.optim, not {described(optimizer)}")


def _checksum(arrays: Mapping[str, np.ndarray[Any, Any]], text: str) -> str:
    """The SHA-256 of a text, and of the names, dtypes, shapes and numbers of arrays, in hexadecimal digits."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        digest.update(json.dumps([name, arrays[name].dtype.str, arrays[name].shape]).encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()


def _read(name: str, form: Format, data: bytes) -> tuple[Arrays, dict[str, Any]]:
    """The arrays and the contents of a file, whose checksum is right."""
    try:
        arrays, texts = form.read(data)
    except Exception as error:  # damaged bytes may lead to any
        raise InputValueError(
            f"{name} is damaged, or is a file of another kind, and nothing was loaded ({shortened(str(error), 200)}); "
            "load a backup instead"
        ) from error
    if CONTENTS not in texts:
        raise InputValueError(
            f"{name} was not written by nn.save; read it with its own library, and give its arrays by path to "
            "model.load_state_dict"
        )
    if texts.get(CHECKSUM) != _checksum(arrays, texts[CONTENTS]):
        raise InputValueError(
            f"{name} is damaged: its checksum is that of other contents. Nothing was loaded; load a backup instead"
        )
    contents: dict[str, Any] = json.loads(texts[CONTENTS])
    if contents["format"] > VERSION:
        raise InputValueError(
            f"{name} has format {contents['format']}, of a later version of stepgrad, and this one reads format "
            f"{VERSION}; install the later version"
        )
    native = {name: array.astype(array.dtype.newbyteorder("="), copy=False) for name, array in arrays.items()}
    return native, contents


def _replace(file: Path, data: bytes) -> None:
    """Write a file beside another one and put it in its place, or leave no trace if that fails."""
    target = Path(os.path.realpath(file))  # a link to a file stays one
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with open(beside, "xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        os.replace(beside, target)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError):  # of the file beside, whose name would tell the user nothing
            raise OSError(error.errno, error.strerror, str(file)) from error
        raise
