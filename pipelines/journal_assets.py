"""The journal's part in a cycle as Dagster assets: what became of what was sent, and what the plan made of it."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from pipelines.cycle import Cycle, begin_stage, current_as_of, finish_content
from pipelines.exchange_assets import ANSWERED
from pipelines.ingestion_assets import INBOX
from pipelines.journal_tables import write_in_flight
from pipelines.planning.recognition import copy_journal, flying, is_look_back, recognise_orders
from pipelines.planning_assets import IN_FLIGHT
from pipelines.trust_assets import AUTO_APPROVED

SUGGESTION, EVENT = dg.AssetKey(["feedback", "suggestion"]), dg.AssetKey(["feedback", "event"])


# It reads purchase orders, whose tests are checks of the dbt passes: named as what it stands on, they would have to run
# before it, and so a part of each pass.
@dg.asset(key=IN_FLIGHT, group_name="feedback", deps=[INBOX, ANSWERED])
def in_flight_asset(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
    """What was approved and no export has shown yet, after the exports were looked through."""
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
        found = flying(cycle.journal, cycle.zone, as_of)
        write_in_flight(connection, found, decisions)
        counted = [(state.key, state.suggestion_id, str(state.in_flight)) for state, _ in found]
        finish_content(connection, "recognition", hashlib.sha256(repr(counted).encode()).hexdigest())
    return dg.MaterializeResult(metadata={"in_flight": len(found)})


@dg.multi_asset(
    name="copy_journal",
    specs=[
        dg.AssetSpec(
            key,
            group_name="feedback",
            deps=[dg.AssetKey(["plan", "replenishment_suggestion"]), IN_FLIGHT, AUTO_APPROVED],
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
