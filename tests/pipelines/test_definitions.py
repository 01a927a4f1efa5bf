"""What Dagster sees of a workspace."""

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import dagster as dg
import pytest
from sample_workspace import make_workspace

from feedback.identity import Need
from feedback.states import Event
from pipelines.control_checks import CONTROLS
from pipelines.cycle import Cycle
from pipelines.definitions import definitions
from pipelines.journal import open_journal
from pipelines.settings import load_settings
from pipelines.transformation import AFTER_PLAN, ANALYSIS, PLANNING, manifest, selected

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
INTRADAY = "intraday_fulfilment"
JOBS = ("daily_plan", "daily_decisions", INTRADAY, "forecast_backtest", "send_decisions")
RECEIVER = """
[destinations.erp]
decisions = ["purchase_suggestions"]
folder = "to_erp"
answers = "from_erp"
"""
FACTS = {
    "supplier_id": "S1", "ship_to_warehouse_id": "W1", "uom_ratio_numerator": 12, "uom_ratio_denominator": 1,
    "requested_date": "2026-11-09",
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = make_workspace(tmp_path_factory.mktemp("definitions") / "demo")
    with made.settings_file.open("a") as settings:
        settings.write(RECEIVER)
    return made


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


def test_what_is_trusted_is_approved_between_the_plan_and_what_shows_it(loaded):
    graph, approved = loaded.resolve_asset_graph(), dg.AssetKey(["feedback", "auto_approved"])
    assert dg.AssetKey(["plan", "replenishment_suggestion"]) in graph.get(approved).parent_keys
    assert approved in graph.get(dg.AssetKey(["feedback", "suggestion"])).parent_keys
    jobs = {name: loaded.resolve_job_def(name).asset_layer.executable_asset_keys for name in JOBS}
    assert {name for name, keys in jobs.items() if approved in keys} == {"daily_plan", "daily_decisions", INTRADAY}
    assert {name for name, keys in jobs.items() if dg.AssetKey(["feedback", "scored"]) in keys} == {"daily_plan"}


def test_jobs_run_on_schedules_in_the_business_time_zone(loaded):
    schedules = {schedule.job_name: schedule for schedule in loaded.schedules}
    assert set(schedules) == {"daily_plan", "intraday_fulfilment", "forecast_backtest"}
    assert {schedule.execution_timezone for schedule in schedules.values()} == {"Asia/Shanghai"}


def sensor_of(loaded: dg.Definitions, name: str) -> dg.SensorDefinition:
    return next(sensor for sensor in loaded.sensors if sensor.name == name)


class Watched:
    """A sensor as Dagster looks at it again and again; what it asks for is really run."""

    def __init__(self, loaded: dg.Definitions, workspace, name: str) -> None:
        self.loaded, self.workspace, self.sensor, self.cursor = loaded, workspace, sensor_of(loaded, name), None

    def look(self) -> dg.RunRequest | dg.SkipReason:
        context = dg.build_sensor_context(cursor=self.cursor)
        found = self.sensor(context)
        self.cursor = context.cursor
        return found

    def run(self) -> None:
        cycle = Cycle(self.workspace, load_settings(self.workspace.settings_file), AT)
        job = self.loaded.resolve_job_def(self.sensor.job_name)
        try:
            assert job.execute_in_process(resources={"cycle": cycle}).success
        finally:
            cycle.release()


def test_sensors_send_what_is_approved_and_take_up_what_the_receiver_answers(loaded, workspace):
    journal = open_journal(workspace, load_settings(workspace.settings_file))
    sending, answering = Watched(loaded, workspace, "sending"), Watched(loaded, workspace, "answers")
    assert isinstance(sending.look(), dg.SkipReason), "nothing is approved yet"
    [change] = journal.take([Need("buy", "A", "W1", Decimal(24), facts=FACTS)], {}, "plan", AT).new
    journal.record([Event("approve", change.suggestion_id, "ann", AT, {"quantity": "24"}, 1)])
    assert isinstance(sending.look(), dg.RunRequest)
    sending.run()
    [message] = [file for file in (workspace.root / "to_erp").glob("*.json") if "manifest" not in file.name]
    body = json.loads(message.read_bytes())
    assert isinstance(sending.look(), dg.SkipReason) and journal.state(change.suggestion_id).status == "exported"

    assert isinstance(answering.look(), dg.SkipReason), "the receiver has not answered"
    answers = workspace.root / "from_erp"
    answers.mkdir()
    row = {name: body[name] for name in ("suggestion_id", "idempotency_key", "decision", "tenant_id")}
    row |= {"acknowledged_at": "2026-11-02T09:00:00+08:00", "schema_version": "1.0", "receiver": "erp"}
    row |= {"status": "part_accepted", "accepted_quantity": "12"}
    (answers / "answers.csv").write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    assert isinstance(answering.look(), dg.SkipReason), "the file may still be growing"
    assert isinstance(answering.look(), dg.RunRequest)
    answering.run()
    assert (journal.state(change.suggestion_id).status, journal.state(change.suggestion_id).in_flight) == (
        "acknowledged", 12,
    )  # fmt: skip
    head = journal.head()
    answering.run()
    assert isinstance(answering.look(), dg.SkipReason) and journal.head() == head, "a file is taken up once"
    journal.store.dispose()


def test_the_inbox_sensor_starts_one_run_for_files_that_have_stopped_growing(loaded, workspace):
    sensor = sensor_of(loaded, "inbox")
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
