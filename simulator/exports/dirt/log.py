"""The truth about the dirt: one line of JSON for every fault, kept outside the inbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from simulator.exports.truth import outside_inbox

__all__ = ["Fault", "write_log"]


@dataclass(frozen=True)
class Fault:
    """What was done to a row (`line` of the file, the header being line 1) or to a file as a whole (no line).

    `outcome` is what ingestion must make of it: `loaded`, `quarantined` (with the reason), `duplicate`, `history` (an
    older version), `deleted` (a tombstone), `held` or `refused` (the whole file, with the reason), `drift` (loaded,
    with the reason listed as drift), or `absent` (not in this file, though it happened).
    """

    file: str
    table: str
    kind: str
    outcome: str
    reason: str | None = None
    line: int | None = None
    key: tuple[str, ...] = ()
    column: str | None = None
    was: str | None = None
    became: str | None = None


def write_log(folder: Path, day: date, faults: Sequence[Fault]) -> Path:
    """Write the faults of a delivery as `<day>.dirt.jsonl` into `folder`; a day without faults has an empty file.

    Raises
    ------
    ValueError
        If the folder lies in an inbox.
    """
    outside_inbox(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day:%Y%m%d}.dirt.jsonl"
    lines = [json.dumps(asdict(fault), ensure_ascii=False) + "\n" for fault in faults]
    path.write_text("".join(lines), encoding="utf-8")
    return path
