"""What was sent is found in the next exports, with its id or without, and once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from feedback.identity import Need
from feedback.journal import Journal, verify
from feedback.recognition import OrderLine
from feedback.states import Event

AT = datetime(2026, 11, 1, 20, tzinfo=UTC)
CHINA = ZoneInfo("Asia/Shanghai")
FACTS = {"supplier_id": "S1"}


def line(
    name: str, quantity: int, on: int = 3, sku: str = "A", supplier: str = "S1", of: str | None = None
) -> OrderLine:
    return OrderLine(name, sku, "W1", supplier, Decimal(quantity), date(2026, 11, on), of)


def approved(journal: Journal, quantity: int, sku: str = "A") -> str:
    """One more approved and exported suggestion of the SKU."""
    counted = {state.suggestion_id: state.in_flight for state in journal.states()}
    [change] = journal.take([Need("buy", sku, "W1", Decimal(quantity), facts=FACTS)], counted, "plan", AT).new
    name = change.suggestion_id
    journal.record([Event("approve", name, "ann", AT, {"quantity": quantity}), Event("export", name, "sender", AT)])
    return name


def seen(journal: Journal, *lines: OrderLine):
    return journal.recognise(lines, CHINA, "exports", AT + timedelta(days=3))


def test_a_line_with_the_id_is_recognised_whatever_it_says(journal: Journal) -> None:
    name = approved(journal, 24)
    seen(journal, line("PO1", 20, sku="other", of=name))
    state = journal.state(name)
    assert (state.status, state.seen, state.in_flight) == ("seen", 20, 4)


def test_without_ids_two_equal_orders_are_two_suggestions_and_stay_theirs(journal: Journal) -> None:
    first, second = approved(journal, 24), approved(journal, 24)
    seen(journal, line("PO1", 24))
    assert [journal.state(name).in_flight for name in (first, second)] == [0, 24]
    before = journal.head()
    seen(journal, line("PO1", 24))
    assert journal.head() == before
    seen(journal, line("PO0", 24, on=2), line("PO1", 24))
    assert [journal.state(name).in_flight for name in (first, second)] == [0, 0]
    assert verify(journal) == []


@pytest.mark.parametrize(
    "other",
    [
        line("PO1", 23), line("PO1", 24, sku="B"), line("PO1", 24, supplier="S2"),
        line("PO1", 24, on=1), line("PO1", 24, on=17), line("PO1", 24, of="BUY-x"),
    ],
)  # fmt: skip
def test_another_order_is_not_taken_for_ours(journal: Journal, other: OrderLine) -> None:
    name = approved(journal, 24)
    found = seen(journal, other)
    assert journal.state(name).in_flight == 24 and found.lines == {}
    assert found.unknown == (["PO1"] if other.suggestion_id else [])


def test_of_an_order_in_two_lines_the_rest_is_found_too(journal: Journal) -> None:
    name = approved(journal, 24)
    seen(journal, line("PO1", 10, of=name), line("PO2", 14))
    assert journal.state(name).seen == 24


def test_what_stays_unseen_expires_after_its_days_and_is_planned_again(journal: Journal) -> None:
    name = approved(journal, 24)
    # Approved on 2 November, business time: the fourteenth day after is the 16th.
    assert journal.expire(CHINA, 14, "clock", datetime(2026, 11, 16, 12, tzinfo=CHINA)) == []
    [late] = journal.expire(CHINA, 14, "clock", datetime(2026, 11, 17, 0, 1, tzinfo=CHINA))
    assert (late.suggestion_id, late.in_flight, journal.state(name).status) == (name, 24, "expired")
    assert journal.take([Need("buy", "A", "W1", Decimal(24))], {}, "plan", AT).new[0].generation == 1
