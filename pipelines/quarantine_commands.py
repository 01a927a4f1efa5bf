"""`supplyloop quarantine`: see the rows that broke their contract, load them again, or waive them."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.invocation import opened

app = typer.Typer(
    help="Rows that broke their contract: list, show, replay, waive, export. 隔离区。", no_args_is_help=True
)

COLUMNS = (
    "quarantine_id", "status", "file_name", "sheet", "line_no", "contract", "stage", "reason_code", "columns",
    "raw_line", "first_seen", "resolved_by", "resolution", "resolved_at", "file_sha256",
)  # fmt: skip

File = Annotated[str | None, typer.Option("--file", help="Only rows of this file.")]
Everything = Annotated[bool, typer.Option("--all", help="Closed rows too.")]


def _warehouse(purpose: str):
    from pipelines.warehouse import open_warehouse

    return open_warehouse(*opened(), f"quarantine {purpose}")


def _ready(connection) -> None:
    from pipelines.ingestion.schema import create_warehouse

    create_warehouse(connection)


def _chosen(file: str | None, everything: bool) -> tuple[str, dict[str, str]]:
    conditions = [*([] if everything else ["status = 'open'"]), *(["file_name = $file"] if file else [])]
    return " and ".join(conditions) or "true", {"file": file} if file else {}


@app.command("list")
def list_rows(
    file: File = None,
    everything: Everything = False,
    rows: Annotated[bool, typer.Option("--rows", help="Every row with its id, not their count.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most lines to show.")] = 200,
) -> None:
    """What waits in quarantine, counted by file and reason."""
    from pipelines.query import write_table

    where, values = _chosen(file, everything)
    if rows:
        sql = f"""select left(quarantine_id, 8) as id, status, file_name, sheet, line_no, reason_code, columns,
                    left(raw_line, 80) as line
                from control.quarantine where {where} order by file_name, sheet, line_no, id"""
    else:
        sql = f"""select contract, file_name, reason_code, status, count(*) as rows, min(line_no) as first_line,
                    min(first_seen) as since
                from control.quarantine where {where} group by all order by file_name, contract, reason_code, status"""
    with _warehouse("list") as connection:
        _ready(connection)
        cursor = connection.execute(f"{sql} limit {limit + 1}", values)
        found, columns = cursor.fetchall(), [column[0] for column in cursor.description]
    if not found:
        typer.echo("nothing waits in quarantine 隔离区为空")
        return
    import sys

    write_table(columns, found[:limit], sys.stdout)
    if len(found) > limit:
        typer.echo(f"… more than {limit}; --file chooses, `supplyloop quarantine export FILE.csv` writes all")


@app.command()
def show(quarantine_id: Annotated[str, typer.Argument(help="The row's id, or how it begins.")]) -> None:
    """One row: where it stood, what was found, why it was refused and what became of it."""
    from pipelines.ingestion.resolution import find

    with _warehouse("show") as connection:
        _ready(connection)
        row = find(connection, quarantine_id)
    for name, value in row.items():
        if value is not None:
            typer.echo(f"{name:<17} {value}")


@app.command()
def replay(file: File = None) -> None:
    """Load the files of open rows again, by the mappings and contracts as they are now."""
    from pipelines.ingestion.delivery import inbox_files
    from pipelines.ingestion.ingest import Clock
    from pipelines.ingestion.replay import replay_files
    from pipelines.settings import chosen_mappings
    from pipelines.warehouse import reading_limits

    workspace, settings = opened()
    clock = Clock(datetime.now(UTC), settings.business_timezone)
    with _warehouse("replay") as connection:
        _ready(connection)
        files = [*inbox_files(workspace.policy), *inbox_files(workspace.inbox)]
        outcomes, absent = replay_files(
            connection,
            files,
            chosen_mappings(workspace.settings_file, settings),
            clock,
            file,
            reading_limits(workspace, settings),
        )
        left = connection.execute("select count(*) from control.quarantine where status = 'open'").fetchone()[0]
    for outcome in outcomes:
        typer.echo(
            f"{outcome.file_name} → {outcome.contract}: {outcome.status}, {outcome.rows_loaded} loaded, "
            f"{outcome.rows_quarantined} in quarantine{f' ({outcome.reason})' if outcome.reason else ''}"
        )
    for name in absent:
        typer.echo(f"{name}: is not in the inbox any more; put it back and replay again")
    typer.echo(f"{left} rows open. `supplyloop run` takes what was loaded into the marts.")
    if absent:
        raise typer.Exit(1)


@app.command()
def waive(
    quarantine_ids: Annotated[list[str], typer.Argument(help="Ids of the rows, or how they begin.")],
    reason: Annotated[str, typer.Option(help="Why the rows are not needed; it stays with them.")],
    by: Annotated[str | None, typer.Option(help="Who decides; the name you are logged in by.")] = None,
) -> None:
    """Close rows that are not needed, for a reason."""
    from pipelines.ingestion.resolution import waive as waive_rows

    with _warehouse("waive") as connection:
        _ready(connection)
        for file, line, code in waive_rows(
            connection, quarantine_ids, reason, by or getpass.getuser(), datetime.now(UTC)
        ):
            typer.echo(f"waived {file} line {line} ({code})")


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="CSV file to write.")],
    file: File = None,
    everything: Everything = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """Write the rows to a CSV that their sender can open, raw lines included; nothing in it runs as a formula."""
    from pipelines.ingestion.resolution import QuarantineError
    from pipelines.query import write_csv

    if target.exists() and not overwrite:
        raise QuarantineError(f"{target} exists; choose another name or give --overwrite")
    where, values = _chosen(file, everything)
    with _warehouse("export") as connection:
        _ready(connection)
        rows = connection.execute(
            f"select {', '.join(COLUMNS)} from control.quarantine where {where} order by file_name, line_no", values
        ).fetchall()
    with target.open("w", encoding="utf-8-sig", newline="") as out:
        write_csv(COLUMNS, rows, out)
    typer.echo(f"{target}: {len(rows)} rows")
