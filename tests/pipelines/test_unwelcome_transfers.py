"""Where planners do not want goods to come instead of being bought."""

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.journal_tables import create_feedback_tables
from pipelines.planning.replenishment_frames import UNWELCOME


@pytest.fixture
def journal() -> Iterator[duckdb.DuckDBPyConnection]:
    """The journal's copy, empty, on the morning of 30 December."""
    with duckdb.connect() as connection:
        connection.execute("create schema control")
        connection.execute("create table control.latest as select timestamptz '2024-12-30 00:00:00+08' as as_of")
        create_feedback_tables(connection)
        yield connection


def said(journal: duckdb.DuckDBPyConnection, status: str, *events: tuple[str, str], edited: int | None = None) -> list:
    """What is unwelcome at W1 once its transfer has this status, after what was said of it on these days."""
    journal.execute(
        "insert into feedback.suggestion (suggestion_id, action, sku_id, location_id, status, edited_qty) "
        "values ('T', 'transfer', 'A', 'W1', ?, ?)", [status, edited],
    )  # fmt: skip
    for number, (kind, day) in enumerate(events):
        journal.execute(
            "insert into feedback.event (sequence, occurred_at, kind, suggestion_id) "
            "values (?, ?::timestamptz, ?, 'T')",
            [number, f"{day} 10:00:00+08", kind],
        )
    return journal.execute(UNWELCOME).fetchall()


@pytest.mark.parametrize(
    ("status", "events", "edited", "quantity"),
    [
        ("rejected", [("reject", "2024-12-29")], None, 0),
        ("snoozed", [], None, 0),
        ("edited", [("edit", "2024-12-29")], 8, 8),
        ("endorsed", [("edit", "2024-12-29")], 8, 8),
        ("superseded", [("reject", "2024-12-20")], None, 0),
        ("rejected", [("reject", "2024-12-30")], None, 0),
    ],
    ids=["rejected", "put off", "edited", "edited and endorsed", "rejected ten days ago", "rejected since the export"],
)
def test_a_plan_moves_no_more_than_a_planner_lets_it(journal, status, events, edited, quantity):
    assert said(journal, status, *events, edited=edited) == [("A", "W1", quantity)]


@pytest.mark.parametrize(
    ("status", "events"),
    [
        ("proposed", []),
        ("approved", [("approve", "2024-12-29")]),
        ("proposed", [("reject", "2024-12-20"), ("reopen", "2024-12-22")]),
        ("superseded", [("reject", "2024-12-10")]),
    ],
    ids=["proposed", "approved", "reopened", "rejected three weeks ago"],
)
def test_nothing_is_unwelcome_that_nobody_minds(journal, status, events):
    assert said(journal, status, *events) == []


def test_a_rejected_purchase_is_no_word_about_transfers(journal):
    journal.execute(
        "insert into feedback.suggestion (suggestion_id, action, sku_id, location_id, status) "
        "values ('B', 'buy', 'A', 'W1', 'rejected')"
    )
    assert journal.execute(UNWELCOME).fetchall() == []
