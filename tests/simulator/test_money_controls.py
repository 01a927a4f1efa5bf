"""Controls 3 to 5, 9 and 10 are zero on a clean world: orders, payments, statements and finance add up.

Everything is read from the exported tables with DuckDB; nothing of the world's own state is looked at.
"""

from exported_rows import none

# ---------- control 3: orders add up


def test_payable_is_goods_and_freight_less_discounts(db):
    none(
        db,
        """
        select order_id from order_sales_order
        where payable_amount <> goods_amount + freight_charged
              - discount_platform - discount_shop - coupon_amount - points_amount
    """,
    )


def test_lines_add_up_to_their_order(db):
    none(
        db,
        """
        with lines as (
            select order_id, sum(line_amount) as goods, sum(allocated_discount) as off,
                sum(allocated_freight) as freight,
                   sum(tax_amount) as tax, max(abs(line_amount - qty * unit_price)) as rounding
            from order_sales_order_line group by 1
        )
        select * from order_sales_order full join lines using (order_id)
        where goods is distinct from goods_amount or freight <> freight_charged or tax <> tax_amount
            or rounding <> 0
           or off <> discount_platform + discount_shop + coupon_amount + points_amount
    """,
    )


def test_discount_applications_are_the_discounts_of_their_lines(db):
    none(
        db,
        """
        select order_line_id from marketing_discount_application a
        join order_sales_order_line using (order_line_id)
        where discount_amount <> allocated_discount
    """,
    )


# ---------- control 4 and 5: money in, money back, the channels' statements


def test_refunds_stay_below_payments_and_headers_repeat_the_books(db):
    none(
        db,
        """
        with books as (
            select order_id, sum(greatest(amount, 0)) as paid, -sum(least(amount, 0)) as back
            from payment_payment_txn where order_id is not null group by 1
        )
        select order_id from order_sales_order left join books using (order_id)
        where coalesce(paid, 0) <> paid_amount or coalesce(back, 0) <> refunded_amount
            or refunded_amount > paid_amount
    """,
    )


def test_statements_match_our_books_but_for_what_settles_tomorrow(db):
    none(
        db,
        """
        select * from payment_payment_txn txn full
        join payment_channel_statement_line line using (channel_txn_no)
        where txn.txn_id is null
           or (line.channel_txn_no is null and txn.paid_at < (select instant - interval 1 day from now))
           or line.settle_amount <> abs(txn.amount)
           or line.fee_amount <> txn.fee
           or (txn_kind = 'pay' and order_amount <> amount)
           or (txn_kind = 'refund' and refund_amount <> -amount)
    """,
    )


# ---------- control 9 and 10: finance


def test_valuation_closes_at_the_snapshot_of_the_month_end(db):
    none(
        db,
        """
        with held as (
            select strftime(as_of - interval 1 hour, '%Y%m') as period, warehouse_id, sku_id,
                sum(on_hand_qty) as qty
            from inventory_stock_snapshot
            where owner_party_id = 'self'
                and extract(day from as_of) = 1
            group by all
        ),
        valued as (select period, warehouse_id, sku_id, closing_qty from finance_inventory_valuation
        )
        select * from held full join valued using (period, warehouse_id, sku_id)
        where coalesce(qty, 0) <> coalesce(closing_qty, 0)
    """,
    )


def test_valuation_closes_at_the_balance_of_the_inventory_account(db):
    none(
        db,
        """
        with posted as (
            select period, sum(sum(debit - credit)) over (order by period) as balance
            from finance_voucher_line join reference_account using (account_code)
            where role = 'inventory' group by period
        ),
        valued as (select period, sum(closing_amount) as amount from finance_inventory_valuation group by 1)
        select * from posted full join valued using (period) where balance is distinct from amount
    """,
    )


def test_valuation_rolls_from_month_to_month(db):
    none(
        db,
        """
        select *, lag(closing_amount, 1, 0) over months as carried
        from finance_inventory_valuation
        window months as (partition by warehouse_id, sku_id order by period)
        qualify opening_amount <> carried or closing_qty <> opening_qty + in_qty - out_qty
             or closing_amount <> opening_amount + in_amount - out_amount
    """,
    )


def test_every_voucher_balances(db):
    none(db, "select voucher_id from finance_voucher_line group by 1 having sum(debit) <> sum(credit)")
