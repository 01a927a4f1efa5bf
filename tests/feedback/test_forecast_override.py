"""Overrides of the forecast: checked when they are decided, and read as they were known at an instant."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from feedback.journal import Journal, overrides_known
from feedback.states import Event, RefusedError

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
SAID = {
    "level": "category",
    "member": "shoes",
    "first_week": "2026-11-09",
    "last_week": "2026-11-22",
    "kind": "factor",
    "quantity": "1.5",
    "reason": "live show",
}


def decide(journal: Journal, version: int = 0, at: datetime = AT, name: str = "live-show", **changes: object) -> None:
    journal.record([Event("forecast_override", name, "li", at, SAID | changes, version)])


def test_the_last_version_that_was_known_holds(journal: Journal) -> None:
    decide(journal)
    decide(journal, 1, AT + timedelta(days=2), quantity="1.2", expires_on="2026-11-15")
    decide(journal, at=AT + timedelta(days=3), name="later")
    [then] = overrides_known(journal.store, AT + timedelta(days=1))
    assert (then.quantity, then.expires_on, then.author) == (Decimal("1.5"), None, "li")
    now = overrides_known(journal.store, AT + timedelta(days=2))
    assert [(one.override_id, one.quantity, one.expires_on) for one in now] == [
        ("live-show", Decimal("1.2"), date(2026, 11, 15))
    ]
    assert overrides_known(journal.store, AT - timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"level": "colour"}, "'level' must be one of total, category, .* found 'colour'"),
        ({"kind": "guess"}, "'kind' must be one of factor, add, total; found 'guess'"),
        ({"first_week": "soon"}, "'first_week' must be a date such as 2026-11-09, found 'soon'"),
        ({"last_week": "2026-11-01"}, "'last_week' 2026-11-01 lies before 'first_week' 2026-11-09"),
        ({"quantity": "-1"}, "'quantity' of a factor must be zero or more, found -1"),
        ({"quantity": "many"}, "'quantity' must be a decimal as text, found 'many'"),
        ({"member": " "}, "'member' must be a text"),
    ],
)
def test_an_override_that_no_forecast_could_apply_is_refused_when_it_is_decided(journal, changes, message) -> None:
    with pytest.raises(RefusedError, match=message):
        decide(journal, **changes)
    assert overrides_known(journal.store, AT) == []
