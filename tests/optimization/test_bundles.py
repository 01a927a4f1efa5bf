"""Goods that will not sell alone leave in a bundle where that brings more, by what the bundle's own prices told."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment import ClearanceParams
from optimization.replenishment.clearance import Bundles, no_bundles, plan_clearance
from optimization.replenishment.clearance.bundled import SOLD, ways_of_bundles

UNSOLD = {
    "sku_id": "a", "location_id": "w", "unsold_qty": 40, "days_left": 30, "fee_share": 0.0, "holding_cost": 0.0,
    "salvage_value": 0.0,
}  # fmt: skip
KIT = {
    "sku_id": "a", "location_id": "w", "bundle_sku_id": "kit", "per_bundle": 2.0, "daily_qty": 1.0,
    "elsewhere_qty": 0.0, "bundle_price": 50.0, "bundle_cost": 10.0, "most_qty": 100.0,
}  # fmt: skip


def prices(elasticity: float = -3.0, lowest: float = 0.75) -> pl.DataFrame:
    """Weeks of a bundle, every fourth of them at a cut price."""
    price = np.tile([50.0, 50.0, 50.0, 50.0 * lowest], 7)
    units = np.round(1000 * (price / 50) ** elasticity)
    return pl.DataFrame({"sku_id": "kit", "category_id": "bundles", "price": price, "units": units, "baseline": 1000.0})


def way(kit: dict | None = None, history: pl.DataFrame | None = None, **change: object) -> dict:
    bundles = Bundles(pl.DataFrame([KIT | (kit or {})]), prices() if history is None else history)
    [row] = ways_of_bundles(pl.DataFrame([UNSOLD | change]), bundles).iter_rows(named=True)
    return row


def test_a_bundle_is_cut_as_deep_as_pays_and_all_its_buyers_pay_less():
    row = way()
    depth = row["bundle_markdown"]
    more = 30 * ((1 - depth) ** -3.0 - 1)
    assert (row["bundle_sku_id"], row["bundle_qty"]) == ("kit", min(int(2 * more + 0.2), 40))
    sold = row["bundle_qty"] / 2
    earned = sold * (50 * (1 - depth) - 10) - 30 * 50 * depth
    assert row["bundle_value"] * row["bundle_qty"] == pytest.approx(earned) and earned > 0


def test_no_bundle_is_made_up_nor_cut_deeper_than_it_ever_was():
    nothing = dict.fromkeys(("bundle_sku_id", "bundle_markdown", "bundle_qty", "bundle_value"))
    assert way(history=prices().clear()) == nothing
    assert way(history=prices(lowest=1.0)) == nothing
    assert way({"most_qty": 0.0}) == nothing and way({"daily_qty": 0.0}) == nothing
    assert way(history=prices(lowest=0.9))["bundle_markdown"] <= 0.1
    [other] = ways_of_bundles(pl.DataFrame([UNSOLD | {"sku_id": "b"}]), Bundles(pl.DataFrame([KIT]), prices())).rows()
    assert other == (None,) * 4


def test_buyers_elsewhere_and_dear_parts_make_a_bundle_bring_less():
    alone = way()
    assert way({"elsewhere_qty": 1.0})["bundle_value"] < alone["bundle_value"]
    assert way({"bundle_cost": 20.0})["bundle_value"] < alone["bundle_value"]


def test_a_bundle_is_proposed_where_it_brings_most_and_says_which():
    stock = pl.DataFrame(
        [{"sku_id": "a", "location_id": "w", "batch_no": "b", "supplier_id": None, "category_id": "c",
          "currency": "CNY", "stock_qty": 90, "excess_days": 90.0, "fee_share": 0.0, "unit_price": 20.0,
          "unit_cost": 10.0, "selling_cost": 0.0, "holding_cost_day": 0.01, "disposal_cost": 2.0,
          "is_replaced": True, "is_new": False, "is_listed": True, "is_returnable": False,
          "expiry_date": date(2026, 12, 2), "last_sale_date": date(2026, 12, 1)}],
        schema_overrides={"supplier_id": pl.String},
    )  # fmt: skip
    item = pl.DataFrame(
        [{"sku_id": "a", "location_id": "w", "lead_time_days": 14.0, "review_days": 7.0, "demand_mean": None,
          "daily_demand_qty": 1.0, "days_without_sale": 1, "position_qty": 90.0, "worth_here": 10.0}],
        schema_overrides={"demand_mean": pl.Float64},
    )  # fmt: skip
    keys = {"sku_id": pl.String, "location_id": pl.String}
    curve = pl.DataFrame(schema=keys | {"interval": pl.String, "level": pl.Float64, "quantity": pl.Float64})
    weeks = pl.DataFrame(schema=keys | {"week_start": pl.Date, "y_hat": pl.Float64})
    lanes = pl.DataFrame(schema={"from_location_id": pl.String, "to_location_id": pl.String,
                                 "unit_cost": pl.Float64, "trip_cost": pl.Float64})  # fmt: skip

    def plan(bundles: Bundles):
        return plan_clearance(
            stock, item, curve, weeks, prices().clear(), lanes, bundles, date(2026, 11, 1), ClearanceParams()
        ).suggestions

    assert plan(no_bundles()).is_empty()
    [row] = plan(Bundles(pl.DataFrame([KIT]), prices())).iter_rows(named=True)
    assert (row["action"], row["bundle_sku_id"], row["to_warehouse_id"]) == ("bundle", "kit", None)
    off = round(row["markdown_rate"] * 100)
    assert f"{off} % off bundle kit brings" in row["reason"] and f"组合 kit 降价 {off}% 比搁置多得" in row["reason_zh"]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.floats(-5, -0.2), st.floats(0, 3), st.floats(0, 3), st.floats(0, 60), st.integers(1, 5))
def test_no_more_leaves_than_is_unsold_or_than_the_other_parts_suffice_for(unsold, slope, daily, most, cost, each):
    kit = {"daily_qty": daily, "most_qty": most, "bundle_cost": cost, "per_bundle": float(each)}
    row = way(kit, prices(slope), unsold_qty=unsold)
    if row["bundle_qty"] is not None:
        assert 0 < row["bundle_qty"] <= min(unsold, most * each + 1e-6)


def test_bad_bundles_are_refused_by_name():
    with pytest.raises(ValueError, match="per_bundle must be above zero"):
        Bundles(pl.DataFrame([KIT | {"per_bundle": 0.0}]), prices())
    with pytest.raises(ValueError, match="bundle_price must be zero or more"):
        Bundles(pl.DataFrame([KIT | {"bundle_price": -1.0}]), prices())
    assert set(no_bundles().sold.columns) == set(SOLD)
