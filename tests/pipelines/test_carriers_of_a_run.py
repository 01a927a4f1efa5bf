"""What a run says of carriers: how long they take, what they billed wrong, what is agreed with them."""

import duckdb
import pytest

from pipelines.planning.carriers import MONTH


@pytest.fixture
def ask(planned):
    with duckdb.connect(str(planned.warehouse), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def test_every_lane_on_offer_has_a_transit_time_and_lanes_that_were_used_their_samples(ask):
    lanes = "select distinct carrier_id, service_code, origin_region, dest_region from carrier_rate_current"
    assert ask(f"select count(*) from ({lanes.replace('from ', 'from marts.')})") == ask(
        "select count(*) from marts.transit_time"
    )
    [(parcels, seen)] = ask(
        "select (select sum(parcels) from marts.transit_time), (select sum(parcels) from marts.transit_history)"
    )
    assert parcels == seen > 1000


def test_on_a_clean_world_carriers_billed_what_their_cards_say_but_for_second_weighings(ask):
    kinds = dict(ask("select kind, count(*) from marts.freight_audit group by kind"))
    assert set(kinds) <= {"weight", "unrated"}
    assert ask("select count(*) from marts.freight_audit where kind = 'weight' and charge_type != 'weight_adjust'") == [
        (0,)
    ]


def test_what_is_accrued_is_what_the_retailer_itself_estimated_for_parcels_without_a_bill(ask):
    [(accrued, estimated)] = ask(
        """
        with outward as (
            select sum(s.est_freight) as fen from known.logistics__shipment as s
            anti join known.logistics__freight_bill_line as b using (carrier_id, waybill_no)
            where s.direction = 'outbound' and s.outbound_id is not null),
        back as (
            select sum(s.est_freight) as fen from known.logistics__shipment as s
            anti join known.logistics__freight_bill_line as b using (carrier_id, waybill_no)
            join known.aftersales__rma as r on r.return_waybill_no = s.waybill_no
            where s.direction = 'return' and r.freight_payer = 'shop')
        select (select sum(accrued_amount) from marts.freight_accrual), outward.fen + coalesce(back.fen, 0)
        from outward, back
        """
    )
    assert accrued == pytest.approx(estimated, rel=0.02)


def test_the_whole_of_a_service_is_the_sum_of_its_lanes_and_its_share_lies_among_theirs(ask):
    rows = ask(
        """
        select w.parcels, sum(l.parcels), w.on_time_rate, sum(l.parcels * l.on_time_rate) / sum(l.parcels)
        from marts.carrier_scorecard as w
        join marts.carrier_scorecard as l using (carrier_id, service_code)
        where w.origin_region = '*' and l.origin_region != '*'
        group by w.carrier_id, w.service_code, w.parcels, w.on_time_rate
        """
    )
    assert rows
    for whole, parts, share, mean in rows:
        assert whole == parts and share == pytest.approx(mean, abs=1e-5)


def test_every_term_in_force_has_its_status(ask):
    [(terms, told)] = ask(
        """
        select
            (select count(*) from known.logistics__carrier_contract), (select count(*) from marts.commitment_status)
        """
    )
    assert terms == told > 0


def test_carriers_are_chosen_with_what_was_learnt_of_lanes_and_with_the_contracts(ask):
    [(parcels, priced, above)] = ask(
        """
        select count(*), count(*) filter (late_probability between 0 and 1), count(*) filter (expected_cost >= est_cost)
        from marts.carrier_choice
        """
    )
    assert parcels == priced == above > 0
    [(contracts, services)] = ask(
        """
        select
            (select count(*) from marts.contract_price), (select count(distinct service_id) from marts.carrier_offset)
        """
    )
    assert contracts > 0 and services > 1


def test_a_month_goes_on_at_the_pace_of_four_weeks_with_what_is_approved():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'Asia/Shanghai'; create schema control; create schema known")
        connection.execute("create table control.latest as select timestamptz '2026-11-10 18:00:00+08:00' as as_of")
        connection.execute(
            """
            create table known.logistics__shipment as
            select
                'SF' as carrier_id, day || '-' || number as waybill_no, 'B' || number as outbound_id,
                'outbound' as direction, (day || ' 09:00:00+08:00')::timestamptz as handed_over_at
            from (values ('2026-10-09'), ('2026-10-20'), ('2026-11-01'), ('2026-11-10')) as days (day),
                range(28) as parcels (number)
            """
        )
        connection.execute("insert into known.logistics__shipment values ('SF', 'R', null, 'return', '2026-11-02')")
        connection.execute("create schema marts; create schema feedback")
        connection.execute("create table marts.parcel_input as select unnest(['H', 'N']) as outbound_id")
        flying = "select unnest(['ship', 'pick', 'ship']) as action, unnest(['H', 'N', 'gone']) as sku_id"
        connection.execute(f"create table feedback.in_flight as {flying}")
        assert connection.execute(MONTH).fetchall() == [(1, 2.0, 20)]
        connection.execute("delete from known.logistics__shipment")
        assert connection.execute(MONTH).fetchall() == [(1, 0.0, 20)]
