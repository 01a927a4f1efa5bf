"""Which parcels the audit of bills takes for insured: those for which our plan asked, else those billed for it."""

import duckdb

from pipelines.planning.freight import SHIPMENTS

TABLES = """
    set TimeZone = 'Asia/Shanghai';
    create schema control; create schema known; create schema feedback;
    create table control.latest as select timestamptz '2026-11-10 18:00:00+08:00' as as_of;
    create table known.logistics__shipment as
    select
        'a' as source_system, 'SF' as carrier_id, 'B' || number as waybill_no, 'B' || number as outbound_id,
        'STD' as service_code, 'outbound' as direction, 'W1' as warehouse_id, '31' as dest_province,
        null::varchar as dest_zone, 900 as actual_weight_g, 1000 as volume_cm3, 600::decimal(18, 4) as declared_value,
        null::decimal(18, 4) as cod_amount, timestamptz '2026-11-01 18:00:00+08:00' as handed_over_at,
        'delivered' as final_status
    from range(1, 6) as parcels (number);
    create table known.logistics__freight_bill_line as
    select 'SF' as carrier_id, waybill_no, charge_type, date '2026-11-05' as billed_at
    from (values ('B2', 'insured'), ('B3', 'insured'), ('B5', 'freight')) as lines (waybill_no, charge_type);
    create table known.warehouse__warehouse as select 'W1' as warehouse_id, '32' as region;
    create table known.aftersales__rma as select null::varchar as return_waybill_no, null::varchar as freight_payer;
    create table known.logistics__carrier_zone (
        carrier_id varchar, service_code varchar, origin_region varchar, dest_zone varchar, dest_region varchar
    );
    create table feedback.suggestion as
    select 'ship' as action, sku_id, 'SF' as carrier_id, service_code, approved_qty, is_insured
    from (values
        ('B1', 'STD', 1, true), ('B2', 'STD', 1, false), ('B4', 'AIR', 1, true), ('B5', 'STD', 0, true)
    ) as asked (sku_id, service_code, approved_qty, is_insured);
"""


def test_our_plan_says_which_parcels_are_insured_and_of_others_the_bill_does():
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        rows = connection.execute(f"select waybill_no, insured_value from ({SHIPMENTS}) order by all").fetchall()
    # Asked for; billed against our word; billed, not ours; another service than asked for; never approved.
    assert [(name, value is not None) for name, value in rows] == [
        ("B1", True), ("B2", False), ("B3", True), ("B4", False), ("B5", False),
    ]  # fmt: skip
