"""`supplyloop`: the command line. Only here is the clock asked. Heavy imports wait for their command."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines import (
    approve_command,
    audit_commands,
    feedback_commands,
    override_command,
    quarantine_commands,
    race_command,
    trust_commands,
    wave_commands,
)
from pipelines.invocation import Invocation, opened
from pipelines.kernels import forget_stale_kernels

# Before anything of Dagster or dbt is imported: no run calls the outside.
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

app = typer.Typer(
    name="supplyloop",
    help="Supply planning for self-operated online retailers. 自营电商供应计划。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    workspace: Annotated[
        Path,
        typer.Option("--workspace", "-w", envvar="SUPPLYLOOP_WORKSPACE", help="Folder of the workspace."),
    ] = Path(),
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options for every command."""
    Invocation.workspace, Invocation.debug = workspace, debug
    forget_stale_kernels()


def main() -> None:
    """Run the command line; an error is one clear line and a non-zero status."""
    try:
        app()
    except Exception as error:
        if Invocation.debug or "--debug" in sys.argv:
            raise
        from rich.console import Console

        Console(stderr=True, highlight=False).print(f"[bold red]error[/] {_plain(error)}", soft_wrap=True)
        sys.exit(1)


def _plain(error: Exception) -> str:
    from rich.markup import escape

    return escape(str(error) or type(error).__name__)


app.add_typer(quarantine_commands.app, name="quarantine")
app.add_typer(audit_commands.app, name="audit")
feedback_commands.app.command()(approve_command.approve)
app.add_typer(feedback_commands.app, name="feedback")
app.add_typer(trust_commands.app, name="trust")
app.add_typer(wave_commands.app, name="waves")
app.command()(feedback_commands.undo)
app.command()(override_command.override)
app.command()(race_command.race)
app.command()(feedback_commands.backup)
app.command()(feedback_commands.restore)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to make the workspace.")],
    sample: Annotated[
        bool, typer.Option("--sample", help="Fill it with the sample export of a small retailer.")
    ] = False,
    real: Annotated[str | None, typer.Option("--real", help="Fill it with a real export: complete_journey.")] = None,
    timezone: Annotated[str, typer.Option(help="Zone of business dates.")] = "Asia/Shanghai",
    tenant: Annotated[str | None, typer.Option(help="Tenant id; the folder's name by default.")] = None,
    mapping: Annotated[list[str] | None, typer.Option(help="Mapping of a foreign export; repeatable.")] = None,
) -> None:
    """Make a workspace (nothing that exists is overwritten)."""
    from pipelines.initialise import SAMPLE, initialise

    shown = SAMPLE if sample else None
    for line in initialise(folder, tenant or folder.name, timezone, tuple(mapping or ()), shown, real):
        typer.echo(line)


class Job(StrEnum):
    """The jobs that `run` turns."""

    DAILY = "daily_plan"
    DECISIONS = "daily_decisions"
    INTRADAY = "intraday_fulfilment"
    BACKTEST = "forecast_backtest"


@app.command()
def run(
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Plan as of this instant (ISO); latest known by default.")
    ] = None,
    job: Annotated[
        Job,
        typer.Option(help="Everything; decisions without marts only people read; what moves in a day; the backtest."),
    ] = Job.DAILY,
    force: Annotated[bool, typer.Option("--force", help="Compute again what has not changed.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for another run to end.")] = 60.0,
) -> None:
    """Turn the loop once: ingest, marts, forecast, plans, publication, outbox."""
    from pipelines.console import run_with_progress

    workspace, settings = opened()
    instant = _instant(as_of, settings.business_timezone) if as_of else None
    run_with_progress(workspace, settings, datetime.now(UTC), instant, job.value, force, wait)


@app.command()
def backtest(
    force: Annotated[bool, typer.Option("--force", help="Compute again what has not changed.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for another run to end.")] = 60.0,
) -> None:
    """Forecast the past from what was known then, and write how good that was. 预测回测。"""
    from pipelines.console import run_with_progress

    workspace, settings = opened()
    run_with_progress(workspace, settings, datetime.now(UTC), None, Job.BACKTEST.value, force, wait)
    typer.echo(workspace.backtest_page)


def _instant(text: str, timezone: str) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no instant such as 2026-11-01T06:00:00+08:00") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(timezone))


@app.command()
def status() -> None:
    """Show what the last run came to and who is at work now."""
    from pipelines.console import show_status

    show_status(opened()[0])


class Format(StrEnum):
    """How `query` writes its answer."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the published marts.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write the answer.")] = Format.TABLE,
    limit: Annotated[int, typer.Option(min=1, help="Most rows to show.")] = 1000,
) -> None:
    """Ask the published marts; nothing but them can be read, nothing can be written."""
    from pipelines.query import run_query, write_csv, write_json, write_table

    columns, rows = run_query(*opened(), sql, limit + 1)
    if len(rows) > limit:
        rows = rows[:limit]
        typer.echo(f"only the first {limit} rows are shown; --limit N shows more", err=True)
    {Format.TABLE: write_table, Format.CSV: write_csv, Format.JSON: write_json}[format](columns, rows, sys.stdout)


@app.command()
def trace(
    mart: Annotated[str, typer.Argument(help="A mart.")],
    key: Annotated[list[str], typer.Argument(help="COLUMN=VALUE, or values of its key columns in their order.")],
    limit: Annotated[int, typer.Option(min=1, help="Most source lines to list per table; all are counted.")] = 20,
) -> None:
    """Show the lines of the source files that a row of a mart stands on. 数据溯源。"""
    from pipelines.query import write_table
    from pipelines.trace import trace as run_trace
    from pipelines.warehouse import open_warehouse

    with open_warehouse(*opened(), "trace") as connection:
        rows, steps = run_trace(connection, mart, key, limit)
    typer.echo(f"{mart}: {rows} {'row' if rows == 1 else 'rows'}")
    for traced in steps:
        cut = f", the first {limit}" if traced.total > limit else ""
        typer.echo(f"\n{traced.step.contract}: {traced.total} source lines{cut} ({traced.step.meaning})")
        if traced.rows:
            write_table(traced.columns, traced.rows, sys.stdout)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="DuckDB file to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """Write one self-contained DuckDB file of the published marts, to carry away."""
    from pipelines.publication import export as write_export

    publication = write_export(*opened(), file, overwrite)
    typer.echo(f"{file}: {len(publication.marts)} marts of publication {publication.publication_id}")


@app.command("as-of")
def as_of(
    instant: Annotated[str, typer.Argument(help="ISO; without an offset it is in the business zone.")],
    file: Annotated[Path, typer.Argument(help="DuckDB file to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """Write what a plan would have stood on at an instant of the past into a file of its own. 还原历史时点。"""
    from pipelines.rebuild import rebuild

    workspace, settings = opened()
    rebuilt = rebuild(workspace, settings, _instant(instant, settings.business_timezone), file, overwrite)
    typer.echo(f"{file}: {rebuilt.marts} marts as of {rebuilt.as_of.isoformat()}")
    for lost in rebuilt.not_known:
        typer.echo(f"  not known of {lost.rows} rows of {lost.contract}: {', '.join(lost.columns)}")


@app.command("map")
def map_(
    file: Annotated[Path, typer.Argument(help="File that no mapping knows.", exists=True, dir_okay=False)],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take what is certain, list what is not.")
    ] = False,
    said: Annotated[
        list[str] | None, typer.Option("--set", help="COLUMN=ANSWER, as --yes lists it; repeatable.")
    ] = None,
    table: Annotated[list[str] | None, typer.Option(help="Contract table that it holds; a line's table first.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the mapping; made from the file's by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write it; mappings/ of the workspace by default.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing mapping.")] = False,
) -> None:
    """Propose a mapping of an unknown file, confirm it column by column, try it in memory. 映射向导。"""
    from pipelines.map_command import map_file
    from pipelines.wizard.answers import Answers

    answers = Answers(tables=tuple(table or ()))
    now = datetime.now(UTC)
    if not map_file(*opened(), file.resolve(), now, yes, answers, said or [], name, out, overwrite):
        raise typer.Exit(1)


class PolicyName(StrEnum):
    """Who decides in a simulation."""

    PLATFORM = "platform"
    REORDER_POINT = "reorder-point"
    FORESIGHT = "foresight"


@app.command()
def simulate(
    days: Annotated[int, typer.Option(min=1, help="Days of the closed loop.")] = 30,
    policy: Annotated[list[PolicyName] | None, typer.Option(help="Who decides; repeatable. All three if none.")] = None,
    world: Annotated[str, typer.Option(help="World that ships (reference, sample, …) or a .toml file.")] = "reference",
    seed: Annotated[int | None, typer.Option(help="Another seed than the world's.")] = None,
    history: Annotated[int | None, typer.Option(min=1, help="Days before the loop; as the world says.")] = None,
    dialect: Annotated[
        list[str] | None, typer.Option(help="Real format that some systems write, such as wangdiantong; repeatable.")
    ] = None,
) -> None:
    """Close the loop against the digital twin: it exports, we plan, it acts. 与数字孪生闭环运行。"""
    from pipelines.simulate_command import simulate as run_simulation

    chosen = tuple(policy or PolicyName)
    run_simulation(Invocation.workspace, world, days, chosen, seed, history, tuple(dialect or ()))


@app.command()
def doctor() -> None:
    """Check versions, folders, locks, disk, clock and ports, and say how to mend what is wrong."""
    from pipelines.doctor import examine

    sys.exit(0 if examine(Invocation.workspace, datetime.now(UTC)) else 1)


@app.command()
def dev(port: Annotated[int, typer.Option(help="Port on the loopback address.")] = 3000) -> None:
    """Open Dagster's web interface on this workspace, on this machine only."""
    from pipelines.web import serve

    workspace, settings = opened()
    serve(workspace, settings, port)


@app.command("serve")
def serve_desk(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Workspaces to serve; the one of --workspace by default.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8700,
    host: Annotated[str, typer.Option(help="Address to listen on; others than this machine's need a password set.")] = (
        "127.0.0.1"
    ),
    name: Annotated[
        list[str] | None, typer.Option(help="Name by which browsers call it, besides localhost; repeatable.")
    ] = None,
    desk: Annotated[
        Path | None, typer.Option(help="File of people and sessions; desk.db beside the first workspace by default.")
    ] = None,
    https: Annotated[bool, typer.Option("--https", help="Browsers reach it by HTTPS, through a proxy.")] = False,
    oidc: Annotated[Path | None, typer.Option(help="File that names an OpenID Connect provider.")] = None,
) -> None:
    """Open the planner's desk. 计划员工作台。"""
    # Read by the allocator of frames when it loads: what is freed goes back to the system, or the desk holds twice its
    # list for good.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")
    from pipelines.oidc_settings import load_provider
    from pipelines.serve import serve

    def now() -> datetime:
        return datetime.now(UTC)

    places = folders or [Invocation.workspace]
    file = desk or places[0].expanduser().resolve().parent / "desk.db"
    provider = None if oidc is None else load_provider(oidc, now)
    serve(places, file, host, port, name or [], https, now, provider)


@app.command()
def docs(folder: Annotated[Path, typer.Argument(help="Where to write the pages.")] = Path("site")) -> None:
    """Write the static documentation of the marts."""
    from pipelines.transformation import write_docs

    workspace, settings = opened()
    typer.echo(write_docs(workspace, settings, folder))


if __name__ == "__main__":
    main()
