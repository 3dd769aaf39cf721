"""A compiled function in other engines: its program as text, and as a function of them."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from itertools import count
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ...core.context import no_grad
from ...errors import InputValueError, shortened
from ..running.variant import Variant
from ..wording.languages import LANGUAGES
from ..wording.texts import Written
from .graphs import graph_of
from .modules import Module, recorded

__all__ = ["Portable"]

_numbers = count(1)  # of modules that were run, each of which has a file name of its own


class Portable:
    """The methods of a compiled function that give its program to other engines."""

    _name: str
    _ran: Callable[[], Variant]
    _label: Callable[[int | str], str]
    __call__: Callable[..., Any]

    def source(self, language: str = "numpy") -> str:
        """Return the program that ran last as a module of numpy, JAX or PyTorch, which needs nothing of ours.

        The module has one function, of a dict of named parameters and the arguments. In numpy it has a second one,
        which also returns gradients, with the reverse pass written out. The names are those of ``print(program)``. The
        module of a function of tensors takes arrays of the shapes in its comments.

        Parameters
        ----------
        language : str
            ``"numpy"``, ``"jax"`` or ``"torch"``.

        Returns
        -------
        str
            The text. Where Python branched on a value, or an argument is a text, an object or an integer that control
            flow depends on, it is that of the program recorded for them, and its docstring says so.

        Raises
        ------
        InputValueError
            If there is no such language; if the function has not been called yet; if each call reads numbers that are
            not among its arguments, such as random ones; or if it calls an operation whose rule does not run on names,
            or that the language lacks.

        Notes
        -----
        At kinks and at the edges of domains the derivatives are those of our table. Where those of JAX or PyTorch
        differ, the module has a function with ``jax.custom_vjp``, or a ``torch.autograd.Function``. A gradient that is
        infinite or ``nan`` may differ.

        Examples
        --------
        >>> import numpy as np
        >>> import autograd
        >>> from autograd import Value
        >>> w = [Value(0.5, name="w[0]"), Value(-2.0, name="w[1]")]
        >>> @autograd.compile
        ... def squared(x, y):
        ...     return (w[0] * x[0] + w[1] * x[1] - y) ** 2
        >>> squared(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.0, 1.0]))
        Tensor([0.25, 9.  ], shape=(2,))
        >>> text = squared.source()
        >>> print(text[text.index("def squared_with_gradients") :])
        def squared_with_gradients(params, x, y, seeds=None):
            \"\"\"Return the value and a dict of gradients, by the names of the arrays.
        <BLANKLINE>
            Without seeds, these are the gradients of the sum of all results. Seeds have the form of the
            value: the gradient of a number that is computed from it.
            \"\"\"
            w = params["w"]  # [2]
            x = np.asarray(x, dtype=float).T  # [2, B]
            y = np.asarray(y, dtype=float)  # [B]
            v1 = w @ x  # [B]
            v2 = v1 - y  # [B]
            v3 = v2 * v2  # [B]
            value = v3  # [B]
        <BLANKLINE>
            g = np.ones(np.shape(value)) if seeds is None else np.asarray(seeds, dtype=float)
            d_v3 = g  # [B]
            d_v2 = d_v3 * v2 + d_v3 * v2  # [B]
            d_v1 = d_v2  # [B]
            d_w = x @ d_v1  # [2]
            return value, {"w": d_w}
        <BLANKLINE>
        """
        return self._written(language).text

    def to(self, engine: str, *args: Any, **kwargs: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
        """Return the program as a function of numpy, JAX or PyTorch, and its parameters as they are now.

        ``function(parameters, X, y)`` is what ``compiled(X, y)`` is, as arrays of the engine, and can be given to
        ``jax.jit``, ``jax.grad``, ``jax.vmap`` or ``torch.compile``. With ``jax.custom_vjp`` there is reverse mode
        only: for second derivatives write ``jax.jacrev(jax.grad(f))``, and not ``jax.hessian(f)``.

        Parameters
        ----------
        engine : str
            ``"numpy"``, ``"jax"`` or ``"torch"``.
        *args, **kwargs
            Example arguments, if the function is to be called first. Without them the program is the one that ran last.

        Returns
        -------
        function, dict
            The function of the module that `source` gives, and the parameters as arrays in their dtype by name. JAX has
            float64 after ``jax.config.update("jax_enable_x64", True)``, and float32 before. Parameters of PyTorch do
            not require gradients yet: ``p.requires_grad_()``.

        Raises
        ------
        InputValueError
            See `source`.
        ImportError
            If the engine is not installed.

        Examples
        --------
        >>> import numpy as np
        >>> import autograd
        >>> w = autograd.Value(3.0, name="w")
        >>> @autograd.compile
        ... def scaled(x):
        ...     return w * x
        >>> function, parameters = scaled.to("numpy", np.array([1.0, 2.0]))
        >>> parameters
        {'w': array(3.)}
        >>> function(parameters, np.array([1.0, 2.0, 4.0]))
        array([ 3.,  6., 12.])
        """
        array = _arrays(engine)
        if args or kwargs:
            with no_grad():
                self(*args, **kwargs)
        written = self._written(engine)
        file = f"<{self._name} in {engine}, {next(_numbers)}>"
        linecache.cache[file] = len(written.text), None, written.text.splitlines(keepends=True), file
        space: dict[str, Any] = {"__name__": self._name}
        exec(compile(written.text, file, "exec"), space)
        return space[written.function], {x.key: array(x.numbers) for x in written.parameters}

    def save(self, path: str | PathLike[str], dtype: str = "float64") -> None:
        """Save the forward pass of the program that ran last, with its parameters, as a model of ONNX.

        The model has an input for each array of numbers among the arguments, by the names of the arguments, with the
        batch as first axis; and an output ``value``, or one for each array of the result.

        Parameters
        ----------
        path : str or path
            A file name that ends in ``.onnx``.
        dtype : str
            ``"float64"`` or ``"float32"``. The CPU kernels of onnxruntime lack float64 for ``tan``, ``asin``, ``acos``,
            ``atan``, ``sinh``, ``cosh``, ``asinh``, ``acosh``, ``atanh``, ``erf``, ``erfc`` and ``gelu``.

        Raises
        ------
        InputValueError
            If the file name or the dtype is another one, or if ONNX lacks an operation, such as ``atan2`` or the
            inverse of a matrix; and see `source`.
        ImportError
            If ``onnx`` is not installed.
        """
        file = Path(path)
        if file.suffix != ".onnx":
            raise InputValueError(
                f'save writes a model of ONNX; end the name of the file with .onnx: "{file.stem}.onnx"'
            )
        if dtype not in ("float64", "float32"):
            raise InputValueError(f'dtype is "float64" or "float32", not {shortened(dtype)}')
        try:
            import onnx
        except ImportError as error:
            raise ImportError("save needs the package onnx: pip install onnx") from error
        file.write_bytes(self._graph(onnx, dtype).SerializeToString())

    def _graph(self, onnx: Any, dtype: str) -> Any:
        """Return the model of ONNX of the program that ran last."""
        program, given, outputs = recorded(self._ran(), self._label, self._name)
        return graph_of(onnx, program, given, outputs, self._name, dtype)

    def _written(self, language: str) -> Written:
        if language not in LANGUAGES:
            raise InputValueError(
                f'a program is written in "numpy", "jax" or "torch", not in {shortened(language)}; '
                'ONNX is saved by save("model.onnx")'
            )
        return self._module(language)

    def _module(self, language: str) -> Written:
        """Return the module of the program that ran last."""
        program, given, outputs = recorded(self._ran(), self._label, self._name)
        return Module(program, given, outputs, self._name, LANGUAGES[language]).written()


def _arrays(engine: str) -> Callable[[Any], Any]:
    """Return the function that makes an array of an engine.

    Raises
    ------
    ImportError
        If the engine is not installed.
    """
    make: Callable[[Any], Any] = np.asarray
    try:
        if engine == "jax":
            import jax.numpy

            make = jax.numpy.asarray
        elif engine == "torch":
            import torch

            make = torch.tensor
    except ImportError as error:
        name = {"jax": "JAX", "torch": "PyTorch"}[engine]
        raise ImportError(f'to("{engine}") needs {name}: pip install {engine}') from error
    return make
