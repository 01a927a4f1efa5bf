"""The inbox and the raw tables as Dagster assets, with the controls of ingestion as checks."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg

from pipelines.cycle import Cycle
from pipelines.ingestion.arrival import arrived
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Outcome, ingest_files
from pipelines.ingestion.replay import replay_arrived
from pipelines.ingestion.schema import contract_tables, create_warehouse
from pipelines.journal_tables import create_feedback_tables
from pipelines.known import create_known_views, latest_known
from pipelines.planning.tables import create_plan_tables
from pipelines.settings import chosen_mappings
from pipelines.summary import not_loaded
from pipelines.warehouse import reading_limits

INBOX = dg.AssetKey("inbox")
CHECKS = {
    "rows_accounted": "Source rows = loaded + quarantined + duplicate + superseded + set aside + combined + elsewhere.",
    "nothing_held": "No file was held for too many bad rows.",
    "nothing_refused": "No file was refused.",
    "nothing_growing": "No file was still being written; the next run takes those that were.",
}


def _specs() -> list[dg.AssetSpec]:
    raw = [
        dg.AssetSpec(
            ["raw", table.system, table.name],
            group_name=table.system,
            description=f"{table.grain} {table.title_zh}",
            deps=[INBOX],
            kinds={"duckdb"},
        )
        for table in contract_tables().values()
    ]
    return [dg.AssetSpec(INBOX, group_name="inbox", description="Files that the systems delivered."), *raw]


@dg.multi_asset(
    name="ingest",
    specs=_specs(),
    check_specs=[
        dg.AssetCheckSpec(name, asset=INBOX, description=text, blocking=name == "rows_accounted")
        for name, text in CHECKS.items()
    ],
)
def ingest(context: dg.AssetExecutionContext, cycle: dg.ResourceParam[Cycle]) -> Iterator:
    """Load what is new in the inbox, then say what was known at the as-of instant."""
    chosen = chosen_mappings(cycle.workspace.settings_file, cycle.settings)
    cycle.warehouse.make(create_warehouse, create_plan_tables, create_feedback_tables)
    with cycle.warehouse.opened("ingest") as connection, cycle.warehouse.opened("ingest") as beside:
        lying = [*inbox_files(cycle.workspace.policy), *inbox_files(cycle.workspace.inbox)]
        files, growing = arrived(lying, cycle.settings.inbox.quiet_seconds)
        limits = reading_limits(cycle.workspace, cycle.settings)
        outcomes = ingest_files(
            connection, files, chosen, cycle.clock, lambda path: cycle.report("ingest", path.name), limits, beside
        )
        outcomes += replay_arrived(connection, files, chosen, cycle.clock, limits)
        lacking = dict(
            connection.execute("select contract, sum(rows)::bigint from control.missing_master group by 1").fetchall()
        )
        as_of = cycle.as_of or latest_known(connection)
        replayed = create_known_views(connection, as_of, beside)
        standing = Counter(status for _, status, _ in not_loaded(connection, cycle.workspace))
    changed = [outcome.file_name for outcome in outcomes if outcome.status == "growing"]
    still_growing = [path.name for path in growing] + changed
    if replayed and context:
        context.log.info(f"replayed as of {as_of}: {', '.join(replayed)}")
    loaded = Counter()
    for outcome in outcomes:
        loaded[outcome.contract] += outcome.rows_loaded
    yield dg.MaterializeResult(asset_key=INBOX, metadata={"files": len(files), "new_outcomes": len(outcomes)})
    for table in contract_tables().values():
        rows = {"rows_loaded": loaded[table.qualified], "master_data_missing": lacking.get(table.qualified, 0)}
        yield dg.MaterializeResult(asset_key=["raw", table.system, table.name], metadata=rows)
    yield from _checks(outcomes, standing, still_growing)


def _checks(outcomes: list[Outcome], standing: Counter, growing: list[str]) -> Iterator[dg.AssetCheckResult]:
    adrift = [o.file_name for o in outcomes if o.status == "loaded" and o.accounted != o.rows_in]
    yield dg.AssetCheckResult(
        asset_key=INBOX, check_name="rows_accounted", passed=not adrift, metadata={"files": adrift}
    )
    yield dg.AssetCheckResult(
        asset_key=INBOX,
        check_name="nothing_growing",
        passed=not growing,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"files": growing},
    )
    for name, status in (("nothing_held", "held"), ("nothing_refused", "refused")):
        count = standing[status]
        yield dg.AssetCheckResult(
            asset_key=INBOX,
            check_name=name,
            passed=count == 0,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"files": count},
        )
