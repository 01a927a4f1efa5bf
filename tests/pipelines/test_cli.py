"""The command line: one clear line for what is wrong, and a status that says so."""

import subprocess
import sys

import pytest
from sample_workspace import make_workspace


def cli(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pipelines.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('tenant_id = "demo"\ncolour = "red"\n', "unknown key 'colour'"),
        ('tenant_id = "demo"\nbusiness_timezone = "Mars/Base"\n', "Mars/Base"),
        ("tenant_id = \n", "cannot be read as TOML"),
        ('tenant_id = "demo"\n[engine]\nmemory_limit = "lots"\n', "engine.memory_limit"),
    ],
)
def test_a_wrong_settings_file_is_one_line_that_names_the_key(tmp_path, settings, said):
    (tmp_path / "supplyloop.toml").write_text(settings)
    done = cli("-w", str(tmp_path), "run")
    assert done.returncode == 1 and said in done.stderr and "supplyloop.toml" in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(("setting", "said"), [("max_ordrs = 3", "max_ordrs"), ('max_orders = "x"', "[waves]")])
def test_a_wrong_setting_of_a_room_ends_the_run_before_it_begins(tmp_path, setting, said):
    workspace = make_workspace(tmp_path / "demo", sample=False)
    with workspace.settings_file.open("a") as file:
        file.write(f"\n[waves]\n{setting}\n")
    done = cli("-w", str(workspace.root), "run")
    assert done.returncode == 1 and said in done.stderr and "supplyloop.toml" in done.stderr
    assert not workspace.warehouse.exists()


def test_debug_shows_the_traceback(tmp_path):
    done = cli("-w", str(tmp_path), "--debug", "status")
    assert done.returncode == 1 and "Traceback" in done.stderr and "is not a workspace" in done.stderr


def test_init_twice_changes_nothing(tmp_path):
    first = cli("init", str(tmp_path / "shop"), "--sample")
    listed = sorted(path.name for path in (tmp_path / "shop").rglob("*"))
    second = cli("init", str(tmp_path / "shop"), "--sample")
    assert "made workspace" in first.stdout and second.stdout == ""
    assert sorted(path.name for path in (tmp_path / "shop").rglob("*")) == listed


def test_an_unknown_mapping_is_named_with_those_there_are(tmp_path):
    workspace = make_workspace(tmp_path / "demo", sample=False)
    workspace.settings_file.write_text('tenant_id = "demo"\nmappings = ["complete_jorney"]\n')
    done = cli("-w", str(workspace.root), "run")
    assert done.returncode == 1
    assert "complete_jorney" in done.stderr and "complete_journey" in done.stderr
    assert '"status": "failed"' in workspace.last_run.read_text()


def test_status_of_a_workspace_that_never_ran_says_what_to_do(tmp_path):
    workspace = make_workspace(tmp_path / "demo", sample=False)
    done = cli("-w", str(workspace.root), "status")
    assert done.returncode == 0 and "supplyloop run" in done.stdout


def test_status_loads_neither_dagster_nor_dbt_nor_the_engine(tmp_path):
    workspace = make_workspace(tmp_path / "demo", sample=False)
    code = (
        "import sys; sys.argv = ['supplyloop', '-w', sys.argv[1], 'status']\n"
        "from pipelines.cli import app\n"
        "app(standalone_mode=False)\n"
        "print(sorted({'dagster', 'dbt', 'duckdb', 'polars', 'sqlalchemy', 'statsforecast'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(workspace.root)], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_doctor_says_how_to_mend_what_is_missing(tmp_path):
    workspace = make_workspace(tmp_path / "demo", sample=False)
    workspace.outbox.rmdir()
    done = cli("-w", str(workspace.root), "doctor")
    assert done.returncode == 1 and "outbox/ missing" in done.stdout and "supplyloop init" in done.stdout
