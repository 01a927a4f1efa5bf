"""Carts whose stated length is not that of the walk through their picks, step by step."""

import polars as pl

from optimization.waves.problem import Problem


def walk_faults(plan, problem: Problem) -> list[str]:
    """Carts, and waves of them, whose stated metres are not those of the walk in the stated order."""
    found = []
    walks: dict[tuple, list[tuple[int, float]]] = {}
    ordered = plan.picks.sort("wave_id", "cart_no", "seq").select("wave_id", "cart_no", "aisle", "x_m", "y_m")
    for wave, cart, aisle, x, y in ordered.iter_rows():
        if None not in (aisle, x, y):
            walks.setdefault((wave, cart), []).append((aisle, y))
    docks = (
        {}
        if problem.docks is None
        else {row[0]: (row[1], row[2]) for row in problem.docks.select("warehouse_id", "x_m", "y_m").rows()}
    )
    place = dict(plan.waves.select("wave_id", "warehouse_id").iter_rows())
    floors = {
        warehouse: Floor(problem.locations.filter(warehouse_id=warehouse), docks.get(warehouse))
        for warehouse in set(place.values())
    }
    total: dict[str, float] = dict.fromkeys(place, 0.0)
    for wave, cart, distance in plan.carts.select("wave_id", "cart_no", "distance_m").iter_rows():
        stops = walks.get((wave, cart), [])
        walked = floors[place[wave]].walk(stops) if stops else 0.0
        total[wave] += walked
        if abs(walked - distance) > 1e-6 * max(1.0, walked):
            found.append(f"cart {cart} of wave {wave} says {distance} m, its walk is {walked} m")
    for wave, distance in plan.waves.select("wave_id", "distance_m").iter_rows():
        if abs(total[wave] - distance) > 1e-6 * max(1.0, distance):
            found.append(f"wave {wave} says {distance} m, the walks of its carts are {total[wave]} m")
    return found


class Floor:
    """A warehouse's aisles and cross aisles, measured anew from its bins."""

    def __init__(self, locations: pl.DataFrame, dock: tuple[float, float] | None) -> None:
        placed = locations.drop_nulls(["aisle", "x_m", "y_m"])
        if placed.is_empty():
            return
        front, back = placed["y_m"].min(), placed["y_m"].max()
        self.across = dict(placed.group_by("aisle").agg(pl.col("x_m").mean()).iter_rows())
        blocks = placed.group_by(pl.col("block").fill_null(0)).agg(low=pl.col("y_m").min(), high=pl.col("y_m").max())
        spans = blocks.sort("low").select("low", "high").rows()
        between = [(spans[n][1], spans[n + 1][0]) for n in range(len(spans) - 1)]
        behind = all(low < high for low, high in between)
        self.cross = [front, *[(low + high) / 2 for low, high in between if behind], back]
        self.start = dock or (min(self.across.values()), front)
        # The dock opens onto the cross aisle nearest to it.
        self.gate = min(self.cross, key=lambda y: abs(y - self.start[1]))

    def walk(self, stops: list[tuple[int, float]]) -> float:
        """Length of the shortest walk from the dock to each stop in turn and back, by any cross aisle."""
        here, aisle, length = (self.start[0], self.gate), None, 2 * abs(self.start[1] - self.gate)
        for number, y in [*stops, (None, self.gate)]:
            x = self.start[0] if number is None else self.across[number]
            if number is not None and number == aisle:
                length += abs(y - here[1])
            else:
                length += abs(x - here[0]) + min(abs(here[1] - cross) + abs(y - cross) for cross in self.cross)
            here, aisle = (x, y), number
        return length
