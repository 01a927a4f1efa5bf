"""Finance's valuation against a stock card kept row by row from the exported ledger, as an accountant would keep it."""

from collections import defaultdict

import pytest

MOVES = """
    select l.sku_id, l.warehouse_id, l.move_type, l.qty_delta::bigint as qty, l.ref_line_id,
        strftime(l.occurred_at, '%Y%m') as period, round(100 * r.unit_cost)::bigint as price,
        m.order_line_id, s.qty::bigint as sold
    from inventory_stock_ledger as l
    left join aftersales_rma_line as m on l.move_type = 'return_in' and l.ref_line_id = m.rma_line_id
    left join procurement_goods_receipt_line as r
        on r.receipt_line_id = coalesce(m.restock_receipt_line_id, l.ref_line_id)
        and l.move_type in ('po_in', 'return_in')
    left join order_sales_order_line as s on m.order_line_id = s.order_line_id
    where l.bucket = 'on_hand' and l.owner_party_id = 'self' and l.move_type != 'status_change'
    order by l.occurred_at, l.qty_delta < 0, l.ledger_id
"""


def share(total: int, qty: int, of: int) -> int:
    """The part of a total that falls on some of its units, to the fen, half up."""
    return (2 * total * qty + of) // (2 * of)


@pytest.fixture(scope="module")
def cards(exported):
    """Fen and units of every (period, warehouse, SKU) at its end."""
    units, fen, left, closing = defaultdict(int), defaultdict(int), {}, {}
    for sku, warehouse, kind, qty, line, period, price, sold_line, sold in exported.connection.execute(
        MOVES
    ).fetchall():
        place = warehouse, sku
        if kind == "po_in":
            value = qty * price
        elif kind == "return_in" and ("sale_out", sold_line) in left:
            value = share(left["sale_out", sold_line], qty, sold)
        elif kind == "return_in":  # what a supplier sent and the customer gave back to us
            value = qty * price
        elif kind == "transfer_in":
            value = left["transfer_out", line]
        else:
            value = share(fen[place], abs(qty), max(units[place], 1))
        if qty < 0:
            left[kind, line] = value
        units[place] += qty
        fen[place] += value if qty > 0 else -value
        closing[(period, *place)] = units[place], fen[place]
    return closing


def test_every_row_of_finance_equals_its_stock_card_to_the_fen(exported, cards):
    valued = exported.connection.execute(
        "select period, warehouse_id, sku_id, closing_qty::bigint, round(100 * closing_amount)::bigint, "
        "in_qty + out_qty > 0 from finance_inventory_valuation order by period"
    ).fetchall()
    known, moved_rows = {}, 0
    for period, warehouse, sku, qty, amount, moved in valued:
        known[warehouse, sku] = cards.get((period, warehouse, sku), known.get((warehouse, sku)))
        assert (qty, amount) == known[warehouse, sku], (period, warehouse, sku)
        moved_rows += moved

    assert moved_rows > 100
