"""`supplyloop trust`: how classes of decisions did, and which of them are approved without a person."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.invocation import opened

if TYPE_CHECKING:
    from feedback.approval import Limits
    from feedback.journal import Journal
    from pipelines.settings import AutoApproval, Settings

app = typer.Typer(help="Classes of decisions that earned to be approved without a person. 信任。", no_args_is_help=True)


def _opened() -> tuple[Journal, Settings, AutoApproval]:
    from pipelines.journal import open_journal
    from pipelines.settings import SettingsError

    workspace, settings = opened()
    if settings.auto_approval is None:
        raise SettingsError("every decision waits for a person; [auto_approval] in supplyloop.toml says how far to go")
    return open_journal(workspace, settings), settings, settings.auto_approval


def _limits(at: datetime) -> Limits:
    from pipelines.approval_policy import published_limits

    return published_limits(*opened(), at)


@app.command()
def score() -> None:
    """Score the decisions whose outcome the publication knows."""
    from pipelines.journal import open_journal
    from pipelines.outcomes import score_published

    workspace, settings = opened()
    scored = score_published(workspace, settings, open_journal(workspace, settings), datetime.now(UTC))
    typer.echo(f"{scored} scored")


@app.command()
def show() -> None:
    """What each class earned by the system's numbers and by people's edits, and whether it is granted."""
    from feedback.trust import grants, records
    from pipelines.trust import earning_of

    journal, _, section = _opened()
    granted, earning = grants(journal), earning_of(section)
    for name, record in records(journal, earning).items():
        stands = f"granted up to {granted[name].cap}" if name in granted else record.missing(earning) or "earned"
        typer.echo(
            f"{name}: {len(record.system)} scored, system {sum(record.system)}, edits {sum(record.edits)}: {stands}"
        )


@app.command()
def grant(
    name: Annotated[str, typer.Argument(help="Class, as `trust show` lists it, such as 'buy S1'.")],
    cap: Annotated[str, typer.Option(help="Most money of one suggestion.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the trail.")],
    role: Annotated[str, typer.Option(help="Role whose signature is given away, as policy's limits name it.")],
) -> None:
    """Let a class that earned it be approved without a person, as one signature of the role."""
    from feedback.trust import grant as give
    from pipelines.trust import earning_of

    journal, _, section = _opened()
    try:
        most = Decimal(cap)
    except ArithmeticError as error:
        raise typer.BadParameter(f"{cap!r} is no amount") from error
    now = datetime.now(UTC)
    give(journal, name, most, getpass.getuser(), role, now, reason, earning_of(section), _limits(now))
    typer.echo(f"{name} is approved without a person up to {most}")


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Class that people approve again.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the trail.")],
) -> None:
    """Have people approve a class again."""
    from feedback.trust import revoke as take

    journal, *_ = _opened()
    take(journal, name, getpass.getuser(), datetime.now(UTC), reason)
    typer.echo(f"{name} is approved by people again")


@app.command()
def approve() -> None:
    """Approve what granted classes propose, unless the brakes say that it is out of the ordinary."""
    from pipelines.trust import approve_what_is_trusted

    journal, settings, _ = _opened()
    now = datetime.now(UTC)
    approved, told = approve_what_is_trusted(journal, settings, _limits(now), now)
    typer.echo(f"{len(approved)} approved")
    for line in told:
        typer.echo(line)
