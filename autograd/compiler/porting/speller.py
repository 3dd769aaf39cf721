"""Terms of whole arrays as text of one language; those of numbers are written by `Speller`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ..wording.spelling import ATOM, Speller
from ..wording.terms import Term

__all__ = ["ArraySpeller"]

Shape = tuple[int, ...]


class ArraySpeller(Speller):
    """A speller that knows the operations on whole arrays."""

    def _is(self, language: str) -> bool:
        return self.language.name == language

    # --- Shapes and indices -------------------------------------------------------------------------------------------

    def still(self, x: Any) -> str:
        """Return an array through which no gradient passes."""
        if self._is("jax"):
            return f"jax.lax.stop_gradient({self.text(x)})"
        return f"{self.text(x, ATOM)}.detach()" if self._is("torch") else self.text(x)

    def cast(self, x: Any, dtype: str) -> str:
        kind = f"{self.language.alias}.{'bool_' if dtype == 'bool' and not self._is('torch') else dtype}"
        return f"{self.text(x, ATOM)}.{'to' if self._is('torch') else 'astype'}({kind})"

    def pad(self, x: Any, widths: Sequence[Shape]) -> str:
        if self._is("torch"):
            given = [n for before_after in reversed(widths) for n in before_after]
            return f"torch.nn.functional.pad({self.text(x)}, {given})"
        return f"{self.language.alias}.pad({self.text(x)}, {widths})"

    def scatter(self, x: Any, index: tuple[Any, ...], shape: Shape) -> str:
        return f"{self.word('scatter')}({self.number(x)}, {self.as_object(index)}, {shape})"

    def as_object(self, items: tuple[Any, ...]) -> str:
        if self._is("torch"):
            return super().as_object(items)
        return f"{self.language.alias}.s_[{', '.join(self._item(item) for item in items)}]"

    def eye(self, count: int, dtype: str) -> str:
        kind = "" if dtype == "float64" else f", dtype={self.language.alias}.{dtype}"
        return f"{self.language.alias}.eye({count}{kind})"

    # --- Reductions and several arrays --------------------------------------------------------------------------------

    def sum(self, x: Any, axes: Any, keep: bool = False) -> str:
        return self._total("sum", x, axes, keep)

    def mean(self, x: Any, axes: Any, keep: bool = False) -> str:
        return self._total("mean", x, axes, keep)

    def _total(self, method: str, x: Any, axes: Any, keep: bool) -> str:
        given = [] if axes is None and not (keep and self._is("torch")) else [str(axes)]
        if keep:
            given.append("keepdim=True" if self._is("torch") else "keepdims=True")
        return f"{self.number(x, ATOM)}.{method}({', '.join(given)})"

    def conv(self, x: Any, w: Any, stride: Any) -> str:
        given = f"{self.text(x)}, {self.text(w)}, {'stride=' if self._is('torch') else ''}{self.text(stride)}"
        valid = ', "VALID"' if self._is("jax") else ""
        return f"{self.word('conv')}({given}{valid})"

    special: ClassVar[dict[str, Callable[..., str]]] = {
        **Speller.special,
        "still": still,
        "cast": cast,
        "pad": pad,
        "scatter": scatter,
        "eye": eye,
        "sum": sum,
        "mean": mean,
        "conv": conv,
    }

    def _called(self, x: Term) -> str:
        parts = [part if isinstance(part, tuple) else None for part in x.parts]
        if any(part is not None for part in parts):  # shapes
            given = [self.number(part) if own is None else str(own) for part, own in zip(x.parts, parts, strict=True)]
            return f"{self.word(x.head)}({', '.join(given)})"
        return super()._called(x)
