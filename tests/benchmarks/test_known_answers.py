"""Public cases with known answers, where their folder is at hand."""

import os
from pathlib import Path

import pytest

from benchmarks import inventory_theory

pytestmark = pytest.mark.real
BENCH = os.environ.get("SUPPLYLOOP_BENCH")
needs_cases = pytest.mark.skipif(not BENCH, reason="SUPPLYLOOP_BENCH names no folder with the benchmark cases")


@needs_cases
def test_every_known_answer_of_inventory_theory_is_reproduced():
    found = list(inventory_theory.answers(Path(BENCH) / "inventory_theory"))
    assert len(found) > 20
    assert [name for name, known, value in found if not inventory_theory.same(known, value)] == []


@needs_cases
def test_every_solved_network_is_as_cheap_as_known():
    found = list(inventory_theory.networks(Path(BENCH) / "inventory_theory"))
    assert len(found) > 40
    assert [name for name, known, value in found if not inventory_theory.same(known, value)] == []
