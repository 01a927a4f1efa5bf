"""Make an environment equal to its lock files: ``python3 scripts/environment.py VENV LOCK [LOCK...]``.

Needs nothing but Python 3.11 and a package index. pip brings uv and setuptools by `bootstrap.lock`, uv brings
what the other locks name, and the project itself is installed editable. What was installed is written down in
the environment as hashes of the lock files, so a call that finds them unchanged ends in milliseconds. Locks
installed once stay: `make run` after `make test` does not take the test tools away.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an older Python has to be told)
    sys.exit(
        f"Supplyloop needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. "
        "Name another: make PYTHON=python3.12 ..."
    )

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from package_index import pip_settings, uv_settings

ROOT = Path(__file__).resolve().parent.parent
BOOTSTRAP = "bootstrap.lock"
RECORD = "supplyloop-environment.json"
LOCK = ".supplyloop-lock"

# What a run imports. Importing it once here writes its bytecode, also where PYTHONDONTWRITEBYTECODE is set
# (as in many containers), where every later start would compile again: 13 s of CPU against 5. It shows as
# well that what was installed can be imported at all. The two lines run side by side.
FIRST_IMPORTS = (
    "import dagster, dagster_dbt, dbt.cli.main, dbt.adapters.duckdb.connections",
    "import duckdb, polars, pyarrow.dataset, pydantic_settings, rich.progress, statsforecast, typer",
)


class InstallError(Exception):
    """The environment cannot be made; the message says why and what to do."""


def main(venv: Path, asked: Sequence[str]) -> None:
    """Bring the environment up to date with the lock files `asked`."""
    if is_current(venv, wanted(venv, asked)):
        return
    venv.mkdir(parents=True, exist_ok=True)
    with alone_in(venv):
        # Another process may have done the work while this one waited.
        state = wanted(venv, asked)
        if not is_current(venv, state):
            install(venv, state)


def wanted(venv: Path, asked: Sequence[str]) -> dict:
    """What the environment shall be: where it stands, for which project, from which files by content."""
    earlier = [name for name in recorded(venv).get("locks", {}) if (ROOT / name).is_file()]
    return {
        "venv": str(venv),
        "project": str(ROOT),
        "pyproject": _digest("pyproject.toml"),
        "locks": {name: _digest(name) for name in [BOOTSTRAP, *earlier, *asked]},
    }


def recorded(venv: Path) -> dict:
    """What is known to be installed; nothing for an environment that is not ours."""
    try:
        return json.loads((venv / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def record(venv: Path, state: Mapping) -> None:
    """Write down what is installed."""
    aside = venv / f"{RECORD}.new"
    aside.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    aside.replace(venv / RECORD)


def is_current(venv: Path, state: Mapping) -> bool:
    """Whether nothing needs doing."""
    return recorded(venv) == state and (venv / "bin/python").exists()


def alone_in(venv: Path) -> TextIO:
    """Hold the environment's lock, which the kernel frees when this process ends."""
    lock = (venv / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"{venv.name}: another process is installing, waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def install(venv: Path, state: Mapping) -> None:
    """Install what differs between what is recorded and `state`."""
    began = time.monotonic()
    python = venv / "bin/python"
    if recorded(venv).get("venv") != state["venv"] or not python.exists():
        make_venv(venv)
    known, locks = recorded(venv).get("locks", {}), state["locks"]
    # Cut short from here on, the next call installs everything again over what is there.
    record(venv, {"venv": state["venv"], "locks": {}})
    if known != locks:
        if known.get(BOOTSTRAP) != locks[BOOTSTRAP]:
            say(f"{venv.name}: uv and setuptools")
            with_pip(python, ["--require-hashes", "-r", BOOTSTRAP])
        say(f"{venv.name}: {' and '.join(list(locks)[1:])} (a minute or two the first time)")
        if not with_uv(python, ["sync", "--require-hashes", *locks]):
            with_pip(python, ["--require-hashes", *(part for name in locks for part in ("-r", name))])
        if not known:
            import_once(python)
    # A sync has taken the project away, since no lock names it.
    project = ["--no-build-isolation", "--editable", str(ROOT)]
    if not with_uv(python, ["install", "--no-deps", *project]):
        with_pip(python, project)
    record(venv, state)
    say(f"{venv.name}: ready in {time.monotonic() - began:.0f} s")


def make_venv(venv: Path) -> None:
    """A fresh environment with pip in it, in place of the one that may stand there."""
    contents = [path for path in venv.iterdir() if path.name != LOCK]
    if contents and not (venv / "pyvenv.cfg").is_file():
        raise InstallError(f"{venv} is a folder of something else. Name another: make VENV=.venv ...")
    for path in contents:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    made = subprocess.run([sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True)
    if made.returncode:
        raise InstallError(
            f"{sys.executable} cannot make a virtual environment:\n{_last_lines(made.stdout + made.stderr)}\n"
            "On Debian and Ubuntu what it lacks is a package of its own: apt install python3-venv. "
            "Or name another Python 3.11+: make PYTHON=python3.12 ..."
        )


def with_uv(python: Path, arguments: Sequence[str]) -> bool:
    """Run `uv pip`; False, with its last lines shown, where it fails."""
    uv = str(python.with_name("uv"))
    environment = {**os.environ, **uv_settings(pip_settings(str(python)), os.environ)}
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    try:
        cache = subprocess.run([uv, "cache", "dir"], env=environment, capture_output=True, text=True)
        if not _on_one_disk(Path(cache.stdout.strip()), python.parent):
            environment.setdefault("UV_LINK_MODE", "copy")
        command = [uv, "pip", arguments[0], "--quiet", "--python", str(python), *arguments[1:]]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    except OSError as error:
        say(f"uv cannot be started ({error}); pip takes over")
        return False
    if ran.returncode:
        say(f"uv failed; pip takes over. It said:\n{_last_lines(ran.stderr)}")
    return ran.returncode == 0


def with_pip(python: Path, arguments: Sequence[str]) -> None:
    """Run `pip install` without dependencies; pip reads its own configuration and says its own errors."""
    # import_once compiles what is needed; pip would compile everything, 40 s of CPU.
    quiet = ["-qq", "--disable-pip-version-check", "--no-input", "--no-compile"]
    command = [str(python), "-m", "pip", "install", *quiet, "--no-deps", *arguments]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise InstallError(
            "the packages could not be installed; pip's own words stand above. If no package index can be "
            "reached, name one (PIP_INDEX_URL, or pip's configuration: `pip config list` shows what holds "
            "now) and run the same command again: what is already there is kept."
        )


def import_once(python: Path) -> None:
    """Import what a run imports, so that its bytecode is written."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    importing = [subprocess.Popen([python, "-c", line], env=environment, **both) for line in FIRST_IMPORTS]
    for process in importing:
        said, _ = process.communicate()
        if process.returncode:
            raise InstallError(
                f"what was installed cannot be imported:\n{_last_lines(said)}\n"
                f"Remove {python.parent.parent} and run the same command again."
            )


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


def _digest(name: str) -> str:
    try:
        return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
    except OSError as error:
        raise InstallError(f"{name} cannot be read: {error}. `make locks` writes the locks.") from error


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-12:])


def _on_one_disk(cache: Path, venv: Path) -> bool:
    """Whether files of the cache can be hard links in the environment; the cache need not exist yet."""
    while not cache.exists() and cache != cache.parent:
        cache = cache.parent
    return cache.stat().st_dev == venv.stat().st_dev


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        main(Path(sys.argv[1]).absolute(), sys.argv[2:])
    except InstallError as failure:
        sys.exit(f"error: {failure}")
    except KeyboardInterrupt:
        sys.exit("error: stopped before the environment was complete; the same command carries on.")
