"""`supplyloop feedback`: what was decided and what became of it, sending, answers, dead letters."""

from __future__ import annotations

import getpass
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.invocation import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feedback.acknowledgements import Acknowledged
    from feedback.journal import Journal
    from feedback.sending import Destination, FileDestination

app = typer.Typer(help="Decisions on their way and their answers. 反馈。", no_args_is_help=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _journal() -> Journal:
    from pipelines.journal import open_journal

    return open_journal(*opened())


@app.command()
def status() -> None:
    """Suggestions by status, messages by status, and whether sending is stopped."""
    from feedback.journal import message_counts
    from feedback.sending.stop import stopped

    journal = _journal()
    counts = Counter(standing.status for standing in journal.standings().values())
    for name, count in sorted(counts.items()):
        typer.echo(f"{name:<14}{count:>8}")
    for name, count in message_counts(journal).items():
        typer.echo(f"message {name:<14}{count:>8}")
    if why := stopped(journal):
        typer.echo(f"sending is stopped: {why}. `supplyloop feedback go` lets it go on")


@app.command()
def send(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and send nothing.")] = False,
    into: Annotated[
        Path | None, typer.Option(help="With --dry-run: write what would arrive to this folder, by receiver.")
    ] = None,
) -> None:
    """Send what is approved and due to the destinations of supplyloop.toml."""
    from feedback.sending import send as send_due
    from pipelines.destinations import destinations

    workspace, settings = opened()
    journal, receivers = _journal(), destinations(workspace, settings, _now)
    if dry_run:
        _show(journal, receivers, into)
        return
    if journal.shadow:
        typer.echo("shadow mode ([decisions] shadow in supplyloop.toml): decisions are kept, nothing is sent")
        raise typer.Exit(1)
    outcome = send_due(journal, receivers, _now, random.Random())
    typer.echo(f"{outcome.sent} sent, {outcome.failed} to be tried again, {outcome.dead} dead letters")
    if outcome.stopped:
        typer.echo("sending is stopped; `supplyloop feedback go` lets it go on")
    raise typer.Exit(1 if outcome.dead or outcome.stopped else 0)


def _show(journal: Journal, receivers: Mapping[str, Destination | FileDestination], into: Path | None) -> None:
    """Each decision against the plan's number, then each file or message that would arrive."""
    from feedback.sending import going, outgoing

    for line in going(journal, receivers):
        changed = f" (plan {line.planned:f}, {line.difference:+f})" if line.difference else ""
        again = f", tried {line.attempts} times" if line.attempts else ""
        misfit = f", DOES NOT FIT: {line.misfit}" if line.misfit else ""
        typer.echo(
            f"{line.message.receiver} {line.message.suggestion_id} {line.sku_id} to {line.destination_id}: "
            f"{line.quantity:f}{changed}{again}{misfit}"
        )
    for file in outgoing(journal, receivers):
        typer.echo(f"{file.receiver} {file.name}: {file.rows} rows, {len(file.content)} bytes")
        if into is not None:
            (into / file.receiver).mkdir(parents=True, exist_ok=True)
            (into / file.receiver / file.name).write_bytes(file.content)


@app.command()
def ack(
    files: Annotated[list[Path], typer.Argument(help="Acknowledgements (CSV), or orders that suppliers filled in.")],
) -> None:
    """Take up receivers' answers and suppliers' confirmations; a file that was taken before changes nothing."""
    from pipelines.exchange import take_up

    journal, strange = _journal(), 0
    for file in files:
        taken = take_up(journal, file, file.name, _now())
        _tell(file.name, taken)
        strange += len(taken.strange)
    raise typer.Exit(1 if strange else 0)


@app.command()
def fetch() -> None:
    """Get the answers that lie at the destinations, keep them in answers/ and take them up."""
    from pipelines.exchange import take_answers

    workspace, settings = opened()
    told = take_answers(_journal(), workspace, settings, _now())
    for name, taken in told:
        _tell(name, taken)
    raise typer.Exit(1 if any(taken.strange for _, taken in told) else 0)


def _tell(name: str, taken: Acknowledged) -> None:
    """What one file of answers did."""
    typer.echo(f"{name}: {taken.applied} taken, {taken.repeated} known, {len(taken.strange)} strange")
    for entry in taken.strange:
        typer.echo(f"  {entry}")


@app.command()
def dead(
    revive: Annotated[str | None, typer.Option(help="Key of a dead letter that may go again.")] = None,
    give_up: Annotated[str | None, typer.Option(help="Key of one that did not arrive and never will.")] = None,
    reason: Annotated[str, typer.Option(help="Why it is given up; it stays in the trail.")] = "",
) -> None:
    """Messages that a person must look at; let one go again as it is, or give it up."""
    from feedback.journal import dead_letters
    from feedback.journal import give_up as end
    from feedback.journal import revive as again

    journal = _journal()
    if give_up:
        end(journal, give_up, getpass.getuser(), _now(), reason)
        typer.echo(f"{give_up} is given up; the next plan asks for its need anew")
        return
    if revive:
        again(journal, revive, getpass.getuser(), _now())
        typer.echo(f"{revive} goes again with the next `supplyloop feedback send`")
        return
    for letter in dead_letters(journal):
        typer.echo(
            f"{letter['idempotency_key']} {letter['receiver']} {letter['suggestion_id']} "
            f"after {letter['attempts']} attempts: {letter['error']}"
        )


@app.command()
def happened(event: Annotated[str, typer.Argument(help="What suggestions were snoozed until, word for word.")]) -> None:
    """Bring back what was snoozed until this event."""
    from feedback.snooze import wake_for

    names = wake_for(_journal(), event, getpass.getuser(), _now())
    typer.echo(f"{len(names)} suggestions are open again")


@app.command()
def stop(reason: Annotated[str, typer.Option(help="Why; it stays in the trail.")]) -> None:
    """Keep every message in until `go`."""
    from feedback.sending.stop import stop as keep_in

    keep_in(_journal(), getpass.getuser(), _now(), reason)
    typer.echo("sending is stopped")


@app.command()
def go(reason: Annotated[str, typer.Option(help="Why; it stays in the trail.")]) -> None:
    """Let messages go again."""
    from feedback.sending.stop import go as let_go

    let_go(_journal(), getpass.getuser(), _now(), reason)
    typer.echo("sending goes on")


def undo(
    suggestions: Annotated[list[str], typer.Argument(help="Ids of suggestions that were sent in error.")],
    reason: Annotated[str, typer.Option(help="Why; it goes to the receiver and stays in the trail.")],
    actor: Annotated[str | None, typer.Option("--by", help="Who takes it back; your login name by default.")] = None,
) -> None:
    """Take back what was approved in error: withdraw what has not left, recall what was sent."""
    from feedback.states import RefusedError
    from feedback.undo import undo as take_back

    told = {
        "withdrawn": "withdrawn: it had not left",
        "asked": "asked for: a second person must take it back too",
        "recalled": "recalled: the message goes with the next `supplyloop feedback send`",
    }
    journal, refused = _journal(), 0
    for name in suggestions:
        try:
            typer.echo(f"{name} {told[take_back(journal, name, actor or getpass.getuser(), _now(), reason)]}")
        except RefusedError as why:
            typer.echo(f"{name} stays as it is: {why}")
            refused += 1
    raise typer.Exit(1 if refused else 0)


def backup(file: Annotated[Path, typer.Argument(help="New file to write.")]) -> None:
    """Copy the journal of decisions to a new file."""
    from feedback.backup import backup as write

    write(_journal(), file)
    typer.echo(f"{file} written")


def restore(file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")]) -> None:
    """Put a copy in the place of a journal that is gone; nothing is sent until `feedback go`."""
    from feedback.backup import restore as put

    workspace, _ = opened()
    head = put(file, workspace.decisions, getpass.getuser(), _now()).head()
    typer.echo(f"restored up to event {head.sequence}; sending is stopped until `supplyloop feedback go --reason …`")
