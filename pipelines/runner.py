"""One turn of the loop in this process: Dagster's job over the workspace's assets."""

from __future__ import annotations

import gc
import inspect
import logging
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipelines.abreast import LANES, abreast
from pipelines.cycle import MARTS_BESIDE, PASS_END, PLANS, TESTS_BESIDE, Cycle
from pipelines.rehearsal import UnrehearsedError
from pipelines.settings import Settings
from pipelines.workspace import Workspace

INSTANCE = """\
# Written by supplyloop. One Dagster instance per workspace: asset keys are global inside an instance.
telemetry:
  enabled: false
nux:
  enabled: false
event_log_storage:
  module: pipelines.event_log
  class: PooledSqliteEventLogStorage
  config:
    base_dir: {home}/history
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


class RunFailedError(Exception):
    """The run did not come to its end; the message says where and why."""


@dataclass(frozen=True)
class Run:
    """What Dagster says of a finished run."""

    run_id: str
    checks_passed: int
    checks_failed: tuple[str, ...]


def prepare_instance(workspace: Workspace) -> None:
    """Write the workspace's `dagster.yaml`; its paths are absolute, so a moved workspace gets a new one."""
    workspace.create_folders()
    content = INSTANCE.format(home=workspace.dagster_home)
    path = workspace.dagster_home / "dagster.yaml"
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


@contextmanager
def instance_of(workspace: Workspace):
    """The workspace's Dagster instance."""
    import dagster as dg

    prepare_instance(workspace)
    os.environ["DAGSTER_HOME"] = str(workspace.dagster_home)
    with dg.DagsterInstance.from_config(str(workspace.dagster_home)) as instance:
        yield instance


def run_job(cycle: Cycle, job: str = "daily_plan") -> Run:
    """Turn the loop once.

    Raises
    ------
    RunFailedError
        Naming the step that failed and what it said.
    """
    with collecting_seldom(), silent_about_unchanged(), instance_of(cycle.workspace) as instance:
        fail_dead_runs(instance)
        definitions = _definitions(cycle.workspace, cycle.settings.model_dump_json(), cycle.code)
        try:
            result = definitions.resolve_job_def(job).execute_in_process(
                instance=instance,
                resources={"cycle": cycle},
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                tags={"supplyloop/pid": str(os.getpid())},
            )
        finally:
            cycle.release()
        checks = result.get_asset_check_evaluations()
        if not result.success:
            raise RunFailedError(_failure(result))
        failed = tuple(
            f"{check.asset_key.to_user_string()}: {check.check_name}" for check in checks if not check.passed
        )
        return Run(result.run_id, sum(check.passed for check in checks), failed)


def turn(cycle: Cycle, job: str, left_out: Collection[str] = ()) -> None:
    """Turn the loop once as `run_job` does, but for Dagster's record of it.

    What each asset of the job does is done in the job's order, but for assets that are `left_out` by name, and for
    marts that none of the others reads where this process knows the pass by heart. Where nobody looks at runs, their
    events are a third of a small turn. Plans that do not wait for each other are made side by side. The warehouse
    stays open: whoever started the turn releases it.

    Raises
    ------
    RunFailedError
        If a check failed that what follows must wait for.
    ValueError
        If an asset is left out that the job does not have.
    """
    with collecting_seldom():
        definitions = _definitions(cycle.workspace, cycle.settings.model_dump_json(), cycle.code)
        bodies = {asset.op.name: asset for asset in (*definitions.assets, *definitions.asset_checks)}
        whole = definitions.resolve_job_def(job)
        names = [node.name for node in whole.nodes_in_topological_order]
        if unknown := sorted(set(left_out) - set(names)):
            raise ValueError(f"no asset of {job} is called {unknown[0]!r}; left_out names those of it")
        chosen = [name for name in names if name not in left_out]
        if left_out:
            cycle.read = frozenset(_marts_read(bodies[name] for name in chosen))
        if not cycle.is_alone:
            abreast([()] * len(chosen), lambda place, lane: _do(bodies[chosen[place]], cycle), lanes=1)
            return
        tasks, above = in_parts(chosen), _above(whole)

        def do(names: list[str], place: int) -> None:
            name = names[place]
            if name in bodies:
                _do(bodies[name], cycle)
            elif name in cycle.left:
                cycle.left[name]()

        if left_out and FIRST_PLAN in chosen:
            cycle.first = frozenset(_marts_read([bodies[FIRST_PLAN]]))
        try:
            abreast(waits_for(tasks, above), lambda place, lane: do(tasks, place), LANES)
        except UnrehearsedError:
            # What is begun is built whole, and planned anew on that.
            cycle.first, cycle.left, cycle.warehouse.in_order = None, {}, False
            again = tasks[tasks.index(PLANNING_PASS) :]
            abreast(waits_for(again, above), lambda place, lane: do(again, place), LANES)


PLANNING_PASS, FIRST_PLAN = "dbt_planning", "forecast"
# What the rest of a turn waits for longest comes first.
LONGEST = (FIRST_PLAN, "replenishment")


def in_parts(names: list[str]) -> list[str]:
    """Names of assets in their order, with what may be done of the planning pass beside plans; longest plans first."""
    if PLANNING_PASS not in names or FIRST_PLAN not in names:
        return names
    begin = names.index(PLANNING_PASS) + 1
    end = begin + next((at for at, name in enumerate(names[begin:]) if name not in PLANS), len(names) - begin)
    plans = sorted(names[begin:end], key=lambda name: name not in LONGEST)
    return [*names[:begin], MARTS_BESIDE, *plans, TESTS_BESIDE, PASS_END, *names[end:]]


def waits_for(names: list[str], above: Mapping[str, set[str]]) -> list[set[int]]:
    """By task of `in_parts`, the places of those that it waits for: a plan for what it reads, any other for all before.

    The first plan waits for no mart that is made beside it, and no plan for the tests. What is left out has no place; a
    plan that reads only that waits for what stands.
    """
    places = {name: place for place, name in enumerate(names)}
    found: list[set[int]] = []
    for place, name in enumerate(names):
        before = set(range(place))
        if name in PLANS:
            read = {places[other] for other in above[name] if other in places}
            beside = {MARTS_BESIDE} if name == FIRST_PLAN else set()
            before = read | {other for other in before if names[other] not in (*PLANS, *beside)}
        elif name == TESTS_BESIDE:
            before = {other for other in before if names[other] not in PLANS}
        found.append(before)
    return found


def _above(job) -> dict[str, set[str]]:
    """By asset of a job, those whose results it reads."""
    return {
        (node.alias or node.name): {end.node for given in inputs.values() for end in given.get_node_dependencies()}
        for node, inputs in job.dependencies.items()
    }


def _marts_read(assets: Iterable) -> Iterator[str]:
    """Names of the marts that assets of other kinds than dbt's name as what they read."""
    for asset in assets:
        for spec in asset.specs:
            if spec.key.path[0] not in ("marts", "intermediate", "staging"):
                yield from (dep.asset_key.path[-1] for dep in spec.deps if dep.asset_key.path[0] == "marts")


def _do(asset, cycle: Cycle) -> None:
    """Call what an asset's function does, and hold its results against the checks that block."""
    import dagster as dg

    body = asset.op.compute_fn.decorated_fn
    told = {"context": None} if "context" in inspect.signature(body).parameters else {}
    found = body(**told, cycle=cycle)
    blocking = {spec.key for spec in asset.check_specs if spec.blocking}
    for result in found if isinstance(found, Iterator) else ():
        if not isinstance(result, dg.AssetCheckResult) or result.passed:
            continue
        if dg.AssetCheckKey(result.asset_key, result.check_name) in blocking:
            raise RunFailedError(f"step '{asset.op.name}' failed: {result.check_name} of {result.asset_key.path}")


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Python's collector walks all that Dagster and dbt know of the project 2,000 times a run: 3 CPU-seconds."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def silent_about_unchanged() -> Iterator[None]:
    """Without Dagster's warning of a blocking check that gave no result.

    A table that did not change is not held against its contract again, which is no news to an operator.
    """
    log = logging.getLogger("dagster._core.execution.plan.active")

    def is_news(record: logging.LogRecord) -> bool:
        return "emitted no result" not in record.getMessage()

    log.addFilter(is_news)
    try:
        yield
    finally:
        log.removeFilter(is_news)


@lru_cache(maxsize=4)
def _definitions(workspace: Workspace, settings: str, fingerprint: str):
    """A warm process builds the definitions of a workspace once; `settings` is JSON, so that it can be a key."""
    from pipelines.definitions import definitions

    return definitions(workspace, Settings.model_validate_json(settings))


def _failure(result) -> str:
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error.cause is not None:
                error = error.cause
            return f"step '{event.step_key}' failed: {error.message.strip()}"
    return "the run failed before its first step; see its log with `supplyloop dev`"


def fail_dead_runs(instance) -> list[str]:
    """Report runs as failed that are STARTED although their process is gone."""
    import dagster as dg

    dead = []
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        pid = run.tags.get("supplyloop/pid")
        if pid and not Path(f"/proc/{pid}").exists():
            instance.report_run_failed(run, f"process {pid} died before the run ended")
            dead.append(run.run_id)
    return dead
