"""The states of random generators: read, checked and set, so that a resumed run draws the same numbers.

Known are the generators of numpy, its older ``RandomState`` among them, and of Python's ``random``. A state consists of
numbers, text, tuples, dicts and arrays.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from autograd import InputTypeError
from autograd.errors import described

from ..members import walk
from ..state import path_text

__all__ = ["RandomGenerator", "as_new", "generator_state", "is_generator", "named_generators", "set_generator", "unfit"]

RandomGenerator: TypeAlias = np.random.Generator | np.random.RandomState | random.Random
KINDS: dict[str, type[Any]] = {
    "Generator": np.random.Generator,
    "RandomState": np.random.RandomState,
    "Random": random.Random,
}


def is_generator(item: Any) -> bool:
    """Return True for a random generator whose state can be kept."""
    return isinstance(item, tuple(KINDS.values()))


def named_generators(model: Any) -> list[tuple[str, RandomGenerator]]:
    """Return the random generators that a model holds, each once, with their paths."""
    return [(path, item) for path, item in walk(model) if is_generator(item)]


def generator_state(generator: RandomGenerator, what: str) -> dict[str, Any]:
    """Return the state of a generator, and its kind.

    Raises
    ------
    InputTypeError
        If it has no state, such as ``random.SystemRandom``, or has a bit generator that is not one of numpy's.

    Examples
    --------
    >>> import random
    >>> from nn.saving.generators import as_new, generator_state
    >>> rng = random.Random(1)
    >>> kept = generator_state(rng, "rng")
    >>> rng.random() == as_new(kept).random()
    True
    """
    kind = next(kind for kind, known in KINDS.items() if isinstance(generator, known))
    try:
        if isinstance(generator, random.Random):
            return {"kind": kind, "state": generator.getstate()}
        numpys = isinstance(generator, np.random.Generator)
        state: Any = generator.bit_generator.state if numpys else generator.get_state(legacy=False)  # type: ignore[union-attr]
        if hasattr(np.random, state["bit_generator"]):
            return {"kind": kind, "state": state}
    except NotImplementedError:
        pass
    raise InputTypeError(
        f"{what} is {described(generator)}, whose state cannot be kept; take random.Random(seed), or numpy's "
        "default_rng(seed)"
    )


def set_generator(generator: RandomGenerator, kept: Mapping[str, Any]) -> None:
    """Give a generator the state that `generator_state` has returned for another of its kind."""
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = kept["state"]
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(kept["state"])
    else:
        generator.setstate(kept["state"])


def as_new(kept: Mapping[str, Any]) -> RandomGenerator:
    """Return a new generator with a state that `generator_state` has returned."""
    kind, state = kept["kind"], kept["state"]
    generator = KINDS[kind](0 if kind == "Random" else getattr(np.random, state["bit_generator"])(0))
    set_generator(generator, kept)
    return generator  # type: ignore[no-any-return]


def unfit(own: Iterable[tuple[str, RandomGenerator]], kept: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the differences between the generators of a model and those of a file, in words; none if they agree."""
    wrong, present = [], dict(own)
    for path, generator in present.items():
        if path not in kept:
            wrong.append(f"{path_text(path)} is a random generator in the model only")
            continue
        ours, theirs = (_kind(each) for each in (generator_state(generator, path), kept[path]))
        if ours != theirs:
            wrong.append(f"{path_text(path)} is a {ours} in the model and a {theirs} in the file")
    return wrong + [f"{path_text(path)} is a random generator in the file only" for path in kept if path not in present]


def _kind(kept: Mapping[str, Any]) -> str:
    """The kind of a generator, with the name of its bit generator if it is one of numpy's."""
    kind: str = kept["kind"]
    return kind if kind == "Random" else f"{kind}({kept['state']['bit_generator']})"
