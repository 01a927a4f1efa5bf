"""An edit may hold once or until a day, and instead of it the forecast may be changed, its reach shown before."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from desk_workspace import AS_OF, TODAY, name_of, sku

from feedback.journal import overrides_known, verify

ASKED = {"level": "series", "change": 50, "weeks": 52, "reason": "forecast_too_low", "note": ""}


def _edit(browser, **said):
    return browser.change("edit", **browser.seen(name_of(1)), new_quantity="36", reason="budget", **said)


def _journal(desk):
    return desk.workplaces["shop"].tenant.journal


@pytest.mark.parametrize(("until", "days"), [("once", 1), ((TODAY + timedelta(days=3)).isoformat(), 3)])
def test_an_edit_holds_until_its_day_and_then_the_plan_stands_again(desk, browser, until, days) -> None:
    ann, journal = browser("planner"), _journal(desk)
    assert _edit(ann, until=until).status_code == 200
    assert journal.wake(TODAY + timedelta(days=days - 1), "plan", AS_OF) == []
    assert ann.line(name_of(1))["quantity"] == 36
    assert journal.wake(TODAY + timedelta(days=days), "plan", AS_OF) == [name_of(1)]
    line = ann.line(name_of(1))
    assert (line["status"], line["quantity"]) == ("proposed", 12)
    assert verify(journal) == []


def test_an_edit_without_a_day_holds_for_good(desk, browser) -> None:
    assert _edit(browser("planner")).status_code == 200
    assert _journal(desk).wake(TODAY + timedelta(days=400), "plan", AS_OF) == []


def test_an_edit_that_was_put_off_lapses_too(desk, browser) -> None:
    ann = browser("planner")
    _edit(ann, until="once")
    ann.change("snooze", **ann.seen(name_of(1)), until=(TODAY + timedelta(days=9)).isoformat())
    _journal(desk).wake(TODAY + timedelta(days=1), "plan", AS_OF)
    assert (ann.line(name_of(1))["status"], ann.line(name_of(1))["quantity"]) == ("snoozed", 12)


@pytest.mark.parametrize("until", ["yesterday", TODAY.isoformat(), "2025-01-01"])
def test_an_edit_ends_on_a_day_that_comes(browser, until) -> None:
    assert _edit(browser("planner"), until=until).status_code == 400


def test_the_reach_is_shown_and_goes_into_the_trail_with_the_decision(desk, browser) -> None:
    ann = browser("planner")
    words = {name: ASKED[name] for name in ("level", "change", "weeks")}
    shown = ann.ask(f"suggestions/{name_of(1)}/reach", **words).json()
    assert (shown["skus"], shown["suggestions"]) == (1, 1)
    assert Decimal(shown["quantity"]) > 0
    assert Decimal(shown["quantity"]) % 12 == 0, "whole packs"
    assert ann.change("override", suggestion_id=name_of(1), **ASKED).status_code == 200
    [override] = overrides_known(_journal(desk).store, AS_OF + timedelta(days=1))
    assert (override.level, override.member, override.kind, override.quantity) == (
        "series", f"{sku(1)}@W1", "factor", Decimal("1.5"),
    )  # fmt: skip
    [event] = _journal(desk).events(kind="forecast_override")
    assert json.loads(event["payload"])["blast_radius"]["suggestions"] == 1


def test_what_a_second_change_is_shown_to_move_comes_on_top_of_the_first(desk, browser, clock) -> None:
    """Half as much again and then a fifth more is four fifths more, whichever way it is counted: nothing is lost."""
    ann, name = browser("planner"), name_of(3)

    def reach(**more) -> dict:
        return ann.ask(f"suggestions/{name}/reach", level="series", weeks=52, **more).json()

    together, first = reach(change=80), reach(change=50)
    assert ann.change("override", suggestion_id=name, **ASKED).status_code == 200
    second = reach(change=20)
    assert Decimal(first["quantity"]) + Decimal(second["quantity"]) == Decimal(together["quantity"])
    assert (first["standing"], second["standing"], second["unknown"]) == (0, 1, 0)
    clock.pass_(minutes=1)
    ann.change("override", suggestion_id=name, **(ASKED | {"change": 20}))
    applied = [float(each.quantity) for each in overrides_known(_journal(desk).store, AS_OF + timedelta(days=1))]
    assert applied == [1.5, 1.2]


def test_changes_of_others_and_of_other_weeks_count_where_they_hold(desk, browser) -> None:
    ann, name = browser("approver"), name_of(3)
    alone = ann.ask(f"suggestions/{name}/reach", level="series", change=100, weeks=1).json()
    said = {
        "level": "series", "member": f"{sku(1)}@W1", "first_week": "2026-11-02", "last_week": "2026-12-28",
        "kind": "factor", "quantity": "3", "reason": "x", "expires_on": None,
    }  # fmt: skip
    journal = _journal(desk)
    journal.decide("forecast_override", "another item", said, "bob", AS_OF)
    journal.decide("forecast_override", "past", said | {"level": "total", "member": "total", "first_week": "2026-01-05",
                                                        "last_week": "2026-01-05"}, "bob", AS_OF)  # fmt: skip
    assert ann.ask(f"suggestions/{name}/reach", level="series", change=100, weeks=1).json()["amount"] == alone["amount"]
    journal.decide("forecast_override", "units", said | {"kind": "add", "quantity": "50"}, "bob", AS_OF)
    assert ann.ask(f"suggestions/{name}/reach", level="series", change=100, weeks=1).json()["unknown"] == 1


def test_more_demand_never_asks_for_less_and_a_wider_level_never_reaches_fewer(browser) -> None:
    ann, name = browser("approver"), name_of(2)

    def reach(level: str, change: float, weeks: int = 52) -> dict:
        return ann.ask(f"suggestions/{name}/reach", level=level, change=change, weeks=weeks).json()

    quantities = [Decimal(reach("total", change)["quantity"]) for change in (-100, -40, 30, 200)]
    assert quantities == sorted(quantities) and quantities[0] < 0 < quantities[-1]
    counts = [reach(level, 200)["suggestions"] for level in ("series", "sku", "total")]
    assert counts == sorted(counts)


def test_one_planner_changes_one_item_and_an_approver_more(browser) -> None:
    wide = ASKED | {"level": "total"}
    assert browser("planner").change("override", suggestion_id=name_of(1), **wide).status_code == 403
    assert browser("analyst").change("override", suggestion_id=name_of(1), **ASKED).status_code == 403
    assert browser("approver").change("override", suggestion_id=name_of(1), **wide).status_code == 200


@pytest.mark.parametrize(
    "odd", [{"level": "moon"}, {"change": 0}, {"change": "x"}, {"change": 9999}, {"weeks": 0}, {"weeks": "many"}]
)
def test_a_change_without_meaning_is_answered_in_words(browser, odd) -> None:
    answer = browser("approver").change("override", suggestion_id=name_of(1), **(ASKED | odd))
    assert answer.status_code == 400 and answer.json()["error_zh"] != answer.json()["error"]
