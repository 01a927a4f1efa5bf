"""State machines of the world's documents: the states they open in and the steps they take from each.

The contract lays down the steps of customers' orders; the other documents take the steps written here, which are
those that the world's days lead through.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from simulator.tables import code, contract_of

__all__ = ["MACHINES", "ORDER_STATE", "WATCHED", "allowed"]

ORDER_STATE = ("order.sales_order", "status")


def _of_contract(table: str, column: str) -> dict[str, tuple[str, ...]]:
    steps: dict[str, tuple[str, ...]] = {}
    for before, after in contract_of(table).column(column).transitions:
        steps[before] = (*steps.get(before, ()), after)
    return steps


# By table and column: the states in which rows open, and the next states of each.
MACHINES: dict[tuple[str, str], tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]] = {
    ORDER_STATE: (("pending_pay",), _of_contract(*ORDER_STATE)),
    ("order.sales_order_line", "line_status"): (
        ("open",),
        {"open": ("allocated", "cancelled"), "allocated": ("shipped",), "shipped": ("delivered",)},
    ),
    ("order.sales_order_line", "refund_status"): (
        ("none",),
        # An exchange takes the wish back; what cannot be exchanged is refunded after all.
        {
            "none": ("applied", "refunded", "part_refunded"),
            "applied": ("none", "part_refunded", "refunded", "rejected"),
        },
    ),
    ("procurement.purchase_order", "status"): (
        ("approved", "received"),  # a dropship order is written as its goods leave
        {
            "approved": ("confirmed", "part_received", "cancelled"),  # first stock is received at once
            "confirmed": ("part_received", "cancelled"),
            "part_received": ("received",),
            "received": ("closed",),
        },
    ),
    ("procurement.purchase_order_line", "line_status"): (
        ("open", "received"),
        {
            "open": ("confirmed", "received", "cancelled"),
            "confirmed": ("part_received", "received", "cancelled"),
            "part_received": ("received",),
        },
    ),
    ("warehouse.outbound_order", "status"): (("released",), {"released": ("packed",), "packed": ("shipped",)}),
    ("logistics.shipment", "final_status"): (
        ("in_transit",),
        {"in_transit": ("delivered", "lost", "damaged", "rejected")},
    ),
    ("aftersales.rma", "status"): (
        ("applied", "approved", "returning", "closed"),  # a failed parcel asks nobody, a refund before shipping neither
        {
            "applied": ("approved",),
            "approved": ("returning", "refunded"),
            "returning": ("received",),
            "received": ("inspected",),
            "inspected": ("refunded", "exchanged", "closed"),
            "exchanged": ("refunded", "closed"),
            "refunded": ("closed",),
        },
    ),
    ("inventory.transfer_line", "status"): (("approved",), {"approved": ("shipped",), "shipped": ("received",)}),
}  # fmt: skip


def _watched() -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {ORDER_STATE[0]: ("paid_amount", "refunded_amount")}
    for table, column in MACHINES:
        names[table] = (*names.get(table, ()), column)
    return names


# Columns whose changes registers write down until the day's checks have seen them.
WATCHED = _watched()


@lru_cache
def allowed(table: str, column: str) -> np.ndarray:
    """Whether a step is allowed, bool [states + 1, states], from row to column; the last row is of new documents."""
    opens, steps = MACHINES[table, column]
    size = len(contract_of(table).column(column).values)
    matrix = np.zeros((size + 1, size), bool)
    matrix[size, [code(table, column, state) for state in opens]] = True
    for before, after in steps.items():
        matrix[code(table, column, before), [code(table, column, state) for state in after]] = True
    return matrix
