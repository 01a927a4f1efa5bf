"""Public cases with known answers, where their folder is at hand."""

import os
from pathlib import Path

import pytest

from benchmarks import inventory_theory, planning_cases

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


@needs_cases
def test_planning_cases_are_reproduced_to_the_unit_and_the_day_but_where_a_difference_is_explained():
    folder = Path(BENCH) / "planning_cases"
    found = planning_cases.differences(folder)
    assert {(case, plan, order[1]) for case, plan, order, *_ in found} == planning_cases.EXPLAINED
    assert planning_cases.cover_differences(folder) == []
    assert planning_cases.consumption_differences(folder) == []
