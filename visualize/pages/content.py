"""The content of a page: the steps of a program as data and as sentences.

    Forward 2 of 3     n = %3 + b = -6 + 6.5 = 0.5
    Backward 3 of 3    dy/d%3 = 0.7864
                       dy/dw += dy/d%3 × d%3/dw = 0.7864 × x = 0.7864 × 2 = 1.573

Numbers and formulas are read from the `Step` records of the pass; `formulas` writes them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd import Program
from autograd.stepping.passes import forward, reverse
from autograd.stepping.records import Part, Step
from autograd.text.numbers import brief

from .formulas import in_a_line, on_names, on_numbers, signed, written

__all__ = ["Transcript", "gradient_texts", "page_record", "result_of", "transcript"]

SEED = 1.0


def page_record(program: Program, digits: int) -> dict[str, Any]:
    """Return the record that the page shows: the values, the steps of both passes, and the final gradients, as texts.

    Values are given by their positions in the program. Entries that share a gradient, the versions of a leaf that
    changed, list each other as ``same``.
    """
    steps = list(reverse(program, SEED))
    same: dict[int, list[int]] = {}
    for entry in program:
        same.setdefault(id(entry.node), []).append(entry.k)
    uses = {id(part.entry.node): part.uses for step in steps for part in step.parts}
    return {
        "of": result_of(program),
        "values": [
            {
                "label": entry.label,
                "text": on_names(entry),
                "data": brief(entry.value, digits),
                "uses": uses.get(id(entry.node), 0),
                "same": same[id(entry.node)],
            }
            for entry in program
        ],
        "results": sorted({entry.k for entry in program.results}),
        "seed": brief(SEED, digits),
        "forward": [{"k": step.entry.k, "numbers": on_numbers(step.entry, digits)} for step in forward(program)],
        "backward": [
            {
                "k": step.entry.k,
                "upstream": brief(step.upstream or 0.0, digits),
                "parts": [_part(part, digits) for part in step.parts],
            }
            for step in steps
        ],
        "gradients": {k: x if math.isfinite(x) else str(x) for k, x in _gradients(program, steps).items()},
    }


def _part(part: Part, digits: int) -> dict[str, Any]:
    """Return one product of the chain rule as texts, without a formula that is a number, or a sum that begins at 0."""
    formula, slope = written(part.formula, digits), written(part.slope, digits)
    return {
        "to": part.entry.k,
        "position": part.position,
        "formula": formula if formula != slope else "",
        "slope": slope,
        "contribution": brief(part.contribution, digits),
        "sum": _sum(part, digits) if part.arrived > 1 or part.before else "",
        "after": brief(part.after, digits),
        "arrived": part.arrived,
        "passes": int(part.passes),
    }


def _gradients(program: Program, steps: Sequence[Step]) -> dict[int, float]:
    """The gradients of the leaves after the pass."""
    final = dict.fromkeys((id(entry.node) for entry in program.results), SEED)
    final |= {id(part.entry.node): part.after for step in steps for part in step.parts}
    return {entry.k: final[id(entry.node)] for entry in program if entry.op is None}


def gradient_texts(record: dict[str, Any]) -> dict[int, list[str]]:
    """For each value, the texts of its gradient in the course of the pass; the last one is the final text."""
    texts: dict[int, list[str]] = {k: [record["seed"]] * (k in record["results"]) for k in range(len(record["values"]))}
    for step in record["backward"]:
        for part in step["parts"]:
            for k in record["values"][part["to"]]["same"]:
                texts[k].append(part["after"])
    return texts


# --- Writing ----------------------------------------------------------------------------------------------------------


def result_of(program: Program) -> str:
    """Return the name of the differentiated result, or the sum of several results."""
    labels = list(dict.fromkeys(entry.label for entry in program.results))
    if len(labels) > 3:
        labels[1:-1] = ["…"]
    return labels[0] if len(labels) == 1 else f"({' + '.join(labels)})"


def _sum(part: Part, digits: int) -> str:
    """``before + contribution = after``, each with as many decimals, so that the printed numbers add up."""
    numbers = (part.before, part.contribution, part.after)
    texts = [brief(number, digits) for number in numbers]
    places = max(len(text.partition(".")[2]) for text in texts)
    exact = [f"{number:.{places}f}" for number in numbers]
    if max(map(len, exact)) <= digits + 6 and "e" not in "".join(texts):
        texts = [text.rstrip("0").rstrip(".") if places else text for text in exact]
    return f"{texts[0]} + {signed(texts[1])} = {texts[2]}"


class Transcript(NamedTuple):
    """All steps in plain text: the lines for the start, for each step forward and backward, and for the end."""

    start: list[str]
    forward: list[list[str]]
    backward: list[list[str]]
    end: list[str]


def transcript(record: dict[str, Any]) -> Transcript:
    """Return the steps of a record in sentences, for readers, screen readers and printers."""
    of, values = record["of"], record["values"]
    forward = []
    for step in record["forward"]:
        value = values[step["k"]]
        text, numbers = in_a_line(value["text"]), in_a_line(step["numbers"])
        forward.append([f"{value['label']} = {text} = {numbers} = {value['data']}"])
    backward = []
    for step in record["backward"]:
        z = values[step["k"]]["label"]
        begins = [f"d{of}/d{z} = {step['upstream']}"] * (step["k"] in record["results"])
        backward.append(
            begins + [_chain_rule_line(of, z, step["upstream"], part, values[part["to"]]) for part in step["parts"]]
        )
    return Transcript(
        [f"{values[k]['label']} = {values[k]['data']}" for k in record["gradients"]],
        forward,
        backward,
        [f"d{of}/d{values[k]['label']} = {gradient}" for k, gradient in record["gradients"].items()],
    )


def _chain_rule_line(of: str, z: str, upstream: str, part: dict[str, Any], x: dict[str, Any]) -> str:
    """One line of the chain rule: in names, in formulas, in numbers."""
    forms = [f"d{of}/d{z} × d{z}/d{x['label']}"]
    forms += [f"{upstream} × {in_a_line(part[key])}" for key in ("formula", "slope") if part[key]]
    line = f"d{of}/d{x['label']} += {' = '.join(forms)} = {part['contribution']}"
    if part["sum"]:
        line += f"; {part['sum']}"
    return f"{line} ({part['arrived']} of {x['uses']} uses)" if x["uses"] > 1 else line
