"""The twin stops on the day a document takes a step that it may not take, or money differs from what orders say."""

import re
from pathlib import Path

import numpy as np
import pytest

from contracts import inbox
from simulator import checks
from simulator.choice import choose
from simulator.machines import MACHINES
from simulator.steps.payments import transact
from simulator.steps.states import advance
from simulator.tables import code
from simulator.world import World

ORDER, LINE, RMA = "order.sales_order", "order.sales_order_line", "aftersales.rma"
STEPS = Path(__file__).parents[2] / "dbt_project/models/intermediate/int_order_step_day.sql"


@pytest.fixture(scope="module")
def lived():
    """A tiny world after five weeks: its own checks have seen all of its documents and money."""
    world = World.of(choose("tiny"))
    world.live(35)
    return world


def in_state(world, table, column, state):
    register = world.tables[table]
    return np.flatnonzero(register.live(column) == code(table, column, state))[:1] + register.base


def broken(world, message):
    with pytest.raises(checks.WorldError, match=message):
        checks.day(world)
    checks.day(world)  # a step is told once, and what was done is done


def test_documents_of_every_kind_moved_in_the_clean_world(lived):
    for table, column in MACHINES:
        if table != "inventory.transfer_line":  # a world of reorder points sends nothing between warehouses
            assert len(np.unique(lived.tables[table].live(column))) > 1, (table, column)


@pytest.mark.parametrize(
    ("table", "column", "before", "after", "prefix"),
    [
        (LINE, "line_status", "delivered", "open", "OL"),
        (LINE, "refund_status", "refunded", "none", "OL"),
        ("procurement.purchase_order", "status", "received", "approved", "PO"),
        ("procurement.purchase_order_line", "line_status", "received", "open", "POL"),
        ("warehouse.outbound_order", "status", "shipped", "released", "OB"),
        ("logistics.shipment", "final_status", "delivered", "in_transit", "Y"),
        (RMA, "status", "closed", "refunded", "R"),
    ],
)
def test_a_step_back_stops_the_world_with_table_key_and_both_states(lived, table, column, before, after, prefix):
    row, register = in_state(lived, table, column, before), lived.tables[table]
    register.set(row, 0, **{column: code(table, column, after)})
    broken(lived, rf"{table} {prefix}{10**9 + row[0]}: {column} {before} → {after} is no")
    register.note(row, **{column: code(table, column, before)})


def test_a_document_that_opens_in_the_middle_of_its_life_stops_the_world(lived):
    table = "inventory.transfer_line"
    lived.tables[table].add(1, 0, status=code(table, "status", "received"))
    broken(lived, r"inventory.transfer_line TFL1\d{9}: status new → received is no allowed step, nor are 0 more")


def test_an_order_cannot_skip_a_state_even_with_an_event(lived):
    order = in_state(lived, ORDER, "status", "completed")
    advance(lived, np.array([0]), order, "paid")
    broken(lived, f"order.sales_order O{10**9 + order[0]}: status completed → paid is no allowed step")


def test_a_step_of_an_order_without_its_event_stops_the_world(lived):
    order = in_state(lived, ORDER, "status", "delivered")
    lived.tables[ORDER].set(order, 0, status=code(ORDER, "status", "completed"))
    broken(lived, f"O{10**9 + order[0]}: status delivered → completed has no event")


def test_money_of_an_order_is_that_of_its_transactions_to_the_fen(lived):
    order = in_state(lived, ORDER, "status", "completed")
    register = lived.tables[ORDER]
    for name in ("paid_amount", "refunded_amount"):
        fen = register.get(name, order)
        register.set(order, 0, **{name: fen + 1})
        broken(lived, rf"{ORDER} O{10**9 + order[0]}: {name} changes by other than its transactions: 1 fen, not 0")
        register.note(order, **{name: fen})


def test_no_order_gets_back_more_than_it_paid(lived):
    register = lived.tables[ORDER]
    order = register.base + np.flatnonzero(register.live("paid_amount") > 0)[:1]
    rma = in_state(lived, RMA, "status", "closed")
    fen = register.get("paid_amount", order) - register.get("refunded_amount", order) + 1
    register.set(order, 0, refunded_amount=register.get("paid_amount", order) + 1)
    lived.tables[RMA].note(rma, refund_amount=fen)
    refund(lived, order, -fen, rma)
    broken(lived, f"O{10**9 + order[0]}: more is refunded than was paid")


def test_a_refund_is_what_its_case_says(lived):
    register = lived.tables[ORDER]
    order = register.base + np.flatnonzero(register.live("paid_amount") > register.live("refunded_amount") + 5)[-1:]
    rma = in_state(lived, RMA, "status", "refunded")
    lived.tables[RMA].note(rma, refund_amount=6)
    register.set(order, 0, refunded_amount=register.get("refunded_amount", order) + 5)
    refund(lived, order, np.array([-5]), rma)
    broken(lived, f"aftersales.rma R{10**9 + rma[0]}: a refund is other than its case says: 5 fen, not 6")


def refund(world, order, fen, rma):
    transact(world, np.array([0]), "refund", order, fen, rma)
    world.postings.post(world.day, "refund", "1012", fen)
    world.postings.post(world.day, "refund", "2203", -fen)


def test_account_of_the_channels_is_what_transactions_brought(lived):
    lived.postings.post(lived.day, "receipt", "1012", 7)
    lived.postings.post(lived.day, "receipt", "2203", -7)
    with pytest.raises(checks.WorldError, match=r"account 1012 is \d+ fen, payments less refunds and fees are \d+"):
        checks.day(lived)


def test_control_of_the_marts_allows_the_contracts_steps_and_no_other():
    said = set(re.findall(r"\('(\w+)', '(\w+)'\)", STEPS.read_text(encoding="utf-8")))
    assert said == {*inbox()["order"].tables["sales_order"].column("status").transitions}
