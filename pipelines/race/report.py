"""A finished race for people: a table on the console, and a file to compute with."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from optimization.replenishment.race import Interval
from pipelines.race.contest import CALIBRATED, PLATFORM, REAL, Finished

COLUMNS = {
    "profit\n利润": lambda s: f"{s.profit:,.0f}",
    "fill rate\n满足率": lambda s: f"{s.fill_rate:.1%}",
    "lost units\n缺货件数": lambda s: f"{s.lost_units:,}",
    "stock\n平均库存": lambda s: f"{s.stock:,.0f}",
    "cash\n占用资金": lambda s: f"{s.cash:,.0f}",
    "orders\n订单": lambda s: f"{s.orders:,}",
    "lines\n行": lambda s: f"{s.lines:,}",
    "moved\n调拨行": lambda s: f"{s.transfers:,}",
    "write-offs\n跌价": lambda s: f"{s.write_offs:,.0f}",
}
DIFFERENCES = {
    "profit": "profit 利润",
    "fill_rate": "fill rate 满足率",
    "stock": "stock 平均库存",
    "cash": "cash 占用资金",
    "write_offs": "write-offs 跌价",
}
CHINESE = {
    REAL: "实际下单",
    PLATFORM: "本平台",
    CALIBRATED: "本平台（校准）",
    "service level": "服务水平",
    "reorder point": "再订货点",
}


def show(console: Console, finished: Finished) -> None:
    """The frontier, one contestant a row, and the platform's difference to what was ordered."""
    title = f"{finished.first} – {finished.last}, {finished.reviews} reviews 次复核, {finished.items} SKU × 仓"
    table = Table(title=title)
    table.add_column("", no_wrap=True)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for name, score in finished.scores.items():
        table.add_row(named(name), *(of(score) for of in COLUMNS.values()))
    console.print(table)
    show_difference(console, f"{named(PLATFORM)} − {named(REAL)}", finished.against_real)
    show_difference(console, f"{named(CALIBRATED)} − {named(PLATFORM)}", finished.calibrated)


def show_difference(console: Console, title: str, difference: dict[str, Interval]) -> None:
    """One contestant less another, with intervals."""
    rows = Table.grid(padding=(0, 2))
    for side in ("left", "right", "left"):
        rows.add_column(justify=side, no_wrap=True)
    for name, words in DIFFERENCES.items():
        found, spelled = difference[name], "{:+.1%}" if name == "fill_rate" else "{:+,.0f}"
        low, high = spelled.format(found.low), spelled.format(found.high)
        rows.add_row(f"  {words}", spelled.format(found.difference), f"\\[{low}, {high}]")
    console.print(f"{title} (95 %):")
    console.print(rows)


def named(contestant: str) -> str:
    """A contestant in both languages."""
    return f"{contestant} {CHINESE[contestant.partition(' z=')[0]]}"


def write_scores(finished: Finished, file: Path) -> None:
    """One row per contestant: what the table shows, unrounded. UTF-8 with a mark, as spreadsheets read it."""
    rows = [
        {"contestant": name, "first_day": finished.first, "last_day": finished.last, **asdict(score)}
        for name, score in finished.scores.items()
    ]
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
