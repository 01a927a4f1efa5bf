"""The truth is written beside the inbox, in the ids of the exports."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator.exports.truth import write_truth
from simulator.times import day_number
from simulator.truth import Truth

DAY = day_number(date(2026, 1, 5))


@pytest.fixture
def world() -> SimpleNamespace:
    """As much of a world as has a truth."""
    truth = Truth()
    truth.add(
        "demand", day=np.array([DAY, DAY]), sku=np.array([1, 0]), warehouse=np.array([0, -1]), qty=np.array([3, 1]),
        lost_qty=np.array([0, 1]),
    )  # fmt: skip
    truth.add("receipt", po_line=np.array([7]), day=np.array([DAY]), late_days=np.array([-2]))
    return SimpleNamespace(truth=truth, books={"sku": ["A", "B"], "warehouse": ["WH1"]}, day=DAY + 1)


def test_the_truth_names_things_as_the_exports_do(world, tmp_path):
    assert [path.name for path in write_truth(world, tmp_path)] == [
        "demand.20260105.parquet",
        "receipt.20260105.parquet",
    ]
    assert pq.read_table(tmp_path / "demand.20260105.parquet").to_pylist() == [
        {"day": date(2026, 1, 5), "sku_id": "B", "warehouse_id": "WH1", "qty": 3, "lost_qty": 0},
        {"day": date(2026, 1, 5), "sku_id": "A", "warehouse_id": None, "qty": 1, "lost_qty": 1},
    ]
    assert pq.read_table(tmp_path / "receipt.20260105.parquet").to_pylist() == [
        {"po_line_id": "POL1000000007", "day": date(2026, 1, 5), "late_days": -2}
    ]


def test_the_truth_is_told_once(world, tmp_path):
    write_truth(world, tmp_path)
    assert write_truth(world, tmp_path) == []


def test_the_truth_never_lies_in_the_inbox(world, tmp_path):
    with pytest.raises(ValueError, match="the truth must not lie in the inbox"):
        write_truth(world, tmp_path / "inbox" / "truth")
