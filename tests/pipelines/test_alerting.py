"""A run watches the metrics that alerts.toml names; what it tells leaves by mail and webhook, once."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from mail_server import mail_server
from standardwebhooks import Webhook

from feedback.alerts.notices import last_notices
from feedback.alerts.standings import alerts
from pipelines.alert_assets import ALERTED, alerted_asset
from pipelines.alert_rules import load_alerts
from pipelines.cycle import Cycle
from pipelines.definitions import definitions
from pipelines.initialise import initialise
from pipelines.settings import SettingsError, load_settings
from pipelines.workspace import Workspace

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
RULES = """
[rules.shelves]
owner = "ann@example.com"
metric = "in_stock_rate"
by = ["location_id"]
below = 0.9
clear = 0.95
money = "money_at_risk"
tell = ["mail", "webhook"]

[rules.everything_at_risk]
owner = "ann@example.com"
metric = "money_at_risk"
above = 1000000

[mail]
host = "127.0.0.1"
port = {mail}
sender = "supplyloop@example.com"
starttls = false

[webhook]
url = "http://127.0.0.1:{webhook}/alerts"
secret_variable = "ALERT_SECRET"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two warehouses: in W1 half the shelves are empty."""
    list(initialise(tmp_path, "shop", "Asia/Shanghai", (), None, None))
    workspace = Workspace.at(tmp_path)
    with duckdb.connect(str(workspace.warehouse)) as warehouse:
        warehouse.execute("create schema control; create schema marts")
        warehouse.execute("create table control.latest as select timestamptz '2026-11-01 06:00:00+08' as as_of")
        warehouse.execute(
            "create table marts.inventory_health as select * from (values "
            "('W1', 'stock_out', 9), ('W1', 'healthy', 0), ('W2', 'healthy', 0)) "
            "as t(location_id, status, money_at_stake)"
        )
    return workspace


@pytest.fixture
def posts() -> list[dict]:
    return []


@pytest.fixture
def receiver(posts: list[dict]):
    """The port of a webhook that checks signatures."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            Webhook(SECRET).verify(body, dict(self.headers))
            posts.append(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def run(workspace: Workspace) -> dict:
    cycle = Cycle(workspace, load_settings(workspace.settings_file), datetime(2026, 11, 1, tzinfo=UTC))
    try:
        result = dg.materialize([alerted_asset], resources={"cycle": cycle})
        metadata = result.asset_materializations_for_node("feedback__alerted")[0].metadata
        return {name: value.value for name, value in metadata.items()} | {
            "open": alerts(cycle.journal.store),
            "notices": last_notices(cycle.journal.store),
        }
    finally:
        cycle.release()


def test_a_warehouse_with_empty_shelves_is_told_its_owner_once(workspace, receiver, posts, monkeypatch) -> None:
    monkeypatch.setenv("ALERT_SECRET", SECRET)
    with mail_server() as (port, mails):
        (workspace.root / "alerts.toml").write_text(RULES.format(mail=port, webhook=receiver))
        first, second = run(workspace), run(workspace)
    [alert] = first["open"]
    assert (alert["rule"], alert["member"], alert["value"], alert["money"]) == ("shelves", "W1", 0.5, 9)
    assert first["sent"] == 2 and second["sent"] == 0 and second["open"] == first["open"]
    assert len(mails) == 1 and "In" in mails[0]["subject"]
    [post] = posts
    assert (post["type"], post["rule"], post["member"], post["value"]) == ("alert", "shelves", "W1", 0.5)


def test_a_workspace_without_rules_is_left_alone(workspace) -> None:
    assert run(workspace)["rules"] == 0


def test_the_daily_and_the_intraday_run_watch(workspace) -> None:
    loaded = definitions(workspace, load_settings(workspace.settings_file))
    for job in ("daily_plan", "intraday_fulfilment"):
        assert ALERTED in loaded.resolve_job_def(job).asset_layer.executable_asset_keys


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ('metric = "nope"\nabove = 1', "there is no metric 'nope'"),
        ('metric = "in_stock_rate"', "one of above and below"),
        ('metric = "in_stock_rate"\nabove = 1\nbelow = 2', "one of above and below"),
        ('metric = "in_stock_rate"\nbelow = 0.9\nclear = 0.8', "clear is on the good side"),
        ('metric = "in_stock_rate"\nbelow = 0.9\nleast_money = 5', "least_money needs money"),
        ('metric = "in_stock_rate"\nbelow = 0.9\ntell = ["mail"]', "there is no section [mail]"),
        ('metric = "in_stock_rate"\nbelow = 0.9\ntell = ["pigeon"]', "rules.r.tell.0"),
        ('metric = "in_stock_rate"\nbelow = 0.9\nlimit = 3', "unknown key 'rules.r.limit'"),
    ],
)
def test_a_rule_that_does_not_fit_is_named_with_its_file(tmp_path, rule, told) -> None:
    (tmp_path / "alerts.toml").write_text(f'[rules.r]\nowner = "ann"\n{rule}\n')
    with pytest.raises(SettingsError) as error:
        load_alerts(tmp_path)
    assert told in str(error.value) and "alerts.toml" in str(error.value)


def test_a_rule_may_cut_by_columns_of_its_mart_only(workspace) -> None:
    text = '[rules.r]\nowner = "ann"\nmetric = "in_stock_rate"\nby = ["shop_id"]\nbelow = 0.9\n'
    (workspace.root / "alerts.toml").write_text(text)
    with pytest.raises(SettingsError, match="'shop_id', which mart inventory_health does not have; it has loc"):
        run(workspace)


def test_a_secret_that_is_not_there_is_named(workspace) -> None:
    (workspace.root / "alerts.toml").write_text(RULES.format(mail=1, webhook=2))
    with pytest.raises(SettingsError, match="set ALERT_SECRET"):
        run(workspace)
