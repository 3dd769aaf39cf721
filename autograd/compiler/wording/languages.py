"""The words of numpy, JAX and PyTorch for the operations of terms."""

from __future__ import annotations

from typing import NamedTuple

from .defined import DEFINED

__all__ = ["JAX", "LANGUAGES", "NUMPY", "TORCH", "Language"]


class Language(NamedTuple):
    """The words of a library.

    Attributes
    ----------
    name : str
        The name of the library.
    alias : str
        The name of the module whose functions are called.
    imports : tuple of str
        The import statements of a module.
    words : dict of str to str
        For each operation a function, if it is called otherwise than in our table.
    """

    name: str
    alias: str
    imports: tuple[str, ...]
    words: dict[str, str]

    def word(self, operation: str) -> str:
        """Return the function for an operation."""
        found = self.words.get(operation, operation)
        return found if "." in found or operation in DEFINED.get(self.name, {}) else f"{self.alias}.{found}"


def _inverses(prefix: str) -> dict[str, str]:
    return {f"a{rest}": f"{prefix}{rest}" for rest in "sin cos tan sinh cosh tanh tan2".split()}


def _of_matrices(alias: str, functions: str = "inv solve cholesky det") -> dict[str, str]:
    return {each: f"{alias}.linalg.{each}" for each in functions.split()}


NUMPY = Language(
    "numpy",
    "np",
    ("import numpy as np",),
    {**_inverses("arc"), **_of_matrices("np"), "absolute": "abs", "amax": "max", "amin": "min"},
)
JAX = Language(
    "jax",
    "jnp",
    ("import jax", "import jax.numpy as jnp", "import numpy as np"),
    {
        **_inverses("arc"),
        **_of_matrices("jnp"),
        "absolute": "abs",
        "conv": "jax.lax.conv_general_dilated",
        "erf": "jax.scipy.special.erf",
        "erfc": "jax.scipy.special.erfc",
        "logsumexp": "jax.nn.logsumexp",
        "softmax": "jax.nn.softmax",
        "log_softmax": "jax.nn.log_softmax",
    },
)
TORCH = Language(
    "torch",
    "torch",
    ("import torch",),
    {
        **_of_matrices("torch", "inv solve cholesky"),
        "absolute": "abs",
        "concatenate": "cat",
        "conv": "torch.nn.functional.conv2d",
        "take_along_axis": "take_along_dim",
        "transpose": "permute",
    },
)
LANGUAGES = {each.name: each for each in (NUMPY, JAX, TORCH)}
