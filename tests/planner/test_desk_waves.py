"""The page of waves: the plan to its cut-offs, a wave's tour on the map, and another rule tried beside it."""

import sys
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.waves.routing.way import way
from planner.texts import TEXTS
from planner.trying import SECONDS, Trying

ANSWER = """
import sys
told = sys.stdin.read()
print("HiGHS speaks")
print('{"base": {"waves": 2}, "then": ' + told + "}")
"""


@pytest.fixture
def trial(desk):
    """Puts a program in the place of the process that solves waves."""

    def put(program: str) -> None:
        place = desk.workplaces["shop"]
        place.tenant = replace(place.tenant, try_command=(sys.executable, "-c", program))

    return put


def test_the_page_shows_waves_work_and_what_is_left_out(browser) -> None:
    someone = browser("analyst")
    told = someone.ask("waves").json()
    assert [(wave["wave_id"], wave["late"]) for wave in told["waves"]] == [("V1", 1)]
    assert (told["plan"]["waves"], told["plan"]["gap"], told["plan"]["input_hash"]) == (1, 0.1, "abc")
    assert [(row["zone_id"], row["picks"], row["units"]) for row in told["zones"]] == [("Z1", 2, 4)]
    assert [(row["stage"], row["station_id"], row["share"]) for row in told["labour"]] == [
        ("check", "C1", 0.1),
        ("pick", "*", 0.25),
    ]
    assert [(row["outbound_id"], row["reason"], row["wave_id"]) for row in told["unplanned"]] == [
        ("OB3", "no_stock", None),
        ("OB2", "late", "V1"),
    ]
    assert {f"wave.reason.{row['reason']}" for row in told["unplanned"]} <= set(TEXTS)
    assert [row["from_bin_id"] for row in told["refills"]] == ["R1"]
    assert someone.get("/t/shop/waves").status_code == 200


def test_a_publication_from_before_says_what_to_do(browser, monkeypatch) -> None:
    monkeypatch.setattr("planner.waves.LABOUR", "select no_such_column from wave_labour")
    told = browser("analyst").ask("waves")
    assert told.status_code == 503 and "run the whole loop once" in told.json()["error"]


def test_a_tour_is_drawn_over_its_warehouse_in_walking_order(browser) -> None:
    told = browser("analyst").ask("waves/tour", wave_id="V1").json()
    [cart] = told["carts"]
    assert [(stop["seq"], stop["bin_id"], stop["slot"]) for stop in cart["stops"]] == [(1, "B1", 1), (2, "B2", 2)]
    # From the first aisle's front up to 6, back to the front, across, and up the second aisle.
    assert cart["way"] == [[0.0, 0.0], [0.0, 6.0], [0.0, 0.0], [3.0, 0.0], [3.0, 4.0], [3.0, 0.0], [0.0, 0.0]]
    assert browser("analyst").ask("waves/tour", wave_id="nope").status_code == 404


@given(st.lists(st.tuples(st.integers(0, 5).map(float), st.integers(0, 20).map(float)), min_size=1, max_size=8))
def test_a_way_meets_every_stop_in_turn_and_turns_only_at_corners(stops) -> None:
    points = way(stops, [0.0, 12.0, 20.0], (2.0, -1.0))
    assert points[0] == points[-1] == (2.0, -1.0)
    assert all(a[0] == b[0] or a[1] == b[1] in (0.0, 12.0, 20.0) for a, b in pairwise(points))
    left = iter(points)
    assert all(stop in left or stop == points[0] for stop in dict.fromkeys(stops))


def test_another_rule_is_tried_beside_the_plan(browser, trial) -> None:
    trial(ANSWER)
    told = browser("analyst").change("waves/try", max_orders=20, staff=0.5, zones_apart=None).json()
    assert told == {"base": {"waves": 2}, "then": {"max_orders": 20, "staff": 0.5}}


@pytest.mark.parametrize(
    "wrong",
    [{"max_orders": 0}, {"staff": True}, {"release": "sometimes"}, {"zones_apart": "no"}, {"moves_per_order": 10**9}],
)
def test_what_is_no_rule_is_said_in_words(browser, trial, wrong) -> None:
    trial("raise SystemExit(1)")
    assert browser("planner").change("waves/try", **wrong).status_code == 400


def test_a_trial_that_fails_or_takes_too_long_says_so(desk, browser, trial) -> None:
    planner = browser("planner")
    trial('print(\'{"error": "a run holds the warehouse"}\')')
    assert planner.change("waves/try", staff=1).json()["error"] == "a run holds the warehouse"
    trial("raise SystemExit(1)")
    assert planner.change("waves/try", staff=1).status_code == 422
    trial("import time; time.sleep(9)")
    desk.trying = Trying(seconds=0.2)
    assert "stopped after 0.2 s" in planner.change("waves/try", staff=1).json()["error"]
    assert Trying().seconds == SECONDS
