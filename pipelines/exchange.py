"""The exchange with receivers: what is approved goes out, and what they answered is taken up."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from feedback.acknowledgements import Acknowledged, AcknowledgementError, acknowledge
from feedback.confirmations import confirm, is_confirmation
from feedback.journal import Journal, waiting_messages
from feedback.sending import HeldElsewhereError, Sent, UnreachableError, send
from feedback.sending.place import TooLargeError
from feedback.sending.stop import stopped
from pipelines.destinations import answers, destinations
from pipelines.settings import Settings
from pipelines.workspace import Workspace


def send_due(journal: Journal, workspace: Workspace, settings: Settings, clock: Callable[[], datetime]) -> Sent | None:
    """Send what is approved and due; None in shadow mode, or where another process is sending."""
    if journal.shadow:
        return None
    try:
        return send(journal, destinations(workspace, settings, clock), clock, random.Random())
    except HeldElsewhereError:
        return None


def take_answers(
    journal: Journal, workspace: Workspace, settings: Settings, at: datetime
) -> list[tuple[str, Acknowledged]]:
    """Take up the receivers' files that are new, each kept in `answers/`; what every file did, by its name.

    A receiver that cannot be reached keeps none of the others back: it is told as strange and tried the next time.
    """
    told = []
    for receiver, found in _lying(workspace, settings):
        if isinstance(found, Exception):
            told.append((receiver, Acknowledged(0, 0, (f"{receiver}: {found}",))))
            continue
        name, content = found
        known = workspace.root / "answers" / receiver / name
        # One that was taken up is left alone.
        if known.exists() and known.read_bytes() == content:
            continue
        known.parent.mkdir(parents=True, exist_ok=True)
        taking = known.with_name(f"taking-{name}")
        taking.write_bytes(content)
        told.append((name, take_up(journal, taking, name, at)))
        taking.replace(known)
    return told


def take_up(journal: Journal, file: Path, name: str, at: datetime) -> Acknowledged:
    """Take up one file: acknowledgements, or an order that a supplier filled in. `name` is what messages call it.

    A file that cannot be read at all is strange as a whole: the others are taken up all the same.
    """
    try:
        taken = confirm(journal, file, at) if is_confirmation(file) else acknowledge(journal, file)
    except AcknowledgementError as reason:
        return Acknowledged(0, 0, (str(reason).replace(str(file), name),))
    return replace(taken, strange=tuple(entry.replace(file.name, name, 1) for entry in taken.strange))


def lying_answers(workspace: Workspace, settings: Settings) -> str:
    """A hash of the answers that lie at the receivers, nothing if none do: another one says that there are new ones."""
    lying = [
        (receiver, found[0], hashlib.sha256(found[1]).hexdigest())
        for receiver, found in _lying(workspace, settings)
        if not isinstance(found, Exception)
    ]
    return hashlib.sha256(repr(lying).encode()).hexdigest() if lying else ""


def due_messages(journal: Journal, now: datetime) -> str | None:
    """A hash of the messages that are due, each with its attempts; None if none is, or nothing may leave."""
    if journal.shadow or stopped(journal) is not None:
        return None
    instant = now.astimezone(UTC).isoformat()
    due = [
        (row["idempotency_key"], row["attempts"])
        for row in waiting_messages(journal)
        if row["status"] == "sending" or row["due_at"] <= instant
    ]
    return hashlib.sha256(repr(sorted(due)).encode()).hexdigest() if due else None


def _lying(workspace: Workspace, settings: Settings) -> Iterator[tuple[str, tuple[str, bytes] | Exception]]:
    for receiver, place in answers(workspace, settings).items():
        try:
            for name, content in place.read("*"):
                # One that ends within a line is still being written.
                half = name.endswith(".csv") and not content.endswith(b"\n")
                if not half and not name.endswith(".manifest.json"):
                    yield receiver, (name, content)
        except (UnreachableError, TooLargeError) as reason:
            yield receiver, reason
