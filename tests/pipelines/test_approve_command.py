"""`supplyloop feedback approve`, for what is proposed only when it is approved."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.publication import publish
from pipelines.workspace import Workspace

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
SETTINGS = """
tenant_id = "demo"

[destinations.warehouse]
decisions = ["wave_plan"]
folder = "to_wms"
layout = "wms_wave"
"""
MARTS = """
    create schema marts;
    create table marts.approval_limit as
    select 'planner' as role, 'pick' as action, 'CNY' as currency, 0::decimal(18, 4) as max_amount,
        date '2026-01-01' as valid_from, null::date as valid_to;
    create table marts.wave_order as
    select 'V1' as wave_id, 'W1' as warehouse_id, outbound_id, sequence, 1 as cart_no, sequence as slot,
        timestamptz '2026-11-01 16:00:00+08' as wave_cutoff_at, 2 as wave_order_count,
        timestamptz '2026-11-01 09:00:00+08' as wave_planned_start_at, null::timestamptz as ready_at,
        80.5::double as wave_distance_m, 100.0::double as wave_baseline_distance_m, 'by cut-off' as reason
    from (values ('O1', 1), ('O2', 2)) as o (outbound_id, sequence);
    create table marts.pick_task as
    select 'V1' as wave_id, 1 as cart_no, seq, outbound_id, sku_id, 'B-' || seq as bin_id, null as batch_no, qty
    from (values (2, 'O1', 'A', 3), (1, 'O1', 'B', 1), (3, 'O2', 'A', 2)) as t (seq, outbound_id, sku_id, qty)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace whose publication holds a wave of two orders."""
    (tmp_path / "supplyloop.toml").write_text(SETTINGS)
    place = Workspace(tmp_path)
    place.create_folders()
    with duckdb.connect(str(place.warehouse)) as warehouse:
        warehouse.execute(MARTS)
        publish(warehouse, place, "demo", AT, AT)
    return tmp_path


def said(workspace: Path, *arguments: str, status: int = 0) -> str:
    ran = CliRunner().invoke(app, ["-w", str(workspace), "feedback", *arguments])
    assert ran.exit_code == status, ran.output
    return ran.output


def test_a_planned_wave_is_approved_as_a_whole_and_leaves_as_one_file(workspace: Path) -> None:
    assert said(workspace, "approve", "--action", "pick") == "2 approved\n"
    assert said(workspace, "approve", "--action", "pick") == "nothing of pick waits for a signature\n"
    assert "2 sent" in said(workspace, "send")
    [file] = (workspace / "to_wms").glob("wms_wave.W1.*.csv")
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [(row["outbound_no"], row["cart_no"], row["position_no"]) for row in rows] == [
        ("O1", "1", "1"),
        ("O2", "1", "2"),
    ]
    # Each order carries its picks in the order of the cart's walk, each with its bin.
    assert json.loads(rows[0]["picks"]) == [
        {"cart": 1, "seq": 1, "bin": "B-1", "sku": "B", "batch": None, "qty": 1},
        {"cart": 1, "seq": 2, "bin": "B-2", "sku": "A", "batch": None, "qty": 3},
    ]
    assert said(workspace, "status").split() == ["exported", "2", "message", "sent", "2"]


def test_ids_and_an_action_are_not_mixed(workspace: Path) -> None:
    assert "name the suggestions, or an" in said(workspace, "approve", status=2)
    assert "knows no suggestion" in said(workspace, "approve", "BUY-x", status=2)
