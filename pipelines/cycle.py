"""What one turn of the loop needs: the workspace, its settings, the instants, and whom to tell."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb

from pipelines.ingestion.ingest import Clock
from pipelines.journal import open_journal
from pipelines.settings import Settings
from pipelines.warehouse import HeldWarehouse
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from feedback.journal import Journal

CODE = Path(__file__).resolve().parent.parent
ROOMS = ("contracts", "dbt_project", "feedback", "forecasting", "optimization", "pipelines")

# Stage to the stages whose results it reads; "recognition" and "journal" say how the journal of decisions stands.
PLANS = (
    "forecast",
    "replenishment",
    "clearance",
    "channels",
    "echelons",
    "outlook",
    "cash",
    "waves",
    "transit",
    "carriers",
)
# What may be done of the planning pass beside plans: marts that the first plan does not read, all tests, the end.
MARTS_BESIDE, TESTS_BESIDE, PASS_END = "marts_beside", "tests_beside", "pass_end"
EARLIER = {
    "dbt_planning": ("recognition",),
    "forecast": ("dbt_planning", "overrides"),
    "explanation": ("dbt_planning", "overrides", "forecast"),
    "backtest": ("dbt_planning", "overrides"),
    "calibration": ("dbt_planning",),
    "replenishment": ("dbt_planning", "forecast", "calibration"),
    "clearance": ("dbt_planning", "forecast", "replenishment"),
    "channels": ("dbt_planning", "forecast"),
    "echelons": ("dbt_planning", "forecast"),
    "promotions": ("dbt_planning", "forecast"),
    "outlook": ("dbt_planning", "forecast", "replenishment"),
    "cash": ("dbt_planning", "forecast", "replenishment", "outlook"),
    "waves": ("dbt_planning",),
    "transit": ("dbt_planning",),
    "carriers": ("dbt_planning", "transit"),
    "freight": (),
    "dbt_after_plan": ("dbt_planning", *PLANS, "promotions", "backtest", "calibration", "journal"),
    "dbt_analysis": ("dbt_planning", *PLANS, "explanation", "freight", "dbt_after_plan"),
    "publish": ("dbt_planning", *PLANS, "dbt_after_plan", "dbt_analysis"),
}


@dataclass
class Cycle:
    """One turn: everything that is not data. `loaded_at` comes from whoever started the run.

    `is_alone`: nobody else waits for the warehouse, so that it stays open while a stage computes. `read`: the marts
    that somebody reads in this turn, where that is not all of them; a warm process may leave out the others. `first`:
    those that the first plan reads, where it may be made beside the others; what is then still to be done of the dbt
    pass is in `left`. `held`: a warehouse that stays open after the turn, for whoever started it turns again.
    """

    workspace: Workspace
    settings: Settings
    loaded_at: datetime
    as_of: datetime | None = None
    _: KW_ONLY
    force: bool = False
    lock_wait_seconds: float = 60.0
    is_alone: bool = False
    read: frozenset[str] | None = None
    first: frozenset[str] | None = None
    left: dict[str, Callable[[], None]] = field(default_factory=dict, init=False, repr=False)
    held: HeldWarehouse | None = field(default=None, repr=False)
    loads: tuple[int, str | None] | None = field(default=None, init=False, repr=False)
    report: Callable[[str, str], None] = field(default=lambda stage, detail: None, repr=False)

    @cached_property
    def warehouse(self) -> HeldWarehouse:
        """Handed on from stage to stage."""
        return self.held or HeldWarehouse(self.workspace, self.settings, self.lock_wait_seconds)

    @cached_property
    def journal(self) -> Journal:
        """The journal of decisions, opened when a stage first asks for it."""
        return open_journal(self.workspace, self.settings)

    @property
    def zone(self) -> ZoneInfo:
        """Where the business is."""
        return self.settings.zone

    def lend(self) -> None:
        """Let others have the warehouse while a stage computes without it."""
        if not self.is_alone:
            self.warehouse.release()

    def release(self) -> None:
        """Let go of the journal, and of a warehouse that is not to stay open; whoever starts the turn does so."""
        if self.held is None:
            self.warehouse.release()
        if "journal" in self.__dict__:
            self.journal.store.dispose()

    @cached_property
    def code(self) -> str:
        """The code's fingerprint, taken once: a turn runs the code it was started with."""
        return code_fingerprint()

    @property
    def clock(self) -> Clock:
        return Clock(self.loaded_at, self.settings.business_timezone)

    def business_date(self, instant: datetime) -> date:
        """The date of an instant where the business is."""
        return instant.astimezone(self.zone).date()


def current_as_of(connection: duckdb.DuckDBPyConnection) -> datetime:
    """The instant that this turn computes for, as ingestion left it."""
    return connection.execute("select as_of from control.latest").fetchone()[0]


def fingerprint(connection: duckdb.DuckDBPyConnection, cycle: Cycle, stage: str) -> str:
    """A hash of all that the result of a stage depends on: deliveries, instant, settings, code, earlier stages.

    Earlier stages count as they stand: a job that leaves some of them out must not pass for a whole turn.
    """
    loads = _loads(connection, cycle)
    earlier = connection.execute(
        "select stage, fingerprint from control.stage_fingerprint where list_contains(?, stage) order by 1",
        [list(EARLIER[stage])],
    ).fetchall()
    said = (
        loads,
        earlier,
        current_as_of(connection).isoformat(),
        cycle.settings.model_dump_json(),
        cycle.code,
        _adopted(cycle) if stage == "replenishment" else None,
    )
    return hashlib.sha256("|".join(str(part) for part in said).encode()).hexdigest()


def _loads(connection: duckdb.DuckDBPyConnection, cycle: Cycle) -> str | None:
    """All loads in one text, put together once for the two dozen stages that ask.

    Deliveries are noted and never changed, so their number tells whether any has come since.
    """
    [(count,)] = connection.execute("select count(*) from control.delivery where status = 'loaded'").fetchall()
    if cycle.loads is None or cycle.loads[0] != count:
        [(told,)] = connection.execute(
            "select string_agg(load_id || contract, ',' order by load_id, contract) from control.delivery "
            "where status = 'loaded'"
        ).fetchall()
        cycle.loads = count, told
    return cycle.loads[1]


def _adopted(cycle: Cycle) -> object:
    from feedback.adopted_policy import adopted

    return adopted(cycle.journal)


def code_fingerprint() -> str:
    """A hash of every file that a result can depend on, and of the engine."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for room in ROOMS:
        for path in sorted((CODE / room).rglob("*")):
            if path.suffix in {".py", ".sql", ".yml", ".yaml"} and not {"target", "logs"} & set(path.parts):
                digest.update(path.read_bytes())
    return digest.hexdigest()


def is_done(connection: duckdb.DuckDBPyConnection, cycle: Cycle, stage: str) -> bool:
    """Whether `stage` stands as it would come out now: nothing it depends on has changed."""
    if cycle.force:
        return False
    stored = connection.execute("select fingerprint from control.stage_fingerprint where stage = ?", [stage]).fetchone()
    return stored is not None and stored[0] == fingerprint(connection, cycle, stage)


def views_stand(connection: duckdb.DuckDBPyConnection, cycle: Cycle, stage: str) -> bool:
    """Whether this code made the views of a dbt pass: a view holds no data, so nothing else changes it."""
    if cycle.force:
        return False
    stored = connection.execute(
        "select fingerprint from control.stage_fingerprint where stage = ?", [_views_of(stage)]
    ).fetchone()
    return stored is not None and stored[0] == cycle.code


def finish_views(connection: duckdb.DuckDBPyConnection, cycle: Cycle, stage: str) -> None:
    """Remember that the views of a dbt pass are those of this code."""
    finish_content(connection, _views_of(stage), cycle.code)


def _views_of(stage: str) -> str:
    return f"{stage}_views"


def begin_stage(connection: duckdb.DuckDBPyConnection, stage: str) -> None:
    """Forget that `stage` was done: a turn that dies in it is redone."""
    connection.execute("delete from control.stage_fingerprint where stage = ?", [stage])


def finish_stage(connection: duckdb.DuckDBPyConnection, cycle: Cycle, stage: str) -> None:
    """Remember that `stage` stands for what is there now."""
    begin_stage(connection, stage)
    connection.execute(
        "insert into control.stage_fingerprint values (?, ?, ?)",
        [stage, fingerprint(connection, cycle, stage), current_as_of(connection)],
    )


def finish_content(connection: duckdb.DuckDBPyConnection, stage: str, content: str) -> None:
    """Remember the hash of what a stage brought from outside: later stages depend on that, not on when it came."""
    begin_stage(connection, stage)
    connection.execute("insert into control.stage_fingerprint values (?, ?, null)", [stage, content])


def computed_for(connection: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """The instant that each stage was last computed for; a job may leave some of them out."""
    return dict(
        connection.execute("select stage, as_of from control.stage_fingerprint where as_of is not null").fetchall()
    )
