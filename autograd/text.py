"""How numbers are written for people."""

from collections.abc import Sequence

__all__ = ["aligned", "brief", "short"]


def short(number: float | None, digits: int = 4) -> str:
    """A number in few characters: as it is where that is short, else to ``digits`` significant digits.

    Nothing at all, as in a gradient that no pass has reached, is ``-``.

    Examples
    --------
    >>> short(2.0), short(0.999), short(24.70408163265306), short(1e-17 / 3), short(None)
    ('2.0', '0.999', '24.7', '3.333e-18', '-')
    """
    if number is None:
        return "-"
    exact = repr(number)
    return exact if len(exact) <= digits + 2 else f"{number:.{digits}g}"


def brief(number: float, digits: int = 4) -> str:
    """A number to so many significant digits, without what adds nothing: ``1``, ``0.305``, ``-2.5e+10``.

    Examples
    --------
    >>> brief(1.0), brief(0.30499), brief(24.70408163265306), brief(1e10)
    ('1', '0.305', '24.7', '1e+10')
    """
    return f"{float(number):.{digits}g}"


def aligned(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The rows of a table as lines, with the first column cut where they would be wider than ``width``.

    Examples
    --------
    >>> for line in aligned([("", "value"), ("a sum of many terms", "2.0")], width=18):
    ...     print(line)
                 value
    a sum of m…  2.0
    """
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    excess = sum(wide) + 2 * (len(wide) - 1) - width
    if excess > 0:
        wide[0] = max(wide[0] - excess, min(wide[0], 8))
    first = [cell if len(cell) <= wide[0] else f"{cell[: wide[0] - 1]}…" for cell, *_ in rows]
    return [
        "  ".join(map(str.ljust, (cell, *others), wide)).rstrip()
        for cell, (_, *others) in zip(first, rows, strict=True)
    ]
