"""The last runs of a workspace, from Dagster's own files, without Dagster: how each went, how long it took, on what."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from statistics import median

from pipelines.workspace import Workspace

MOST = 30
STEPS_TOLD = 3
RUNS = """
    select run_id, pipeline_name, status, start_time, end_time from runs
    where start_time is not null order by start_time desc limit ?
"""
# A step whose process died has no end and is left out.
STEPS = """
    select
        step_key,
        (julianday(max(case when dagster_event_type in ('STEP_SUCCESS', 'STEP_FAILURE') then timestamp end))
         - julianday(min(case when dagster_event_type = 'STEP_START' then timestamp end))) * 86400 as seconds
    from event_logs
    where run_id = ? and step_key is not null
    group by step_key
    having seconds is not null
    order by seconds desc, step_key
    limit ?
"""


def recent_runs(workspace: Workspace) -> list[dict[str, object]]:
    """The last runs, the latest first; none where Dagster keeps its history elsewhere than in the workspace.

    Returns
    -------
    list of dict
        ``job``, ``run_status``, ``started_at``; ``run_seconds`` (None while it runs), ``usual_seconds`` (the median of
        the successful runs of its job among these), ``slowest`` (its longest steps with their seconds), ``run_id``.
    """
    history = workspace.dagster_home / "history"
    if not (history / "runs.db").exists() or not (history / "event_log.db").exists():
        return []
    with (
        closing(sqlite3.connect(f"{(history / 'runs.db').absolute().as_uri()}?mode=ro", uri=True)) as runs,
        closing(sqlite3.connect(f"{(history / 'event_log.db').absolute().as_uri()}?mode=ro", uri=True)) as steps,
    ):
        found = runs.execute(RUNS, [MOST]).fetchall()
        took = {run_id: end - start for run_id, _, _, start, end in found if end is not None}
        usual: dict[str, list[float]] = {}
        for run_id, job, status, *_ in found:
            if status == "SUCCESS" and run_id in took:
                usual.setdefault(job, []).append(took[run_id])
        return [
            {
                "job": job, "run_status": status.lower(), "started_at": datetime.fromtimestamp(start, UTC),
                "run_seconds": took.get(run_id), "usual_seconds": median(usual[job]) if job in usual else None,
                "slowest": ", ".join(
                    f"{step} {seconds:.0f} s" for step, seconds in steps.execute(STEPS, [run_id, STEPS_TOLD])
                ),
                "run_id": run_id,
            }
            for run_id, job, status, start, _ in found
        ]  # fmt: skip
