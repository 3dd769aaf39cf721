"""The labels of a program's entries: names that no two of its lines share.

w                            a value's own name, where it is the only one of that name
layers[0].neurons[3].w[1]    a parameter by its path in the model, where others have its name, too
mlp2.layers[0].neurons[3].b  in the second model, where a path leads to parameters of several
x%3                          any other name that several values have, with the position behind it
%3                           the position alone, of a value without a name
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..text.names import PATH, quoted
from .entry import Entry

__all__ = ["label", "label_within", "path_of"]


def label(entries: Sequence[Entry]) -> dict[int, str]:
    """Give each entry that has a name its label; return the names by the identity of the values.

    A name is the label without the position that tells entries of the same name apart, such as those of a leaf that was
    changed between two uses.
    """
    named = {id(entry.node): name for entry in entries if (name := entry.node.known_as)}
    bearers = Counter(named.values())
    shared = {
        id(entry.node): entry
        for entry in entries
        if entry.role == "parameter" and entry.scope and bearers[named.get(id(entry.node), "")] > 1
    }
    found = {key: quoted(name) for key, name in named.items()} | _paths(list(shared.values()))
    labels = Counter(found.get(id(entry.node)) for entry in entries)
    for entry in entries:
        name = found.get(id(entry.node))
        if name:
            entry.label = name if labels[name] == 1 else f"{name}%{entry.k}"
    return found


def path_of(entry: Entry) -> str:
    """The path of a parameter from the outermost scope; the name of any other value."""
    name = entry.node.known_as or ""
    return f"{entry.scope}.{name}" if entry.role == "parameter" and entry.scope else name


def label_within(entry: Entry, scope: str) -> str:
    """The label of an entry as seen from a scope: a parameter of this very scope needs no path there.

    Examples
    --------
    >>> from autograd import Value, program
    >>> from autograd.core.context import Note
    >>> first, second = Value(1.0), Value(2.0)
    >>> first._note, second._note = (Note("b", f"mlp.layers[{k}]", "parameter") for k in range(2))
    >>> b, *_ = program(first * second)
    >>> label_within(b, "mlp.layers[0]"), label_within(b, "mlp")
    ('b', 'layers[0].b')
    """
    if entry.role != "parameter" or entry.scope != scope:
        return entry.label
    path = path_of(entry)
    own = entry.label in (quoted(path, PATH), quoted(path.partition(".")[2], PATH))
    return quoted(entry.node.known_as or "") if own else entry.label


def _paths(parameters: Sequence[Entry]) -> dict[int, str]:
    """The path of each parameter in its model; with the name of the model, where that tells more."""
    places: dict[str, int] = {}
    models = {entry.scope.partition(".")[0] for entry in parameters}
    several = len(models) > 1 or len({path_of(entry) for entry in parameters}) < len(parameters)
    found = {}
    for entry in parameters:
        path = path_of(entry)
        model, _, rest = path.partition(".")
        places[path] = places.get(path, 0) + 1
        number = "" if places[path] == 1 else str(places[path])
        whole = several or rest == entry.node.known_as
        found[id(entry.node)] = quoted(f"{model}{number}.{rest}" if whole else rest, PATH)
    return found
