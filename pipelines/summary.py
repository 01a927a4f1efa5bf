"""What a turn of the loop came to, in numbers: shown at the end of a run and by `status`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import duckdb


@dataclass
class Summary:
    """The closing lines of a run; money as text, exactly as the marts hold it."""

    status: str
    started_at: str
    seconds: float
    as_of: str | None = None
    error: str | None = None
    run_id: str | None = None
    publication_id: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    files_not_loaded: dict[str, str] = field(default_factory=dict)
    not_delivered: list[str] = field(default_factory=list)
    missing_masters: dict[str, int] = field(default_factory=dict)
    checks_passed: int = 0
    checks_failed: list[str] = field(default_factory=list)
    suggestions: list[dict[str, str]] = field(default_factory=list)
    stock_known: bool = False
    planned: bool = True
    waves: dict[str, float] = field(default_factory=dict)
    carriers: dict[str, str] = field(default_factory=dict)
    outbox: list[str] = field(default_factory=list)

    def save(self, workspace: Workspace) -> None:
        """Keep it for `status`, which must not open the warehouse."""
        aside = workspace.last_run.with_suffix(".part")
        aside.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")
        aside.replace(workspace.last_run)

    @classmethod
    def load(cls, workspace: Workspace) -> Summary | None:
        """The summary of the last run, if there was one."""
        if not workspace.last_run.exists():
            return None
        return cls(**json.loads(workspace.last_run.read_text(encoding="utf-8")))


def summarise(connection: duckdb.DuckDBPyConnection, workspace: Workspace, started_at: datetime) -> Summary:
    """Read the figures of a finished turn from the warehouse; the caller adds what Dagster knows."""
    summary = Summary("succeeded", started_at.isoformat(), 0.0)
    summary.as_of = connection.execute("select as_of from control.latest").fetchone()[0].isoformat()
    # A row of a file that feeds several tables is one source row; where it went is counted per table.
    rows = connection.execute(
        """with loaded as (select * from control.delivery where status = 'loaded'),
            files as (select load_id, max(rows_in) as rows_in from loaded group by 1)
        select (select coalesce(sum(rows_in), 0) from files), coalesce(sum(rows_loaded), 0),
            coalesce(sum(rows_quarantined), 0), coalesce(sum(rows_duplicate), 0), coalesce(sum(rows_superseded), 0),
            coalesce(sum(rows_set_aside), 0)
        from loaded"""
    ).fetchone()
    names = ("source", "loaded", "quarantined", "duplicate", "older", "set_aside")
    summary.rows = {name: int(value) for name, value in zip(names, rows, strict=True)}
    summary.quarantined = dict(
        connection.execute(
            "select reason_code, count(*) from control.quarantine "
            "where status in ('open', 'waived') group by 1 order by 2 desc, 1"
        ).fetchall()
    )
    summary.files_not_loaded = {name: reason for name, _, reason in not_loaded(connection, workspace)}
    summary.not_delivered = [
        contract
        for (contract,) in connection.execute(
            "select contract from marts.delivery_status where not is_delivered order by 1"
        ).fetchall()
    ]
    summary.missing_masters = dict(
        connection.execute(
            "select contract || '.' || columns, rows from control.missing_master order by rows desc, 1"
        ).fetchall()
    )
    summary.suggestions = [
        {
            "action": action,
            "count": str(count),
            "units": f"{units:.0f}",
            "amount": str(amount),
            "at_stake": str(stake),
        }
        for action, count, units, amount, stake in connection.execute(
            """select action, count(*), coalesce(sum(suggested_qty), 0), coalesce(sum(amount), 0),
                coalesce(sum(money_at_stake), 0)
            from marts.replenishment_suggestion group by 1 order by 5 desc, 1"""
        ).fetchall()
    ]
    (summary.stock_known,) = connection.execute(
        "select coalesce(bool_or(stock_known), false) from marts.replenishment_input"
    ).fetchone()
    (summary.planned,) = connection.execute("select count(*) > 0 from plan.replenishment_level").fetchone()
    summary.waves = _waves(connection)
    summary.carriers = _carriers(connection)
    return summary


def not_loaded(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> list[tuple[str, str, str]]:
    """Name, status and reason of the files that lie in the inbox and were held or refused when last looked at."""
    from pipelines.ingestion.delivery import printable  # imports the contracts, which `status` does without

    lying = {printable(path).name for folder in (workspace.inbox, workspace.policy) for path in folder.rglob("*")}
    found = connection.execute(
        """select file_name, max_by(status, rowid), max_by(reason, rowid) from control.delivery
        group by 1 having max_by(status, rowid) in ('held', 'refused') order by 1"""
    ).fetchall()
    return [row for row in found if row[0] in lying]


def _waves(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    count, orders, distance, baseline = connection.execute(
        "select count(*), coalesce(sum(order_count), 0), coalesce(sum(distance_m), 0), "
        "coalesce(sum(baseline_distance_m), 0) from plan.wave"
    ).fetchone()
    return {"waves": count, "orders": int(orders), "distance_m": distance, "order_by_order_m": baseline}


def _carriers(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What the chosen services cost, beside the runner-up of each parcel."""
    parcels, cost, runner_up, unassigned = connection.execute(
        """select count(*), coalesce(sum(est_cost), 0), coalesce(sum(coalesce(runner_up_cost, est_cost)), 0),
            (select count(distinct outbound_id) from plan.carrier_unassigned as u
                where u.outbound_id not in (select outbound_id from plan.carrier_choice))
        from plan.carrier_choice"""
    ).fetchone()
    return {
        "parcels": str(parcels), "cost": str(cost), "runner_up_cost": str(runner_up), "unassigned": str(unassigned),
    }  # fmt: skip
