"""`supplyloop audit`: prove that the journal of decisions is what was written."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.invocation import opened

app = typer.Typer(help="The trail of decisions: verify it. 审计。", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keeps `verify` a command of its own name while it is the only one."""


@app.command()
def verify(
    anchor: Annotated[
        list[str] | None, typer.Option(help="SEQUENCE:HASH that was noted outside of the journal; repeatable.")
    ] = None,
) -> None:
    """Check every event against its hash, every state against its events, and the trail against the heads that
    publications keep; status 1 if one does not fit.
    """
    from feedback.journal import Broken
    from feedback.journal import verify as broken_places
    from pipelines.journal import open_journal
    from pipelines.publication import anchors

    workspace, settings = opened()
    journal = open_journal(workspace, settings)
    kept = anchors(workspace)
    noted = [_parsed(text) for text in (*kept.values(), *(anchor or ()))]
    broken = broken_places(journal, dict(noted))
    for sequence in sorted({number for number, digest in noted if dict(noted)[number] != digest}):
        broken.append(Broken(f"event {sequence}", "two hashes of it are anchored: the journal was written anew"))
    for entry in broken:
        typer.echo(f"{entry.place}: {entry.what}")
    head = journal.head()
    typer.echo(f"{head.sequence} events, {len(broken)} not as they were written; head {head.sequence}:{head.hash}")
    raise typer.Exit(1 if broken else 0)


def _parsed(anchor: str) -> tuple[int, str]:
    sequence, _, digest = anchor.partition(":")
    if not sequence.isdigit() or len(digest) != 64:
        raise typer.BadParameter(f"an anchor is SEQUENCE:HASH as `audit verify` prints it, found {anchor!r}")
    return int(sequence), digest
