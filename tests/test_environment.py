"""The way in: the environment, the lock files and the Makefile that a newcomer meets first."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("*.lock"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

sys.path.insert(0, str(ROOT / "scripts"))
from package_index import read_pip_settings, uv_settings  # noqa: E402


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in the repository as if from a shell of its own, outside any make that runs the tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=inherited, capture_output=True, text=True)


def pinned(lock: str) -> dict[str, str]:
    """The versions of a lock file by name, as they hold for this Python and this machine."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.removesuffix("\\").strip()) for line in lines if re.match(r"\w", line)]
    return {
        pin.name: str(pin.specifier).removeprefix("==")
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(default_environment())
    }


def targets() -> dict[str, str]:
    """The help line of every target that the Makefile shows."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z-]+):.*? ## (.+)$", text, re.MULTILINE))


# The environment.


def test_an_install_into_a_temporary_environment_works(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    made = make("env", f"VENV={venv}", f"PYTHON={sys.executable}")
    assert made.returncode == 0, f"`make env` failed (is a package index reachable?):\n{made.stderr}"
    help_page = subprocess.run([venv / "bin/supplyloop", "--help"], capture_output=True, text=True)
    assert help_page.returncode == 0, help_page.stderr
    imported = subprocess.run(
        [venv / "bin/python", "-c", "import pipelines; print(pipelines.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert Path(imported.stdout.strip()) == ROOT / "pipelines/__init__.py", imported.stderr

    record = venv / "supplyloop-environment.json"
    written = record.stat().st_mtime_ns
    again = make("env", f"VENV={venv}", f"PYTHON={sys.executable}")
    assert (again.returncode, again.stderr) == (0, "")
    assert record.stat().st_mtime_ns == written, "a second call must install nothing"
    assert list(json.loads(record.read_text())["locks"]) == ["bootstrap.lock", "requirements.lock"]


def test_a_folder_of_something_else_is_never_emptied(tmp_path: Path) -> None:
    treasure = tmp_path / "treasure.txt"
    treasure.write_text("years of work")
    made = make("env", f"VENV={tmp_path}", f"PYTHON={sys.executable}")
    assert made.returncode != 0
    assert "is a folder of something else" in made.stderr
    assert treasure.read_text() == "years of work"


def test_pip_settings_are_read_by_precedence() -> None:
    listing = (
        "global.index-url='https://global.example/simple'\n"
        "global.timeout='60'\n"
        "install.index-url='https://install.example/simple'\n"
        ":env:.timeout='180'\n"
    )
    assert read_pip_settings(listing) == {"index-url": "https://install.example/simple", "timeout": "180"}


def test_uv_is_told_what_pip_is_told() -> None:
    pip = {
        "index-url": "https://index.example/simple",
        "extra-index-url": "https://one.example/simple\nhttps://two.example/simple",
        "find-links": "wheels more-wheels",
        "trusted-host": "index.example",
        "cert": "roots.pem",
        "proxy": "proxy.example:8080",
        "timeout": "60",
    }
    assert uv_settings(pip, {}) == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "wheels,more-wheels",
        "UV_INSECURE_HOST": "index.example",
        "SSL_CERT_FILE": "roots.pem",
        "ALL_PROXY": "proxy.example:8080",
        "UV_HTTP_TIMEOUT": "60",
    }


def test_what_uv_is_told_itself_stands() -> None:
    pip = {"index-url": "https://index.example/simple", "cert": "roots.pem"}
    assert uv_settings(pip, {"UV_INDEX_URL": "https://own.example", "SSL_CERT_FILE": "own.pem"}) == {}


# The lock files.


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_hold_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    entries = re.split(r"\n(?=\w)", text.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("extra", ["", "dev", "real", "scale"])
def test_locks_are_what_pyproject_asks_for(extra: str) -> None:
    lock = pinned(f"requirements-{extra}.lock" if extra else "requirements.lock")
    asked = PROJECT["dependencies"] + (PROJECT["optional-dependencies"][extra] if extra else [])
    missed = [
        line
        for line in asked
        if (requirement := Requirement(line)).name not in lock
        or not requirement.specifier.contains(lock[requirement.name])
    ]
    assert missed == [], "run `make locks`"


@pytest.mark.parametrize("extra", ["dev", "real", "scale"])
def test_extras_never_move_the_base(extra: str) -> None:
    base = pinned("requirements.lock")
    assert base.items() <= pinned(f"requirements-{extra}.lock").items()


def test_only_duckdb_differs_between_the_two_environments_of_the_tests() -> None:
    here, following = pinned("requirements-dev.lock"), pinned("requirements-next.lock")
    assert (here.pop("duckdb"), following.pop("duckdb")) == ("1.5.5", "2.0.0")
    assert here == following


# The Makefile.


def test_make_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    hidden = {"help", "env-dev"}
    assert set(re.findall(r"^\.PHONY: (\S+)", text, re.MULTILINE)) == {*targets(), *hidden}
    listed = make().stdout
    assert [name for name, purpose in targets().items() if f"  {name:<10} {purpose}\n" not in listed] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/development.md"])
def test_commands_on_a_page_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"(?:`|^ {4}|^\$ |^)make (?:\w+=\S+ )*([a-z][a-z-]*)", text, re.MULTILINE)
    assert set(named) <= set(targets())


# The tests.


def test_tests_of_one_group_are_run_by_one_worker(tmp_path: Path) -> None:
    """A pytest that xdist cannot group loses the groups without a word, and the suite takes twice as long."""
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text(
            "import os, pathlib, pytest\n"
            "@pytest.mark.xdist_group('one')\n"
            "@pytest.mark.parametrize('n', range(4))\n"
            "def test(n): pathlib.Path(f'{os.environ[\"PYTEST_XDIST_WORKER\"]}.ran').touch()\n"
        )
    pytest_of_two = [sys.executable, "-m", "pytest", "-p", "xdist", "-n", "2", "--dist", "loadgroup", "--rootdir", "."]
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(pytest_of_two, cwd=tmp_path, env=alone, check=True, capture_output=True)
    assert len(list(tmp_path.glob("*.ran"))) == 1
