"""Control 11 is zero on a clean world: states in their order, times that never run backwards.

Everything is read from the exported tables with DuckDB; nothing of the world's own state is looked at.
"""

import pytest
from exported_rows import none

from contracts import inbox

ALLOWED = inbox()["order"].tables["sales_order"].column("status").transitions


def test_orders_only_take_allowed_steps_one_after_the_other(db):
    steps = db.sql("""
        select order_id, from_status, to_status, status from order_order_event
        join order_sales_order using (order_id)
        order by event_at, order_event_id
    """).fetchall()
    state = {}
    for order_id, before, after, _ in steps:
        assert state.get(order_id, "pending_pay") == before
        assert (before, after) in ALLOWED
        state[order_id] = after
    assert all(state[order_id] == status for order_id, _, _, status in steps)


@pytest.mark.parametrize(
    ("table", "times"),
    [
        ("order_sales_order", "ordered_at paid_at audited_at shipped_at delivered_at completed_at"),
        ("procurement_purchase_order", "ordered_at approved_at confirmed_at closed_at"),
        ("warehouse_outbound_order", "released_at waved_at picked_at checked_at packed_at handed_over_at"),
        ("logistics_shipment", "handed_over_at picked_up_at delivered_at"),
        ("aftersales_rma", "applied_at approved_at received_at refunded_at closed_at"),
        ("inventory_transfer_line", "created_at shipped_at received_at"),
        ("warehouse_wave", "created_at started_at finished_at"),
    ],
)
def test_timestamps_never_run_backwards(db, table, times):
    names = times.split()
    wrong = " or ".join(f"{a} > {b}" for i, a in enumerate(names) for b in names[i + 1 :])
    none(db, f"select * from {table} where {wrong}")
    none(
        db,
        f"select * from {table} where greatest({', '.join(names)}, updated_at) > (select instant from now)",
    )
