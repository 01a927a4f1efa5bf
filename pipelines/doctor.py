"""What can be wrong with an installation or a workspace, and how to mend it."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipelines.settings import SettingsError, load_settings
from pipelines.warehouse import holder_of, is_locked
from pipelines.workspace import Workspace, WorkspaceError

NEEDED = {"dagster": "1.13", "dbt-core": "1.11", "dbt-duckdb": "1.11", "polars": "2.", "statsforecast": "2."}
ENGINES = ("1.5", "2.0")
LEAST_FREE = 2 * 1024**3
WEB_PORT = 3000


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `mend` is empty where it is well."""

    what: str
    found: str
    mend: str = ""


def examine(folder: Path, now: datetime) -> bool:
    """Look at everything and print it; True when nothing needs mending."""
    console = Console(highlight=False)
    findings = [*_versions(), *_workspace(folder, now), _port()]
    for finding in findings:
        mark = "[red]✗[/]" if finding.mend else "[green]✓[/]"
        console.print(f"{mark} {finding.what:<12} {escape(finding.found)}", soft_wrap=True)
        if finding.mend:
            console.print(f"  [yellow]→ {escape(finding.mend)}[/]", soft_wrap=True)
    return not any(finding.mend for finding in findings)


def _versions() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", python, "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer")
    for package, wanted in NEEDED.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            yield Finding(package, "not installed", "run `make env`")
            continue
        yield Finding(package, found, "" if found.startswith(wanted) else f"needs {wanted}x: run `make env`")
    engine = version("duckdb")
    yield Finding("duckdb", engine, "" if engine.startswith(ENGINES) else "needs 1.5 or 2.0: run `make env`")


def _workspace(folder: Path, now: datetime) -> Iterator[Finding]:
    try:
        workspace = Workspace.at(folder)
        settings = load_settings(workspace.settings_file)
    except (WorkspaceError, SettingsError) as error:
        yield Finding("workspace", str(folder), str(error))
        return
    yield Finding("workspace", f"{workspace.root} (tenant {settings.tenant_id})")
    for path in (
        workspace.inbox,
        workspace.policy,
        workspace.published,
        workspace.outbox,
        workspace.dagster_home,
    ):
        missing = not path.is_dir()
        shut = not missing and not os.access(path, os.W_OK)
        mend = f"run `supplyloop init {folder}`" if missing else "make it writable for this user" if shut else ""
        yield Finding("folder", f"{path.name}/" + (" missing" if missing else " not writable" if shut else ""), mend)
    busy = is_locked(workspace)
    yield Finding("lock", f"held by {holder_of(workspace.lock)}" if busy else "free")
    yield _disk(workspace)
    yield _clock(workspace, now)


def _disk(workspace: Workspace) -> Finding:
    free = shutil.disk_usage(workspace.root).free
    mend = "" if free >= LEAST_FREE else "free at least 2 GB: a run spills to disk and keeps old publications"
    return Finding("disk", f"{free / 1024**3:.1f} GB free", mend)


def _clock(workspace: Workspace, now: datetime) -> Finding:
    """A clock behind the workspace's own files would order new versions before old ones."""
    newest = max((path.stat().st_mtime for path in workspace.root.iterdir() if path.is_file()), default=now.timestamp())
    ahead = datetime.fromtimestamp(newest, UTC) - now
    mend = "set the clock of this machine" if ahead > timedelta(minutes=5) else ""
    return Finding("clock", f"{now.isoformat(timespec='seconds')}", mend)


def _port() -> Finding:
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", WEB_PORT)) == 0
    mend = f"`supplyloop dev --port {WEB_PORT + 1}` uses another" if taken else ""
    return Finding("port", f"{WEB_PORT} {'taken' if taken else 'free'}", mend)
