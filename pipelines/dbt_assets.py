"""The dbt passes as Dagster assets: models become materialisations, tests become checks."""

import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from pipelines.cycle import (
    MARTS_BESIDE,
    PASS_END,
    TESTS_BESIDE,
    Cycle,
    begin_stage,
    finish_stage,
    finish_views,
    is_done,
    views_stand,
)
from pipelines.increment import finish_increment, prepare_increment
from pipelines.rehearsal import Rehearsal, UnrehearsedError
from pipelines.transformation import (
    PLANNING,
    Built,
    Pass,
    TransformationError,
    rehearsal,
    repeat_nodes,
    repeat_pass,
    run_pass,
)
from pipelines.unwritten import unwritten


class Translator(DagsterDbtTranslator):
    """Groups models by the system or domain of their folder; tests on sources are checks too."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        folders = dbt_resource_props["fqn"][1:-1]
        match folders:
            case ["staging", system, *_]:
                return system
            case ["marts", domain, *_]:
                return f"mart_{domain}"
            case [layer, *_]:
                return layer
        return None


def dbt_pass_assets(manifest: Mapping[str, Any], which: Pass) -> dg.AssetsDefinition:
    """The assets of one pass."""
    translator = Translator()
    views = {
        translator.get_asset_key(node)
        for node in manifest["nodes"].values()
        if node["config"].get("materialized") == "view"
    }

    @dbt_assets(
        manifest=manifest,
        select=which.select,
        exclude=which.exclude,
        name=f"dbt_{which.name}",
        dagster_dbt_translator=translator,
    )
    def assets(context: dg.AssetExecutionContext, cycle: dg.ResourceParam[Cycle]) -> Iterator:
        # Without a context nobody records what comes out: what dbt tells becomes evaluations of the same checks.
        built = _build(cycle, which, _tested_sources(assets))
        if built is None:
            # Nothing it depends on has changed: what stands is what would come out.
            for key in _upstream_first(assets):
                yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})
            yield from _last_checks(cycle, which)
            return
        outputs, checks = {}, []
        for event in built.events:
            message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
            for outcome in message.to_default_asset_events(manifest, translator, context):
                if isinstance(outcome, dg.Output):
                    outputs[assets.keys_by_output_name[outcome.output_name]] = outcome
                else:
                    checks.append(outcome)
        for key in _upstream_first(assets):
            if key in outputs:
                yield outputs[key]
            elif built.left_views and key in views:
                yield dg.MaterializeResult(asset_key=key, metadata={"unchanged": True})
        yield from checks
        if built.error:
            raise TransformationError(built.error)
        _keep_checks(cycle, which, [check for check in checks if _is_of(assets, check)])

    return assets


def _is_of(assets: dg.AssetsDefinition, outcome: object) -> bool:
    """Whether it is the outcome of a check of these assets."""
    if isinstance(outcome, dg.AssetCheckEvaluation):
        return dg.AssetCheckKey(outcome.asset_key, outcome.check_name) in assets.check_keys
    return isinstance(outcome, dg.AssetCheckResult)


def _checks_file(cycle: Cycle, which: Pass) -> Path:
    return cycle.workspace.dbt_target / f"checks_{which.name}.json"


def _keep_checks(cycle: Cycle, which: Pass, checks: list[dg.AssetCheckResult | dg.AssetCheckEvaluation]) -> None:
    """Remember what the checks found: for an unchanged pass it still holds, and the next run says so again."""
    found = [[check.asset_key.path, check.check_name, check.passed, check.severity.value] for check in checks]
    _checks_file(cycle, which).write_text(json.dumps(found), encoding="utf-8")


def _last_checks(cycle: Cycle, which: Pass) -> Iterator[dg.AssetCheckResult]:
    found = json.loads(_checks_file(cycle, which).read_text(encoding="utf-8"))
    for path, name, passed, severity in found:
        yield dg.AssetCheckResult(
            asset_key=path,
            check_name=name,
            passed=passed,
            severity=dg.AssetCheckSeverity(severity),
            metadata={"unchanged": True},
        )


def _upstream_first(assets: dg.AssetsDefinition) -> list[dg.AssetKey]:
    """The keys of the assets, each after those it depends on, as Dagster wants them yielded."""
    depends = {spec.key: {dep.asset_key for dep in spec.deps} & assets.keys for spec in assets.specs}
    return list(TopologicalSorter(depends).static_order())


def _tested_sources(assets: dg.AssetsDefinition) -> list[str]:
    """Contract tables (`order.sales_order`) whose source tests are checks of the pass: those that its views read."""
    paths = [key.asset_key.path for key in assets.check_keys]
    return sorted({".".join(path[1:]) for path in paths if path[0] == "raw"})


def _build(cycle: Cycle, which: Pass, sources: list[str]) -> Built | None:
    """What dbt did, or None when the pass stands already."""
    with cycle.warehouse.opened(which.stage) as connection:
        if is_done(connection, cycle, which.stage):
            return None
        begin_stage(connection, which.stage)
        may_replace = prepare_increment(connection, cycle, which.stage)
        if cycle.force:
            connection.execute("delete from control.tested where contract in (select unnest(?))", [sources])
        untested = connection.execute(UNTESTED, [sources]).fetchall()
        tested = sorted({contract for _, contract in untested})
        stand = views_stand(connection, cycle, which.stage)
        kept = rehearsal(cycle.workspace, cycle.settings, which) if stand and may_replace else None
        if kept is not None and kept.is_kept and not kept.knows(tested):
            # Tables come that did not come before. Others will, so dbt is asked for all of them now.
            tested = sources
        if which is PLANNING and cycle.first is not None and kept is not None and kept.knows(tested):
            return _begun(connection, cycle, kept, kept.nodes(tested, cycle.read), untested)
        # Parts of tables are replaced on two connections; whole tables are made anew, and nobody looks for their rows.
        with unwritten(connection) if may_replace else nullcontext():
            built = _built(connection, cycle, which, tested, stand, kept)
        if not built.error:
            _finish(connection, cycle, which, untested)
    return built


def _finish(connection: duckdb.DuckDBPyConnection, cycle: Cycle, which: Pass, untested: list[tuple[str, str]]) -> None:
    """Remember that the pass stands."""
    if cycle.read is None:
        finish_stage(connection, cycle, which.stage)
    finish_increment(connection, cycle, which.stage)
    finish_views(connection, cycle, which.stage)
    loads, contracts = [load for load, _ in untested], [contract for _, contract in untested]
    connection.execute("insert into control.tested select unnest(?), unnest(?)", [loads, contracts])


def _begun(
    connection: duckdb.DuckDBPyConnection,
    cycle: Cycle,
    kept: Rehearsal,
    nodes: list[str],
    untested: list[tuple[str, str]],
) -> Built:
    """The planning pass as far as the first plan waits for it; the rest is left to the turn, to be done beside plans.

    Raises
    ------
    UnrehearsedError
        If dbt must do it; what is left raises it too.
    """
    warehouse, stage = cycle.warehouse, PLANNING.stage
    first, others, tests = kept.parts(nodes, cycle.first)

    def tell(event: dict[str, Any]) -> None:
        cycle.report(stage, event["data"]["node_info"]["node_name"])

    def marts() -> None:
        with warehouse.opened(stage) as alone:
            repeat_nodes([alone], kept, others, tell)
        warehouse.in_order = False

    def check() -> None:
        with warehouse.opened(stage) as alone:
            repeat_nodes([alone], kept, tests, tell)

    def end() -> None:
        with warehouse.opened(stage) as alone:
            _finish(alone, cycle, PLANNING, untested)

    warehouse.in_order = True
    with warehouse.opened(stage) as beside:
        repeat_nodes((connection, beside), kept, first, tell)
    cycle.left = {MARTS_BESIDE: marts, TESTS_BESIDE: check, PASS_END: end}
    return Built([kept.events[node] for node in nodes], None, left_views=True)


def _built(
    connection: duckdb.DuckDBPyConnection,
    cycle: Cycle,
    which: Pass,
    sources: list[str],
    stand: bool,
    kept: Rehearsal | None,
) -> Built:
    """The pass; without dbt where it goes the usual way, of which `kept` is what this process has seen."""
    workspace, settings = cycle.workspace, cycle.settings

    def tell(event: dict[str, Any]) -> None:
        cycle.report(which.stage, event["data"]["node_info"]["node_name"])

    if kept is not None and kept.knows(sources):
        try:
            with cycle.warehouse.opened(which.stage) as beside:
                return repeat_pass((connection, beside), kept, sources, cycle.read, tell)
        except UnrehearsedError:
            # What is begun is built whole.
            prepare_increment(connection, cycle, which.stage)
            kept = None
    return run_pass(workspace, settings, which, sources, stand, tell, kept)


# Deliveries whose tables' source tests have not passed since.
UNTESTED = """
    select distinct d.load_id, d.contract from control.delivery as d
    anti join control.tested as t using (load_id, contract)
    where d.status = 'loaded' and d.contract in (select unnest(?))
    order by all
"""
