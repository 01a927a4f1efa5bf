"""Stock of one item at one place, as it is planned to move."""

from bisect import bisect_right, insort
from datetime import date, timedelta


class Ledger:
    """Movements by date.

    Parameters
    ----------
    on_hand
        Stock before the first movement (units).
    """

    def __init__(self, on_hand: int) -> None:
        self.on_hand = on_hand
        self.moves: list[tuple[date, int]] = []
        self.under_way: list[tuple[date, int]] = []
        self.planned: list[tuple[date, int]] = []

    def issue(self, day: date, quantity: int) -> None:
        """Take units out on a day."""
        insort(self.moves, (day, -quantity))

    def expect(self, day: date, quantity: int) -> None:
        """Count supply that is already under way."""
        insort(self.moves, (day, quantity))
        insort(self.under_way, (day, quantity))

    def plan(self, day: date, quantity: int) -> None:
        """Count a receipt that this plan makes."""
        insort(self.moves, (day, quantity))
        insort(self.planned, (day, quantity))

    def level(self, day: date) -> int:
        """Stock at the end of a day; what is owed to customers counts below zero."""
        return self.on_hand + sum(quantity for when, quantity in self.moves if when <= day)

    def position(self, day: date, patience: timedelta, today: date) -> int:
        """Stock at the end of a day with what is on its way to it.

        What this plan has ordered counts whenever it comes, what is under way if it comes within the patience: a
        shortage that supply will end is not bought for twice.
        """
        until = max(day, today) + patience
        late = sum(quantity for when, quantity in self.under_way if day < when <= until)
        return self.level(day) + late + sum(quantity for when, quantity in self.planned if when > day)

    def free(self, day: date) -> int:
        """Units that may leave on a day without anything promised later going short."""
        first = bisect_right(self.moves, day, key=lambda move: move[0])
        level = least = self.level(day)
        for index in range(first, len(self.moves)):
            level += self.moves[index][1]
            # Receipts of a day come before what leaves on it.
            if index + 1 == len(self.moves) or self.moves[index + 1][0] != self.moves[index][0]:
                least = min(least, level)
        return max(least, 0)
