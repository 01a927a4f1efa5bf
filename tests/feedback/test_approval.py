"""Who signs what, and when a run may not approve by itself."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from feedback.approval import Brakes, Limit, Limits, approvals
from feedback.states import RefusedError, State

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
LIMITS = Limits({("planner", "*"): Limit(Decimal(1000)), ("head", "*"): Limit(Decimal(50_000))})
BRAKES = Brakes(value=Decimal(10_000), lines=3, supplier_change=Decimal(2))


def state(quantity: int, price: str | None = "10", supplier: str = "S1", name: str = "BUY-1") -> State:
    facts = {"supplier_id": supplier, "unit_price": price}
    return State(name, "buy", "A", "W", None, 0, "proposed", 3, Decimal(quantity), facts=facts)


def test_above_the_limit_of_the_role_two_people_sign() -> None:
    assert [LIMITS.needed(state(quantity), "planner") for quantity in (100, 101)] == [1, 2]
    assert LIMITS.needed(state(101), "head") == 1
    assert LIMITS.needed(state(1, price=None), "head") == 2
    with pytest.raises(RefusedError, match="role 'analyst' does not approve"):
        LIMITS.needed(state(1), "analyst")


def test_the_limits_of_the_policy_hold_from_their_day_for_their_action_and_currency() -> None:
    row = {"role": "planner", "action": "*", "valid_from": date(2026, 1, 1), "valid_to": None, "max_amount": "500"}
    later = row | {"action": "buy", "max_amount": "2000", "currency": "CNY", "valid_from": date(2026, 11, 2)}
    old = row | {"role": "intern", "valid_to": date(2026, 11, 1)}
    before, after = (Limits.of_policy([row, later, old], date(2026, 11, day)) for day in (1, 2))
    assert [limits.needed(state(100), "planner") for limits in (before, after)] == [2, 2]
    yuan = replace(state(100), facts={"unit_price": "10", "currency": "CNY"})
    assert [limits.needed(yuan, "planner") for limits in (before, after)] == [2, 1]
    with pytest.raises(RefusedError, match=r"role 'intern' does not approve buy; \['planner'\] do"):
        before.needed(yuan, "intern")


def test_an_order_abroad_is_held_against_the_limit_in_its_own_money() -> None:
    row = {"role": "planner", "action": "*", "valid_from": date(2026, 1, 1), "valid_to": None}
    rows = [
        row | {"max_amount": "7000", "currency": "CNY", "is_stated": True},
        row | {"max_amount": "1000", "currency": "USD", "is_stated": False},
        row | {"max_amount": "9999", "currency": "EUR", "is_stated": True, "valid_from": date(2025, 1, 1)},
    ]
    limits = Limits.of_policy(rows, date(2026, 11, 1))

    def needed(quantity: int, currency: str) -> int:
        return limits.needed(replace(state(quantity), facts={"unit_price": "10", "currency": currency}), "planner")

    assert [needed(quantity, "USD") for quantity in (100, 101)] == [1, 2]
    assert [needed(quantity, "CNY") for quantity in (700, 701)] == [1, 2]
    assert needed(1, "EUR") == 2, "what stood before the later limit is gone, and nobody told a rate"


def test_without_a_policy_one_person_signs_and_with_one_that_has_ended_nobody_does() -> None:
    ended = {"role": "planner", "action": "*", "valid_from": date(2026, 1, 1), "valid_to": date(2026, 2, 1)}
    assert Limits.of_policy([], date(2026, 11, 1)).needed(state(10_000), "anybody") == 1
    with pytest.raises(RefusedError, match=r"role 'planner' does not approve buy; \[\] do"):
        Limits.of_policy([ended | {"max_amount": "500"}], date(2026, 11, 1)).needed(state(1), "planner")


def test_of_two_limits_that_do_not_end_the_later_one_holds() -> None:
    row = {"role": "planner", "action": "*", "valid_to": None, "max_amount": "500"}
    rows = [row | {"valid_from": date(2026, 6, 1)}, row | {"valid_from": date(2026, 1, 1), "max_amount": "9000"}]
    assert Limits.of_policy(rows, date(2026, 11, 1)).needed(state(100), "planner") == 2


def test_an_approval_names_the_version_and_the_number_that_were_seen() -> None:
    [event] = approvals([state(101)], "ann", "planner", LIMITS, AT)
    assert (event.version, event.payload) == (3, {"quantity": 101, "needed": 2, "role": "planner"})


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ([state(100)], None),
        ([state(1, name=f"BUY-{n}") for n in range(4)], "4 suggestions, more than 3"),
        ([state(1001)], "10010 in all, more than 10000"),
        ([state(401)], "supplier S1: 4010, more than 2 times the usual 2000"),
        ([state(1, supplier="S9")], "supplier S9 has no ordinary run"),
        ([state(1, price=None)], "BUY-1 has no price"),
    ],
)
def test_what_is_out_of_the_ordinary_needs_a_person(states: list[State], reason: str | None) -> None:
    found = BRAKES.tripped(states, {"S1": Decimal(2000)})
    assert found == [] if reason is None else any(reason in why for why in found)
