"""Stock marts of a tiny clean world against figures counted one by one from its exports."""

from collections import defaultdict
from decimal import Decimal

import duckdb
import pytest


@pytest.fixture
def known(planned) -> duckdb.DuckDBPyConnection:
    """The planned warehouse, read only."""
    connection = duckdb.connect(str(planned.warehouse), read_only=True)
    connection.execute("set TimeZone = 'Asia/Shanghai'")
    return connection


def test_a_clean_world_takes_no_step_that_stock_may_not_take(known):
    assert known.execute("select * from marts.illegal_transition").fetchall() == []


def test_every_unit_of_a_batch_is_accounted_for(known):
    [(batches, sold, lost)] = known.execute(
        "select count(*), sum(sold_qty), sum(abs(difference_qty)) from marts.batch_position"
    ).fetchall()
    assert batches and sold and lost == 0


def test_no_storefront_shows_more_than_there_is(known):
    assert known.execute("select distinct finding from marts.front_stock_reconciliation").fetchall() == [("agrees",)]


def test_returns_in_inspection_are_those_on_hold(known):
    """In the world whatever comes back waits in quality hold until somebody looks at it."""
    [(inspected, held)] = known.execute(
        "select sum(return_in_inspection_qty), sum(quality_hold_qty) from marts.inventory_position"
    ).fetchall()
    assert inspected == held


def test_average_stock_and_units_sold_are_those_of_a_clerk_who_counts_every_day(known):
    counted = known.execute(
        """
        select warehouse_id, cast(as_of - interval 12 hour as date), sku_id, on_hand_qty, coalesce(unit_cost, 0)
        from known.inventory__stock_snapshot where owner_party_id = 'self'
        """
    ).fetchall()
    days, held, first = defaultdict(set), defaultdict(Decimal), {}
    for warehouse, day, sku, units, cost in counted:
        shelf = sku, warehouse
        days[warehouse].add(day)
        first[shelf] = min(day, first.get(shelf, day))
        held[shelf] += units * cost
    sold = defaultdict(Decimal)
    for warehouse, sku, day, units in known.execute(
        """
        select warehouse_id, sku_id, cast(occurred_at as date), qty_delta from known.inventory__stock_ledger
        where owner_party_id = 'self' and move_type in ('sale_out', 'return_in')
        """
    ).fetchall():
        if day >= first[sku, warehouse] and day <= max(days[warehouse]):
            sold[sku, warehouse] -= units

    found = known.execute(
        """
        select sku_id, location_id, counted_days, average_stock_amount, sold_qty from marts.inventory_performance
        where counted_days is not null
        """
    ).fetchall()
    assert {(sku, place) for sku, place, *_ in found} == set(first)
    for sku, place, counted_days, amount, units in found:
        since = sum(day >= first[sku, place] for day in days[place])
        assert counted_days == since
        assert abs(amount - held[sku, place] / since) <= Decimal("0.0001"), (sku, place)
        assert units == sold[sku, place], (sku, place)


def test_goods_are_as_old_as_the_last_arrivals_that_explain_them(known):
    left = {
        (sku, place): units
        for sku, place, units in known.execute(
            """
            select sku_id, warehouse_id, sum(on_hand_qty) from known.inventory__stock_snapshot
            where owner_party_id = 'self' and as_of = (select max(as_of) from known.inventory__stock_snapshot)
            group by all having sum(on_hand_qty) > 0
            """
        ).fetchall()
    }
    layers = {}
    for sku, place, layer, day, units in known.execute(
        """
        select sku_id, warehouse_id, ledger_id, cast(occurred_at as date), qty_delta
        from known.inventory__stock_ledger
        where bucket = 'on_hand' and owner_party_id = 'self' and move_type != 'status_change' and qty_delta > 0
        order by occurred_at desc, ledger_id desc
        """
    ).fetchall():
        if taken := min(units, left.get((sku, place), 0)):
            layers[sku, place, layer] = (day, taken)
            left[sku, place] -= taken
    layers |= {(sku, place, "unknown"): (None, units) for (sku, place), units in left.items() if units}

    found = known.execute(
        "select sku_id, location_id, layer_id, received_date, left_qty from marts.stock_age"
    ).fetchall()
    assert {(sku, place, layer): (day, units) for sku, place, layer, day, units in found} == layers


def test_a_run_is_broken_where_a_size_that_sells_well_is_not_on_the_shelf(known):
    rows = known.execute(
        """
        select
            spu_id, run_kind || style, location_id,
            size_label, curve_share, run_sizes, available_qty, is_run_broken, run_completeness
        from marts.size_curve where run_completeness is not null
        """
    ).fetchall()
    runs = defaultdict(list)
    for spu, style, place, *size in rows:
        runs[spu, style, place].append(size)
    assert runs
    for run, sizes in runs.items():
        assert len(sizes) == sizes[0][2], run
        assert sum(share for _, share, *_ in sizes) == pytest.approx(1, abs=1e-5)
        missing = [size for size in sizes if size[3] <= 0]
        assert sizes[0][4] == any(size[1] * size[2] >= 1 - 1e-5 for size in missing), run
        assert sizes[0][5] == pytest.approx(1 - sum(size[1] for size in missing), abs=1e-5)


def test_goods_leave_from_afar_for_a_reason(known):
    """The world sends an order from elsewhere only where its own warehouse lacks something of it."""
    rows = known.execute(
        "select reason, sum(sold_qty) from marts.cross_shipment where is_cross group by reason"
    ).fetchall()
    units = dict(rows)
    assert sum(units.values()) > 0
    assert units.get("other", 0) <= Decimal("0.2") * sum(units.values())


def test_the_list_of_counts_begins_with_the_most_valuable_doubt(known):
    rows = known.execute(
        "select location_id, doubt_amount from marts.cycle_count_list order by location_id, place"
    ).fetchall()
    by_place = defaultdict(list)
    for place, amount in rows:
        by_place[place].append(amount)
    assert rows and all(amounts == sorted(amounts, reverse=True) for amounts in by_place.values())
    [(corrected, booked)] = known.execute(
        """
        select
            (select sum(corrected_qty) from marts.cycle_count_list),
            (select sum(abs(qty_delta)) from known.inventory__stock_ledger
             where move_type in ('count_gain', 'count_loss') and owner_party_id = 'self')
        """
    ).fetchall()
    assert corrected == booked
