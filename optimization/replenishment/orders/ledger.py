"""Stock of one item at one place, as it is planned to move."""

from bisect import insort
from datetime import date, timedelta


class Ledger:
    """Movements by date.

    Needs are taken by date, so nearly all that is known lies before the day asked for: the last level is kept, and only
    what comes later is taken back from it.

    Parameters
    ----------
    on_hand
        Stock before the first movement (units).
    """

    def __init__(self, on_hand: int) -> None:
        self.last = on_hand
        self.moves: list[tuple[date, int]] = []
        self.under_way: list[tuple[date, int]] = []

    def issue(self, day: date, quantity: int) -> None:
        """Take units out on a day."""
        self._add(day, -quantity)

    def expect(self, day: date, quantity: int) -> None:
        """Count supply that is already under way."""
        self._add(day, quantity)
        self.under_way.append((day, quantity))

    def plan(self, day: date, quantity: int) -> None:
        """Count a receipt that this plan makes."""
        self._add(day, quantity)

    def position(self, day: date, patience: timedelta, today: date) -> int:
        """Stock after all needs up to a day, with what is on its way to it; below zero is owed to customers.

        What this plan has ordered and promised counts whenever it moves, what is under way if it comes within the
        patience: a shortage that supply will end is not bought for twice.
        """
        until = max(day, today) + patience
        return self.last - sum(quantity for when, quantity in self.under_way if when > until)

    def free(self, day: date) -> int:
        """Units that may leave on a day without anything promised later going short."""
        level = least = self.last
        after = None
        for when, quantity in reversed(self.moves):
            if when != after:
                # Everything after this day is taken back: the level is that at its end.
                least, after = min(least, level), when
            if when <= day:
                break
            level -= quantity
        return max(min(least, level), 0)

    def _add(self, day: date, quantity: int) -> None:
        insort(self.moves, (day, quantity))
        self.last += quantity
