"""`supplyloop simulate`: the loop closed against the twin, day by day, and what each policy earned."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipelines.simulation import POLICIES, Loop, begin, connect_receivers, fresh_workspace, race
from pipelines.workspace import Workspace, WorkspaceError
from simulator.choice import choose
from simulator.comparison import lead
from simulator.policies import REORDER_POINT

if TYPE_CHECKING:
    from simulator.parameters import Parameters
    from simulator.scoring import Score

__all__ = ["simulate"]

MARK = "simulation.json"  # a workspace that a simulation may empty


def simulate(
    folder: Path,
    world_name: str,
    days: int,
    policies: tuple[str, ...],
    seed: int | None,
    history: int | None,
    dialects: tuple[str, ...] = (),
) -> dict[str, Score]:
    """Live a world's history, then `days` days under each policy, and show what they earned.

    Raises
    ------
    WorkspaceError
        If `folder` is a workspace that no simulation made.
    """
    parameters = choose(world_name, seed, history, dialects)
    lived = parameters.world.history_days
    console, began = Console(highlight=False), time.monotonic()
    with console.status("history 历史") as status:
        world = begin(parameters, lived, _told(status, "history 历史", lived))
    console.print(f"  [green]✓[/] history 历史 {lived} days {time.monotonic() - began:8.1f} s")

    def loop(fork):
        made = Loop(fork, *_workspace(folder, parameters, fork), history_from=fork.masters.first_day)
        made.deliver()
        return made

    first = world.day
    with console.status("…") as status:
        scores = race(
            world, days, policies, parameters.policy.capital_rate, loop,
            lambda policy, day: status.update(f"{policy} [dim]day {day - first}/{days}[/]"),
        )  # fmt: skip
    _show(console, scores, days)
    return scores


def _told(status, text: str, days: int):
    done = iter(range(1, days + 1))
    return lambda day: status.update(f"{text} [dim]{next(done)}/{days}[/]")


def _workspace(folder: Path, parameters: Parameters, world):
    from pipelines.initialise import initialise
    from pipelines.settings import load_settings

    root = folder.expanduser().resolve()
    if (root / "supplyloop.toml").exists() and not (root / MARK).exists():
        raise WorkspaceError(f"{root} is a workspace of your own; name an empty folder with --workspace.")
    list(initialise(root, parameters.world.name, "Asia/Shanghai", parameters.exports.dialects, None, None))
    workspace = Workspace.at(root)
    (root / MARK).write_text(json.dumps({"world": parameters.world.name, "seed": parameters.world.seed}) + "\n")
    fresh_workspace(workspace, world)
    connect_receivers(workspace)
    return workspace, load_settings(workspace.settings_file)


def _show(console: Console, scores: dict[str, Score], days: int) -> None:
    table = Table(title=f"{days} days 天, the same demand 相同需求")
    table.add_column("")
    for name in scores:
        table.add_column(name, justify="right")
    best = scores.get(POLICIES[2])
    # From income down to profit every row counts; those after it tell how.
    costs = {
        "goods sold 销售成本": "goods", "fees 手续费与佣金": "fees", "warehouse 仓库费用": "warehouse",
        "marketing 营销": "marketing", "freight 运费": "freight", "ordering 订货与改单": "ordering",
        "write-offs 报废盘亏": "write_offs",
    }  # fmt: skip
    lines = {
        "income 收入": lambda s: s.income,
        **{label: lambda s, name=name: -s.costs[name] for label, name in costs.items()},
        "capital cost 资金成本": lambda s: -s.capital_cost,
        "storage 仓储成本": lambda s: -s.storage_cost,
        "excess 呆滞跌价": lambda s: -s.excess_cost,
        "orders in hand 在手订单": lambda s: s.in_hand,
        "profit 利润": lambda s: s.profit,
        "lost units 缺货件数": lambda s: s.lost_units,
        "stock 平均库存": lambda s: s.stock,
        "cash 现金流": lambda s: s.cash,
    }
    for label, of in lines.items():
        table.add_row(label, *(f"{of(score):,.0f}" for score in scores.values()))
    table.add_row("fill rate 满足率", *(f"{score.fill_rate:.1%}" for score in scores.values()))
    if best:
        table.add_row("profit / foresight", *(f"{score.ratio(best):.1%}" for score in scores.values()))
    if simple := scores.get(REORDER_POINT):
        leads = ("" if score is simple else str(lead([(score, simple)]) or "") for score in scores.values())
        table.add_row(f"more than {REORDER_POINT} 多于订货点\n(95 %)", *leads)
    console.print(table)
