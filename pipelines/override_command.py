"""`supplyloop override`: a planner's override of the forecast, into the journal."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipelines.invocation import opened


def override(
    name: Annotated[str, typer.Argument(help="Name of the override; the same name again is its next version.")],
    level: Annotated[str, typer.Option(help="total, category, brand, spu, sku, warehouse or series.")],
    member: Annotated[str, typer.Option(help="Which one; of a series SKU@WAREHOUSE.")],
    first_week: Annotated[str, typer.Option(help="A day of the first week, such as 2026-11-09.")],
    last_week: Annotated[str, typer.Option(help="A day of the last week.")],
    kind: Annotated[str, typer.Option(help="factor (times), add (more in total) or total.")],
    quantity: Annotated[str, typer.Option(help="The factor, or base units.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the trail.")],
    expires_on: Annotated[str | None, typer.Option(help="From this day on it no longer holds; never if none.")] = None,
) -> None:
    """Lay a planner's knowledge over the forecast; the next run takes it. 调整预测。"""
    from feedback.journal import Journal, open_store

    workspace, settings = opened()
    journal = Journal(open_store(settings.journal_url(workspace.decisions)))
    said = {
        "level": level, "member": member, "first_week": first_week, "last_week": last_week, "kind": kind,
        "quantity": quantity, "reason": reason, "expires_on": expires_on,
    }  # fmt: skip
    version = journal.decide("forecast_override", name, said, getpass.getuser(), datetime.now(UTC))
    typer.echo(f"{name}: version {version}; the next run takes it (mart forecast_override shows what it moves)")
