"""What came since a dbt pass last stood, so that its large facts replace only what that touches.

`dbt_project/macros/increment.sql` reads it. A pass that may not be sure builds its tables whole: the first, one of
other code, settings or key map, one that replays the past or goes back in time, one after a run that was cut off.

Passes are numbered (`turn`). A model that tells what changed in it tells with the turn, so that a pass that runs seldom
finds all that changed since it last stood, whichever pass built the model.
"""

from __future__ import annotations

import hashlib

import duckdb

from pipelines.cycle import Cycle, current_as_of

__all__ = ["finish_increment", "prepare_increment"]


def prepare_increment(connection: duckdb.DuckDBPyConnection, cycle: Cycle, stage: str) -> bool:
    """Note in schema `control` what the models of a dbt pass may build on; returns whether they may replace parts.

    Until `finish_increment` the stage counts as cut off.
    """
    before = connection.execute(
        "select rules, as_of, loads, turn from control.pass_done where stage = ? and not replayed and turn is not null",
        [stage],
    ).fetchone()
    [(turn,)] = connection.execute(
        "select 1 + coalesce(max(turn), 0) from (select turn from control.pass_done union all "
        "select turn from control.increment union all select whole_turn from control.told_change)"
    ).fetchall()
    connection.execute("delete from control.pass_done where stage = ?", [stage])
    as_of, loads = current_as_of(connection), before[2] if before else 0
    possible = (
        before is not None
        and before[0] == _rules(connection, cycle)
        and before[1] <= as_of
        and not cycle.force
        and not _is_replayed(connection)
    )
    last_as_of, last_turn = (before[1], before[3]) if possible else (None, None)
    connection.execute("delete from control.increment")
    connection.execute("insert into control.increment values (?, ?, ?, ?)", [possible, last_as_of, turn, last_turn])
    connection.execute("delete from control.new_load")
    connection.execute(
        "insert into control.new_load select load_id, contract from control.delivery where status = 'loaded' "
        "order by rowid offset ?",
        [loads],
    )
    return possible


def finish_increment(connection: duckdb.DuckDBPyConnection, cycle: Cycle, stage: str) -> None:
    """Remember that the tables of a pass stand for all that is loaded now."""
    connection.execute(
        "insert into control.pass_done select ?, ?, ?, count(*), ?, (select turn from control.increment) "
        "from control.delivery where status = 'loaded'",
        [stage, _rules(connection, cycle), current_as_of(connection), _is_replayed(connection)],
    )


def _rules(connection: duckdb.DuckDBPyConnection, cycle: Cycle) -> str:
    # Another key for a thing changes rows of any age.
    keys = connection.execute("select bit_xor(hash(key)) from control.key as key").fetchone()
    # What memory and threads the engine may use changes no row.
    settings = cycle.settings.model_dump_json(exclude={"engine"})
    return hashlib.sha256(f"{cycle.code}{settings}{keys}".encode()).hexdigest()


def _is_replayed(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("select exists(from control.replayed)").fetchone()[0]
