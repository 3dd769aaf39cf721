"""Docstrings as the reference shows them: the steps of the build between the text in the code and the page.

`connect` hooks them into Sphinx. They leave out what only the package itself calls, and they mend what Napoleon, the
reader of NumPy's style, would get wrong in a property, in a type and in a name without a module.
"""

from __future__ import annotations

import abc
import collections
import inspect
import re
import typing
from collections.abc import Iterator
from typing import Any

# Methods that rooms of this project call on each other's objects, by the class that defines them.
INTERNAL = {
    "Node": "arguments forget known_as loop note numbers operands totals",
    "Tensor": "seed",
    "InMode": "change inside",
    "Entry": "operands",
    "Film": "before_step tracks_of",
    "Breakpoints": "read",
    "Explanation": "on",
    "Part": "slope_line sum_line",
    "Steps": "outlook",
    "Tree": "on",
    "reduce_on_plateau": "checked_state",
}
# Methods that only the author of another class of the kind needs: the base alone lists them.
FOR_AUTHORS = {"Optimizer": "check_together rule starts"}
OURS = ("autograd", "nn", "visualize")
FIELD = re.compile(r"(\*\*.+?\*\* )\(\*([^*]+)\*\)(?= --|$)")  # **name** (*type*) -- text
RESULT = re.compile(r"(:returns: (?:\* )?|\s+\* )\*([^*]+)\*(?= --|$)")  # :returns: *type* -- text


def left_out(what: type) -> list[str]:
    """The names of a class that its entry does not list."""
    names = [name for base in what.__mro__ for name in INTERNAL.get(base.__name__, "").split()]
    return names + [name for base in what.__mro__[1:] for name in FOR_AUTHORS.get(base.__name__, "").split()]


def ancestors(what: type, public: set[type]) -> Iterator[Any]:
    """The bases of a class that a reader can look up: for each private one, its own such bases.

    Examples
    --------
    >>> class _Base(dict): pass
    >>> _Base.__module__ = "nn.somewhere"
    >>> class Shown(_Base): pass
    >>> list(ancestors(Shown, set()))
    [<class 'dict'>]
    """
    written = what.__dict__.get("__orig_bases__", what.__bases__)
    for base in written:
        kind = getattr(base, "__origin__", base)
        if kind in (object, abc.ABC, typing.Generic):
            continue
        if kind not in public and str(kind.__module__).startswith(OURS):
            yield from ancestors(kind, public)
        else:
            yield kind if any(isinstance(each, typing.TypeVar) for each in getattr(base, "__args__", ())) else base


def show_public_bases(public: set[type]) -> Any:
    """The handler that replaces the bases of a class by those that a reader can look up."""

    def handler(_: Any, __: str, what: type, ___: Any, bases: list[Any]) -> None:
        bases[:] = list(dict.fromkeys(ancestors(what, public)))

    return handler


def skip(_: Any, kind: str, __: str, what: Any, *___: Any) -> bool | None:
    """Leave out fields of a named tuple, which its docstring lists, methods of scikit-learn, and borrowed functions.

    A borrowed function, or class, is an attribute of a class that has an entry of its own. Sphinx decides about the
    other members.
    """
    field = isinstance(what, type(collections.namedtuple("Pair", "x").x))
    foreign = str(getattr(what, "__module__", "")).startswith("sklearn.")
    function = inspect.isfunction(what) and "." not in what.__qualname__
    return True if field or foreign or (kind == "class" and (function or inspect.isclass(what))) else None


def keep_colons(_: Any, kind: str, __: str, ___: Any, ____: Any, lines: list[str]) -> None:
    """Begin the text of a property, or of other data, with an empty comment: no words before a colon are its type."""
    if kind in ("property", "attribute", "data"):
        lines[:0] = ["..", ""]


def linked_types(line: str, known: re.Pattern[str]) -> str:
    r"""A line of a field with links at the names of classes in its type, as Napoleon has written it.

    Examples
    --------
    >>> linked_types("**y** (*Value or list of Value, optional*) -- The result.", re.compile(r"\b(Value)\b"))
    '**y** (:py:class:`.Value` *or list of* :py:class:`.Value`\\ *, optional*) -- The result.'
    """
    found = FIELD.search(line) or RESULT.match(line)
    if not found or not known.search(found[2]):
        return line
    shown = ""
    for k, part in enumerate(known.split(found[2])):
        text = f"*{part.strip()}*" if part.strip() else ""
        ends = ["" if not text else " " if part[end].isspace() else r"\ " for end in (0, -1)]
        shown += f":py:class:`.{part}`" if k % 2 else ends[0] + text + ends[1] if text else part
    shown = re.sub(r"^(\\ | )|(\\ | )$", "", shown)
    return line.replace(found[0], found[1] + (shown if found.re is RESULT else f"({shown})"), 1)


def link_types(names: set[str]) -> Any:
    """The handler that makes links of the names of public classes in types of parameters, attributes and results."""
    known = re.compile(rf"\b({'|'.join(sorted(names))})\b")

    def handler(*given: Any) -> None:
        given[-1][:] = [linked_types(line, known) for line in given[-1]]

    return handler


def find_by_last_name(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Resolve a name of this project that is written without its module, if there is only one of that name."""
    if node.get("refdomain") != "py" or not node.get("reftarget"):
        return None
    target = node["reftarget"].lstrip(".")
    found = [name for name in env.get_domain("py").objects if name.endswith(f".{target}")]
    if len(found) != 1:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", found[0], node, content)


def connect(app: Any, public: dict[str, type]) -> None:
    """Hook all steps into the build; ``public`` has the classes of the reference by their names."""
    app.connect("autodoc-skip-member", skip)
    app.connect("autodoc-process-bases", show_public_bases(set(public.values())))
    app.connect("autodoc-process-docstring", keep_colons, priority=400)  # before Napoleon, which has 500
    app.connect("autodoc-process-docstring", link_types(set(public)), priority=600)
    app.connect("missing-reference", find_by_last_name)
