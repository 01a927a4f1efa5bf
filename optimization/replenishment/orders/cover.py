"""How long stock lasts."""

from collections.abc import Iterable
from datetime import date


def days_of_cover(on_hand: int, day: date, needs: Iterable[tuple[date, int]], longest: int = 999) -> int:
    """Days until what is on hand no longer meets what is asked for, without any further receipt.

    Parameters
    ----------
    on_hand
        Stock at the end of ``day`` (units).
    day
        The day.
    needs
        Due date and units of what is still to be served; a due date of the day or before is backlog.
    longest
        Most days told, also where stock lasts for ever. Default 999.

    Returns
    -------
    int
        Days; 0 where there is backlog, whatever is on hand.
    """
    left = on_hand
    for due, quantity in sorted(needs):
        left -= quantity
        if quantity and (due <= day or left < 0):
            return min(max((due - day).days, 0), longest)
    return longest
