"""Parcels arrive or fail; orders are delivered with their last parcel and complete themselves a week later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.steps.after_delivery import decide
from simulator.steps.cases import Case, expect_goods, open_cases
from simulator.steps.freight import claim
from simulator.steps.parcels import DAMAGED, DELIVERED, LOST, REFUSED
from simulator.steps.states import advance
from simulator.steps.tracking import report, tracking
from simulator.tables import code
from simulator.times import DAY, HOUR, day_of

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["deliveries"]

SHIPMENT, ORDER, LINE, OUT, OUT_LINE = (
    "logistics.shipment", "order.sales_order", "order.sales_order_line", "warehouse.outbound_order",
    "warehouse.outbound_line",
)  # fmt: skip
FINAL = {DELIVERED: "delivered", LOST: "lost", DAMAGED: "damaged", REFUSED: "rejected"}
BACK_DAYS = 3  # that a refused or damaged parcel takes back to us


def deliveries(world: World, day: int) -> None:
    """Everything carriers report today, and what follows for orders."""
    tracking(world, day)
    _completions(world, day)
    due = world.agenda.due("arrival", day)
    if due is None:
        return
    register, sales = world.tables[SHIPMENT], world.tables[ORDER]
    for fate, status in FINAL.items():
        mine = due["fate"] == fate
        times = {"delivered_at": due["at"][mine]} if fate == DELIVERED else {}
        register.set(
            due["waybill"][mine], due["at"][mine], final_status=code(SHIPMENT, "final_status", status), **times
        )
    failed = due["fate"] != DELIVERED
    sales.bump("_arrived", due["order"], 1)
    sales.bump("_failed", due["order"][failed], 1)
    if failed.any():
        _failures(world, {name: values[failed] for name, values in due.items()})
    _orders(world, due)


def _orders(world: World, due: dict[str, np.ndarray]) -> None:
    """Orders whose last parcel has come are delivered; those with none delivered are closed."""
    sales = world.tables[ORDER]
    orders, back = np.unique(due["order"], return_inverse=True)
    at, late_by = np.zeros(len(orders), np.int64), np.zeros(len(orders), np.int64)
    np.maximum.at(at, back, due["at"])
    np.maximum.at(late_by, back, due["late_by"])
    here = sales.get("_arrived", orders) == sales.get("_parcels", orders)
    nothing = sales.get("_failed", orders) == sales.get("_parcels", orders)
    refused = np.zeros(len(orders), bool)
    refused[back[due["fate"] == REFUSED]] = True
    for mine, reason in ((here & nothing & refused, "rejected"), (here & nothing & ~refused, "refunded")):
        advance(world, at[mine], orders[mine], "closed", "carrier", reason)
    came = here & ~nothing
    orders, at, late_by = orders[came], at[came], late_by[came]
    advance(world, at, orders, "delivered", "carrier")
    lines, owner = world.lines_of(ORDER, orders)
    register = world.tables[LINE]
    kept = (register.get("shipped_qty", lines) > 0) & (
        register.get("refund_status", lines) == code(LINE, "refund_status", "none")
    )
    lines, owner = lines[kept], owner[kept]
    register.set(lines, at[owner], line_status=code(LINE, "line_status", "delivered"))
    done = at + world.parameters.customers.complete_days * DAY
    world.agenda.put("complete", day_of(done), order=orders, at=done)
    decide(world, orders, at, late_by, lines, owner)


def _completions(world: World, day: int) -> None:
    due = world.agenda.due("complete", day)
    if due is not None:
        advance(world, due["at"], due["order"], "completed")


def _failures(world: World, due: dict[str, np.ndarray]) -> None:
    """Refused and damaged parcels turn round, lost ones are claimed; all are paid back through a case."""
    out = world.tables[OUT]
    fate, at, waybill = due["fate"], due["at"], due["waybill"]
    carrier = world.tables[SHIPMENT].get("carrier_id", waybill)
    province = world.tables[SHIPMENT].get("dest_province", waybill)
    turns = fate != LOST
    report(world, "returning", at[turns] + HOUR, waybill[turns], carrier[turns], province[turns])
    liable = ~(fate == REFUSED)
    claim(world, waybill[liable], carrier[liable], world.tables[SHIPMENT].get("est_freight", waybill[liable]),
          world.tables[SHIPMENT].get("declared_value", waybill[liable]))  # fmt: skip
    for kind, case in (
        (REFUSED, Case("reject", "no_longer_wanted", "customer", comes_back=True)),
        (DAMAGED, Case("return_refund", "damaged_in_transit", "carrier", comes_back=True)),
        (LOST, Case("refund_only", "other", "carrier", comes_back=False)),
    ):
        mine = fate == kind
        if not mine.any():
            continue
        out_lines, owner = world.lines_of(OUT, due["outbound"][mine])
        lines = world.tables[OUT_LINE].get("order_line_id", out_lines)
        warehouse, qty = out.get("warehouse_id", due["outbound"][mine]), world.tables[LINE].get("qty", lines)
        rma = open_cases(world, at[mine], due["order"][mine], lines, owner, warehouse, qty, case)
        if case.comes_back:
            world.tables["aftersales.rma"].set(rma, at[mine], return_waybill_no=waybill[mine])
            expect_goods(world, rma, 1)
            days = day_of(at[mine]) + BACK_DAYS
            world.agenda.put("rma receive", days, rma=rma)
        else:
            world.agenda.put("rma settle", day_of(at[mine]) + 1, rma=rma)
