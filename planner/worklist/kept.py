"""The list of a publication, made once when it is published: the desk opens half a million lines by reading one file.

It holds nothing that the publication and the journal do not: where it is missing, or other code made it, the desk makes
the list itself.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import polars as pl

from feedback.journal import Head, Journal
from planner.snapshot import Snapshot
from planner.worklist.last_decisions import with_last_decisions
from planner.worklist.row_index import RowIndex
from planner.worklist.standing import Reading, read_standings
from planner.worklist.suggestions import suggestions

HERE = Path(__file__).parent


@cache
def made_by() -> str:
    """A hash of the code that makes a list."""
    files = (*sorted(HERE.glob("*.py")), HERE.parent / "snapshot.py")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def keep(snapshot: Snapshot, journal: Journal, file: Path) -> None:
    """Write the list of this publication as it stands; the file is whole when it appears under its name."""
    reading = read_standings(journal)
    plan = with_last_decisions(suggestions(snapshot), journal)
    rows = RowIndex(plan["suggestion_id"])
    standing = reading.by_row(rows)
    told = plan.with_columns(
        kept_row=rows.order, kept_status=standing["status"], kept_version=standing["version"],
        kept_quantity=standing["quantity"],
    )  # fmt: skip
    about = {"made_by": made_by(), "head": json.dumps([reading.head.sequence, reading.head.hash])}
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.part")
    # In one piece: of several, each question would put its columns together anew.
    told.write_parquet(aside, compression="lz4", row_group_size=max(1, told.height), metadata=about)
    aside.replace(file)


def read_kept(file: Path | None) -> tuple[pl.DataFrame, RowIndex, Reading] | None:
    """Suggestions as `suggestions` makes them, their index, and where each stood; None where none is kept."""
    if file is None or not file.exists():
        return None
    try:
        about = pl.read_parquet_metadata(file)
    except (pl.exceptions.ComputeError, OSError):  # cut off on a full disk, say: as good as none
        return None
    if about.get("made_by") != made_by():
        return None
    told = pl.read_parquet(file, parallel="columns")
    kept = {name.removeprefix("kept_"): told.drop_in_place(name) for name in told.columns if name.startswith("kept_")}
    rows = RowIndex(told["suggestion_id"], kept.pop("row"))
    return told, rows, Reading(Head(*json.loads(about["head"])), pl.DataFrame(kept), rows)
