"""The published snapshot as a Dagster asset."""

import dagster as dg

from pipelines.cycle import Cycle, begin_stage, current_as_of, finish_stage, is_done
from pipelines.publication import prune, publish


def publication_asset(marts: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """One publication over all marts."""

    @dg.asset(key=["published", "snapshot"], group_name="publication", deps=marts)
    def snapshot(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
        """Everything that analysts and planners read, under one publication id."""
        cycle.report("publish", "marts")
        with cycle.warehouse.opened("publish") as connection:
            prune(cycle.workspace, cycle.loaded_at)
            if is_done(connection, cycle, "publish"):
                return dg.MaterializeResult(metadata={"unchanged": True})
            begin_stage(connection, "publish")
            as_of = current_as_of(connection)
            publication = publish(connection, cycle.workspace, cycle.settings.tenant_id, as_of, cycle.loaded_at)
            finish_stage(connection, cycle, "publish")
        return dg.MaterializeResult(metadata={"publication_id": publication.publication_id})

    return snapshot
