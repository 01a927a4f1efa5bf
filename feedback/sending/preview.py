"""What would go, without sending it: each decision against the plan's number, and the very files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from feedback.journal import Journal, Message, waiting_messages
from feedback.journal.schema import batch
from feedback.sending.destination import Destination, FileDestination, RefusedByReceiverError


@dataclass(frozen=True)
class Going:
    """One message that waits: what the plan asked for, what goes, how often it was tried, and what stops it."""

    message: Message
    sku_id: str
    destination_id: str
    planned: Decimal
    quantity: Decimal
    attempts: int
    misfit: str | None

    @property
    def difference(self) -> Decimal:
        """Base units that a person added to the plan's number, or took off it."""
        return self.quantity - self.planned


@dataclass(frozen=True)
class Outgoing:
    """One file, or one message by itself, as it would arrive."""

    receiver: str
    name: str
    content: bytes
    rows: int


def going(journal: Journal, destinations: Mapping[str, Destination | FileDestination]) -> list[Going]:
    """Every message that waits, in the order of sending."""
    found = []
    for row in waiting_messages(journal):
        this = Message.of_row(row)
        state = journal.state(this.suggestion_id)
        found.append(
            Going(
                this, state.sku_id, state.destination_id, state.planned, state.approved, int(str(row["attempts"])),
                None if row["batch"] else _misfit(destinations[this.receiver], this),
            )
        )  # fmt: skip
    return found


def outgoing(journal: Journal, destinations: Mapping[str, Destination | FileDestination]) -> list[Outgoing]:
    """What would arrive: files that were tried before as they are, and what waits in the files it would make."""
    tried: Counter[str] = Counter()
    receivers: dict[str, str] = {}
    together: dict[tuple[str, str], list[Message]] = {}
    found = []
    for row in waiting_messages(journal):
        this, destination = Message.of_row(row), destinations[str(row["receiver"])]
        if row["batch"]:
            tried[str(row["batch"])] += 1
            receivers[str(row["batch"])] = this.receiver
        elif not isinstance(destination, FileDestination):
            found.append(Outgoing(this.receiver, f"{this.decision}.{this.idempotency_key}.json", this.body, 1))
        elif _misfit(destination, this) is None:
            together.setdefault((this.receiver, destination.file_key(this)), []).append(this)
    with journal.store.connect() as connection:
        kept = connection.execute(select(batch).where(batch.c.batch.in_(sorted(tried))).order_by(batch.c.name)).all()
    found += [Outgoing(receivers[file.batch], file.name, bytes(file.content), tried[file.batch]) for file in kept]
    return found + [_new(receiver, destinations[receiver], messages) for (receiver, _), messages in together.items()]


def _new(receiver: str, destination: Destination | FileDestination, messages: Sequence[Message]) -> Outgoing:
    file = destination.file(messages)
    return Outgoing(receiver, file.name, file.content, len(messages))


def _misfit(destination: Destination | FileDestination, message: Message) -> str | None:
    if isinstance(destination, FileDestination):
        try:
            destination.file_key(message)
        except RefusedByReceiverError as reason:
            return str(reason)
    return None
