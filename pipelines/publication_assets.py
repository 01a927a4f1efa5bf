"""The published snapshot as a Dagster asset."""

from collections.abc import Mapping

import dagster as dg

from pipelines.cycle import Cycle, begin_stage, computed_for, current_as_of, finish_stage, is_done
from pipelines.desk_list import keep_list
from pipelines.publication import prune, publish


def publication_asset(stage_of: Mapping[dg.AssetKey, str]) -> dg.AssetsDefinition:
    """One publication over all marts, each with the instant that its stage was computed for."""

    @dg.asset(key=["published", "snapshot"], group_name="publication", deps=list(stage_of))
    def snapshot(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
        """Everything that analysts and planners read, under one publication id."""
        cycle.report("publish", "marts")
        with cycle.warehouse.opened("publish") as connection:
            prune(cycle.workspace, cycle.loaded_at)
            if is_done(connection, cycle, "publish"):
                return dg.MaterializeResult(metadata={"unchanged": True})
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
        # Without it the desk makes it itself, only slower: it is no part of what is published whole or not at all.
        keep_list(cycle.workspace, cycle.settings, cycle.journal)
        return dg.MaterializeResult(metadata={"publication_id": publication.publication_id})

    return snapshot
