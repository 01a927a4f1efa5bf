"""What the terminal shows: progress while a run goes on, its summary, the status of a workspace."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from pipelines.settings import Settings
from pipelines.summary import Summary
from pipelines.workspace import Workspace

STAGES = {
    "start": "start 启动",
    "feedback": "feedback 反馈",
    "ingest": "ingest 接入",
    "dbt_planning": "marts to plan on 计划用集市",
    "overrides": "overrides 预测调整",
    "forecast": "forecast 需求预测",
    "explanation": "causes of the forecast 预测解释",
    "backtest": "backtest 预测回测",
    "calibration": "replay of the past 历史校准",
    "replenishment": "replenishment 补货",
    "clearance": "clearance 清仓",
    "channels": "channels 渠道分配",
    "echelons": "central and regional stock 多级库存",
    "promotions": "promotions 促销盈亏",
    "outlook": "suppliers' outlook 供应商展望",
    "cash": "cash 现金",
    "waves": "waves 波次",
    "transit": "transit times 运输时效",
    "carriers": "carriers 承运商",
    "freight": "freight audit 运费稽核",
    "dbt_after_plan": "after plan 计划后",
    "dbt_analysis": "marts to analyse 分析用集市",
    "outbox": "outbox 发件箱",
    "publish": "publish 发布",
}


class Progress:
    """One line per stage as it ends; the asset at work beside a spinner where there is a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage = "start"
        self._began = time.monotonic()
        self._status: Status | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._status = self._console.status(STAGES["start"])
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end_stage()
        if self._status:
            self._status.stop()

    def report(self, stage: str, detail: str) -> None:
        """`Cycle.report`: a stage is at work on `detail`. dbt calls it from two threads at once."""
        with self._lock:
            self._report(stage, detail)

    def _report(self, stage: str, detail: str) -> None:
        if stage != self._stage:
            self._end_stage()
            self._stage, self._began = stage, time.monotonic()
        if self._status:
            self._status.update(f"{STAGES.get(stage, stage)} [dim]{escape(detail)}[/]")

    def _end_stage(self) -> None:
        seconds = time.monotonic() - self._began
        self._console.print(f"  [green]✓[/] {STAGES.get(self._stage, self._stage):<28} {seconds:6.1f} s")


def run_with_progress(
    workspace: Workspace,
    settings: Settings,
    started_at: datetime,
    as_of: datetime | None,
    job: str,
    force: bool,
    wait: float,
) -> None:
    """Turn the loop once and show it.

    Raises
    ------
    RunFailedError
        When the run fails; `last_run.json` says so as well.
    """
    from pipelines.warehouse import warehouse_lock

    console = Console(highlight=False)
    began = time.monotonic()
    with Progress(console) as progress:
        # Somebody else's run is told at once, before the slow imports.
        with warehouse_lock(workspace, "start", wait, lambda told: progress.report("start", told)):
            pass
        try:
            summary = _turn(workspace, settings, started_at, as_of, job, force, wait, progress)
        except Exception as error:
            seconds = time.monotonic() - began
            Summary("failed", started_at.isoformat(), seconds, error=str(error)).save(workspace)
            raise
    summary.seconds = round(time.monotonic() - began, 1)
    summary.save(workspace)
    show_summary(console, workspace, summary)


def _turn(workspace, settings, started_at, as_of, job, force, wait, progress) -> Summary:
    from pipelines.cycle import Cycle
    from pipelines.planning.rooms import check_room_settings
    from pipelines.publication import current_publication
    from pipelines.runner import run_job
    from pipelines.summary import summarise
    from pipelines.warehouse import open_warehouse

    check_room_settings(workspace.settings_file, settings)
    cycle = Cycle(workspace, settings, started_at, as_of, force=force, lock_wait_seconds=wait, report=progress.report)
    run = run_job(cycle, job)
    with open_warehouse(workspace, settings, "summary", wait) as connection:
        summary = summarise(connection, workspace, started_at)
    summary.run_id = run.run_id
    summary.checks_passed, summary.checks_failed = run.checks_passed, list(run.checks_failed)
    summary.publication_id = current_publication(workspace).publication_id
    stamp = datetime.fromisoformat(summary.as_of).strftime("%Y%m%dT%H%M%S")
    summary.outbox = sorted(path.name for path in workspace.outbox.glob(f"*.{stamp}*.csv"))
    return summary


def show_summary(console: Console, workspace: Workspace, summary: Summary) -> None:
    """The closing lines of a run."""
    rows = summary.rows
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_row("as of 数据时点", summary.as_of)
    table.add_row(
        "rows in 接入行数",
        f"{rows['source']:,} source, {rows['loaded']:,} loaded, {rows['duplicate']:,} duplicate, "
        f"{rows.get('older', 0):,} older versions, {rows['quarantined']:,} quarantined, "
        f"{rows['set_aside']:,} set aside",
    )
    if summary.quarantined:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in list(summary.quarantined.items())[:8])
        table.add_row("why 原因", escape(reasons))
    for name, reason in summary.files_not_loaded.items():
        table.add_row("[red]not loaded 未接入[/]", escape(f"{name}: {reason}"))
    if summary.not_delivered:
        systems = sorted({contract.split(".")[0] for contract in summary.not_delivered})
        table.add_row(
            "not delivered 未交付",
            f"{len(summary.not_delivered)} tables of {', '.join(systems)}; defaults stand in (mart delivery_status)",
        )
    if summary.missing_masters:
        shown = ", ".join(f"{key} {count:,} rows" for key, count in list(summary.missing_masters.items())[:4])
        more = f" and {len(summary.missing_masters) - 4} more" if len(summary.missing_masters) > 4 else ""
        table.add_row("master data missing 缺主数据", escape(f"{shown}{more} (mart missing_master)"))
    table.add_row("checks 检查", _checks(summary))
    table.add_row("suggestions 建议", _suggestions(summary))
    table.add_row("waves 波次", _waves(summary))
    table.add_row("carriers 承运商", _carriers(summary))
    table.add_row("outbox 发件箱", escape(", ".join(summary.outbox)) or "no file written")
    table.add_row("publication 发布", f"{summary.publication_id}")
    table.add_row("took 用时", f"{summary.seconds:.1f} s")
    console.print()
    console.print(table)
    console.print(
        f"\nnext 下一步 (supplyloop -w {escape(os.path.relpath(workspace.root))} …): "
        'status · query "select * from exceptions limit 20" · dev',
        soft_wrap=True,
    )


def _checks(summary: Summary) -> str:
    if not summary.checks_failed:
        return f"{summary.checks_passed} passed"
    shown = escape(", ".join(summary.checks_failed[:4]))
    return f"{summary.checks_passed} passed, [yellow]{len(summary.checks_failed)} to look at[/]: {shown}"


def _suggestions(summary: Summary) -> str:
    if not summary.planned:
        return "nothing is planned yet: that is what the job daily_plan does"
    if not summary.stock_known:
        return "stock is not delivered: levels are published, quantities are unknown, no purchase file is written"
    if not summary.suggestions:
        return "none needed"
    return "; ".join(
        f"{s['action']} {s['count']} lines, {s['units']} units, {Decimal(s['amount']):,.2f}, "
        f"at stake {Decimal(s['at_stake']):,.2f}"
        for s in summary.suggestions
    )


def _waves(summary: Summary) -> str:
    waves = summary.waves
    if not waves["waves"]:
        return "no open fulfilment orders"
    return (
        f"{waves['waves']} waves of {waves['orders']} orders, {waves['distance_m']:,.0f} m to walk "
        f"(order by order {waves['order_by_order_m']:,.0f} m)"
    )


def _carriers(summary: Summary) -> str:
    carriers = summary.carriers
    if carriers["parcels"] == "0":
        return "no parcels to send"
    return (
        f"{carriers['parcels']} parcels for {Decimal(carriers['cost']):,.2f} (by their runners-up "
        f"{Decimal(carriers['runner_up_cost']):,.2f}), {carriers['unassigned']} without a carrier"
    )


def show_status(workspace: Workspace) -> None:
    """What the last run came to and whether one is at work."""
    from pipelines.warehouse import holder_of, is_locked

    console = Console(highlight=False)
    if is_locked(workspace):
        console.print(f"[yellow]at work 运行中[/] {holder_of(workspace.lock)}")
    summary = Summary.load(workspace)
    if summary is None:
        console.print("never run yet 尚未运行: put exports into inbox/ and type `supplyloop run`")
        return
    age = datetime.now(UTC) - datetime.fromisoformat(summary.started_at)
    console.print(f"last run 上次运行: {summary.status}, {_ago(age)} ago")
    if summary.status != "succeeded":
        console.print(f"[red]{escape(summary.error or '')}[/]", soft_wrap=True)
        return
    show_summary(console, workspace, summary)


def _ago(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
