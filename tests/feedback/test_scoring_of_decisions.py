"""What a decision earned, and a planner's edit, by hand-made outcomes; and what earns a class its freedom."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.approval import Brakes, Limit, Limits
from feedback.identity import Need
from feedback.journal import Journal, open_store, verify
from feedback.message import freezer
from feedback.scoring import Outcome, cost, score, score_event
from feedback.states import Event, RefusedError
from feedback.trust import Earning, approve_by_trust, grant, grants, records, revoke
from feedback.usual import usual_money

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
FACTS = {
    "supplier_id": "S1", "ship_to_warehouse_id": "W1", "uom_ratio_numerator": 1, "uom_ratio_denominator": 1,
    "unit_price": "10", "currency": "CNY", "requested_date": "2026-11-09", "as_of": "2026-11-01T06:00:00+08:00",
}  # fmt: skip
EARNING = Earning(scored=3, recent=10)
BRAKES = Brakes(Decimal(10_000), 50, Decimal(5))
LIMITS = Limits({("planner", "*"): Limit(Decimal(100)), ("head", "*"): Limit(Decimal(1000))})


def outcome(opening: int = 0, demand: tuple[int, ...] = (4, 4, 4), arrivals: tuple[int, ...] = (0, 0, 0)) -> Outcome:
    days = [tuple(map(Decimal, numbers)) for numbers in (arrivals, demand)]
    return Outcome(Decimal(opening), *days, holding=Decimal("0.1"), shortage=Decimal(5))


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (0, "60"),  # twelve lost
        (12, "1.2"),  # 8 and 4 held overnight
        (6, "30.2"),  # six lost, two held one night
        (15, "2.1"),  # 11, 7, 3 held; the next window takes the three
        # 20, 16, 12 held; the next window takes all twelve.
        (24, "4.8"),
        # 24, 20, 16 held; four outlast the next window by three nights.
        (28, "7.2"),
    ],
)
def test_lost_units_and_nights_cost_what_the_rates_say(quantity: int, expected: str) -> None:
    assert cost(Decimal(quantity), outcome()) == Decimal(expected)


def test_what_arrives_and_lies_there_already_is_not_earned_again() -> None:
    assert score(Decimal(12), Decimal(12), outcome()).decision == Decimal("58.8")
    assert score(Decimal(12), Decimal(12), outcome(opening=12)).decision == Decimal("-3.6")
    assert score(Decimal(8), Decimal(8), outcome(arrivals=(4, 0, 0))).decision == Decimal("38.8")


def test_an_edit_earns_the_difference_to_the_systems_number() -> None:
    better = score(Decimal(6), Decimal(12), outcome())
    assert (better.system, better.decision, better.edit) == (Decimal("29.8"), Decimal("58.8"), Decimal("29.0"))
    rejected = score(Decimal(12), Decimal(0), outcome())
    assert (rejected.decision, rejected.edit) == (0, Decimal("-58.8"))


def test_goods_that_nobody_wants_are_held_for_a_year_and_no_longer() -> None:
    assert cost(Decimal(1), outcome(demand=(0,), arrivals=(0,))) == Decimal("36.6")


NUMBERS = st.integers(0, 50).map(Decimal)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8), NUMBERS, NUMBERS, NUMBERS)
def test_the_cost_is_convex_so_the_best_number_is_no_accident(days, opening, quantity, more) -> None:
    arrivals, demand = zip(*days, strict=True)
    happened = Outcome(opening, arrivals, demand, Decimal("0.1"), Decimal(5))
    middle = cost((quantity + more) / 2, happened)
    assert 2 * middle <= cost(quantity, happened) + cost(more, happened)
    same = score(quantity, quantity, happened)
    assert same.edit == 0 and score(quantity, more, happened).system == same.system


def test_an_outcome_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="are no window"):
        outcome(demand=(1,))
    with pytest.raises(ValueError, match="below nought"):
        outcome(demand=(1, -1, 1))


# ---------- trust


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = open_store(f"sqlite:///{tmp_path / 'decisions.db'}")
    yield Journal(store, freezer("demo", {"purchase_suggestions": "erp"}))
    store.dispose()


def proposed(journal: Journal, *skus: str, quantity: int = 12, **facts: object) -> list[str]:
    needs = [Need("buy", sku, "W1", Decimal(quantity), facts=FACTS | facts) for sku in skus]
    return [change.suggestion_id for change in journal.take(needs, {}, "plan", AT).new]


def scored(journal: Journal, count: int, edited: int | None = None, opening: int = 0) -> None:
    """So many decisions of the class, approved by a person, received and scored."""
    skus = [f"{opening}-{edited}-{n}" for n in range(count)]
    for number, name in enumerate(proposed(journal, *skus)):
        if edited is not None:
            journal.record([Event("edit", name, "ann", AT, {"quantity": str(edited), "reason": "fair"})])
        quantity = journal.state(name).quantity
        journal.record([Event("approve", name, "ann", AT, {"quantity": quantity})])
        journal.record([Event("receive", name, "exports", AT, {"received": quantity, "complete": True})])
        happened = outcome(opening, demand=(4, 4, 3 + number % 2))
        journal.record([score_event(journal.state(name), happened, AT)])
        assert journal.state(name).status == "scored"


def test_a_class_earns_its_freedom_by_scores_and_a_person_grants_it(journal: Journal) -> None:
    scored(journal, 2)
    with pytest.raises(RefusedError, match="2 decisions were scored, fewer than 3"):
        grant(journal, "buy S1", Decimal(500), "ann", "head", AT, "good record", EARNING, LIMITS)
    scored(journal, 2, opening=1)
    grant(journal, "buy S1", Decimal(500), "ann", "head", AT, "good record", EARNING, LIMITS)
    assert grants(journal)["buy S1"].cap == 500 and verify(journal) == []


def test_numbers_that_earned_nothing_or_that_people_mended_earn_no_freedom(journal: Journal) -> None:
    scored(journal, 4, opening=12)
    assert "may be chance" in records(journal, EARNING)["buy S1"].missing(EARNING)
    assert "edits earned" in _after_edits(journal).missing(EARNING)


def _after_edits(journal: Journal):
    needs = [Need("buy", f"E{n}", "W2", Decimal(6), facts=FACTS | {"supplier_id": "S2"}) for n in range(4)]
    for number, change in enumerate(journal.take(needs, {}, "plan", AT).new):
        name = change.suggestion_id
        journal.record([Event("edit", name, "ann", AT, {"quantity": "12", "reason": "fair"})])
        journal.record([Event("approve", name, "ann", AT, {"quantity": "12"})])
        journal.record([score_event(journal.state(name), outcome(demand=(4, 4, 3 + number % 2)), AT)])
    return records(journal, EARNING)["buy S2"]


def test_what_a_granted_class_proposes_is_approved_up_to_its_cap_and_nothing_else(journal: Journal) -> None:
    scored(journal, 4)
    grant(journal, "buy S1", Decimal(150), "ann", "head", AT, "good record", EARNING, LIMITS)
    wanted = {
        "small": (12, {}),
        "large": (16, {}),
        "other": (12, {"supplier_id": "S9"}),
        "free": (12, {"unit_price": None}),
    }
    needs = [Need("buy", sku, "W1", Decimal(count), facts=FACTS | facts) for sku, (count, facts) in wanted.items()]
    names = {change.need.sku_id: change.suggestion_id for change in journal.take(needs, {}, "plan", AT).new}
    approved, told = approve_by_trust(journal, BRAKES, usual_money(journal, ZoneInfo("UTC")), AT, EARNING, LIMITS)
    assert approved == [names["small"]] and journal.state(names["small"]).approvers == ("auto-approval",)
    assert told == ["2 suggestions are above their class's cap, need two signatures or have no price"]
    assert {journal.state(names[sku]).status for sku in ("large", "other", "free")} == {"proposed"}


def test_a_grant_signs_no_more_than_the_role_that_gave_it(journal: Journal) -> None:
    scored(journal, 4)
    with pytest.raises(RefusedError, match="'planner' signs 100 alone and cannot give away 150"):
        grant(journal, "buy S1", Decimal(150), "ann", "planner", AT, "good record", EARNING, LIMITS)
    with pytest.raises(RefusedError, match="role 'guest' does not approve buy"):
        grant(journal, "buy S1", Decimal(1), "ann", "guest", AT, "good record", EARNING, LIMITS)
    grant(journal, "buy S1", Decimal(500), "ann", "head", AT, "good record", EARNING, LIMITS)
    [name] = proposed(journal, "A")
    usual = usual_money(journal, ZoneInfo("UTC"))
    for lowered in ({("head", "*"): Limit(Decimal(119))}, {("planner", "*"): Limit(Decimal(1000))}):
        approved, told = approve_by_trust(journal, BRAKES, usual, AT, EARNING, Limits(lowered))
        assert approved == [] and "need two signatures" in told[0], "policy was changed after the grant"
    assert approve_by_trust(journal, BRAKES, usual, AT, EARNING, LIMITS) == ([name], [])
    assert verify(journal) == []


def test_the_brakes_hold_everything_for_a_person(journal: Journal) -> None:
    scored(journal, 4)
    grant(journal, "buy S1", Decimal(500), "ann", "head", AT, "good record", EARNING, LIMITS)
    names = proposed(journal, "A", "B")
    strict = Brakes(Decimal(200), 50, Decimal(5))
    approved, told = approve_by_trust(journal, strict, usual_money(journal, ZoneInfo("UTC")), AT, EARNING, LIMITS)
    assert approved == [] and "in all, more than 200" in told[0]
    approved, _ = approve_by_trust(journal, BRAKES, usual_money(journal, ZoneInfo("UTC")), AT, EARNING, LIMITS)
    assert sorted(approved) == sorted(names)


def test_a_fallen_record_and_a_person_both_take_the_freedom_back(journal: Journal) -> None:
    scored(journal, 4)
    grant(journal, "buy S1", Decimal(500), "ann", "head", AT, "good record", EARNING, LIMITS)
    scored(journal, 8, opening=30)
    approved, told = approve_by_trust(journal, BRAKES, {}, AT, EARNING, LIMITS)
    assert approved == [] and "is approved by people again" in told[0] and grants(journal) == {}
    with pytest.raises(RefusedError, match="is approved by people already"):
        revoke(journal, "buy S1", "head", AT, "no longer")
    assert verify(journal) == []
