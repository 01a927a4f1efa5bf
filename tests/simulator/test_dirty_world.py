"""All tables of a world, in dialects and with dirt: ingestion finds what was put in, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from reading import Reading

from contracts import table as contract
from pipelines.simulation import Loop
from simulator.choice import choose
from simulator.exports.dialects import DIALECTS, speak
from simulator.exports.dirt import Dirt
from simulator.exports.files import Delivery
from simulator.parameters import Dirt as Dials
from simulator.streams import Streams
from simulator.times import as_datetime, moment
from simulator.world import World

ROWS = 120  # of each table
DIALS = Dials(
    bad_row_share=0.05, duplicate_row_share=0.02, late_row_share=0.02, corrected_row_share=0.02, ghost_row_share=0.01,
    repeated_file_share=0.03, drift_file_share=0.1, wrong_total_file_share=0.03, truncated_file_share=0.03,
)  # fmt: skip


@pytest.fixture(scope="module")
def read(exported, tmp_path_factory) -> tuple[Reading, list, list[dict]]:
    folder = tmp_path_factory.mktemp("world")
    day = exported.world.day
    delivery = Delivery(as_datetime(moment(day - 1)), as_datetime(moment(day)))
    # Rows with a key of their own: what a world says twice in a delivery is history at once, dirt or not.
    tables = {name: _single(name, rows).slice(0, ROWS) for name, rows in exported.tables.items()}
    rest, files = speak(tables, delivery)
    Dirt(DIALS, Streams(11), folder / "truth").deliver(rest, folder / "inbox", delivery, files)
    reading = Reading(folder / "inbox", DIALECTS)
    [truth] = (folder / "truth").glob("*.dirt.jsonl")
    return reading, reading.load(), [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]


def _single(name: str, rows: pa.Table) -> pa.Table:
    keys = [part for part in contract(name).primary_key if part in rows.column_names]
    found = zip(*(rows[part].to_pylist() for part in keys), strict=True)
    first = {key: place for place, key in reversed(list(enumerate(found)))}
    return rows.take(sorted(first.values()))


def test_every_fault_is_accounted_for_and_none_is_invented(read):
    reading, _, truth = read
    told = Counter((f["file"], f["line"], f["reason"]) for f in truth if f["outcome"] == "quarantined")
    found = reading.rows("select file_name, line_no, reason_code from control.quarantine where status <> 'waived'")
    assert Counter(found) == told and told.total() > 100


def test_every_file_becomes_what_the_truth_says(read):
    _, outcomes, truth = read
    told = {(f["file"], f["outcome"], f["reason"]) for f in truth if f["outcome"] in ("held", "refused")}
    kept_out = [one for one in outcomes if one.status in ("held", "refused")]
    assert {(one.file_name, one.status, one.reason.split(":")[0]) for one in kept_out} == told
    assert all(one.accounted == one.rows_in for one in outcomes if one.status == "loaded")
    repeated = Counter(f["file"] for f in truth if f["outcome"] == "duplicate" and f["line"])
    assert {one.file_name: one.rows_duplicate for one in outcomes if one.rows_duplicate} == dict(repeated)


def test_most_tables_and_every_dialect_take_part(read):
    _, outcomes, _ = read
    assert len({one.contract for one in outcomes if one.status == "loaded"}) >= 40
    assert {Path(one.file_name).suffix for one in outcomes} >= {".csv", ".jsonl"}


@pytest.mark.parametrize(("dials", "faults"), [(Dials(), False), (DIALS, True)])
def test_the_loop_delivers_with_the_dials_of_its_world_and_keeps_the_truth_beside(tmp_path, dials, faults):
    world = World.of(replace(choose("small"), dirt=dials))
    world.live()
    workspace = SimpleNamespace(root=tmp_path, inbox=tmp_path / "inbox")
    paths = Loop(world, workspace, settings=None, history_from=world.masters.first_day).deliver()
    assert paths and all(path.is_file() and path.parent == workspace.inbox for path in paths)
    kept = {path.name.split(".")[-2] for path in (tmp_path / "truth").glob("*.jsonl")}
    assert kept == ({"dirt"} if faults else set())
    assert any(path.name.startswith("demand.") for path in (tmp_path / "truth").glob("*.parquet"))
