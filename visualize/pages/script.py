"""The script of a page and its data: the program with its recorded numbers, and the texts that the script shows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from autograd import Entry, Program
from autograd.formulas.notation import Symbol
from autograd.formulas.symbols import formulas_of
from autograd.stepping.passes import reverse
from autograd.stepping.records import Step, untaken

from ..canvas.text import width
from ..canvas.theme import SMALL
from ..javascript.programs import branches, engine, entries, json_number, runs
from .content import result_of
from .formulas import on_names, with_places, written

__all__ = ["apart", "asset", "data_of", "packed", "page_scripts", "plain", "policy", "script_of", "squeezed"]

SCRIPTS = (  # in the order in which they need each other
    "live numbers state picture explain panel curves view given descent search listing tools"
)
LETTERS = "so far grad data of 0123456789+-.e inf nan"  # those that the script writes into the picture


def asset(name: str) -> str:
    """Return the text of a file of this package, without indentation, comments, and spaces that CSS does not need."""
    text = files("visualize.pages").joinpath(name).read_text(encoding="utf-8")
    return squeezed(text) if name.endswith(".css") else plain(text)


def squeezed(text: str) -> str:
    """Return a style sheet without indentation, comments, and spaces that CSS does not need."""
    return re.sub("(?<=[;:{,]) | (?=[{}])", "", plain(text))


def plain(text: str) -> str:
    """Return a source without its indentation and its lines of comments."""
    lines = map(str.strip, text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))


def script_of(program: Program, extras: Sequence[str], modules: dict[str, Any]) -> str:
    """Return the script of the page of a program; ``extras`` are parts that some pages have, such as ``"film"``.

    ``modules`` has the pictures of closed modules, if there are any.
    """
    return "\n".join(['"use strict";', "{", apart(engine(program)), page_scripts(extras, modules), "}"])


def page_scripts(extras: Sequence[str], modules: dict[str, Any]) -> str:
    """Return the scripts that show a record, and run on the engine."""
    last = ["modules", "moving"] if modules["views"] else ["moving"]
    parts = [asset(f"scripts/{name}.js") for name in [*SCRIPTS.split(), *extras, *last]]
    sheet, elements = ("\n".join(asset(f"{name}.{kind}") for name in ["live", *extras]) for kind in ("css", "html"))
    live = json.dumps({"sheet": sheet, "elements": elements} | modules, ensure_ascii=False)
    return "\n".join([f"const live = {live};", *parts])


def apart(engine: str) -> str:
    """Return the source of an engine of which only its functions are known outside; its other names stay its own."""
    names = "{ operations, evaluate, reverse, turned }"
    return "\n".join([f"const {names} = (() => {{", plain(engine), f"return {names};", "})();"])


def packed(script: str) -> str:
    """Return a script as it stands in the page: compressed, as letters."""
    return base64.b64encode(zlib.compress(script.encode(), 9)).decode()


def policy(*scripts: str) -> str:
    """Return the digests of the scripts that the content security policy of the page allows."""
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def data_of(program: Program, digits: int, points: dict[str, Any] | None, extras: Mapping[str, Any]) -> str:
    """Return the data of a page as JSON, in which no text can end the script element around it.

    ``extras`` has the data of the parts that some pages have, by their names.
    """
    steps = {step.entry.k: step for step in reverse(program)}
    rows = [
        _row(entry, steps.get(entry.k), digits) | known for entry, known in zip(program, entries(program), strict=True)
    ]
    sources: dict[tuple[str, int, str], int] = {}
    for row, entry in zip(rows, program, strict=True):
        row["source"] = _source(entry, sources)
    record = {
        "of": result_of(program),
        "digits": int(digits),
        "live": runs(program),
        "results": sorted({entry.k for entry in program.results}),
        # A list of records with the same keys becomes a table, whose columns are named once.
        "values": {"columns": list(rows[0]), "rows": [list(row.values()) for row in rows]},
        "branches": branches(program),
        "data": points,
        "sources": list(sources),
        "names": {
            entry.k: name
            for entry in program
            if entry.op is None
            for name in [program.label_of(entry.node)]
            if name != entry.label
        },
        **extras,
        "widths": {letter: round(width(letter, SMALL), 3) for letter in sorted(set(LETTERS))},
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _source(entry: Entry, known: dict[tuple[str, int, str], int]) -> int:
    """Return the position of the line that recorded an entry among the known ones, or -1 without provenance."""
    source = entry.node.source
    if source is None:
        return -1
    return known.setdefault((Path(source.file).name, source.line or 0, source.text), len(known))


def _row(entry: Entry, step: Step | None, digits: int) -> dict[str, Any]:
    """Return the record of an entry besides its operation: its texts, its recorded number and local derivatives.

    A formula is ``""`` where the derivative is a constant. A reason says why no gradient is passed on where it is 0.
    ``numbers`` is the operation, with places for the numbers.
    """
    slopes: list[Any] = [0] * len(entry.inputs)
    texts, reasons = [""] * len(entry.inputs), [""] * len(entry.inputs)
    if step is not None:
        formulas = formulas_of(entry)
        for part in step.parts:
            slopes[part.position] = json_number(part.slope)
            formula = formulas[part.position]
            texts[part.position] = written(formula, digits) if isinstance(formula, Symbol) else ""
            reasons[part.position] = untaken(part._replace(slope=0.0))
    return {
        "label": entry.label,
        "text": on_names(entry),
        "role": entry.role,
        "value": json_number(entry.value),
        "slopes": slopes,
        "formulas": texts,
        "reasons": reasons if any(reasons) else [],
        "numbers": with_places(entry, digits) if entry.op else "",
    }
