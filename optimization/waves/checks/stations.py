"""Stations that carts are sent to."""

import polars as pl

from optimization.waves.checks.clocks import standard
from optimization.waves.problem import Problem


def station_faults(plan, problem: Problem) -> list[str]:
    """Carts at stations that are not there; stations whose stated minutes are not those of the carts sent to them."""
    home = dict(plan.waves.select("wave_id", "warehouse_id").iter_rows())
    there = set() if problem.stations is None else set(problem.stations.iter_rows())
    asked = problem.lines.group_by("outbound_id").agg(pl.struct("sku_id", "owner_id").n_unique())
    kinds = dict(asked.iter_rows())
    orders = {row["outbound_id"]: row for row in plan.wave_orders.iter_rows(named=True)}
    work: dict[tuple, float] = {}
    found = []
    on: dict[tuple, dict[str, list[tuple[str, int]]]] = {}
    columns = ["wave_id", "cart_no", "outbound_id", "sku_id", "qty"]
    for wave, cart, order, sku, quantity in plan.picks.select(columns).iter_rows():
        on.setdefault((wave, cart), {}).setdefault(order, []).append((sku, quantity))
    for cart in plan.carts.iter_rows(named=True):
        place, warehouse = (cart["wave_id"], cart["cart_no"]), home[cart["wave_id"]]
        for stage in ("sort", "check", "pack"):
            station = cart[f"{stage}_station_id"]
            if station is None:
                continue
            if (warehouse, stage, station) not in there:
                found.append(f"cart {place[1]} of wave {place[0]} goes to {stage} at {station}, which is not there")
            _, _, pick, unit, each = standard(problem, warehouse).get(stage, (0.0,) * 5)
            seconds = 0.0
            for order, goods in on[place].items():
                row = orders[order]
                if stage == "sort" and row["basket"] != "multi_sku":
                    continue
                count = kinds[order] if row["cart_count"] == 1 else len({sku for sku, _ in goods})
                seconds += pick * count + unit * sum(quantity for _, quantity in goods)
                seconds += each * (row["cart_no"] == place[1])
            key = (warehouse, stage, station)
            work[key] = work.get(key, 0.0) + seconds / 60
    stated = plan.labour.filter(pl.col("station_id") != "*")
    for *key, minutes in stated.select("warehouse_id", "stage", "station_id", "needed_minutes").iter_rows():
        done = work.pop(tuple(key), 0.0)
        if abs(done - minutes) > 1e-6 * (1 + minutes):
            found.append(f"station {key[2]} of {key[0]} says {minutes} minutes to {key[1]}, its carts need {done}")
    return found + [f"station {key[2]} of {key[0]} has carts and no row" for key in work]
