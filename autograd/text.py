"""How numbers are written for people."""

__all__ = ["brief", "short"]


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
