"""How much better than a wave any other could be: for every number of aisles, the most units they can give."""

import time
from typing import Protocol

import numpy as np

from optimization.waves.selection.problem import Arrays
from optimization.waves.selection.sizes import Found, Sizes

ROUNDING = 1e-6
# Share of the time within which a number of aisles must be decided, else no proof is in reach.
DECIDED = 0.4


class Programme(Protocol):
    """Bounds by number of aisles.

    Parameters
    ----------
    patience
        Share of the time within which all must be bounded, else no proof is in reach.
    """

    patience: float

    def relaxed(self, count: int, seconds: float) -> float | None:
        """Units that no wave of so many aisles exceeds, in parts; None when time ran out."""

    def decide(self, count: int, need: int, seconds: float) -> tuple[float, Found | None]:
        """Units that no wave of so many aisles exceeds, from `need` − 1 on, and a wave of `need` or more if known."""


class Proof:
    """Most units of 1, 2, … aisles, as far as shown; 0 where no wave is of the least size.

    A wave of k aisles is better than one of `value` units per aisle only if it has more than k × `value` units. What is
    shown stays true when a better wave is found.
    """

    def __init__(self, a: Arrays, sizes: Sizes) -> None:
        self.a, self.sizes = a, sizes
        self.counts = np.arange(1, len(a.aisles.first))
        self.most = sizes.most
        self.most[self.most < max(a.least, 1)] = 0.0

    def bound(self) -> float:
        """Units per aisle that no wave exceeds."""
        return float(max(self.sizes.value, (self.most / self.counts).max(initial=0.0)))

    def need(self, count: int) -> int:
        """Units of a wave of so many aisles that is better than the best known."""
        return max(self.a.least, 1, int(np.floor(count * self.sizes.value + ROUNDING)) + 1)

    def open_counts(self) -> list[int]:
        """Numbers of aisles that may still give more."""
        return [int(count) for count in self.counts if self.most[count - 1] >= self.need(int(count))]

    def show(self, count: int, units: float) -> None:
        """No wave of so many aisles has more units; a wave that is too small is none."""
        self._lower(np.array([count]), np.array([units]))

    def show_growth(self, count: int, units: float) -> None:
        """No wave of so many aisles, or more, has more units per aisle than this."""
        counts = self.counts[count - 1 :]
        self._lower(counts, units * counts / count)

    def _lower(self, counts: np.ndarray, units: np.ndarray) -> None:
        units = np.floor(units + ROUNDING)
        units[units < max(self.a.least, 1)] = 0.0
        self.most[counts - 1] = np.minimum(self.most[counts - 1], units)


def prove(proof: Proof, programme: Programme, seconds: float) -> None:
    """Bound every number of aisles that is open, with parts of aisles, then decide each, the farthest from it first.

    What aisles in parts give grows ever slower with their number, so a bound of units per aisle holds for all greater
    numbers. One number that cannot be decided ends the attempt: it alone keeps the bound where it is.
    """
    begun = time.monotonic()
    over: dict[int, float] = {}
    for count in proof.open_counts():
        left = programme.patience * seconds - (time.monotonic() - begun)
        # A bound of a smaller number may have closed it.
        if proof.most[count - 1] < proof.need(count):
            continue
        if left <= 0 or (units := programme.relaxed(count, left)) is None:
            return
        proof.show_growth(count, units)
        over[count] = units / proof.need(count)
    for count in sorted(over, key=over.__getitem__, reverse=True):
        need, left = proof.need(count), seconds - (time.monotonic() - begun)
        if proof.most[count - 1] < need:
            continue
        if left <= 0:
            return
        units, wave = programme.decide(count, need, min(left, DECIDED * seconds))
        proof.show(count, units)
        if wave is not None:
            proof.sizes.offer(wave)
        if proof.most[count - 1] >= proof.need(count):
            return
