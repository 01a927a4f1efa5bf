"""What Dagster sees of a workspace."""

from collections import Counter

import dagster as dg
import pytest
from sample_workspace import make_workspace

from pipelines.control_checks import CONTROLS
from pipelines.definitions import definitions
from pipelines.settings import load_settings
from pipelines.transformation import AFTER_PLAN, ANALYSIS, PLANNING, manifest, selected

pytestmark = pytest.mark.xdist_group("cycle")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("definitions") / "demo")


@pytest.fixture(scope="module")
def loaded(workspace) -> dg.Definitions:
    return definitions(workspace, load_settings(workspace.settings_file))


def test_lineage_runs_from_a_raw_table_to_the_decision_that_stands_on_it(loaded):
    graph = loaded.resolve_asset_graph()
    upstream, seen = [dg.AssetKey(["outbox", "purchase_suggestions"])], set()
    while upstream:
        key = upstream.pop()
        seen.add(key)
        upstream += [parent for parent in graph.get(key).parent_keys if parent not in seen]
    for path in (["raw", "order", "sales_order"], ["marts", "demand_history"], ["plan", "interval_demand"], ["inbox"]):
        assert dg.AssetKey(path) in seen


def test_every_system_has_its_group(loaded):
    graph = loaded.resolve_asset_graph()
    groups = {graph.get(key).group_name for key in graph.get_all_asset_keys() if key.path[0] == "raw"}
    assert len(groups) == 13 and {"order", "finance", "logistics", "policy"} <= groups


def test_tests_of_sources_and_marts_are_asset_checks(loaded):
    keys = {(key.asset_key.to_user_string(), key.name) for key in loaded.resolve_asset_graph().asset_check_keys}
    assert ("inbox", "rows_accounted") in keys
    assert any(asset == "raw/order/sales_order" for asset, _ in keys)
    assert any(asset == "marts/demand_history" for asset, _ in keys)
    assert {name for name, _ in CONTROLS.values()} <= {name for asset, name in keys if asset == "marts/control_result"}


@pytest.mark.parametrize("views_stand", [False, True])
def test_every_model_and_every_test_is_in_one_pass(workspace, views_stand):
    settings = load_settings(workspace.settings_file)
    nodes = manifest(workspace, settings)["nodes"].values()
    left = {"view"} if views_stand else set()
    models = [n["name"] for n in nodes if n["resource_type"] == "model" and n["config"]["materialized"] not in left]
    tests = [
        n["name"]
        for n in nodes
        if n["resource_type"] == "test" and any(parent.startswith("model.") for parent in n["depends_on"]["nodes"])
    ]
    found = Counter(
        name for which in (PLANNING, AFTER_PLAN, ANALYSIS) for name in selected(workspace, settings, which, views_stand)
    )
    assert found == Counter(models + tests), "a test of a view, or of tables and views, carries the tag of_views"


def test_no_decision_waits_for_a_mart_that_only_people_read(loaded):
    decided = set(loaded.resolve_job_def("daily_decisions").asset_layer.executable_asset_keys)
    everything = set(loaded.resolve_job_def("daily_plan").asset_layer.executable_asset_keys)
    assert dg.AssetKey(["outbox", "purchase_suggestions"]) in decided
    assert dg.AssetKey(["marts", "profit_waterfall"]) in everything - decided
    graph = loaded.resolve_asset_graph()
    read = {parent for key in decided if key.path[0] in ("plan", "outbox") for parent in graph.get(key).parent_keys}
    assert read - decided == set(), "a mart that a decision reads carries the tag planning"


def test_jobs_run_on_schedules_in_the_business_time_zone(loaded):
    schedules = {schedule.job_name: schedule for schedule in loaded.schedules}
    assert set(schedules) == {"daily_plan", "intraday_fulfilment", "forecast_backtest"}
    assert {schedule.execution_timezone for schedule in schedules.values()} == {"Asia/Shanghai"}


def test_the_inbox_sensor_starts_one_run_for_files_that_have_stopped_growing(loaded, workspace):
    [sensor] = loaded.sensors
    cursor = None

    def look():
        nonlocal cursor
        context = dg.build_sensor_context(cursor=cursor)
        found = sensor(context)
        cursor = context.cursor
        return found

    assert isinstance(look(), dg.SkipReason)
    assert isinstance(look(), dg.RunRequest)
    assert isinstance(look(), dg.SkipReason)
    (workspace.inbox / "order.shop.all.20261102.1.csv").write_text("shop_id\nX\n")
    assert isinstance(look(), dg.SkipReason), "the new file may still be growing"
    assert isinstance(look(), dg.RunRequest)
