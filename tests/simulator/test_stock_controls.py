"""Control 1 is zero on a clean world: the ledger explains the stock.

Everything is read from the exported tables with DuckDB; nothing of the world's own state is looked at.
"""

from exported_rows import none

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
