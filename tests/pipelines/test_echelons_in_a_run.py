"""Warehouses that lie behind a central one get targets by what their own demand, lanes and costs say."""

import duckdb
import pytest

from pipelines.planning.echelons import read_echelons, set_echelons
from pipelines.workspace import Workspace


@pytest.fixture
def warehouse(copied: Workspace):
    with duckdb.connect(str(copied.warehouse)) as connection:
        connection.execute("set TimeZone = 'Asia/Shanghai'")
        yield connection


def put_behind(warehouse: duckdb.DuckDBPyConnection, region: str, centre: str) -> None:
    """Of two warehouses the one lies behind the other."""
    warehouse.execute(
        "create or replace view staging.stg_warehouse__warehouse as select * replace "
        f"(case when warehouse_id = '{region}' then '{centre}' end as parent_warehouse_id) "
        "from known.warehouse__warehouse"
    )


def test_without_a_central_warehouse_there_are_no_targets(warehouse):
    assert set_echelons(read_echelons(warehouse))["echelon_target"].is_empty()


def test_a_central_warehouse_and_the_one_behind_it_have_targets_for_every_sku_of_the_latter(warehouse):
    centre, region = warehouse.execute(
        "select from_warehouse_id, to_warehouse_id from marts.transfer_lane order by all limit 1"
    ).fetchone()
    put_behind(warehouse, region, centre)
    frames = read_echelons(warehouse)
    found = set_echelons(frames)["echelon_target"]
    assert found.height == 2 * frames["regions"].height > 0
    assert set(found.filter(role="central")["location_id"]) == {centre}
    assert set(found.filter(role="regional")["location_id"]) == {region}
    assert (found["echelon_order_up_to_qty"] >= found["order_up_to_qty"]).all()
    judged = found.drop_nulls("is_worth_stocking")
    assert judged.height == frames["regions"]["unit_gain"].is_not_null().sum()
    # One region pools nothing: what costs as much here as there is not held twice.
    assert (found.filter(role="regional")["safety_qty"] > 0).any()


def test_what_lies_nearer_saves_the_freight_that_parcels_tell_less_the_move(warehouse):
    centre, region, move = warehouse.execute(
        "select from_warehouse_id, to_warehouse_id, home_cost_per_unit::double from marts.transfer_lane "
        "order by all limit 1"
    ).fetchone()
    put_behind(warehouse, region, centre)
    # A parcel costs 6 and 2 the kilogram from the centre, 3 and 1 from the region; each holds one unit.
    warehouse.execute(
        f"""create or replace table intermediate.int_parcel as
        select
            'B' || n as outbound_id, case when n % 2 = 0 then '{centre}' else '{region}' end as warehouse_id,
            'far' as dest_region, 100 * (n % 7 + 1) as actual_weight_g, as_of::date - 10 as handed_over_date,
            case when n % 2 = 0 then 6 + 0.2 * (n % 7 + 1) else 3 + 0.1 * (n % 7 + 1) end as est_freight
        from range(400) as r (n), control.latest"""
    )
    warehouse.execute(
        "create or replace table intermediate.int_region_location as "
        f"select 'far' as region_id, '{region}' as location_id"
    )
    warehouse.execute(
        "create or replace view known.warehouse__outbound_line as select outbound_id, 1 as shipped_qty "
        "from intermediate.int_parcel"
    )
    regions = read_echelons(warehouse)["regions"]
    weights = dict(warehouse.execute("select sku_id, weight_g::double from intermediate.int_sku").fetchall())
    for row in regions.iter_rows(named=True):
        assert row["unit_gain"] == pytest.approx(weights[row["sku_id"]] / 1000 + 3 - move)
    stocked = set_echelons({"regions": regions})["echelon_target"].filter(role="regional")
    assert stocked["is_worth_stocking"].is_not_null().all() and stocked["stocking_gain"].is_not_null().all()
