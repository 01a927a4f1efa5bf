"""Quantities in packs, weights and dozens become whole base units, by factors that are never floats."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import ContractError
from pipelines.ingestion.ingest import Clock
from pipelines.ingestion.replay import replay_arrived

LINES = "procurement.purchase_order_line.all.20260901.1.csv"
HEAD = "po_line_id,po_id,line_no,sku_id,ordered_qty,ordered_qty_unit,unit_price,unit_price_unit\n"
PACKS = """sku_id,uom,ratio_numerator,ratio_denominator
S1,件,1,1
S1,箱,12,1
S2,kg,1000,1
S2,斤,500,1
S3,托,10,3
"""
QUANTITIES = "select po_line_id, ordered_qty from raw.procurement__purchase_order_line order by 1"


def packs(desk, content=PACKS, seq=1):
    return desk.deliver(f"product.sku_uom.all.20260901.{seq}.csv", content)


def lines(*rows):
    return HEAD + "".join(f"L{n},P1,{n},{row}\n" for n, row in enumerate(rows, start=1))


def test_packs_and_weights_become_base_units_and_prices_those_of_one(desk):
    packs(desk)
    outcome = desk.deliver(
        LINES, lines("S1,3,箱,120.00,箱", "S1,0.5,箱,10,件", "S2,2.125,kg,,", "S2,1,斤,,", "S3,3,托,,", "S1,,箱,,")
    )
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (5, 1)  # an order of nothing lacks its quantity
    prices = "select po_line_id, ordered_qty, unit_price from raw.procurement__purchase_order_line order by 1"
    assert desk.rows(prices) == [
        ("L1", Decimal(36), Decimal(10)),
        ("L2", Decimal(6), Decimal(10)),
        ("L3", Decimal(2125), None),
        ("L4", Decimal(500), None),
        ("L5", Decimal(10), None),
    ]
    [(kept,)] = desk.rows("select _extra from raw.procurement__purchase_order_line where po_line_id = 'L1'")
    assert json.loads(kept)["_units"] == {
        "ordered_qty": {"source": "3", "unit": "箱", "factor": "12/1"},
        "unit_price": {"source": "120.00", "unit": "箱", "factor": "12/1"},
    }


def test_what_is_left_over_of_a_base_unit_is_refused_and_what_is_no_number_is(desk):
    packs(desk)
    good = [f"S1,{n},箱,," for n in range(1, 21)]
    outcome = desk.deliver(LINES, lines(*good, "S1,0.3,箱,,", "S3,1,托,,", "S1,some,箱,,", "S1,1e3,箱,,"))
    assert outcome.status == "loaded"
    assert desk.faults() == [
        (22, "fractional_units"), (23, "fractional_units"), (24, "not_a_quantity"), (25, "not_a_quantity"),
    ]  # fmt: skip


def test_rows_of_an_unknown_unit_wait_for_it_and_do_not_hold_their_file(desk):
    path = desk.file(LINES, lines("S1,3,箱,,", "S1,2,件,,", "S9,1,箱,,"))
    [outcome] = desk.ingest(path)
    assert (outcome.status, outcome.rows_loaded, outcome.rows_quarantined) == ("loaded", 0, 3)
    stages = "select stage, reason_code, columns, status from control.quarantine where status = 'open' order by line_no"
    assert desk.rows(stages) == [("fk", "unknown_unit", ["ordered_qty"], "open")] * 3
    assert replay(desk, path) == []
    packs(desk)
    [again] = replay(desk, path)
    assert (again.rows_loaded, again.rows_quarantined) == (2, 1)
    assert desk.rows(QUANTITIES) == [("L1", Decimal(36)), ("L2", Decimal(2))]
    assert desk.rows(stages) == [("fk", "unknown_unit", ["ordered_qty"], "open")]
    assert replay(desk, path) == []  # S9 is as unknown as before


def replay(desk, *files):
    """As the next run does: files whose rows wait for nothing any more are loaded again."""
    return replay_arrived(desk.connection, files, (), Clock(datetime(2026, 11, 2, tzinfo=UTC), "Asia/Shanghai"))


def test_two_systems_that_contradict_each_other_settle_no_pack(desk):
    packs(desk)
    packs(desk, "source_system,sku_id,uom,ratio_numerator,ratio_denominator\nold,S1,箱,10,1\nold,S2,kg,1000,1\n", seq=2)
    desk.deliver(LINES, lines("S1,3,箱,,", "S2,2,kg,,"))
    assert desk.rows(QUANTITIES) == [("L2", Decimal(2000))]
    assert desk.faults() == [(2, "unknown_unit")]


MAPPED = """
  - pattern: "tills_*.csv"
    profile: {format: csv}
    decimal: ","
    required_columns: [bill, item, pieces, unit, kilos]
    targets:
      - table: procurement.purchase_order_line
        columns: {po_line_id: bill, po_id: bill, line_no: "1", sku_id: item, ordered_qty: pieces, received_qty: kilos}
        units:
          ordered_qty: {unit: unit, factors: {打: 12, half: 1/2}}
          received_qty: {factor: 1000}
"""


def test_a_mapping_names_units_and_constant_factors(desk, map_from):
    packs(desk)
    content = (
        "bill;item;pieces;unit;kilos\nB1;S1;2;打;1,5\nB2;S1;4;half;0\nB3;S1;1;箱;0,0005\nB4;S1;1;箱;2\nB5;S1;1;打;\n"
    )
    mapped = map_from(MAPPED.replace("{format: csv}", '{format: csv, delimiter: ";"}'))
    outcome = desk.deliver("tills_1.csv", content, mappings=[mapped])
    assert outcome.status == "loaded", outcome.reason
    found = "select po_line_id, ordered_qty, received_qty from raw.procurement__purchase_order_line order by 1"
    assert desk.rows(found) == [
        ("B1", Decimal(24), Decimal(1500)),
        ("B2", Decimal(2), Decimal(0)),
        ("B4", Decimal(12), Decimal(2000)),
        ("B5", Decimal(12), None),
    ]
    assert desk.faults() == [(4, "fractional_units")]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("ordered_qty: {unit: unit, factor: 12}", "either a unit"),
        ("ordered_qty: {factor: 0}", "must be positive"),
        ("ordered_qty: {factor: dozen}", "is no number"),
        ("ordered_qty: {factor: 1, factors: {a: 1}}", "add unit"),
        ("sku_id: {factor: 2}", "only qty and money"),
        ("ordered_qty: {unit: unit, sku: suggestion_id}", "'suggestion_id' has no expression"),
        ("cancelled_qty: {factor: 2}", "'cancelled_qty' has no expression"),
    ],
)
def test_a_unit_that_makes_no_sense_is_told_when_the_mapping_is_read(map_from, written, told):
    with pytest.raises(ContractError, match=told):
        map_from(MAPPED.split("units:")[0] + "units:\n          " + written + "\n")


def test_a_control_total_is_of_the_files_own_quantities(desk):
    packs(desk)
    content = lines("S1,3,箱,,", "S1,2,件,,")
    manifest = {"contract": "procurement.purchase_order_line", "control_totals": {"ordered_qty": "5"}}
    assert desk.deliver(LINES, content, manifest).status == "loaded"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.decimals(-1000, 1000, places=3), st.integers(1, 10**6), st.integers(1, 10**6)
        ),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_no_factor_loses_or_makes_a_unit(shared_desk, rows):
    """Judged by exact fractions: what is whole is loaded as it is, what is not is refused."""
    desk = shared_desk
    for contract in ("product.sku_uom", "inventory.stock_ledger"):
        desk.empty(contract)
    desk.deliver(
        "product.sku_uom.all.20260901.1.csv",
        "sku_id,uom,ratio_numerator,ratio_denominator\n"
        + "".join(f"S{i},u,{n},{d}\n" for i, (_, n, d) in enumerate(rows)),
    )
    head = "ledger_id,occurred_at,warehouse_id,sku_id,move_type,bucket,stock_status,owner_party_id,"
    head += "qty_delta,qty_delta_unit\n"
    whole = {f"L{i}": q * n / d for i, (q, n, d) in enumerate((Fraction(q), n, d) for q, n, d in rows)}
    base = "2026-09-01 00:00:00,W,{},po_in,on_hand,sellable,own,{},{}\n"
    padding = "".join(f"X{i},{base.format('S', 1, 'k')}" for i in range(5 * len(rows)))
    desk.deliver("product.sku_uom.all.20260902.1.csv", "sku_id,uom,ratio_numerator,ratio_denominator\nS,k,1,1\n")
    text = "".join(f"L{i},{base.format(f'S{i}', q, 'u')}" for i, (q, _, _) in enumerate(rows))
    outcome = desk.deliver("inventory.stock_ledger.all.20260901.1.csv", head + text + padding)
    assert outcome.status == "loaded", outcome.reason
    found = dict(desk.rows("select ledger_id, qty_delta from raw.inventory__stock_ledger where ledger_id like 'L%'"))
    assert found == {line: Decimal(int(q)) for line, q in whole.items() if q.denominator == 1}
