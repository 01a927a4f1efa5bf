"""Tests that need a program of their own skip without it, and fail where skipping is forbidden."""

import subprocess
import sys
from pathlib import Path

import pytest
from services import HOW_TO_GET, REQUIRED, chromium_program, give_up, postgres_programs


def program(path: Path) -> Path:
    """An empty file that counts as a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("service", HOW_TO_GET)
def test_without_the_program_a_test_is_skipped_and_says_how_to_get_it(service: str) -> None:
    with pytest.raises(pytest.skip.Exception, match="apt install"):
        give_up(service, {})


@pytest.mark.parametrize("service", HOW_TO_GET)
def test_where_services_are_required_it_fails_instead(service: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="apt install"):
        give_up(service, {REQUIRED: "1"})


def test_a_server_on_the_path_comes_first(tmp_path: Path) -> None:
    program(tmp_path / "debian/17/bin/initdb")
    here = program(tmp_path / "here/initdb").parent
    assert postgres_programs(str(here), tmp_path / "debian") == here


def test_without_one_the_newest_of_debian_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        program(tmp_path / f"debian/{version}/bin/initdb")
    assert postgres_programs("", tmp_path / "debian") == tmp_path / "debian/17/bin"


def test_no_program_anywhere_is_none(tmp_path: Path) -> None:
    assert postgres_programs(str(tmp_path), tmp_path) is None
    assert chromium_program(str(tmp_path)) is None


def test_any_known_browser_will_do(tmp_path: Path) -> None:
    assert chromium_program(str(tmp_path)) is None
    browser = program(tmp_path / "google-chrome")
    assert chromium_program(str(tmp_path)) == browser


@pytest.mark.parametrize(("required", "outcome"), [("0", "1 skipped"), ("1", "1 error")])
def test_a_test_that_asks_for_a_browser_where_there_is_none(required: str, outcome: str, tmp_path: Path) -> None:
    (tmp_path / "test_page.py").write_text("def test_page(requires_chromium): pass\n")
    environment = {
        "PATH": "",
        "PYTHONPATH": str(Path(__file__).parent),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        REQUIRED: required,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-rsE", "-p", "services", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert outcome in ran.stdout
    assert "apt install chromium" in ran.stdout
    assert (ran.returncode == 0) == (required == "0")
