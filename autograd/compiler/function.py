"""``compile``: a function of scalars that is recorded once and runs as an array program."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ..errors import InputTypeError
from .compiled import Compiled

__all__ = ["compile"]


def compile(f: Callable[..., Any] | None = None, *, batch: bool | Iterable[str] = True) -> Any:
    """Record a function of scalars once, and run it as a program of arrays from then on.

    The function says what is done to one sample, in single numbers. At the first call it runs, and is recorded: what is
    computed alike becomes one operation on an array, and dot products with the same factors become one matrix product.
    Later calls run these, for all samples at once, and do not run the function. Gradients go where they always go: to
    the leaf values that the function reads, which are its parameters, and to arguments that are values or tensors.

    Parameters
    ----------
    f : callable
        Written for one sample. It may be a method or a module. Without it, ``compile`` is a decorator.
    batch : bool or sequence of str
        The arguments that have the batch as their first axis, if they are numpy arrays or tensors: all (``True``), none
        (``False``), or those of these names.

    Returns
    -------
    Compiled
        It takes the arguments of ``f``. Of an array with a batch ``f`` sees one row, as an array of values, or as a
        value where nothing is left of the shape; arrays of other libraries are arrays, too. Numbers, values, and lists,
        tuples, deques, dicts and namespaces of them are the same for all samples. Anything else, such as a text,
        ``None`` or a module, is part of the structure: for another one ``f`` is recorded anew.

        It gives what ``f`` gives; with a batch, a tensor of shape ``(B,)`` in the place of a value and one of shape
        ``(B, …)`` in the place of a regular nest of lists. Tuples and dicts stay what they are.

        ``print(compiled.program)`` shows what ran last and ``visualize.draw(compiled.program)`` draws it;
        ``compiled.explain()`` says it in words; ``compiled.__wrapped__`` is ``f``.

    Raises
    ------
    InputTypeError
        If ``f`` is no function, or one that yields or is awaited; if ``batch`` is text; in a call, if an array is not
        of real numbers or has a mask, if an argument is a set or an iterator, or if ``f`` gives tensors or other
        objects.
    InputValueError
        If ``batch`` names what is no argument; in a call, if batches are of different lengths, or empty, or if their
        samples part at a branch.

    Warns
    -----
    CompileWarning
        If ``f`` reads ``.data`` or ``.item()``, draws random numbers, calls ``backward()`` or changes a number that it
        has from elsewhere while it is recorded, since other calls do not; and if it is recorded anew again and again.

    Notes
    -----
    *Baked in* is what ``f`` has from elsewhere when it is recorded. It is recorded anew when something of that has
    changed which its code, or that of a function or module it calls, names: a number, text or truth value that is a
    global, closed over, an item of a dict, or an attribute such as ``training``; an attribute that is an array; and
    whatever a global or closed-over name of the user's own code refers to. Not noticed is a change inside a list or an
    array, such as which parameters a list holds, and what is reached by other means than its name. Parameters' numbers
    are not baked in: they are read at each call.

    *Whole numbers* among the arguments are numbers like others until Python goes by one of them, as in ``range(n)``,
    ``xs[n]``, ``int(n / 2)`` or ``f"{n}"``. Then the program is for this number, and ``f`` is recorded anew for another
    one. A batch in which such numbers differ, as labels do, is run part by part.

    *Branches.* Where Python goes by a value, ``if x > 0``, the question becomes a guard, which is asked again at each
    call, before anything is given back. If it is answered otherwise, ``f`` is recorded anew for that way; the last
    eight ways are kept for each structure. Samples of one batch must go the same way; ``autograd.where`` chooses for
    each.

    *Rounding.* Sums may be added in another order than in scalars, so that results differ in their last digits. A value
    that lies within rounding of a kink, such as that of relu, may then fall on the other side of it.

    *Higher derivatives.* Within ``grad``, ``hessian`` and their kind, ``f`` runs as it was written, sample by sample:
    right, and not faster than without ``compile``.

    *Parameters* move into one flat array at the first call. They read, write, copy and are saved as before. A leaf
    tensor that ``f`` reads as values, ``w.values()``, is a parameter, too, and stays where it is; so the layers of `nn`
    read theirs.

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

    One sample alone, and the function as it is written:

    >>> loss([2.0, -2.0], 0.5), loss.__wrapped__([2.0, -2.0], 0.5)
    (Value(4.0), Value(4.0))
    """
    if f is None:
        return partial(compile, batch=batch)
    if not callable(f):
        raise InputTypeError(f"compile takes a function, not {type(f).__name__} {f!r:.40}")
    if isinstance(batch, str):
        raise InputTypeError(f'batch takes True, False or several names, not text; write batch=("{batch}",)')
    if not isinstance(batch, Iterable) and not isinstance(batch, bool):
        raise InputTypeError(f"batch takes True, False or several names, not {type(batch).__name__} {batch!r:.40}")
    for kind, is_of_it in (("a generator", inspect.isgeneratorfunction), ("a coroutine", inspect.iscoroutinefunction),
                           ("an asynchronous generator", inspect.isasyncgenfunction)):  # fmt: skip
        if is_of_it(f):
            raise InputTypeError(
                f"compile takes a function that returns its results, and {f.__name__} is {kind} function; return a list"
            )
    return Compiled(f, batch)
