"""Transfers are supply on the day their lorry comes, whatever suppliers do, and no more than there are."""

from datetime import date

import polars as pl
import pytest
from replenishment_items import items, quantiles

from optimization.replenishment import Params, Problem
from optimization.replenishment.economic_problem import economic_problem

MOVES = {"sku_id": pl.String, "location_id": pl.String, "bucket": pl.String, "due_in_days": pl.Int64,
         "quantity": pl.Int64}  # fmt: skip


def coming(*moves: tuple[str, int, int], **more: object) -> list[tuple[str, int, set[int]]]:
    rows = pl.DataFrame([("A", "W1", *move) for move in moves], schema=MOVES, orient="row")
    change = {"in_transit_qty": 10, "approved_qty": 20, "lead_time_std_days": 5.0}
    goods = items(change)
    priced = economic_problem(Problem(goods, quantiles(goods), date(2026, 11, 2), moves=rows, **more), Params())
    found = [
        (row["bucket"], row["quantity"], set(days.tolist()))
        for row, days in zip(priced.batches.iter_rows(named=True), priced.arrivals, strict=True)
    ]
    return sorted((row for row in found if row[0] in ("in_transit", "approved")), key=lambda row: (row[0], min(row[2])))


def test_a_transfer_comes_on_its_day_though_suppliers_rest_and_are_late() -> None:
    rests = pl.DataFrame({"supplier_id": ["S1"] * 20, "day": list(range(1, 21))})
    found = coming(("in_transit", 4, 6), ("approved", 6, 20), rests=rests)
    assert found == [("approved", 20, {6}), ("in_transit", 4, {1}), ("in_transit", 6, {4})]


def test_what_is_approved_and_no_transfer_comes_with_its_supplier() -> None:
    transfer, order = coming(("approved", 3, 5))[:2]
    assert transfer == ("approved", 5, {3})
    assert order[:2] == ("approved", 15) and min(order[2]) > 3 and len(order[2]) > 5


def test_dates_of_more_than_is_under_way_add_nothing() -> None:
    found = coming(("in_transit", 4, 30), ("approved", 2, 90))
    assert [row[:2] for row in found] == [("approved", 20), ("in_transit", 10)]


def test_a_move_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="in_transit or approved"):
        coming(("on_order", 1, 1))
