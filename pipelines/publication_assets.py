"""The published snapshot as a Dagster asset."""

from collections.abc import Mapping

import dagster as dg
import duckdb

from pipelines.cycle import Cycle, begin_stage, computed_for, current_as_of, finish_stage, is_done
from pipelines.desk_list import list_kept
from pipelines.publication import prune, publish

SNAPSHOT = dg.AssetKey(["published", "snapshot"])
LIST_KEPT = dg.AssetCheckSpec(
    "desk_list_kept", asset=SNAPSHOT,
    description="The list of the publication is kept beside it; without it the desk makes it itself, only slower.",
)  # fmt: skip


def publication_asset(stage_of: Mapping[dg.AssetKey, str]) -> dg.AssetsDefinition:
    """One publication over all marts, each with the instant that its stage was computed for."""

    @dg.asset(key=SNAPSHOT, group_name="publication", deps=list(stage_of), check_specs=[LIST_KEPT])
    def snapshot(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
        """Everything that analysts and planners read, under one publication id."""
        cycle.report("publish", "marts")
        with cycle.warehouse.opened("publish") as connection:
            prune(cycle.workspace, cycle.loaded_at)
            told: dict[str, object] = {"unchanged": True}
            if not is_done(connection, cycle, "publish"):
                told = {"publication_id": _published(connection, cycle, stage_of)}
        return dg.MaterializeResult(metadata=told, check_results=[_list_kept(cycle)])

    return snapshot


def _published(connection: duckdb.DuckDBPyConnection, cycle: Cycle, stage_of: Mapping[dg.AssetKey, str]) -> str:
    """Publish all marts; returns the id under which they stand."""
    begin_stage(connection, "publish")
    as_of = current_as_of(connection)
    instants = computed_for(connection)
    computed = {key.path[-1]: instants[stage] for key, stage in stage_of.items() if stage in instants}
    head = cycle.journal.head()
    publication = publish(
        connection, cycle.workspace, cycle.settings.tenant_id, as_of, cycle.loaded_at, computed,
        journal=f"{head.sequence}:{head.hash}" if head.sequence else None,
    )  # fmt: skip
    finish_stage(connection, cycle, "publish")
    return publication.publication_id


def _list_kept(cycle: Cycle) -> dg.AssetCheckResult:
    why = list_kept(cycle.workspace, cycle.settings, cycle.journal)
    if why is None:
        return dg.AssetCheckResult(check_name=LIST_KEPT.name, passed=True)
    cycle.report("publish", f"the desk's list was not kept: {why}")
    return dg.AssetCheckResult(
        check_name=LIST_KEPT.name, passed=False, severity=dg.AssetCheckSeverity.WARN, metadata={"why": why}
    )
