"""`supplyloop waves`: what other rules of waves would do."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.invocation import opened

app = typer.Typer(help="Waves: what other rules would do. 波次。", no_args_is_help=True)


@app.callback()
def waves() -> None:
    """Keep the group a group while it has one command."""


@app.command()
def what_if(
    max_orders: Annotated[int | None, typer.Option(help="Most orders in a wave, above the wave rules.")] = None,
    cutoff_minutes: Annotated[float | None, typer.Option(help="Minutes by which every cut-off moves.")] = None,
    zones_apart: Annotated[
        bool | None, typer.Option("--zones-apart/--zones-together", help="Whether zones have carts of their own.")
    ] = None,
    staff: Annotated[float | None, typer.Option(help="Share of the people of the shifts; 0.8: a fifth fewer.")] = None,
    release: Annotated[str | None, typer.Option(help="waves or waveless.")] = None,
    most_units: Annotated[
        int | None, typer.Option(help="Most units released: the most urgent, then most units per aisle.")
    ] = None,
) -> None:
    """Solve the last plan's orders by the rules as they are and by others; nothing is changed. 波次试算。"""
    from rich.console import Console

    from pipelines.try_waves import tried

    told = {
        "max_orders": max_orders, "cutoff_minutes": cutoff_minutes, "zones_apart": zones_apart, "staff": staff,
        "release": release, "most_units": most_units,
    }  # fmt: skip
    levers = {name: value for name, value in told.items() if value is not None}
    if not levers:
        raise typer.BadParameter("name at least one other rule, such as --max-orders 20; see --help")
    workspace, settings = opened()
    console = Console(highlight=False)
    with console.status("waves 波次"):
        answer = tried(workspace, settings, levers)
    console.print(table_of(answer, levers))


def table_of(answer: dict, levers: dict[str, object]):
    """Both plans' totals side by side, with the difference."""
    from rich.table import Table

    from planner.texts.waves import TEXTS

    rule = ", ".join(f"{name} = {value}" for name, value in levers.items())
    table = Table("figure 指标", title=f"{rule}  ({answer['as_of']})", title_justify="left")
    for heading in ("as it is 现行", "then 试算", "difference 差异"):
        table.add_column(heading, justify="right")
    for name, base in answer["base"].items():
        then = answer["then"][name]
        more = None if base is None or then is None else then - base
        table.add_row(" ".join(TEXTS[f"wave.total.{name}"]), _figure(base), _figure(then), _figure(more, "+"))
    return table


def _figure(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign},.10g}" if isinstance(value, int) else f"{value:{sign},.2f}"
