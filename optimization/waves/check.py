"""Faults of a wave plan, found by counting rows and walking each tour step by step."""

from collections import Counter

import polars as pl

from optimization.waves.problem import Problem


def faults(
    waves: pl.DataFrame,
    wave_orders: pl.DataFrame,
    picks: pl.DataFrame,
    unplanned: pl.DataFrame,
    max_orders: int,
    problem: Problem,
) -> list[str]:
    """Everything in a plan that contradicts its problem, in words; the frames are those of ``Plan``.

    Returns
    -------
    list of str
        Empty when the plan is sound.
    """
    return [
        *order_faults(waves, wave_orders, unplanned, max_orders, problem),
        *pick_faults(wave_orders, picks, problem),
        *stock_faults(waves, picks, problem),
        *walk_faults(waves, picks, problem),
    ]


def order_faults(
    waves: pl.DataFrame, wave_orders: pl.DataFrame, unplanned: pl.DataFrame, max_orders: int, problem: Problem
) -> list[str]:
    """Orders missing, doubled, in a wave of another warehouse, or in a wave that is too large."""
    found = []
    placed = Counter(wave_orders["outbound_id"].to_list() + unplanned["outbound_id"].to_list())
    home = dict(problem.orders.select("outbound_id", "warehouse_id").iter_rows())
    found += [f"order {order} is planned {placed[order]} times" for order in home if placed[order] != 1]
    found += [f"order {order} is not in the problem" for order in placed if order not in home]
    place = dict(waves.select("wave_id", "warehouse_id").iter_rows())
    size: Counter[str] = Counter()
    for wave, order in wave_orders.select("wave_id", "outbound_id").iter_rows():
        size[wave] += 1
        if place.get(wave) != home.get(order):
            found.append(f"order {order} of {home.get(order)} is in wave {wave} of {place.get(wave)}")
    found += [
        f"wave {wave} has {count} orders, more than {max_orders}" for wave, count in size.items() if count > max_orders
    ]
    return found


def pick_faults(wave_orders: pl.DataFrame, picks: pl.DataFrame, problem: Problem) -> list[str]:
    """Picks that do not add up to the lines of planned orders, or lie in another wave than their order."""
    found = []
    wave_of = dict(wave_orders.select("outbound_id", "wave_id").iter_rows())
    owed: Counter[tuple[str, str]] = Counter()
    for order, sku, quantity in problem.lines.select("outbound_id", "sku_id", "qty").iter_rows():
        if order in wave_of:
            owed[order, sku] += quantity
    for wave, order, sku, quantity in picks.select("wave_id", "outbound_id", "sku_id", "qty").iter_rows():
        owed[order, sku] -= quantity
        if wave_of.get(order) != wave:
            found.append(f"order {order} is picked in wave {wave}, but belongs to {wave_of.get(order)}")
    found += [f"order {order} lacks {left} of {sku}" for (order, sku), left in owed.items() if left]
    return found


def stock_faults(waves: pl.DataFrame, picks: pl.DataFrame, problem: Problem) -> list[str]:
    """Bins from which more is picked than they hold, or which do not hold the SKU at all."""
    place = dict(waves.select("wave_id", "warehouse_id").iter_rows())
    held = {
        tuple(row[:3]): row[3]
        for row in problem.locations.select("warehouse_id", "bin_id", "sku_id", "pickable_qty").rows()
    }
    taken: Counter[tuple] = Counter()
    for wave, bin_id, sku, quantity in picks.select("wave_id", "bin_id", "sku_id", "qty").iter_rows():
        if bin_id is not None:
            taken[place[wave], bin_id, sku] += quantity
    found = []
    for key, quantity in taken.items():
        if key not in held:
            found.append(f"bin {key[1]} of {key[0]} does not hold {key[2]}")
        elif held[key] is not None and held[key] < quantity:
            found.append(f"bin {key[1]} of {key[0]} holds {held[key]} of {key[2]}, {quantity} are picked")
    return found


def walk_faults(waves: pl.DataFrame, picks: pl.DataFrame, problem: Problem) -> list[str]:
    """Tours whose stated length is not that of the walk through their picks in the stated order."""
    found = []
    walks: dict[str, list[tuple[int, float]]] = {}
    for wave, aisle, x, y in picks.sort("wave_id", "seq").select("wave_id", "aisle", "x_m", "y_m").iter_rows():
        if None not in (aisle, x, y):
            walks.setdefault(wave, []).append((aisle, y))
    docks = (
        {}
        if problem.docks is None
        else {row[0]: (row[1], row[2]) for row in problem.docks.select("warehouse_id", "x_m", "y_m").rows()}
    )
    for wave, warehouse, distance in waves.select("wave_id", "warehouse_id", "distance_m").iter_rows():
        stops = walks.get(wave, [])
        walked = walk(stops, problem.locations.filter(warehouse_id=warehouse), docks.get(warehouse)) if stops else 0.0
        if abs(walked - distance) > 1e-6 * max(1.0, walked):
            found.append(f"wave {wave} says {distance} m, its walk is {walked} m")
    return found


def walk(stops: list[tuple[int, float]], locations: pl.DataFrame, dock: tuple[float, float] | None) -> float:
    """Length of the shortest walk from the dock to each stop in turn and back, by either cross aisle."""
    placed = locations.drop_nulls(["aisle", "x_m", "y_m"])
    front, back = placed["y_m"].min(), placed["y_m"].max()
    across = dict(placed.group_by("aisle").agg(pl.col("x_m").mean()).iter_rows())
    start = dock or (min(across.values()), front)
    # The dock opens onto the cross aisle nearest to it.
    gate = min((front, back), key=lambda y: abs(y - start[1]))
    here, aisle, length = (start[0], gate), None, 2 * abs(start[1] - gate)
    for number, y in [*stops, (None, gate)]:
        x = start[0] if number is None else across[number]
        if number is not None and number == aisle:
            length += abs(y - here[1])
        else:
            around = min(abs(here[1] - cross) + abs(y - cross) for cross in (front, back))
            length += abs(x - here[0]) + around
        here, aisle = (x, y), number
    return length
