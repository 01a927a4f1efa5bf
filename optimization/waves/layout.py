"""A warehouse as a picker walks it: parallel aisles between cross aisles."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean

from optimization.waves.problem import Problem

# Cross aisles between front and back over which the shortest tour is sought. Each one more makes the table of partial
# tours some forty times as large: 2 take milliseconds, 4 minutes.
MOST_MIDDLE = 2


@dataclass(frozen=True)
class Layout:
    """Parallel aisles between cross aisles: one block, or several behind one another.

    Parameters
    ----------
    aisle_x_m
        Aisle number to its place along the cross aisles (in metres), the mean of its bins.
    front_m, back_m
        Where the front and back cross aisles run (in metres along the aisles): at the first and last bin.
    dock_x_m, dock_y_m
        Where tours begin and end (in metres).
    middle_m
        Where further cross aisles run between front and back, ascending (in metres along the aisles).
    """

    aisle_x_m: dict[int, float]
    front_m: float
    back_m: float
    dock_x_m: float
    dock_y_m: float
    middle_m: tuple[float, ...] = ()

    @property
    def cross_m(self) -> tuple[float, ...]:
        """Every cross aisle from the front to the back (in metres along the aisles)."""
        return (self.front_m, *self.middle_m, self.back_m)

    def with_middle(self, most: int) -> "Layout":
        """The same warehouse walked by at most so many cross aisles between front and back, those that split it evenly.

        Its tours can be walked, and are as long as they say; a shorter one might use a cross aisle left out.
        """
        if len(self.middle_m) <= most:
            return self
        step = (self.back_m - self.front_m) / (most + 1)
        left = list(self.middle_m)
        for number in range(1, most + 1):
            wanted = self.front_m + number * step
            kept = min(left, key=lambda metres: (abs(metres - wanted), metres))
            left.remove(kept)
        return replace(self, middle_m=tuple(metres for metres in self.middle_m if metres not in left))

    def stretch(self, metres: float) -> int:
        """The stretch between two cross aisles that a place along an aisle lies in, counted from the front."""
        return bisect_right(self.cross_m, metres, 1, len(self.cross_m) - 1) - 1

    @property
    def dock_corner(self) -> int:
        """The cross aisle nearest to the dock, counted from the front."""
        return min(range(len(self.cross_m)), key=lambda corner: abs(self.cross_m[corner] - self.dock_y_m))


def layouts(problem: Problem) -> dict[str, Layout]:
    """The layout of every warehouse that has bins with an aisle and coordinates."""
    docks = (
        {}
        if problem.docks is None
        else {row[0]: row[1:] for row in problem.docks.select("warehouse_id", "x_m", "y_m").rows()}
    )
    placed = problem.locations.drop_nulls(["aisle", "x_m", "y_m"])
    columns: dict[str, dict[int, list[float]]] = {}
    depth: dict[str, list[float]] = {}
    blocks: dict[str, dict[int, list[float]]] = {}
    for warehouse, aisle, x, y, block in placed.select("warehouse_id", "aisle", "x_m", "y_m", "block").rows():
        columns.setdefault(warehouse, {}).setdefault(aisle, []).append(x)
        depth.setdefault(warehouse, []).append(y)
        blocks.setdefault(warehouse, {}).setdefault(block or 0, []).append(y)
    found = {}
    for warehouse, aisles in columns.items():
        # fsum inside fmean: the mean does not depend on the order of rows.
        aisle_x = {aisle: fmean(xs) for aisle, xs in aisles.items()}
        front, back = min(depth[warehouse]), max(depth[warehouse])
        dock_x, dock_y = docks.get(warehouse, (min(aisle_x.values()), front))
        middle = cross_aisles_between(list(blocks[warehouse].values()))
        found[warehouse] = Layout(aisle_x, front, back, float(dock_x), float(dock_y), middle)
    return found


def cross_aisles_between(blocks: list[list[float]]) -> tuple[float, ...]:
    """Half-way between blocks that lie behind one another; none where blocks lie beside one another."""
    ends = sorted((min(places), max(places)) for places in blocks)
    gaps = [(before[1], after[0]) for before, after in pairwise(ends)]
    if any(low >= high for low, high in gaps):
        return ()
    return tuple((low + high) / 2 for low, high in gaps)
