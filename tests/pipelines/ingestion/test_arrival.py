"""A file that is still being written is left alone until it is whole."""

import subprocess
import sys
import time

import pytest

from pipelines.ingestion.arrival import arrived
from pipelines.ingestion.delivery import inbox_files

HEADER = "order_id,shop_id,ordered_at,status,goods_amount,updated_at\n"
LINE = "O{},S1,2026-09-01 09:00:00,paid,10.00,2026-09-01 10:00:00\n"
NAME = "order.sales_order.all.20260901.1.csv"
# Writes half of a file, waits, and writes the rest.
WRITER = """
import sys, time
with open(sys.argv[1], "w") as file:
    file.write(sys.argv[2]); file.flush(); print("half", flush=True)
    time.sleep(float(sys.argv[4]))
    file.write(sys.argv[3])
"""


@pytest.fixture
def slow_file(desk):
    """A file of two orders, of which half has been written."""
    path = desk.inbox / NAME
    halves = HEADER + LINE.format(1)[:20], LINE.format(1)[20:] + LINE.format(2)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), *halves, "0.6"], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline() == "half\n"
    yield path
    writer.wait()


def test_a_growing_file_is_left_alone_and_loads_whole_once_it_is_quiet(desk, slow_file):
    assert arrived([slow_file], quiet_seconds=1.0) == ([], [slow_file])
    assert arrived([slow_file], quiet_seconds=0.3) == ([slow_file], [])
    [outcome] = desk.ingest(slow_file)
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 2)


def test_a_file_that_changes_while_it_is_read_loads_nothing_and_is_not_recorded(desk, monkeypatch):
    from pipelines.ingestion import ingest

    path = desk.file(NAME, HEADER + LINE.format(1))
    hashed = ingest.content_hash

    def hash_then_grow(file):
        sha256 = hashed(file)
        with file.open("a") as more:
            more.write(LINE.format(2))
        return sha256

    monkeypatch.setattr(ingest, "content_hash", hash_then_grow)
    [outcome] = desk.ingest(path)
    assert outcome.status == "growing" and desk.everything() == {}
    monkeypatch.undo()
    [outcome] = desk.ingest(path)
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 2)


@pytest.mark.parametrize("suffix", [".done", ".manifest.json"])
def test_a_marker_or_a_manifest_says_that_a_file_is_whole(desk, suffix):
    path = desk.file(NAME, HEADER + LINE.format(1))
    began = time.monotonic()
    path.with_name(NAME + suffix).write_text("")
    assert arrived([path], quiet_seconds=60) == ([path], []) and time.monotonic() - began < 1
    assert inbox_files(desk.inbox) == [path]


def test_files_at_rest_are_not_waited_for(desk):
    path = desk.file(NAME, HEADER)
    rests = path.stat().st_mtime + 60
    assert arrived([path], 10, now=lambda: rests, sleep=lambda seconds: pytest.fail("slept")) == ([path], [])
