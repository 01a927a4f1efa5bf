"""Alerts as a Dagster asset: after everything is published, what is beyond a limit is told its owner."""

from datetime import UTC, datetime

import dagster as dg

from pipelines.alert_rules import load_alerts
from pipelines.alerting import measure, send
from pipelines.cycle import Cycle, current_as_of
from pipelines.planning.recognition import is_look_back

ALERTED = dg.AssetKey(["feedback", "alerted"])


@dg.asset(key=ALERTED, group_name="feedback", deps=[dg.AssetKey(["published", "snapshot"])])
def alerted_asset(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
    """Where every rule of `alerts.toml` stands, and what of it was sent; the same instant again tells nothing new."""
    from feedback.alerts.standings import take_readings

    file = load_alerts(cycle.workspace.root)
    if not file.rules:
        return dg.MaterializeResult(metadata={"rules": 0})
    cycle.report("feedback", "alerts")
    with cycle.warehouse.opened("alerts") as connection:
        as_of = current_as_of(connection)
        measured = measure(connection, file)
    if is_look_back(cycle.journal, as_of):
        return dg.MaterializeResult(metadata={"rules": len(measured), "look_back": True})
    told = take_readings(cycle.journal.store, measured, as_of)
    # Whether a server answers is of the clock on the wall, whatever a run computes for.
    sent = send(cycle.journal.store, file, cycle.settings.tenant_id, lambda: datetime.now(UTC))
    return dg.MaterializeResult(metadata={"rules": len(measured), "told": len(told)} | sent)
