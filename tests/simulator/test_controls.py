"""The twelve controls of the contract, all zero on what a clean world exports.

Everything is read from the exported tables with DuckDB; nothing of the world's own state is looked at.
"""

import pytest

from contracts import inbox

CONTRACTS = {table.qualified: table for system in inbox().values() for table in system.tables.values()}
DELIVERED = [name for name in CONTRACTS if not name.startswith("policy.")]
NOT_OURS = ("reference.key_map", "reference.fx_rate")  # one currency, one set of ids


@pytest.fixture
def db(exported):
    return exported.connection


def none(db, sql: str) -> None:
    """The query lists what breaks the promise; it must list nothing."""
    assert db.sql(sql).fetchall() == []


def one(db, sql: str):
    return db.execute(sql).fetchall()[0][0]


# ---------- the contract itself


def test_every_table_of_the_contract_is_delivered_with_rows(db):
    empty = [name for name in DELIVERED if name not in NOT_OURS and not one(db, f"select count(*) from {_view(name)}")]
    assert empty == []


def _view(name: str) -> str:
    return name.replace(".", "_")


@pytest.mark.parametrize("name", DELIVERED)
def test_values_keep_closed_lists_required_columns_minimums_and_keys(db, name):
    table = CONTRACTS[name]
    there = {row[0] for row in db.execute(f"describe {_view(name)}").fetchall()}
    if not there:
        return
    for column in table.columns:
        if column.values and column.name in there:
            found = {row[0] for row in db.execute(f'select distinct "{column.name}" from {_view(name)}').fetchall()}
            assert found - set(column.values) <= {None}, column.name
        if column.required:
            none(db, f'select * from {_view(name)} where "{column.name}" is null')
        if column.minimum is not None and column.name in there:
            none(db, f'select * from {_view(name)} where "{column.name}" < {column.minimum}')
    keys = ", ".join(f'"{part}"' for part in table.primary_key if part in there)
    none(db, f"select {keys} from {_view(name)} group by all having count(*) > 1")


def test_every_foreign_key_resolves(db):
    for name, table in CONTRACTS.items():
        for key in table.foreign_keys:
            if not name.startswith("policy."):
                _resolves(db, name, key)


def _resolves(db, name, key) -> None:
    pairs = list(zip(key.columns, key.to_columns, strict=True))
    given = " and ".join(f"coalesce(a.{column}::varchar, '') not in ('', '*')" for column, _ in pairs)
    same = " and ".join(f"a.{column} = b.{target}" for column, target in pairs)
    there = _view(key.table)
    none(db, f"select a.* from {_view(name)} a where {given} and not exists (select 1 from {there} b where {same})")


# ---------- control 1: the ledger explains the stock

STOCK = "warehouse_id, sku_id, coalesce(batch_no, '') as batch_no, stock_status, owner_party_id"


def test_the_ledger_equals_the_difference_of_any_two_snapshots(db):
    none(
        db,
        f"""
        with held as (select {STOCK}, as_of, on_hand_qty from inventory_stock_snapshot),
        instants as (select distinct as_of from held),
        kinds as (
            select distinct warehouse_id, sku_id, batch_no, stock_status, owner_party_id from held
            union
            select distinct {STOCK} from inventory_stock_ledger
        ),
        ledger as (select {STOCK}, occurred_at, qty_delta from inventory_stock_ledger
        where bucket = 'on_hand'),
        moved as (
            select kinds.*, as_of, coalesce(sum(qty_delta), 0) as qty
            from kinds cross join instants
            left join ledger using (warehouse_id, sku_id, batch_no, stock_status, owner_party_id)
            where occurred_at <= as_of or occurred_at is null
            group by all
        )
        select * from kinds cross join instants
        left join held using (warehouse_id, sku_id, batch_no, stock_status, owner_party_id, as_of)
        left join moved using (warehouse_id, sku_id, batch_no, stock_status, owner_party_id, as_of)
        where coalesce(on_hand_qty, 0) <> coalesce(qty, 0)
    """,
    )


def test_locks_and_allocations_in_the_ledger_equal_the_last_snapshot(db):
    for bucket in ("locked", "allocated"):
        none(
            db,
            f"""
            with ledger as (
                select {STOCK}, sum(qty_delta) as qty from inventory_stock_ledger
                where bucket = '{bucket}' group by all
            ),
            held as (select {STOCK}, {bucket}_qty from inventory_stock_snapshot where as_of = (select instant from now))
            select * from held full
            join ledger using (warehouse_id, sku_id, batch_no, stock_status, owner_party_id)
            where coalesce({bucket}_qty, 0) <> coalesce(qty, 0)
        """,
        )


def test_each_ledger_row_starts_where_the_one_before_ended(db):
    none(
        db,
        """
        with rows as (
            select *, lag(qty_after, 1, 0) over (
                partition by warehouse_id, sku_id, batch_no, stock_status, owner_party_id, bucket
                order by occurred_at, ledger_id
            ) as ended
            from (select * replace (coalesce(batch_no, '') as batch_no) from inventory_stock_ledger)
        )
        select * from rows where qty_before <> ended or qty_after <> qty_before + qty_delta or qty_after < 0
    """,
    )


def test_available_is_on_hand_less_locked_and_allocated(db):
    none(
        db,
        """
        select * from inventory_stock_snapshot
        where stock_status = 'sellable' and available_qty <> on_hand_qty - locked_qty - allocated_qty
    """,
    )


def test_bins_hold_what_the_snapshot_says(db):
    none(
        db,
        f"""
        with bins as (select {STOCK}, as_of, sum(on_hand_qty) as qty from inventory_bin_stock group by all),
        held as (
            select {STOCK}, as_of, on_hand_qty from inventory_stock_snapshot
            where as_of = (select instant from now)
        )
        select * from held full
        join bins using (warehouse_id, sku_id, batch_no, stock_status, owner_party_id, as_of)
        where coalesce(on_hand_qty, 0) <> coalesce(qty, 0)
    """,
    )


def test_what_is_on_the_way_is_in_the_snapshot(db):
    none(
        db,
        """
        with held as (
            select warehouse_id, sku_id, sum(in_transit_po_qty) as po,
                sum(in_transit_transfer_qty) as transfer
            from inventory_stock_snapshot where as_of = (select instant from now) group by all
        ),
        po as (
            select ship_to_warehouse_id as warehouse_id, sku_id, sum(greatest(sent - received_qty, 0)) as qty
            from (select po_line_id, sum(shipped_qty) as sent from procurement_asn_line group by 1)
            join procurement_purchase_order_line using (po_line_id)
            join procurement_purchase_order using (po_id)
            where line_status in ('confirmed', 'part_received') group by all
        ),
        transfer as (
            select to_warehouse_id as warehouse_id, sku_id, sum(shipped_qty - received_qty) as qty
            from inventory_transfer_line group by all
        )
        select * from held full join po using (warehouse_id, sku_id) full
        join transfer using (warehouse_id, sku_id)
        where coalesce(held.po, 0) <> coalesce(po.qty, 0)
            or coalesce(transfer, 0) <> coalesce(transfer.qty, 0)
    """,
    )


# ---------- control 2: three-way match


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


# ---------- control 6: freight


def test_freight_is_billed_once_per_waybill_by_the_rate_card(db):
    """A carrier that weighs a parcel again adds a line; rebates stand on no waybill."""
    none(
        db,
        """
        with priced as (
            select carrier_id, waybill_no, rate.*,
                   greatest(actual_weight_g, ceil(volume_cm3 * 1000 / volumetric_divisor))::bigint as grams,
                   case rounding when 'up_500g' then 500 when 'up_1kg' then 1000 when 'up_100g' then 100 else 1 end
                       as unit
            from logistics_shipment
            join logistics_carrier_rate rate using (carrier_id, service_code, dest_zone)
            where direction = 'outbound' and outbound_id is not null and origin_zone = warehouse_id
                and handed_over_at < (select max(billed_at) from logistics_freight_bill_line)
        ),
        rounded as (select *, ((grams + unit - 1) // unit * unit)::bigint as billable from priced),
        due as (
            select carrier_id, waybill_no, billable,
                   ((2 * ((first_fee * 100)::bigint * step_g
                          + greatest(billable - first_weight_g, 0) * (step_fee * 100)::bigint)
                     + step_g) // (2 * step_g))::bigint as fee,
                   cast(json_extract_string(surcharge, '$.remote') as decimal(18, 4)) as remote
            from rounded
        ),
        billed as (
            select carrier_id, waybill_no, count(*) filter (charge_type = 'freight') as times,
                   max(billed_weight_g) filter (charge_type = 'freight') as weight,
                   sum(amount) filter (charge_type = 'freight') as fee,
                   sum(amount) filter (charge_type = 'remote') as remote
            from logistics_freight_bill_line where waybill_no is not null group by all having times > 0
        )
        select * from due full join billed using (carrier_id, waybill_no)
        where times is distinct from 1 or due.fee is distinct from (billed.fee * 100)::bigint
           or weight is distinct from billable or due.remote is distinct from billed.remote
        """,
    )


def test_our_return_parcels_are_billed_once_at_what_the_case_says(db):
    none(
        db,
        """
        with billed as (
            select carrier_id, waybill_no, count(*) as times, sum(amount) as fee
            from logistics_freight_bill_line where charge_type = 'return' group by all
        ),
        due as (
            select carrier_id, waybill_no, return_freight, freight_payer
            from logistics_shipment parcel join aftersales_rma rma on rma.return_waybill_no = parcel.waybill_no
            where freight_payer = 'shop' and (direction = 'return' or returned_at is not null)
                and coalesce(returned_at, handed_over_at) < (select max(billed_at) from logistics_freight_bill_line)
        )
        select * from due full join billed using (carrier_id, waybill_no)
        where times is distinct from 1 or fee is distinct from return_freight
        """,
    )


# ---------- control 7 and 8: what left, what came back


def test_shipped_is_the_same_in_warehouse_ledger_and_order(db):
    none(
        db,
        """
        with ledger as (
            select ref_line_id as order_line_id, -sum(qty_delta) as sold from inventory_stock_ledger
            where move_type = 'sale_out' group by 1
        ),
        outbound as (select order_line_id, sum(shipped_qty) as shipped from warehouse_outbound_line
        group by 1)
        select * from order_sales_order_line line
        full join ledger using (order_line_id) full join outbound using (order_line_id)
        where coalesce(sold, 0) <> coalesce(shipped, 0)
           or (line.warehouse_id is not null and line.shipped_qty <> coalesce(sold, 0))
           or line.order_line_id is null
    """,
    )


def test_every_picked_line_has_its_pick_task(db):
    none(
        db,
        """
        with picks as (select outbound_line_id, sum(qty) as qty from warehouse_pick_task group by 1)
        select * from warehouse_outbound_line full join picks using (outbound_line_id)
        where coalesce(qty, 0) <> coalesce(picked_qty, 0)
    """,
    )


def test_returns_received_are_in_the_ledger_and_land_where_inspection_says(db):
    none(
        db,
        """
        with back as (
            select ref_line_id as rma_line_id, sum(qty_delta) filter (move_type = 'return_in') as came,
                   sum(qty_delta) filter (stock_status = 'sellable') as good,
                   sum(qty_delta) filter (stock_status = 'defective') as bad
            from inventory_stock_ledger where ref_type = 'rma' group by 1
        )
        select * from aftersales_rma_line full join back using (rma_line_id)
        where coalesce(came, 0) <> received_qty
           or coalesce(good, 0) <> case when inspection = 'resellable' then received_qty else 0 end
           or coalesce(bad, 0) <> case when inspection = 'defective' then received_qty else 0 end
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


# ---------- control 11: states and times

ALLOWED = {
    "pending_pay": {"paid", "closed"},
    "paid": {"audited", "closed"},
    "audited": {"allocated", "paid", "closed"},
    "allocated": {"shipped", "audited", "closed"},
    "shipped": {"delivered", "closed"},
    "delivered": {"completed", "closed"},
}


def test_orders_only_take_allowed_steps_one_after_the_other(db):
    steps = db.sql("""
        select order_id, from_status, to_status, status from order_order_event
        join order_sales_order using (order_id)
        order by event_at, order_event_id
    """).fetchall()
    state = {}
    for order_id, before, after, _ in steps:
        assert state.get(order_id, "pending_pay") == before
        assert after in ALLOWED[before]
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
