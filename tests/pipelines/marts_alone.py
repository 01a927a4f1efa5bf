"""Ingestion and dbt without the rest of a turn: no Dagster, forecast, plan or publication, for tests of marts."""

from datetime import datetime

from sample_workspace import LOADED_AT

from pipelines.cycle import Cycle, finish_views, views_stand
from pipelines.increment import finish_increment, prepare_increment
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import ingest_files
from pipelines.ingestion.schema import create_warehouse
from pipelines.journal_tables import create_feedback_tables
from pipelines.known import create_known_views, latest_known
from pipelines.planning.tables import create_plan_tables
from pipelines.settings import load_settings
from pipelines.transformation import Pass, run_pass
from pipelines.workspace import Workspace


def load_and_build(workspace: Workspace, *models: str, loaded_at: datetime = LOADED_AT, force: bool = False) -> bool:
    """Load what is new, then build the models and what they stand on; whether facts could replace parts only."""
    select, tables = (
        " ".join(f"+{model},{kind}" for model in models)
        for kind in ("resource_type:model", "config.materialized:table")
    )
    which = Pass("alone", select, exclude=None, tables=tables)
    cycle = Cycle(workspace, load_settings(workspace.settings_file), loaded_at, force=force)
    with cycle.warehouse.opened("test") as connection:
        create_warehouse(connection)
        create_plan_tables(connection)
        create_feedback_tables(connection)
        files = [*inbox_files(workspace.policy), *inbox_files(workspace.inbox)]
        ingest_files(connection, files, (), cycle.clock)
        create_known_views(connection, latest_known(connection))
        could_replace = prepare_increment(connection, cycle, which.stage)
        built = run_pass(workspace, cycle.settings, which, views_stand=views_stand(connection, cycle, which.stage))
        assert built.error is None, built.error
        finish_increment(connection, cycle, which.stage)
        finish_views(connection, cycle, which.stage)
    cycle.warehouse.release()
    return could_replace
