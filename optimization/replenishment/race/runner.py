"""One contestant: the stock that his orders leave him with, day by day. What is not there is lost, or waited for."""

from __future__ import annotations

import numpy as np

from optimization.replenishment.race.track import Track

NEVER = -1  # day of arrival of goods that do not come within the race
Lines = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # item, units, days of arrival and when they are expected


class Runner:
    """Stock, what is under way, and what was sold so far.

    Attributes
    ----------
    day
        The day to come; the morning's arrivals are not in yet.
    stock
        Units that can be sold; shape (items,), int.
    ordered, served, left
        Units ordered, sold to its customers (from wherever) and left on each day; shape (items, days), int. Zero for
        days to come. ``late`` of those sold had been waited for.
    waiting
        Units that customers wait for; shape (items,), int. ``waited``: sum of those of all evenings so far.
    moves, move_cost
        Transfers that left, of one SKU from one place to another on a day (int), and what those to each item cost;
        shape (items,), money.
    """

    def __init__(self, track: Track, name: str) -> None:
        self.track, self.name, self.day = track, name, 0
        self.stock = track.opening.copy()
        self.ordered, self.served, self.left, self.late = (np.zeros_like(track.demand) for _ in range(4))
        self.waiting, self.waited = np.zeros_like(track.opening), np.zeros_like(track.opening)
        self.moves, self.move_cost = 0, np.zeros(track.items.height)
        self._arriving = track.arriving.copy()
        self._served_share, self._others = track.column("served_share"), track.others()
        self._waits = track.items["waits"].to_numpy()
        self._ordered: list[Lines] = []
        self._moved: list[Lines] = []
        self._to_leave: list[tuple[int, int, int, int, int, float]] = []

    def order(self, quantities: np.ndarray, told_days: np.ndarray) -> None:
        """Place orders this morning, which arrive when goods ordered on this day did.

        Parameters
        ----------
        quantities
            Whole units; shape (items,), int.
        told_days
            Days after which who orders expects them; shape (items,), int.
        """
        item = np.flatnonzero(quantities > 0)
        arrival = self.day + np.maximum(self.track.lead_days[item, self.day], 1)
        self._place(item, quantities[item], arrival, self.day + told_days[item])

    def order_as_it_was(
        self, item: np.ndarray, quantity: np.ndarray, arrival: np.ndarray, expected: np.ndarray
    ) -> None:
        """Place this morning what was really ordered; it arrives on the days on which it really did.

        Parameters
        ----------
        item, quantity
            Numbers of items and whole units; shape (lines,), int.
        arrival, expected
            Day on which the goods came (``NEVER``: not within the race) and were expected to; shape (lines,), int.
        """
        self._place(item, quantity, np.where(arrival == NEVER, self.track.days, arrival), expected)

    def move(
        self,
        source: np.ndarray,
        target: np.ndarray,
        quantity: np.ndarray,
        departure: np.ndarray,
        arrival: np.ndarray,
        cost: np.ndarray,
    ) -> None:
        """Have goods sent from one place to another; no more leave than this contestant has by then.

        Parameters
        ----------
        source, target
            Numbers of items: of one SKU at two locations; shape (lines,), int.
        quantity, departure, arrival, cost
            Whole units, days of the race on which they leave (today or later) and come, money for all of them; shape
            (lines,).
        """
        rows = zip(source, target, quantity, departure, arrival, cost, strict=True)
        self._to_leave += [(int(a), int(b), int(asked), int(d), int(e), float(m)) for a, b, asked, d, e, m in rows]

    def to_leave(self) -> np.ndarray:
        """Units that are to be sent elsewhere and are still here; shape (items,), int."""
        found = np.zeros_like(self.stock)
        for one, _, asked, *_ in self._to_leave:
            found[one] += asked
        return found

    def _leave(self, today: int) -> None:
        """Send what leaves today, after the morning's arrivals."""
        left = set()
        for one, other, asked, departure, arrival, money in self._to_leave:
            sent = int(min(asked, self.stock[one]))
            if departure != today or sent <= 0:
                continue
            left.add((one, other))
            self.stock[one] -= sent
            self.move_cost[other] += money * sent / asked
            if arrival <= today:
                self.stock[other] += sent
            elif arrival < self.track.days:
                self._arriving[other, arrival] += sent
            self._moved.append(tuple(np.array([value]) for value in (other, sent, arrival, arrival)))
        self._to_leave = [row for row in self._to_leave if row[3] > today]
        self.moves += len(left)

    def _place(self, item: np.ndarray, quantity: np.ndarray, arrival: np.ndarray, expected: np.ndarray) -> None:
        np.add.at(self.ordered, (item, self.day), quantity)
        within = arrival < self.track.days
        np.add.at(self._arriving, (item[within], arrival[within]), quantity[within])
        self._ordered.append((item, quantity, arrival, expected))

    def under_way(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What was ordered or moved in the race, or is to be moved, and is not there this morning.

        Returns
        -------
        (np.ndarray, np.ndarray, np.ndarray)
            Number of the item, units, and day on which they are expected; shape (lines,), int. A line that is late
            is still expected, on a day that has passed.
        """
        waiting = [tuple(np.array([value]) for value in (row[1], row[2], row[4], row[4])) for row in self._to_leave]
        return self._coming([*self._ordered, *self._moved, *waiting])

    def on_order(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What was ordered in the race and is not there this morning, as ``under_way`` returns it: money is bound."""
        return self._coming(self._ordered)

    def _coming(self, lines: list[Lines]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        none = np.zeros(0, np.int64)
        parts = [(none, none, none)]
        for item, quantity, arrival, expected in lines:
            coming = arrival >= self.day
            parts.append((item[coming], quantity[coming], expected[coming]))
        item, quantity, expected = (np.concatenate(column) for column in zip(*parts, strict=True))
        return item, quantity, expected

    def live(self, days: int) -> None:
        """Let days pass: goods come in the morning, others leave for elsewhere, then customers take what is there."""
        for day in range(self.day, min(self.day + days, self.track.days)):
            self.stock = self.stock + self._arriving[:, day]
            self._leave(day)
            # Who came first is served first.
            self.late[:, day] = np.minimum(self.stock, self.waiting)
            self.served[:, day] = np.minimum(self.stock, self.waiting + self.track.demand[:, day])
            self.stock = self.stock - self.served[:, day]
            self._serve_elsewhere(day)
            owed = self.waiting + self.track.demand[:, day] - self.served[:, day]
            self.waiting = np.where(self._waits, owed, 0)
            self.waited = self.waited + self.waiting
            self.left[:, day] = self.stock
        self.day = min(self.day + days, self.track.days)

    def _serve_elsewhere(self, day: int) -> None:
        """Send to customers what their own location lacks from where there is most of it."""
        short = self.track.demand[:, day] - (self.served[:, day] - self.late[:, day])
        asked = np.floor(short * self._served_share + 0.5).astype(np.int64)
        for item in np.flatnonzero(asked):
            for other in sorted(self._others[item], key=lambda place: (-self.stock[place], place)):
                sent = min(asked[item], self.stock[other])
                self.stock[other] -= sent
                self.served[item, day] += sent
                asked[item] -= sent
