"""One fitted figure and all that a reader must know to trust it."""

from dataclasses import dataclass

Value = float | int | str | tuple[float, ...]


@dataclass(frozen=True)
class Figure:
    """A figure for a world, with its origin.

    Parameters
    ----------
    section
        Table of the TOML it stands in, such as ``demand`` or ``lead_time.mode.air``.
    name
        Its key there; units are part of the name where it has any.
    value
        A number, a text or several numbers; numbers are written with four significant digits, which is more
        than any of them is worth and makes the file the same on every machine.
    source
        The data set it comes from.
    method
        How it was fitted.
    n
        What it was fitted on, with its unit, such as ``"1,204 items"``.
    misses
        What it does not tell or where it is biased; empty when there is nothing to add to the page's text.
    """

    section: str
    name: str
    value: Value
    source: str
    method: str
    n: str
    misses: str = ""


def rounded(value: Value) -> Value:
    """``value`` with four significant digits; whole numbers and texts as they are."""
    if isinstance(value, tuple):
        return tuple(rounded(part) for part in value)
    if isinstance(value, (str, int)):
        return value
    short = float(f"{value:.4g}")
    return 0.0 if short == 0 else short
