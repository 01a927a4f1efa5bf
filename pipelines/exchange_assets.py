"""Sending and answers as Dagster assets, each driven by a sensor."""

from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg

from pipelines.cycle import Cycle
from pipelines.exchange import due_messages, lying_answers, send_due, take_answers
from pipelines.journal import open_journal
from pipelines.settings import Settings
from pipelines.workspace import Workspace

ANSWERED, SENT = dg.AssetKey(["feedback", "answered"]), dg.AssetKey(["feedback", "sent"])


def _now() -> datetime:
    # A signature and a pause before the next attempt are of the clock on the wall, whatever a run computes for.
    return datetime.now(UTC)


@dg.asset(key=ANSWERED, group_name="feedback")
def answered_asset(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
    """What receivers answered, taken up from where each puts its files."""
    cycle.report("feedback", "answers")
    told = take_answers(cycle.journal, cycle.workspace, cycle.settings, cycle.loaded_at)
    strange = [entry for _, taken in told for entry in taken.strange]
    applied = sum(taken.applied for _, taken in told)
    return dg.MaterializeResult(metadata={"files": len(told), "answers": applied, "strange": strange})


@dg.asset(key=SENT, group_name="feedback")
def sent_asset(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
    """What was approved and due, sent to its receivers."""
    cycle.report("feedback", "sending")
    sent = send_due(cycle.journal, cycle.workspace, cycle.settings, _now)
    if sent is None:
        return dg.MaterializeResult(metadata={"sent": 0, "elsewhere": True})
    return dg.MaterializeResult(metadata={"sent": sent.sent, "failed": sent.failed, "dead": sent.dead})


def exchange_sensors(
    workspace: Workspace, settings: Settings, sending, answering, clock: Callable[[], datetime] = _now
) -> list[dg.SensorDefinition]:
    """A sensor that sends what is due, and one that takes up what receivers answered."""

    @dg.sensor(name="sending", job=sending, minimum_interval_seconds=30)
    def sending_sensor(context: dg.SensorEvaluationContext):
        """Start a run for the messages that are due; those it could not send are due again after a pause."""
        if not settings.destinations:
            return dg.SkipReason("no destination is configured")
        journal = open_journal(workspace, settings)
        try:
            due = due_messages(journal, clock())
        finally:
            journal.store.dispose()
        return dg.RunRequest(run_key=due) if due else dg.SkipReason("nothing is due")

    @dg.sensor(name="answers", job=answering, minimum_interval_seconds=60)
    def answers_sensor(context: dg.SensorEvaluationContext):
        """Start a run when other answers lie there than last time, and they have stopped growing."""
        seen, _, handled = (context.cursor or "||").partition("||")
        now = lying_answers(workspace, settings)
        context.update_cursor(f"{now}||{handled}")
        if now and now == seen and now != handled:
            context.update_cursor(f"{now}||{now}")
            return dg.RunRequest(run_key=now)
        return dg.SkipReason("no new answers")

    return [sending_sensor, answers_sensor]
