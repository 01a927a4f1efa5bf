"""What the marts make of a tiny world's exports is what the world itself knows."""

from pathlib import Path

import duckdb
import pytest

from simulator.choice import choose
from simulator.exports.truth import write_truth
from simulator.world import World


@pytest.fixture(scope="module")
def truth(tmp_path_factory) -> Path:
    """The truth of the world whose exports `planned` has read."""
    parameters = choose("tiny")
    world = World.of(parameters)
    world.live(parameters.world.history_days)
    folder = tmp_path_factory.mktemp("truth")
    write_truth(world, folder)
    return folder


@pytest.fixture
def known(planned, truth) -> duckdb.DuckDBPyConnection:
    """The planned warehouse, with every table of the truth as a view of its name."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'Asia/Shanghai'")
    connection.execute(f"attach '{planned.warehouse}' as warehouse (read_only)")
    for name in ("demand", "lead_time", "parcel"):
        connection.execute(f"create view {name} as from '{truth}/{name}.*.parquet'")
    return connection


def test_every_own_unit_ordered_falls_on_the_warehouse_that_serves_the_customer(known):
    differ = known.execute(
        """
        with asked as (
            select sku_id, warehouse_id, day, sum(qty - lost_qty + shown_qty) as qty from demand
            group by all having qty > 0),
        ordered as (
            select sku_id, natural_location_id as warehouse_id, ordered_date as day, sum(ordered_qty) as qty
            from warehouse.intermediate.int_order_line where fulfil_mode = 'own' group by all)
        select * from asked full join ordered using (sku_id, warehouse_id, day)
        where asked.qty is distinct from ordered.qty
        """
    ).fetchall()
    assert differ == []


def test_some_orders_of_that_world_left_from_elsewhere(known):
    [(elsewhere,)] = known.execute(
        "select count(*) from warehouse.intermediate.int_order_line where location_id != natural_location_id"
    ).fetchall()
    assert elsewhere > 0


def test_demand_history_holds_what_is_no_exception(known):
    [(history, lines)] = known.execute(
        """
        select
            (select sum(gross_demand_qty) from warehouse.marts.demand_history),
            (select sum(demand_qty * coalesce(parts.qty, 1)) from warehouse.intermediate.int_order_line as line
             left join (
                select bundle_sku_id, sum(qty) as qty from warehouse.staging.stg_product__bundle_component group by all
             ) as parts on line.sku_id = parts.bundle_sku_id and line.bundle_sku_id is null)
        """
    ).fetchall()
    assert history == lines


def test_an_exchange_is_demand_for_what_is_sent_and_a_return_of_what_came_back(known):
    rows = known.execute(
        """
        select sent.demand_qty, sent.ordered_qty, back.returned_qty, sent.paid_line_amount
        from warehouse.staging.stg_aftersales__rma as rma
        join warehouse.staging.stg_aftersales__rma_line as line using (source_system, rma_id)
        join warehouse.intermediate.int_return_line as back using (rma_line_id)
        join warehouse.intermediate.int_order_line as sent on sent.order_id = rma.exchange_order_id
        where rma.rma_type = 'exchange' and sent.exclusion_reason is null
        """
    ).fetchall()
    assert rows
    for demand, ordered, returned, paid in rows:
        assert demand == ordered == returned and paid == 0


def test_promises_and_arrivals_are_those_of_the_world(known):
    rows = known.execute(
        """
        select line.promised_date, line.first_received_date, promised, arrives
        from lead_time join warehouse.intermediate.int_purchase_line as line using (po_line_id)
        where line.accepted_qty > 0
        """
    ).fetchall()
    assert rows
    assert [row[:2] for row in rows] == [row[2:] for row in rows]


def test_the_scorecard_counts_in_full_on_time_as_the_world_delivered(known):
    """Recomputed line by line from receipts, without the marts' own steps."""
    rows = known.execute(
        """
        with lines as (
            select
                po.supplier_id,
                sum(receipt.accepted_qty) filter (where cast(receipt.received_at as date) <= line.promised_date)
                >= line.ordered_qty - line.cancelled_qty as on_time
            from warehouse.known.procurement__purchase_order_line as line
            join warehouse.known.procurement__purchase_order as po using (po_id)
            left join warehouse.known.procurement__goods_receipt_line as receipt
                on receipt.po_line_id = line.po_line_id and receipt.receipt_type = 'purchase'
            where po.po_type != 'dropship' and po.status != 'cancelled' and line.ordered_qty > line.cancelled_qty
                and line.promised_date < (select cast(as_of as date) from warehouse.control.latest)
            group by po.supplier_id, line.po_line_id, line.ordered_qty, line.cancelled_qty),
        counted as (
            select supplier_id, count(*) as samples, avg(coalesce(on_time, false)::int) as rate from lines group by 1)
        select supplier_id, promise_samples, otif_promised_rate, samples, rate
        from warehouse.marts.supplier_scorecard left join counted using (supplier_id)
        where promise_samples > 0 or samples > 0
        """
    ).fetchall()
    assert rows
    for supplier, samples, rate, own_samples, own_rate in rows:
        assert (samples, rate) == (own_samples, pytest.approx(own_rate)), supplier


def test_what_is_learned_of_lanes_is_nearer_to_how_late_they_truly_are_than_what_is_counted(known):
    lanes = known.execute(
        """
        with sent as (
            select
                s.carrier_id, s.service_code, s.dest_province, t.late_probability, w.region,
                case
                    when s.delivered_at is not null then (s.delivered_at > s.promised_at)::double
                    when s.promised_at < (select as_of from warehouse.control.latest) then 1.0
                end as is_late
            from parcel as t
            join warehouse.known.logistics__shipment as s using (waybill_no)
            join warehouse.known.warehouse__warehouse as w on w.warehouse_id = s.warehouse_id
            where s.outbound_id is not null),
        lanes as (
            select carrier_id, service_code, region, dest_province, count(*) as parcels,
                avg(late_probability) as true_rate, avg(is_late) as counted_rate
            from sent group by all having count(is_late) >= 5)
        select e.late_rate, l.counted_rate, l.true_rate
        from lanes as l
        join warehouse.marts.transit_time as e
            on (e.carrier_id, e.service_code, e.origin_region, e.dest_region)
            = (l.carrier_id, l.service_code, l.region, l.dest_province)
        """
    ).fetchall()
    learned, counted = (sum(abs(lane[k] - lane[2]) for lane in lanes) / len(lanes) for k in (0, 1))
    assert len(lanes) >= 20 and learned < counted
