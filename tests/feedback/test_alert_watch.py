"""An alert begins beyond its limit, lasts until it is clear of it, and is told neither twice nor every day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from feedback.alerts.watch import AGAIN, BEGUN, ENDED, Reading, Rule, Watched, watch

AT = datetime(2026, 11, 1, 6, tzinfo=UTC)
LOW = Rule("low", "ann@example.com", "in_stock_rate", limit=0.9, is_upper=False, clear=0.95, remind_days=3)


def told(rule: Rule, values: list[float | None], money: Decimal | None = None) -> list[str | None]:
    """What is told day by day of these values."""
    watched, kinds = Watched(), []
    for day, value in enumerate(values):
        watched, kind = watch(rule, watched, Reading(value, money), AT + timedelta(days=day))
        kinds.append(kind)
    return kinds


def test_a_value_that_swings_about_the_limit_is_one_alert() -> None:
    assert told(LOW, [0.91, 0.89, 0.91, 0.89, 0.94, 0.96, 0.91]) == [None, BEGUN, None, None, AGAIN, ENDED, None]


def test_it_begins_only_after_so_many_readings_in_a_row() -> None:
    patient = Rule("slow", "ann", "m", limit=5, is_upper=True, clear=5, runs=3)
    assert told(patient, [6, 6, 4, 6, 6, None, 6, 6]) == [None, None, None, None, None, None, BEGUN, None]


def test_where_little_is_at_stake_nobody_is_told() -> None:
    rich = Rule("rich", "ann", "m", limit=5, is_upper=True, clear=5, least_money=Decimal(100))
    assert told(rich, [9], Decimal(99)) == [None]
    assert told(rich, [9], Decimal(100)) == told(rich, [9]) == [BEGUN]


def test_who_took_it_on_is_not_reminded() -> None:
    taken = Watched(1, since=AT, told_at=AT, taken_by="ann")
    assert watch(LOW, taken, Reading(0.5), AT + timedelta(days=9)) == (taken, None)
    assert watch(LOW, taken, Reading(0.99), AT + timedelta(days=9)) == (Watched(), ENDED)


values = st.lists(st.none() | st.floats(0, 1), max_size=60)


@given(values, st.integers(1, 4), st.integers(1, 9), st.floats(0, 0.05))
def test_begun_and_ended_take_turns_and_reminders_keep_their_distance(readings, runs, remind, margin) -> None:
    rule = Rule("r", "ann", "m", limit=0.9, is_upper=False, clear=0.9 + margin, runs=runs, remind_days=remind)
    kinds = told(rule, readings)
    turns = [kind for kind in kinds if kind in (BEGUN, ENDED)]
    assert turns == [BEGUN, ENDED] * (len(turns) // 2) + [BEGUN] * (len(turns) % 2)
    days = [day for day, kind in enumerate(kinds) if kind in (BEGUN, AGAIN)]
    assert all(later - earlier >= remind for earlier, later in pairwise(days) if kinds[later] == AGAIN)
    for day, kind in enumerate(kinds):
        if kind == BEGUN:
            assert readings[day] < 0.9
        if kind == ENDED:
            assert readings[day] >= 0.9 + margin
