"""What became of what was sent: order lines of the exports into the journal, and what is still to be seen out of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb

from feedback.confirmed import ANSWERED, KINDS, ConfirmedLine, confirmed_lines
from feedback.journal import Head, Journal, changes_since, events_before, states_before
from feedback.recognition import OrderLine
from feedback.states import State
from pipelines.journal_tables import copied_head, copy_changes, copy_past

# Whoever plans: events of the journal name it.
PLANNER = "plan"
# A line of a suggestion that is through tells nothing more; without an id it may be of one approved before it.
LINES = """
    with open as (
        select suggestion_id from feedback.suggestion where status not in ('received', 'scored')
    ),
    first_approval as (
        select min(occurred_at::date) as day from feedback.event
        semi join (
            select suggestion_id from feedback.suggestion
            where status in ('approved', 'exported', 'acknowledged', 'seen', 'recalled')
        ) using (suggestion_id)
        where kind = 'approve'
    )
    select
        line.source_system || ':' || line.po_line_id, line.sku_id, coalesce(purchase.ship_to_warehouse_id, '*'),
        purchase.supplier_id, coalesce(line.ordered_qty, 0), purchase.ordered_at::date, line.suggestion_id,
        coalesce(line.received_qty, 0),
        coalesce(purchase.status, '') in ('received', 'closed', 'cancelled')
        or coalesce(line.line_status, '') in ('received', 'closed', 'cancelled'),
        'buy'
    from known.procurement__purchase_order_line as line
    join known.procurement__purchase_order as purchase using (source_system, po_id)
    where
        line.suggestion_id in (from open)
        or (line.suggestion_id is null and purchase.ordered_at::date >= (from first_approval))
    union all
    select
        source_system || ':transfer:' || transfer_line_id, sku_id, to_warehouse_id, from_warehouse_id,
        coalesce(planned_qty, 0), created_at::date, suggestion_id, coalesce(received_qty, 0),
        coalesce(status, '') in ('received', 'cancelled'),
        'transfer'
    from known.inventory__transfer_line
    where
        -- Until it leaves, stock says nothing of it at either end.
        coalesce(status, '') not in ('draft', 'approved')
        and (
            suggestion_id in (from open)
            or (suggestion_id is null and created_at::date >= (from first_approval))
        )
"""


def is_look_back(journal: Journal, as_of: datetime) -> bool:
    """Whether a later plan was taken: then the journal is read as it was, and nothing is written to it."""
    taken = journal.taken("buy")
    return taken is not None and as_of < taken


def copy_journal(connection: duckdb.DuckDBPyConnection, journal: Journal, as_of: datetime) -> bool:
    """Bring schema `feedback` up to date; returns whether the journal is still the one that was copied last."""
    if is_look_back(journal, as_of):
        states = states_before(journal, as_of).values()
        copy_past(connection, list(events_before(journal, as_of)), states, as_of)
        return True
    head = copied_head(connection)
    changes = None if head is None else changes_since(journal, head)
    if changes is None:
        copy_changes(connection, changes_since(journal, Head(0, "")), whole=True)
        return head is None
    copy_changes(connection, changes, whole=False)
    return True


def recognise_orders(
    connection: duckdb.DuckDBPyConnection, journal: Journal, zone: ZoneInfo, as_of: datetime, expiry: timedelta
) -> None:
    """Find what was sent in the exports, give up what stays unseen, reopen what was snoozed until today."""
    journal.recognise([_line(row) for row in connection.execute(LINES).fetchall()], zone, PLANNER, as_of)
    journal.expire(zone, expiry.days, PLANNER, as_of)
    journal.wake(as_of.astimezone(zone).date(), PLANNER, as_of)


def flying(journal: Journal, zone: ZoneInfo, as_of: datetime) -> list[tuple[State, date]]:
    """What counts as supply of a plan of `as_of`, each with the business day of its approval."""
    if not is_look_back(journal, as_of):
        return journal.in_flight(zone)
    days = {
        event["subject"]: datetime.fromisoformat(event["at"]).astimezone(zone).date()
        for event in events_before(journal, as_of)
        if event["kind"] == "approve"
    }
    states = states_before(journal, as_of).items()
    return [(state, days[name]) for name, state in sorted(states) if state.in_flight > 0]


def drawn(journal: Journal, as_of: datetime) -> list[tuple[str, str, str]]:
    """Parcels approved by `as_of` with a service drawn by chance: outbound order, carrier, service."""
    ships = (state for state in states_before(journal, as_of).values() if state.action == "ship")
    return sorted(
        (state.sku_id, str(state.facts["carrier_id"]), str(state.facts["service_code"]))
        for state in ships
        if state.facts.get("is_drawn") and state.approved > 0
    )


def confirmed(journal: Journal, as_of: datetime) -> list[ConfirmedLine]:
    """What suppliers had said by `as_of` of order lines that were seen."""
    if not is_look_back(journal, as_of):
        return journal.confirmed()
    states = [state for state in states_before(journal, as_of).values() if state.status in ANSWERED]
    return confirmed_lines(states, (event for event in events_before(journal, as_of) if event["kind"] in KINDS))


def _line(row: tuple) -> OrderLine:
    line_id, sku_id, destination_id, source_id, ordered, day, suggestion_id, received, finished, action = row
    return OrderLine(
        line_id, sku_id, destination_id, source_id, Decimal(ordered), day, suggestion_id, Decimal(received), finished,
        action,
    )  # fmt: skip
