"""`supplyloop serve` is safe the first time: this machine alone, and a password that is shown once."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient
from typer.testing import CliRunner

import planner
from pipelines.cli import app
from pipelines.initialise import SAMPLE_DESTINATION
from pipelines.serve import open_tenants, serve
from pipelines.settings import TEMPLATE, load_settings
from pipelines.workspace import WorkspaceError
from planner.access.accounts import Accounts
from planner.access.store import open_desk_store

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def served(monkeypatch) -> list[tuple[object, dict]]:
    """What was served, in the place of serving it."""
    calls: list[tuple[object, dict]] = []
    monkeypatch.setattr(uvicorn, "run", lambda application, **options: calls.append((application, options)))
    return calls


def start(shop: Path, file: Path, host: str = "127.0.0.1") -> None:
    serve([shop], file, host, 8700, [], False, lambda: NOW)


def test_the_first_time_a_password_is_shown_and_never_again(made, tmp_path, served) -> None:
    command = ["-w", str(made / "shop"), "serve", "--desk", str(tmp_path / "desk.db")]
    first, second = (CliRunner().invoke(app, command).output for _ in range(2))
    password = first.split("）: ")[1].split()[0]
    assert password not in second and "first account" not in second
    [(application, options), _] = served
    assert options["host"] == "127.0.0.1"
    browser = TestClient(application, base_url="http://localhost:8700")
    answer = browser.post("/login", data={"name": "admin", "password": password}, follow_redirects=False)
    assert answer.status_code == 303 and "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()


def test_it_opens_to_others_only_after_the_first_password_was_changed(made, tmp_path, served) -> None:
    with pytest.raises(WorkspaceError, match="still has its first password"):
        start(made / "shop", tmp_path / "desk.db", "0.0.0.0")
    assert served == []
    Accounts(open_desk_store(tmp_path / "desk.db")).change_password("admin", "a password of my own")
    start(made / "shop", tmp_path / "desk.db", "0.0.0.0")
    assert served[0][1]["host"] == "0.0.0.0"


def test_two_workspaces_of_one_tenant_are_not_served(made) -> None:
    with pytest.raises(WorkspaceError, match="is served already"):
        open_tenants([made / "shop", made / "shop"])


def test_the_sample_has_somebody_who_receives_what_is_approved(tmp_path) -> None:
    text = TEMPLATE.format(tenant_id="demo", timezone="Asia/Shanghai", mappings="[]")
    (tmp_path / "supplyloop.toml").write_text(text + SAMPLE_DESTINATION, encoding="utf-8")
    received = load_settings(tmp_path / "supplyloop.toml").destinations["purchasing"].decisions
    assert received == ("purchase_suggestions", "purchase_order_actions", "transfers", "clearance")


def test_the_desk_imports_down_the_house_only() -> None:
    imported = set()
    for path in Path(planner.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Import):
                imported |= {each.name.partition(".")[0] for each in node.names}
    assert not imported & {"pipelines", "simulator", "dagster", "dbt", "benchmarks"}
