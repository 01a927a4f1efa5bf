"""A load that is killed before or after any of its steps, or while it commits, and run again gives the same tables.

What kill -9 leaves is what the files on disk hold at that moment. So one load is watched: before and after each of
its statements the files are looked at, and each state that they are ever in is taken up by another process's view
of it, which loads the same deliveries again. `test_again` kills real processes at random moments.
"""

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts import table
from pipelines.ingestion.ingest import Clock, ingest_files
from tests.pipelines.ingestion.conftest import Desk
from tests.pipelines.ingestion.test_order_of_arrival import Sent
from tests.pipelines.ingestion.test_thirty_days import MONTHS

CLOCK = Clock(datetime(2026, 11, 2, tzinfo=UTC), "Asia/Shanghai")
KNOWN, KILLED = range(3), range(3, 5)  # days that were loaded before, and those of the load that is killed


class Watched:
    """A connection that looks at its files before and after each statement, and keeps each state they are in."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.connection = desk.connection
        self.files = (desk.warehouse, Path(f"{desk.warehouse}.wal"))
        self.folder, self.seen, self.states, self.statements = folder, set(), [], 0
        # Relations that the loader names by a local variable are found beyond this class.
        self.connection.execute("set python_scan_all_frames = true")

    def look(self) -> None:
        state = tuple((f.stat().st_mtime_ns, f.stat().st_size) if f.exists() else None for f in self.files)
        if state in self.seen:
            return
        self.seen.add(state)
        kept = self.folder / f"state {len(self.states)}"
        kept.mkdir(parents=True)
        for file in filter(Path.exists, self.files):
            shutil.copyfile(file, kept / file.name)
        self.states.append(kept)

    def execute(self, *arguments):
        self.statements += 1
        self.look()
        answer = self.connection.execute(*arguments)
        self.look()
        return answer

    def __getattr__(self, name):
        return getattr(self.connection, name)


def deliver(desk: Desk, contract: str, days) -> list[Path]:
    header, of_day = MONTHS[contract]
    draw = random.Random(f"{contract} killed")
    month: list[Sent] = [of_day(day, draw) for day in range(KILLED.stop)]
    return [
        desk.file(
            f"{contract}.all.20260901.{day + 1}.csv",
            "\n".join([header, *month[day].lines]) + "\n",
            {"contract": contract, "complete": month[day].complete, "extracted_at": month[day].extracted_at},
        )
        for day in days
    ]


def everything(desk: Desk, contract: str) -> dict[str, list[tuple]]:
    """All that a load of the table writes, to the last column."""
    names = [f"raw.{table(contract).raw_name}", f"history.{table(contract).raw_name}"]
    names += [f"control.{name}" for name in ("delivery", "quarantine", "drift", "reference_check", "missing_master")]
    return {name: desk.rows(f"select * from {name} order by all") for name in names}


def torn(state: Path, before: Path, folder: Path) -> Iterator[Path]:
    """The state as a commit leaves it that was cut off in the middle of its writing."""
    log = state / "warehouse.duckdb.wal"
    whole, had = log.read_bytes(), (before / log.name).stat().st_size if (before / log.name).exists() else 0
    for share in (0.3, 0.95):
        cut = folder / f"torn {share}"
        shutil.copytree(state, cut)
        (cut / log.name).write_bytes(whole[: had + int((len(whole) - had) * share)])
        yield cut


@pytest.mark.parametrize("contract", MONTHS)
def test_every_state_that_a_load_leaves_on_disk_is_taken_up_to_the_same_tables(tmp_path, template, contract):
    desk = Desk(tmp_path / "watched", template)
    desk.ingest(*deliver(desk, contract, KNOWN))
    files = deliver(desk, contract, KILLED)
    watched = Watched(desk, tmp_path / "states")
    outcomes = ingest_files(watched, files, (), CLOCK)
    assert [one.status for one in outcomes] == ["loaded"] * len(KILLED)
    assert watched.statements > 40
    # Before the load, after each file's transaction, and after that of the references.
    assert len(watched.states) > len(KILLED)
    expected = everything(desk, contract)
    desk.connection.close()
    for state in [*watched.states, *torn(watched.states[-2], watched.states[-3], tmp_path)]:
        shutil.copyfile(state / "warehouse.duckdb", template_of := tmp_path / "taken up.duckdb")
        found = Desk(tmp_path / f"rerun of {state.name}", template_of)
        found.connection.close()
        for file in state.iterdir():
            shutil.copyfile(file, found.folder / file.name)
        found.open()
        ingest_files(found.connection, files, (), CLOCK)
        assert everything(found, contract) == expected, state.name
        found.connection.close()
