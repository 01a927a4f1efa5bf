"""What comes back in the twin: cases move along their states, goods keep their worth, money is paid back once."""

from itertools import pairwise

import numpy as np
import pytest

from simulator.choice import choose
from simulator.policies.reorder_point import ReorderPoint
from simulator.tables import code, contract_of
from simulator.world import World

RMA, RMA_LINE, LINE = "aftersales.rma", "aftersales.rma_line", "order.sales_order_line"
DAYS = 40
# Where a case may go from each state; several steps may fall on one day.
NEXT = {
    "applied": {"approved"}, "approved": {"returning", "refunded", "exchanged"}, "returning": {"received"},
    "received": {"inspected"}, "inspected": {"refunded", "exchanged", "closed"}, "refunded": {"closed"},
    "exchanged": {"closed", "refunded"}, "closed": set(),
}  # fmt: skip


@pytest.fixture(scope="module")
def lived() -> tuple[World, list[np.ndarray]]:
    """A small world, and the status of every case at the end of each day."""
    parameters = choose("small")
    world = World.of(parameters, ReorderPoint(parameters))
    statuses = []
    for _ in range(DAYS):
        world.live()
        statuses.append(world.tables[RMA].live("status").copy())
    return world, statuses


def reachable(status: str) -> set[str]:
    found, new = {status}, {status}
    while new:
        new = set().union(*(NEXT[name] for name in new)) - found
        found |= new
    return found


def test_cases_only_move_along_their_states(lived):
    _, statuses = lived
    names = contract_of(RMA).column("status").values
    for before, after in pairwise(statuses):
        for old, new in {*zip(before.tolist(), after[: len(before)].tolist(), strict=True)}:
            assert names[new] in reachable(names[old]), (names[old], names[new])


def test_every_case_ends(lived):
    world, _ = lived
    cases = world.tables[RMA]
    old = cases.live("applied_at") < cases.live("applied_at").max() - 25 * 86400
    assert old.sum() > 50
    assert set(cases.live("status")[old].tolist()) == {code(RMA, "status", "closed")}


def test_what_is_on_its_way_back_is_counted(lived):
    world, _ = lived
    cases, lines = world.tables[RMA], world.tables[RMA_LINE]
    travelling = np.flatnonzero(cases.live("status") == code(RMA, "status", "returning")) + cases.base
    on_the_way, _ = world.lines_of(RMA, travelling)
    expected = np.zeros_like(world.stock.return_to)
    place = lines.get("restock_warehouse_id", on_the_way), lines.get("sku_id", on_the_way)
    np.add.at(expected, place, lines.get("requested_qty", on_the_way))
    assert len(travelling)
    assert (world.stock.return_to == expected).all()


def test_goods_come_back_at_the_cost_at_which_they_left(exported):
    world = exported.world
    lines, sold = world.tables[RMA_LINE], world.tables[LINE]
    rows = exported.connection.sql(
        """
        select receipt.unit_cost, receipt.received_qty, line.rma_line_id
        from aftersales_rma_line line
        join procurement_goods_receipt_line receipt on line.restock_receipt_line_id = receipt.receipt_line_id
        """
    ).fetchall()
    serial = np.array([int(row[2][2:]) - 1_000_000_000 for row in rows])
    order_line = lines.get("order_line_id", serial)
    each = sold.get("_cost", order_line) / sold.get("qty", order_line)
    assert len(rows) > 100
    assert np.abs(np.array([float(row[0]) * 100 for row in rows]) - each).max() <= 1


def test_an_exchange_costs_nothing_and_goes_to_the_same_customer(exported):
    found = exported.connection.sql(
        """
        select count(*), count(*) filter (new.payable_amount <> 0 or new.member_id <> old.member_id
                                          or new.parent_order_id <> old.order_id)
        from aftersales_rma rma join order_sales_order new on new.order_id = rma.exchange_order_id
        join order_sales_order old on old.order_id = rma.order_id
        """
    ).fetchone()
    assert found[0] > 20
    assert found[1] == 0


def test_what_customers_return_of_a_dropship_sale_becomes_our_own_stock(exported):
    found = exported.connection.sql(
        """
        select distinct owner_party_id from inventory_stock_ledger ledger
        join aftersales_rma_line line on ledger.ref_line_id = line.rma_line_id and ledger.move_type = 'return_in'
        join order_sales_order_line sold on sold.order_line_id = line.order_line_id
        where sold.fulfil_mode = 'dropship'
        """
    ).fetchall()
    assert found == [("self",)]


def test_a_line_is_paid_back_at_most_once_and_at_most_what_it_cost(exported):
    found = exported.connection.sql(
        """
        select line.order_line_id from aftersales_rma_line back
        join aftersales_rma rma on back.rma_id = rma.rma_id and rma.refunded_at is not null
        join order_sales_order_line line on line.order_line_id = back.order_line_id
        group by line.order_line_id
        having sum(back.refund_amount)
            > any_value(line.line_amount - line.allocated_discount + line.allocated_freight)
        """
    ).fetchall()
    assert found == []


def test_red_invoices_take_back_no_more_than_the_blue_one(exported):
    found = exported.connection.sql(
        """
        select order_id from payment_sales_invoice
        group by order_id having sum(amount) < 0 or count(*) filter (not is_red) <> 1
        """
    ).fetchall()
    assert found == []


def test_inspected_goods_return_to_the_shelf_before_the_day_is_served(exported):
    found = exported.connection.sql(
        """
        select ledger_id from inventory_stock_ledger
        where move_type = 'status_change' and ref_type = 'rma'
            and (hour(occurred_at) < 8 or hour(occurred_at) >= 10)
        """
    ).fetchall()
    assert found == []


def test_what_is_refused_at_the_door_is_billed_for_its_way_back_and_what_broke_is_not(exported):
    rows = exported.connection.execute(
        """
        select rma.rma_type, bool_and(coalesce(bill.amount, 0) = rma.return_freight), bool_and(rma.return_freight > 0),
            bool_or(rma.return_freight > 0)
        from aftersales_rma as rma
        join logistics_shipment as parcel on rma.return_waybill_no = parcel.waybill_no
        left join logistics_freight_bill_line as bill
            on parcel.waybill_no = bill.waybill_no and bill.charge_type = 'return'
        where parcel.returned_at < (select max(billed_at) from logistics_freight_bill_line)
        group by all order by all
        """
    ).fetchall()

    assert rows == [("reject", True, True, True), ("return_refund", True, False, False)]
