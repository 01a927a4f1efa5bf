"""What if: asked on the desk, solved by another process, kept and compared with the plan."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from feedback.adopted_policy import SUBJECT, adopted
from feedback.scenarios import FORGOTTEN, MOST, ask, fail, is_waiting, keep, scenarios, take_next
from planner.web.desk import Desk

LESS = {"title": "a fifth less", "budget": 0.8, "lead_time_days": 7, "suppliers_out": ["S1"]}


@pytest.fixture
def store(desk: Desk):
    return desk.workplaces["shop"].tenant.journal.store


@pytest.fixture
def solver(desk: Desk) -> None:
    """In the place of the solving process: one that ends at once."""
    place = desk.workplaces["shop"]
    place.tenant = replace(place.tenant, scenario_command=(sys.executable, "-c", ""))


def test_a_scenario_is_asked_solved_elsewhere_and_compared(desk, store, solver, browser, clock) -> None:
    analyst = browser("analyst")
    [asked] = analyst.change("scenarios/ask", **LESS).json()["scenarios"]
    assert (asked["status"], asked["asked_by"]) == ("waiting", "analyst")
    assert asked["levers"] == {"budget": 0.8, "lead_time_days": 7.0, "suppliers_out": ["S1"]}
    taken = take_next(store, clock())
    assert taken.levers == asked["levers"] and take_next(store, clock()) is None
    keep(store, taken.scenario_id, clock(), {"base": {"cash": 9.0}, "then": {"cash": 7.0}}, [{"sku_id": "A"}])
    [done] = analyst.ask("scenarios").json()["scenarios"]
    assert (done["status"], done["totals"]["then"], done["moved"]) == ("done", {"cash": 7.0}, [{"sku_id": "A"}])
    assert analyst.change("scenarios/remove", scenario_id=taken.scenario_id).json()["scenarios"] == []


def test_the_desk_starts_one_process_and_again_where_that_died(desk, store, solver, browser, clock) -> None:
    analyst, place = browser("analyst"), desk.workplaces["shop"]
    marks = place.tenant.journal.store.url.database + ".solved"
    command = (sys.executable, "-c", f"open({marks!r}, 'a').write('x')")
    place.tenant = replace(place.tenant, scenario_command=command)
    analyst.change("scenarios/ask", **LESS)
    desk.solving.wait(place.tenant, 20)
    analyst.ask("scenarios")
    desk.solving.wait(place.tenant, 20)
    assert Path(marks).read_text() == "xx"
    take_next(store, clock())
    assert not is_waiting(store, clock())
    clock.pass_(seconds=FORGOTTEN.total_seconds() + 1)
    assert is_waiting(store, clock()) and take_next(store, clock()) is not None


def test_a_solved_policy_is_adopted_by_another_person_and_given_up_again(desk, store, solver, browser, clock) -> None:
    analyst, boss, planner = browser("analyst"), browser("approver"), browser("planner")
    [asked] = analyst.change("scenarios/ask", title="ruled", policy="min_max", service_target=0.97).json()["scenarios"]
    this = {"scenario_id": asked["scenario_id"], "reason": "calmer orders"}
    assert "not solved yet" in boss.change("scenarios/promote", **this).json()["error"]
    keep(store, take_next(store, clock()).scenario_id, clock(), {"base": {}, "then": {}}, [])
    assert planner.change("scenarios/promote", **this).status_code == 403
    assert "needs a reason" in boss.change("scenarios/promote", **(this | {"reason": " "})).json()["error"]
    told = boss.change("scenarios/promote", **this).json()["adopted"]
    assert told == {"policy": "min_max", "service_target": 0.97}
    journal = desk.workplaces["shop"].tenant.journal
    assert adopted(journal) == told
    [event] = journal.events(kind="policy_change")
    assert (event["actor"], event["subject"]) == ("approver", SUBJECT) and "of analyst" in event["payload"]
    assert boss.change("scenarios/settle", reason="too calm").json()["adopted"] is None
    assert adopted(journal) is None


@pytest.mark.parametrize(
    ("levers", "why"),
    [
        ({"policy": "min_max", "budget": 0.8}, "changes budget too"),
        ({"demand": 1.3}, "changes demand too"),
        ({}, "changes no policy"),
    ],
)
def test_what_is_no_policy_takes_the_place_of_none(store, browser, clock, levers, why) -> None:
    name = ask(store, "t", levers, "ann", clock())
    keep(store, take_next(store, clock()).scenario_id, clock(), {"base": {}, "then": {}}, [])
    told = browser("approver").change("scenarios/promote", scenario_id=name, reason="why not")
    assert told.status_code == 422 and why in told.json()["error"]


def test_who_asked_for_a_policy_does_not_adopt_it(store, browser, clock) -> None:
    name = ask(store, "t", {"policy": "min_max"}, "approver", clock())
    keep(store, take_next(store, clock()).scenario_id, clock(), {"base": {}, "then": {}}, [])
    told = browser("approver").change("scenarios/promote", scenario_id=name, reason="mine")
    assert told.status_code == 422 and "another person" in told.json()["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""}, {"title": "x" * 81}, {"budget": -1}, {"demand": 99}, {"lead_time_days": "7"},
        {"service_target": True}, {"policy": "guess"}, {"suppliers_out": "S1"}, {"demand": 10**400},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_in_words(browser, solver, store, wrong) -> None:
    assert browser("planner").change("scenarios/ask", **(LESS | wrong)).status_code == 400
    assert scenarios(store) == []


def test_titles_are_told_apart_and_the_oldest_result_makes_room(store, clock) -> None:
    for number in range(MOST):
        ask(store, f"t{number}", {}, "ann", clock() + timedelta(seconds=number))
    with pytest.raises(ValueError, match="already"):
        ask(store, "t0", {}, "ann", clock())
    with pytest.raises(ValueError, match="wait to be solved"):
        ask(store, "one more", {}, "ann", clock())
    fail(store, take_next(store, clock()).scenario_id, "why not")
    ask(store, "one more", {}, "ann", clock() + timedelta(hours=1))
    assert {each["title"] for each in scenarios(store)} == {"one more", *(f"t{n}" for n in range(1, MOST))}
    with store.connect() as connection:
        assert connection.execute(text("select count(*) from scenario")).scalar_one() == MOST


def test_the_page_opens_and_hides_money_from_who_may_not_see_it(desk, store, browser, solver, clock) -> None:
    assert 'id="ask"' in browser("analyst").get("/t/shop/scenarios").text
    ask(store, "a", {}, "ann", clock())
    keep(store, take_next(store, clock()).scenario_id, clock(), {"base": {"cash": 1}, "then": {"cash": 1}}, [])
    desk.workplaces["shop"].tenant.hidden["analyst"] = ("cost",)
    [seen] = browser("analyst").ask("scenarios").json()["scenarios"]
    assert "cash" not in seen["totals"]["then"]
