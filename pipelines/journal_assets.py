"""The journal's part in a cycle as Dagster assets: what became of what was sent, and what the plan made of it."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from pipelines.cycle import Cycle, begin_stage, current_as_of, finish_content
from pipelines.exchange_assets import ANSWERED
from pipelines.ingestion_assets import INBOX
from pipelines.journal_tables import DRAWN, write_confirmed, write_drawn, write_in_flight
from pipelines.planning.fulfilment_recognition import recognise_fulfilment
from pipelines.planning.order_change_recognition import recognise_order_changes
from pipelines.planning.recognition import confirmed, copy_journal, flying, is_look_back, recognise_orders
from pipelines.planning.replenishment_frames import UNWELCOME
from pipelines.planning_assets import IN_FLIGHT
from pipelines.trust_assets import AUTO_APPROVED

CONFIRMED_LINE = dg.AssetKey(["feedback", "confirmed_line"])
DRAWN_PARCEL = dg.AssetKey(["feedback", "drawn_parcel"])
# Tables of the plan whose stage writes suggestions to the journal.
PLANNED = ("replenishment_suggestion", "clearance_suggestion")
SUGGESTION, EVENT = dg.AssetKey(["feedback", "suggestion"]), dg.AssetKey(["feedback", "event"])


# It reads purchase orders, whose tests are checks of the dbt passes: named as what it stands on, they would have to run
# before it, and so a part of each pass.
@dg.multi_asset(
    name="recognised",
    specs=[
        dg.AssetSpec(key, group_name="feedback", deps=[INBOX, ANSWERED])
        for key in (IN_FLIGHT, CONFIRMED_LINE, DRAWN_PARCEL)
    ],
)
def in_flight_asset(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.MaterializeResult]:
    """What was approved and no export has shown yet, and what suppliers said of what the exports show."""
    cycle.report("feedback", "recognising")
    decisions = cycle.settings.decisions
    with cycle.warehouse.opened("recognition") as connection:
        as_of = current_as_of(connection)
        if not copy_journal(connection, cycle.journal, as_of):
            # Restored or replaced: what was planned into the other one is planned into this.
            begin_stage(connection, "replenishment")
        if not is_look_back(cycle.journal, as_of):
            expiry = timedelta(days=decisions.expiry_days)
            recognise_orders(connection, cycle.journal, cycle.zone, as_of, expiry)
            recognise_fulfilment(connection, cycle.journal, as_of)
            recognise_order_changes(connection, cycle.journal, as_of)
        found = flying(cycle.journal, cycle.zone, as_of)
        write_in_flight(connection, found, decisions)
        drawn = connection.execute(DRAWN).fetchall()
        write_drawn(connection, drawn)
        told = confirmed(cycle.journal, as_of)
        write_confirmed(connection, told)
        counted = [(state.key, state.suggestion_id, str(state.in_flight)) for state, _ in found]
        # A plan buys again what a planner does not want moved.
        unwelcome = connection.execute(UNWELCOME).fetchall()
        known = repr((counted, told, drawn, unwelcome))
        finish_content(connection, "recognition", hashlib.sha256(known.encode()).hexdigest())
    yield dg.MaterializeResult(asset_key=IN_FLIGHT, metadata={"rows": len(found)})
    yield dg.MaterializeResult(asset_key=CONFIRMED_LINE, metadata={"rows": len(told)})
    yield dg.MaterializeResult(asset_key=DRAWN_PARCEL, metadata={"rows": len(drawn)})


@dg.multi_asset(
    name="copy_journal",
    specs=[
        dg.AssetSpec(
            key,
            group_name="feedback",
            deps=[*(dg.AssetKey(["plan", name]) for name in PLANNED), IN_FLIGHT, AUTO_APPROVED],
        )
        for key in (SUGGESTION, EVENT)
    ],
)
def journal_assets(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.MaterializeResult]:
    """The suggestions as they stand and the trail behind them, for the models that show them."""
    cycle.report("feedback", "copying the journal")
    with cycle.warehouse.opened("journal") as connection:
        copy_journal(connection, cycle.journal, current_as_of(connection))
    for key in (SUGGESTION, EVENT):
        yield dg.MaterializeResult(asset_key=key)
