"""What every way of delivery offers: take one frozen message, or say why not."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from feedback.journal import Message


@dataclass(frozen=True)
class Answer:
    """What a receiver said at once: base units `accepted`, "all", or None where it did not say how much."""

    acknowledged: bool = False
    accepted: Decimal | Literal["all"] | None = None


class UnreachableError(Exception):
    """Nobody knows whether the message arrived: it is sent again, byte-identical, after `wait` seconds or more."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


class RefusedByReceiverError(Exception):
    """The receiver will never take this message: a person must look at it."""


class Destination(Protocol):
    """One receiver."""

    def deliver(self, message: Message) -> Answer:
        """Hand `message` over; the same message again must have no second effect.

        Raises
        ------
        UnreachableError
            If it is not known to have arrived.
        RefusedByReceiverError
            If the receiver refused it for good.
        """
        ...
