"""Control 2 is zero on a clean world: ordered, received and invoiced agree.

Everything is read from the exported tables with DuckDB; nothing of the world's own state is looked at.
"""

from exported_rows import none


def test_ordered_covers_accepted_and_accepted_covers_invoiced_at_the_agreed_price(db):
    none(
        db,
        """
        with accepted as (
            select po_line_id, sum(accepted_qty) as accepted from procurement_goods_receipt_line
            where po_line_id is not null group by 1
        ),
        invoiced as (select po_line_id, sum(invoiced_qty) as invoiced, max(unit_price_ex_tax) as high,
                     min(unit_price_ex_tax) as low from procurement_supplier_invoice_line group by 1)
        select * from procurement_purchase_order_line
        left join accepted using (po_line_id) left join invoiced using (po_line_id)
        where ordered_qty < coalesce(accepted, 0) or coalesce(invoiced, 0) > coalesce(accepted, 0)
           or high <> unit_price or low <> unit_price
    """,
    )


def test_a_purchase_order_adds_up(db):
    none(
        db,
        """
        select po_id from procurement_purchase_order join (
            select po_id, sum(ordered_qty * unit_price) as goods
            from procurement_purchase_order_line group by 1
        ) using (po_id)
        where goods <> goods_amount or total_amount <> goods_amount + tax_amount + freight_amount
    """,
    )


def test_the_price_of_a_purchase_is_the_step_its_quantity_reaches(db):
    none(
        db,
        """
        select po_line_id from procurement_purchase_order_line line
        join procurement_purchase_order po using (po_id)
        where unit_price <> (
            select arg_max(purchase_price, min_qty) from supplier_supplier_sku terms
            where terms.supplier_id = po.supplier_id and terms.sku_id = line.sku_id and min_qty <= ordered_qty
        )
    """,
    )


def test_own_purchases_are_whole_cases_and_reach_the_minimum(db):
    none(
        db,
        """
        select po_line_id from procurement_purchase_order_line line
        join procurement_purchase_order po using (po_id)
        join supplier_supplier_sku terms using (supplier_id, sku_id)
        where po_type in ('replenish', 'promo') and (ordered_qty % order_multiple <> 0 or ordered_qty < moq)
    """,
    )


def test_no_supplier_confirms_an_order_below_his_minimum(db):
    none(
        db,
        """
        select po_id from procurement_purchase_order po join supplier_supplier using (supplier_id)
        where po_type in ('replenish', 'promo') and confirmed_at is not null and goods_amount < min_order_amount
        """,
    )


def test_settlements_repeat_their_invoice_lines(db):
    none(
        db,
        """
        select * from procurement_supplier_invoice_line invoice
        full join finance_supplier_settlement settled using (invoice_line_id)
        where invoice.amount is distinct from settled.amount
           or invoice.paid_amount is distinct from settled.paid_amount
    """,
    )
