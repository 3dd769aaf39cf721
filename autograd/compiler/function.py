"""``compile``: a function of scalars that is recorded once and runs as an array program."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ..errors import InputTypeError, InputValueError, described, shortened
from .compiled import Compiled
from .fused import modules

__all__ = ["compile"]

ENGINES = ("numpy", "numba")


def compile(
    f: Callable[..., Any] | None = None, *, batch: bool | Iterable[str] | None = True, engine: str = "numpy"
) -> Any:
    """Record a function of scalars, or of tensors, once, and run it as a program of arrays from then on.

    The function describes the computation for one sample, in single numbers. The first call runs the function and
    records it: values that the same operation computes become one operation on an array, and dot products with the same
    factors become one matrix product. Later calls run these array operations for all samples at once, and do not run
    the function. Gradients go to the leaf values that the function reads, which are its parameters, and to arguments
    that are values or tensors.

    A function that computes with tensors, as in ``x @ W.T + b``, is a *function of tensors*. It is given its arguments
    as a whole, it returns what it returns by itself, and its operations become straight-line Python; see the notes.

    Parameters
    ----------
    f : callable
        Written for one sample. It may be a method or a module. Without it, ``compile`` is a decorator.
    batch : bool, sequence of str, or None
        The arguments that have the batch as their first axis, if they are numpy arrays or tensors: all (``True``), none
        (``False``), or those of these names. ``None`` says that ``f`` is a function of tensors, where that does not
        show, since it reads no other tensors than its arguments.
    engine : {"numpy", "numba"}
        ``"numpy"`` runs the program as calls of numpy's functions. ``"numba"`` fuses operations on elements, forward
        and backward, into loops that numba compiles; matrix products stay with numpy. The results are the same up to
        rounding. Compiling takes seconds, once: compiled code is kept on disk, in the folder that the environment
        variable ``STEPGRAD_CACHE_DIR`` names, or in the user's cache folder. ``explain()`` says which operations were
        fused. The loops of a function of tensors are compiled for the shapes of its arguments, and anew for others;
        arrays in float32 stay with numpy.

    Returns
    -------
    Compiled
        It takes the arguments of ``f``. ``f`` itself is given one row of each array with a batch axis: an array of
        values, or a single value if the array has no other axis. Arrays of other libraries are treated in the same way.
        Numbers, values, and lists, tuples, deques, dicts and namespaces of them are the same for all samples. Any other
        argument, such as a text, ``None`` or a module, is part of the structure: ``f`` is recorded anew for each
        structure.

        It returns what ``f`` returns; with a batch, a tensor of shape ``(B,)`` in the place of a value and a tensor of
        shape ``(B, …)`` in the place of a regular nest of lists. Tuples and dicts stay tuples and dicts.

        ``print(compiled.program)`` shows the program that ran last, ``visualize.draw(compiled.program)`` draws it, and
        ``compiled.explain()`` explains it in words; ``compiled.__wrapped__`` is ``f``.

    Raises
    ------
    InputTypeError
        If ``f`` is not a function, or is a generator or coroutine function; if ``batch`` is text; in a call, if an
        array does not consist of real numbers or has a mask, if an argument is a set or an iterator, or if ``f``
        returns other objects than numbers, values, tensors, and nests of these.
    InputValueError
        If ``batch`` names an argument that ``f`` does not have; in a call, if batches have different lengths, or are
        empty, or if the samples of a batch take different branches; and if there is no engine of this name.
    ImportError
        If the engine is ``"numba"`` and numba is not installed; ``pip install "stepgrad[fast]"`` installs it.

    Warns
    -----
    CompileWarning
        If ``f``, while it is recorded, reads ``.data`` or ``.item()``, draws random numbers, calls ``backward()`` or
        changes a number outside its arguments, since later calls do none of this; and if ``f`` is recorded too often.
        If a function of tensors does any of this, the warning says that it runs as it is.

    Notes
    -----
    *State outside the arguments* is baked into the program. ``f`` is recorded anew when a part of this state has
    changed that is named by the code of ``f``, or of a function or module that ``f`` calls: a number, text or truth
    value that is a global, closed over, an item of a dict, or an attribute such as ``training``; an attribute or item
    of a dict that is an array, a parameter, a list or a dict; and any object that a global or closed-over name of the
    user's own code refers to. Another layer in a list of layers is noticed, too. Changes inside a list of numbers or
    parameters or inside an array are not, nor are changes of state that the code reaches by other means than its name.
    The numbers of parameters are not baked in: each call reads them.

    *Integers* among the arguments are treated like other numbers until Python needs the integer itself, as in
    ``range(n)``, ``xs[n]``, ``int(n / 2)`` or ``f"{n}"``. Then the program is valid for this integer only, and ``f`` is
    recorded anew for another one. A batch in which such integers differ, as labels do, is run part by part.

    *Branches.* Where Python branches on a value, as in ``if x > 0``, the condition becomes a guard, which each call
    evaluates before it returns a result. If a guard has another answer than in the recorded call, ``f`` is recorded
    anew for that path; the last eight paths are kept for each structure. All samples of a batch must take the same
    path; ``autograd.where`` chooses for each sample.

    *Rounding.* A sum may be added up in another order than in ``f``, so that results differ in their last digits. A
    value that lies within rounding of a kink, such as that of relu, may then fall on the other side of the kink.

    *Functions of tensors.* Arrays of floats are given to ``f`` as tensors, floats as values, and whole numbers as they
    are, since they steer. Arrays of whole numbers or truth values, such as labels, are followed: as indices, as classes
    of a loss, and in arithmetic and comparisons, each call has its own; where Python or numpy needs the numbers
    themselves, the program is valid for these only. ``f`` is recorded anew for each structure of arguments, with their
    shapes and dtypes. Comparisons of tensors are part of the program, and guards where Python branches on them. Results
    and gradients are those of ``f``, up to rounding.

    *Higher derivatives.* Within ``grad``, ``hessian`` and their kind, ``f`` runs as it was written, sample by sample.
    The results are right, and take as long as without ``compile``.

    *Parameters* move into one flat array at the first call. Code that reads, writes, copies or saves them works as
    before. A leaf tensor that ``f`` reads as values, ``w.values()``, is a parameter, too, and is not moved; the layers
    of `nn` read their parameters in this way.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd
    >>> from autograd import Value, where
    >>> w = [Value(0.5, name="w0"), Value(-1.0, name="w1")]
    >>> @autograd.compile
    ... def loss(x, y):  # of one sample: squared near 0, straight beyond 1
    ...     error = w[0] * x[0] + w[1] * x[1] - y
    ...     size = abs(error)
    ...     return where(size < 1, error * error, 2 * size - 1)
    >>> X, Y = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, -2.0]]), np.array([0.0, -1.0, 0.5])
    >>> loss(X, Y)
    Tensor([0.25, 0.  , 4.  ], shape=(3,))
    >>> loss(X, Y).sum().backward()
    >>> w
    [Value(0.5, name='w0', grad=5.0), Value(-1.0, name='w1', grad=-4.0)]
    >>> print(loss.program)
    w  = parameters          [2]
    x  = argument            [2,B]
    y  = argument            [B]
    %1 = matmul w[2] x[2,B]  [B]
    %2 = sub %1 y[B]         [B]
    %3 = abs %2              [B]
    %4 = mul %2 %2           [B]
    %5 = less %3 1.0         [B]
    %6 = mul 2.0 %3          [B]
    %7 = sub %6 1.0          [B]
    %8 = where %5 %4 %7      [B]    -> loss[B]

    A function of tensors:

    >>> W = autograd.Tensor([[1.0, -1.0]], name="W")
    >>> @autograd.compile
    ... def mean_square(X):
    ...     return ((X @ W.T) ** 2).mean()
    >>> mean_square(X).backward()
    >>> W.grad
    array([[ 6., -6.]])
    >>> print(mean_square.program)
    W  = parameters                      [1,2]
    X  = argument                        [3,2]
    %1 = transpose W[1,2] (1, 0)         [2,1]
    %2 = matmul X[3,2] %1[2,1]           [3,1]
    %3 = pow %2[3,1] 2                   [3,1]
    %4 = mean_over %3[3,1] (0, 1) False         -> mean_square

    One sample alone, and the function as it is written:

    >>> loss([2.0, -2.0], 0.5), loss.__wrapped__([2.0, -2.0], 0.5)
    (Value(4.0), Value(4.0))
    """
    if f is None:
        return partial(compile, batch=batch, engine=engine)
    if not callable(f):
        raise InputTypeError(f"compile takes a function, not {described(f)}")
    if isinstance(batch, str):
        raise InputTypeError(
            f"batch takes True, False, None or several names, not text; write batch=({shortened(batch)},)"
        )
    for kind, is_of_it in (("a generator", inspect.isgeneratorfunction), ("a coroutine", inspect.iscoroutinefunction),
                           ("an asynchronous generator", inspect.isasyncgenfunction)):  # fmt: skip
        if is_of_it(f):
            raise InputTypeError(
                f"compile takes a function that returns its results, and {f.__name__} is {kind} function; return a list"
            )
    if engine not in ENGINES:
        raise InputValueError(f"compile has no engine {shortened(engine)}; the engines are {' and '.join(ENGINES)}")
    if engine == "numba":
        modules.compiler()
    return Compiled(f, batch if batch is None or isinstance(batch, bool) else _names(batch), engine)


def _names(batch: Any) -> frozenset[str]:
    try:
        names = frozenset(batch)
    except TypeError:  # it has no elements, or some that are no names
        names = frozenset([None])
    if not all(isinstance(name, str) for name in names):
        raise InputTypeError(f"batch takes True, False, None or several names, not {described(batch)}")
    return names
