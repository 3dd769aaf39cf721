"""Arrays of numbers that are known, as statements of a module."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..lowering.patterns import pattern
from .spelling import literal, shape_text, statement

__all__ = ["constant_lines"]


def constant_lines(language: str, label: str, numbers: Any) -> Iterable[str]:
    """Return the lines that make an array: a list of its numbers, or the formula of whole numbers that follow one."""
    kind = numbers.dtype
    alias = "torch" if language == "torch" else "np"
    each = pattern(numbers.reshape(-1)) if kind.kind == "i" and numbers.size > 16 else None
    if each is not None:
        axes = len(each.lengths)
        terms = [str(each.start)] if each.start else []
        for k, (length, step) in enumerate(zip(each.lengths, each.steps, strict=True)):
            spread = f"[{', '.join([':', *['None'] * (axes - 1 - k)])}]" if k < axes - 1 else ""
            factor = f"{step} * " if step != 1 else ""
            terms.append(f"{factor}{alias}.arange({length}){spread}")
        text = " + ".join(terms)
        if each.lengths != numbers.shape:
            text = f"({text}).reshape({', '.join(map(str, numbers.shape))})"
    else:
        named = f", dtype={alias}.{kind.name}" if kind == "float32" or (alias == "torch" and kind.kind == "f") else ""
        text = f"{'torch.tensor' if alias == 'torch' else 'np.array'}({_listed(numbers.tolist())}{named})"
    return statement(f"{label} = ", text, shape_text(numbers.shape, False), indent="")


def _listed(x: Any) -> str:
    return f"[{', '.join(map(_listed, x))}]" if isinstance(x, list) else literal(x)
