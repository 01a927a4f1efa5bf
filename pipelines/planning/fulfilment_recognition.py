"""What became of picks and parcels that were approved: the warehouse's orders and shipments into the journal."""

from __future__ import annotations

from datetime import datetime

import duckdb

from feedback.journal import Journal
from feedback.states import Event
from pipelines.planning.recognition import PLANNER

# How far an order came: in a wave, or out of the shelves, or out of the house.
ORDERS = """
    with flying as (
        select suggestion_id, action, sku_id as outbound_id, status
        from feedback.suggestion
        where
            action in ('pick', 'ship')
            and status in ('approved', 'exported', 'acknowledged', 'seen')
    ),
    shipped as (
        select outbound_id, arg_max(carrier_id, known_at) as carrier_id, arg_max(service_code, known_at) as service_code
        from known.logistics__shipment
        semi join flying using (outbound_id)
        where coalesce(direction, 'outbound') = 'outbound'
        group by outbound_id
    ),
    orders as (
        select outbound_id, arg_max(status, known_at) as status
        from known.warehouse__outbound_order
        semi join flying using (outbound_id)
        group by outbound_id
    )
    select
        f.suggestion_id, f.action, f.status,
        coalesce(o.status = 'cancelled', false) as is_cancelled,
        case f.action
            when 'ship' then s.outbound_id is not null
            else coalesce(o.status in ('picked', 'checked', 'packed', 'handed_over', 'shipped'), false)
                or s.outbound_id is not null
        end as is_done,
        f.action = 'pick' and coalesce(o.status in ('waved', 'picking'), false) as is_begun,
        case when f.action = 'ship' then s.carrier_id end as carrier_id,
        case when f.action = 'ship' then s.service_code end as service_code
    from flying as f
    left join shipped as s using (outbound_id)
    left join orders as o using (outbound_id)
    order by f.suggestion_id
"""


def recognise_fulfilment(connection: duckdb.DuckDBPyConnection, journal: Journal, as_of: datetime) -> int:
    """Write what the warehouse's exports newly show of what was approved; how many events that are.

    `feedback.suggestion` is the journal as it stands. Of an order that is cancelled nothing more comes.
    """
    events = [event for row in connection.execute(ORDERS).fetchall() for event in _events(row, as_of)]
    if events:
        journal.record(events)
    return len(events)


def _events(row: tuple, at: datetime) -> list[Event]:
    name, _, status, is_cancelled, is_done, is_begun, carrier_id, service_code = row
    if is_done:
        by = {} if carrier_id is None else {"carrier_id": carrier_id, "service_code": service_code}
        return [Event("receive", name, PLANNER, at, {"received": "1", "complete": True, **by})]
    if is_cancelled:
        return [Event("receive", name, PLANNER, at, {"received": "0", "complete": True, "why": "cancelled"})]
    if is_begun and status in ("approved", "exported", "acknowledged"):
        return [Event("see", name, PLANNER, at, {"seen": "1"})]
    return []
