"""A central warehouse holds what pools, passes on what does not, and its echelon covers the whole way."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.network import ServiceNetwork, solve
from optimization.replenishment.network.echelons import NUMBERS, echelon_targets

REGION = {"sku_id": "a", "central_id": "C", "central_days": 16.0, "regional_days": 4.0, "central_holding_cost": 1.0,
          "regional_holding_cost": 1.0, "daily_mean": 10.0, "daily_spread": 3.0}  # fmt: skip


def regions(*changes: dict) -> pl.DataFrame:
    schema = dict.fromkeys(("sku_id", "central_id", "location_id"), pl.String) | dict.fromkeys(NUMBERS, pl.Float64)
    rows = [REGION | {"location_id": f"R{number}"} | change for number, change in enumerate(changes)]
    return pl.DataFrame(rows, schema=schema)


def by_place(found: pl.DataFrame) -> dict[str, tuple]:
    columns = ("location_id", "role", "holds_safety", "safety_qty", "order_up_to_qty", "echelon_order_up_to_qty")
    return {row[0]: row[1:] for row in found.select(columns).iter_rows()}


def test_what_four_regions_share_is_held_where_it_pools():
    found = by_place(echelon_targets(regions({}, {}, {}, {})))
    # The centre holds 3 · √4 · √16 = 24, each region 3 · √4 = 6.
    assert found["C"] == ("central", True, 24, 4 * 160 + 24, 4 * (10 * 20 + 6) + 24)
    assert found["R0"] == ("regional", True, 6, 46, 46)


def test_a_dear_centre_passes_goods_on_and_its_region_holds_for_the_whole_way():
    found = by_place(echelon_targets(regions({"central_holding_cost": 5.0})))
    assert found["C"] == ("central", False, 0, 160, 10 * 20 + 14)
    assert found["R0"][2] == 14  # 3 · √20 = 13.4


def test_no_central_warehouse_makes_no_target_and_a_negative_number_is_refused():
    assert echelon_targets(regions()).is_empty()
    with pytest.raises(ValueError, match="daily_spread must be zero or more, found -1"):
        echelon_targets(regions({"daily_spread": -1.0}))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.floats(0.5, 9), st.floats(0.5, 4)), min_size=1, max_size=4),
    st.integers(1, 20),
    st.floats(0.1, 0.5),
)
def test_safety_costs_what_the_solver_of_any_network_finds(rows, central_days, central_cost):
    table = regions(*[
        {"regional_days": float(days), "daily_spread": spread, "regional_holding_cost": cost,
         "central_days": float(central_days), "central_holding_cost": central_cost}
        for days, spread, cost in rows
    ])  # fmt: skip
    stages = pl.DataFrame(
        {
            "stage_id": ["C", *table["location_id"]],
            "lead_time": [central_days, *(days for days, *_ in rows)],
            "max_service_time": [None, *([0] * len(rows))],
            "inbound_time": [0] * (len(rows) + 1),
            "holding_cost": [central_cost, *(cost for *_, cost in rows)],
            "demand_spread": [0.0, *(spread for _, spread, _ in rows)],
            "pooling": [2.0] * (len(rows) + 1),
        },
        schema_overrides={"max_service_time": pl.Int64},
    )
    names = table["location_id"].to_list()
    arcs = pl.DataFrame({"upstream_id": ["C"] * len(rows), "downstream_id": names, "units": [1.0] * len(rows)})
    best = solve(ServiceNetwork(stages, arcs)).objective
    found = echelon_targets(table)
    pooled = np.sqrt(sum(spread**2 for _, spread, _ in rows) * central_days)
    holds = found.filter(role="central")["holds_safety"].item()
    ways = {True: central_cost * pooled + sum(cost * spread * np.sqrt(days) for days, spread, cost in rows),
            False: sum(cost * spread * np.sqrt(days + central_days) for days, spread, cost in rows)}  # fmt: skip
    assert ways[holds] == pytest.approx(min(ways.values())) and ways[holds] == pytest.approx(best, rel=1e-6)
