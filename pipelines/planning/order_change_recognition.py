"""What became of changes of open purchase orders that were approved: their lines, as exported, into the journal."""

from __future__ import annotations

from datetime import datetime

import duckdb

from feedback.journal import Journal
from feedback.states import Event
from pipelines.planning.recognition import PLANNER

# A change counts as carried out as soon as its line moved the way asked for: how far is the supplier's word, and the
# next plan looks at what he said.
CHANGES = """
    with flying as (
        select suggestion_id, action, target as po_line_id, sku_id, approved_qty
        from feedback.suggestion
        where
            action in ('expedite', 'defer', 'increase', 'reduce', 'cancel')
            and status in ('approved', 'exported', 'acknowledged', 'seen')
    ),
    asked as (
        select
            suggestion_id,
            max(occurred_at) as asked_at,
            arg_max((payload -> '$.facts' ->> '$.current_arrival_date')::date, sequence) as due_before
        from feedback.event
        semi join flying using (suggestion_id)
        where kind in ('propose', 'revise')
        group by suggestion_id
    ),
    earlier as (
        select
            f.suggestion_id,
            arg_max(coalesce(v.ordered_qty, 0) - coalesce(v.cancelled_qty, 0), v.known_at) as wanted_before
        from flying as f
        join asked as a using (suggestion_id)
        join known.procurement__purchase_order_line__versions as v
            on v.po_line_id = f.po_line_id and v.sku_id = f.sku_id and v.known_at <= a.asked_at
        group by f.suggestion_id
    ),
    lines as (
        select
            line.po_line_id, line.sku_id,
            case
                when 'cancelled' in (purchase.status, line.line_status) then coalesce(line.received_qty, 0)
                else coalesce(line.ordered_qty, 0) - coalesce(line.cancelled_qty, 0)
            end as wanted,
            coalesce(line.expected_date, line.promised_date, line.requested_date) as due,
            coalesce(purchase.status, '') in ('received', 'closed', 'cancelled')
            or coalesce(line.line_status, '') in ('received', 'closed', 'cancelled') as is_finished
        from known.procurement__purchase_order_line as line
        join known.procurement__purchase_order as purchase using (source_system, po_id)
    )
    select
        f.suggestion_id, f.approved_qty::varchar, l.due,
        coalesce(
            case f.action
                when 'expedite' then l.due < a.due_before
                when 'defer' then l.due > a.due_before
                when 'increase' then l.wanted > e.wanted_before
                else l.wanted < e.wanted_before
            end, false
        ) as is_done
    from flying as f
    join asked as a using (suggestion_id)
    left join earlier as e using (suggestion_id)
    join lines as l using (po_line_id, sku_id)
    where is_done or l.is_finished
    order by f.suggestion_id
"""


def recognise_order_changes(connection: duckdb.DuckDBPyConnection, journal: Journal, as_of: datetime) -> int:
    """Write which approved changes the exports show as carried out, or overtaken by the line's end; returns how many.

    `feedback.suggestion` and `feedback.event` are the journal as it stood before this cycle.
    """
    events = [_event(row, as_of) for row in connection.execute(CHANGES).fetchall()]
    if events:
        journal.record(events)
    return len(events)


def _event(row: tuple, at: datetime) -> Event:
    name, quantity, due, is_done = row
    told = {"due": due.isoformat()} if is_done and due else {} if is_done else {"why": "the line ended before it"}
    return Event("receive", name, PLANNER, at, {"received": quantity if is_done else "0", "complete": True, **told})
