"""`supplyloop race`: the tenant's own past, run again."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.invocation import opened

WHEN = "%Y-%m-%d"


def race(
    first: Annotated[datetime, typer.Option("--from", formats=[WHEN], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=[WHEN], help="Last day; demand must be known up to it.")],
    every: Annotated[int, typer.Option(min=1, max=28, help="Days between two reviews.")] = 7,
    csv: Annotated[Path | None, typer.Option("--csv", help="File to write the scores to.")] = None,
) -> None:
    """Run past days again: what the platform would have ordered, against what was. 用历史数据比赛。"""
    from rich.console import Console

    from pipelines.cycle import code_fingerprint
    from pipelines.race import race as run
    from pipelines.race.report import show, write_scores

    workspace, settings = opened()
    if csv is not None and not csv.absolute().parent.is_dir():
        raise typer.BadParameter(f"{csv.absolute().parent} is no folder. Make it first, or name another.")
    console = Console(highlight=False)
    days: list[date] = [first.date(), last.date()]
    with console.status("race 比赛") as status:
        finished = run(workspace, settings, *days, every, code_fingerprint(), status.update)
    show(console, finished)
    if csv is not None:
        write_scores(finished, csv)
        console.print(str(csv))
