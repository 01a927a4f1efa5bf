"""Scenarios that people asked for, beside the journal: solved by one process at a time, kept with their results."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, and_, delete, func, insert, or_, select, update

from feedback.journal import schema
from feedback.journal.store import take_writer_lock, writing

# Kept at most: the oldest that is solved makes room.
MOST = 24
LONGEST_TITLE = 80
# After this a process that was solving is taken for dead, and another one begins anew.
FORGOTTEN = timedelta(minutes=20)


@dataclass(frozen=True)
class Asked:
    """One scenario to solve: its id and the levers by name."""

    scenario_id: str
    levers: Mapping[str, object]


def ask(store: Engine, title: str, levers: Mapping[str, object], actor: str, at: datetime) -> str:
    """Ask for a scenario; returns its id.

    Raises
    ------
    ValueError
        If it has no title, a title that is taken, or too many wait.
    """
    table = schema.scenario
    title = title.strip()
    if not title or len(title) > LONGEST_TITLE:
        raise ValueError(f"a scenario has a title of 1 to {LONGEST_TITLE} characters")
    scenario_id = secrets.token_hex(8)
    row = {
        "scenario_id": scenario_id, "title": title, "levers": json.dumps(dict(levers), ensure_ascii=False),
        "asked_by": actor, "asked_at": _instant(at), "status": "waiting",
    }  # fmt: skip
    with writing(store).begin() as connection:
        take_writer_lock(connection)
        if connection.execute(select(table.c.title).where(table.c.title == title)).first():
            raise ValueError(f"there is a scenario {title!r} already; remove it, or name this one otherwise")
        if connection.execute(select(func.count()).select_from(table)).scalar_one() >= MOST:
            oldest = select(table.c.scenario_id).where(table.c.status.in_(("done", "failed")))
            gone = connection.execute(oldest.order_by(table.c.asked_at).limit(1)).scalar_one_or_none()
            if gone is None:
                raise ValueError(f"{MOST} scenarios wait to be solved; ask again when some are")
            connection.execute(delete(table).where(table.c.scenario_id == gone))
        connection.execute(insert(table), [row])
    return scenario_id


def take_next(store: Engine, at: datetime) -> Asked | None:
    """The oldest scenario that waits, taken by this process; None if none does."""
    table = schema.scenario
    forgotten = and_(table.c.status == "solving", table.c.begun_at < _instant(at - FORGOTTEN))
    wanted = select(table.c.scenario_id, table.c.levers).where(or_(table.c.status == "waiting", forgotten))
    with writing(store).begin() as connection:
        take_writer_lock(connection)
        row = connection.execute(wanted.order_by(table.c.asked_at).limit(1)).first()
        if row is None:
            return None
        this = table.c.scenario_id == row.scenario_id
        connection.execute(update(table).where(this).values(status="solving", begun_at=_instant(at)))
    return Asked(row.scenario_id, json.loads(row.levers))


def keep(
    store: Engine,
    scenario_id: str,
    as_of: datetime,
    totals: Mapping[str, object],
    moved: Sequence[Mapping[str, object]],
) -> None:
    """What came of it: `totals` of the plan as it is (``base``) and in the scenario (``then``), and what moved."""
    _write(
        store,
        scenario_id,
        {
            "status": "done", "as_of": _instant(as_of), "totals": json.dumps(totals), "error": None,
            "moved": json.dumps(list(moved), ensure_ascii=False),
        },
    )  # fmt: skip


def fail(store: Engine, scenario_id: str, why: str) -> None:
    """It could not be solved; `why` is shown to who asked."""
    _write(store, scenario_id, {"status": "failed", "error": why[:1000]})


def remove(store: Engine, scenario_id: str) -> None:
    """Forget a scenario.

    Raises
    ------
    ValueError
        If there is none of this id.
    """
    table = schema.scenario
    with writing(store).begin() as connection:
        take_writer_lock(connection)
        if connection.execute(delete(table).where(table.c.scenario_id == scenario_id)).rowcount == 0:
            raise ValueError(f"there is no scenario {scenario_id!r}; somebody may have removed it")


def scenarios(store: Engine) -> list[dict[str, object]]:
    """Every scenario, the latest first, with its results."""
    table = schema.scenario
    with store.connect() as connection:
        rows = connection.execute(select(table).order_by(table.c.asked_at.desc())).mappings()
        return [
            dict(row) | {name: row[name] and json.loads(row[name]) for name in ("levers", "totals", "moved")}
            for row in rows
        ]


def is_waiting(store: Engine, at: datetime) -> bool:
    """Whether something is to be solved by nobody yet."""
    table = schema.scenario
    forgotten = and_(table.c.status == "solving", table.c.begun_at < _instant(at - FORGOTTEN))
    wanted = select(table.c.scenario_id).where(or_(table.c.status == "waiting", forgotten)).limit(1)
    with store.connect() as connection:
        return connection.execute(wanted).first() is not None


def _write(store: Engine, scenario_id: str, values: Mapping[str, object]) -> None:
    table = schema.scenario
    with writing(store).begin() as connection:
        take_writer_lock(connection)
        connection.execute(update(table).where(table.c.scenario_id == scenario_id).values(values))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
