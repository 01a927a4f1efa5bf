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


def test_without_a_central_warehouse_there_are_no_targets(warehouse):
    assert set_echelons(read_echelons(warehouse))["echelon_target"].is_empty()


def test_a_central_warehouse_and_the_one_behind_it_have_targets_for_every_sku_of_the_latter(warehouse):
    centre, region = warehouse.execute(
        "select from_warehouse_id, to_warehouse_id from marts.transfer_lane order by all limit 1"
    ).fetchone()
    warehouse.execute(
        "create or replace view staging.stg_warehouse__warehouse as "
        f"select '{region}' as warehouse_id, '{centre}' as parent_warehouse_id"
    )
    frames = read_echelons(warehouse)
    found = set_echelons(frames)["echelon_target"]
    assert found.height == 2 * frames["regions"].height > 0
    assert set(found.filter(role="central")["location_id"]) == {centre}
    assert set(found.filter(role="regional")["location_id"]) == {region}
    assert (found["echelon_order_up_to_qty"] >= found["order_up_to_qty"]).all()
    # One region pools nothing: what costs as much here as there is not held twice.
    assert (found.filter(role="regional")["safety_qty"] > 0).any()
