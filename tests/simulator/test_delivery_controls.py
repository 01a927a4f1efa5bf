"""Controls 6 to 8 are zero on a clean world: freight, what left and what came back.

Everything is read from the exported tables with DuckDB; nothing of the world's own state is looked at.
"""

from exported_rows import none

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
