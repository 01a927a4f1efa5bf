"""The one `Definitions` of a workspace: assets, jobs, schedules, sensor."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from pipelines.alert_assets import alerted_asset
from pipelines.control_checks import control_checks
from pipelines.cycle import Cycle
from pipelines.dbt_assets import dbt_pass_assets
from pipelines.exchange_assets import answered_asset, exchange_sensors, sent_asset
from pipelines.feedback_assets import (
    carrier_asset,
    channel_asset,
    clearance_asset,
    count_asset,
    lifecycle_asset,
    order_action_asset,
    outlook_asset,
    price_asset,
    purchase_asset,
    push_asset,
    stocking_asset,
    transfer_asset,
    wave_asset,
)
from pipelines.ingestion.arrival import stamp
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion_assets import ingest
from pipelines.journal_assets import in_flight_asset, journal_assets
from pipelines.planning_assets import (
    backtest_assets,
    calibration_assets,
    carrier_assets,
    cash_assets,
    channel_assets,
    clearance_assets,
    echelon_assets,
    explanation_assets,
    forecast_assets,
    freight_assets,
    outlook_assets,
    override_assets,
    promotion_assets,
    replenishment_assets,
    transit_assets,
    wave_assets,
)
from pipelines.publication_assets import publication_asset
from pipelines.settings import Settings, load_settings
from pipelines.transformation import AFTER_PLAN, ANALYSIS, PLANNING, manifest
from pipelines.trust_assets import auto_approved_asset, scored_asset
from pipelines.workspace import Workspace

# One process per run: a multiprocess executor imports everything again at every step.
IN_PROCESS = dg.in_process_executor


def definitions(workspace: Workspace, settings: Settings) -> dg.Definitions:
    """Everything Dagster needs to turn the loop in `workspace`."""
    parsed = manifest(workspace, settings)
    planning, after_plan, analysis = (dbt_pass_assets(parsed, which) for which in (PLANNING, AFTER_PLAN, ANALYSIS))
    passes = {PLANNING: planning, AFTER_PLAN: after_plan, ANALYSIS: analysis}
    stages = {key: which.stage for which, built in passes.items() for key in built.keys if key.path[0] == "marts"}
    snapshot = publication_asset(stages)
    feedback = [answered_asset, in_flight_asset, journal_assets]
    intraday = [
        ingest, *feedback, planning, wave_assets, carrier_assets, auto_approved_asset, after_plan, wave_asset,
        carrier_asset, snapshot,
    ]  # fmt: skip
    decisions = [
        *intraday, transit_assets, override_assets, forecast_assets, replenishment_assets, outlook_assets,
        purchase_asset, order_action_asset, transfer_asset, clearance_assets, clearance_asset, push_asset,
        price_asset, cash_assets, channel_assets, channel_asset, echelon_assets,
    ]  # fmt: skip
    daily = [
        *decisions, promotion_assets, explanation_assets, freight_assets, analysis, scored_asset, count_asset,
        lifecycle_asset, stocking_asset, outlook_asset, alerted_asset,
    ]  # fmt: skip
    looking_back = [
        ingest, *feedback, planning, override_assets, backtest_assets, calibration_assets, after_plan, snapshot,
    ]  # fmt: skip
    chosen = {
        "daily_plan": daily,
        "daily_decisions": decisions,
        "intraday_fulfilment": [*intraday, alerted_asset],
        "forecast_backtest": looking_back,
        "send_decisions": [sent_asset],
        "take_answers": [answered_asset],
    }
    jobs = {name: dg.define_asset_job(name, _selection(assets, analysis)) for name, assets in chosen.items()}
    return dg.Definitions(
        assets=[*daily, backtest_assets, calibration_assets, sent_asset],
        asset_checks=[control_checks()],
        jobs=list(jobs.values()),
        schedules=[_schedule(jobs[name], cron, settings) for name, cron in settings.schedules.model_dump().items()],
        sensors=[
            _inbox_sensor(workspace, jobs["daily_plan"]),
            *exchange_sensors(workspace, settings, jobs["send_decisions"], jobs["take_answers"]),
        ],
        executor=IN_PROCESS,
        resources={"cycle": _cycle_of_run(workspace, settings)},
    )


def _selection(assets: list[dg.AssetsDefinition], analysis: dg.AssetsDefinition) -> dg.AssetSelection:
    """The assets with their checks; checks of `raw` tables that the analysis pass runs only come with it."""
    selected = dg.AssetSelection.assets(*assets)
    return selected if analysis in assets else selected - dg.AssetSelection.checks(*analysis.check_keys)


def _schedule(job, cron: str, settings: Settings) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(job=job, cron_schedule=cron, execution_timezone=settings.business_timezone)


def _cycle_of_run(workspace: Workspace, settings: Settings) -> dg.ResourceDefinition:
    """For runs that Dagster itself starts: rows are stamped with the instant the run was created."""

    @dg.resource
    def cycle(context: dg.InitResourceContext) -> Iterator[Cycle]:
        record = context.instance.get_run_record_by_id(context.run_id) if context.run_id else None
        created = record.create_timestamp if record else datetime.fromtimestamp(0, UTC)
        turn = Cycle(workspace, settings, loaded_at=created.replace(tzinfo=created.tzinfo or UTC))
        try:
            yield turn
        finally:
            turn.release()

    return cycle


def _inbox_sensor(workspace: Workspace, job) -> dg.SensorDefinition:
    @dg.sensor(name="inbox", job=job, minimum_interval_seconds=30)
    def inbox(context: dg.SensorEvaluationContext):
        """Start a run when the inbox has come to hold other files, and they have stopped growing."""
        files = [path for folder in (workspace.inbox, workspace.policy) for path in inbox_files(folder)]
        state = [(path.name, stamp(path)) for path in files]
        seen, _, handled = (context.cursor or "||").partition("||")
        now = hashlib.sha256(repr(state).encode()).hexdigest()
        context.update_cursor(f"{now}||{handled}")
        # Unchanged between two looks, so nobody is writing any more, and not yet run for.
        if state and now == seen and now != handled:
            context.update_cursor(f"{now}||{now}")
            return dg.RunRequest(run_key=now)
        return dg.SkipReason("nothing new in the inbox")

    return inbox


def code_location() -> dg.Definitions:
    """The definitions of the workspace that `SUPPLYLOOP_WORKSPACE` names, for `dagster dev`."""
    workspace = Workspace.at(os.environ["SUPPLYLOOP_WORKSPACE"])
    return definitions(workspace, load_settings(workspace.settings_file))
