"""What every way of delivery offers: take what was frozen, or say why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from feedback.journal import Message


@dataclass(frozen=True)
class Answer:
    """What a receiver said at once: base units `accepted`, "all", or None where it did not say how much."""

    acknowledged: bool = False
    accepted: Decimal | Literal["all"] | None = None


class UnreachableError(Exception):
    """It is not known to have arrived: it goes again, after `wait` seconds or more."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


class RefusedByReceiverError(Exception):
    """The receiver will never take this message: a person must look at it."""


@runtime_checkable
class Destination(Protocol):
    """One receiver that takes each message by itself."""

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


@dataclass(frozen=True)
class File:
    """What several messages become for one receiver. Made once and kept: it goes again as it is."""

    batch: str
    name: str
    content: bytes
    manifest: bytes


@runtime_checkable
class FileDestination(Protocol):
    """One receiver that takes files of many messages, such as a purchase order with its lines."""

    def file_key(self, message: Message) -> str:
        """Messages of one key go in one file.

        Raises
        ------
        RefusedByReceiverError
            If the message does not fit the receiver's layout.
        """
        ...

    def file(self, messages: Sequence[Message]) -> File:
        """The file of these messages, which share a key."""
        ...

    def put(self, file: File) -> None:
        """Hand `file` over whole; the same file again must leave what is there.

        Raises
        ------
        UnreachableError
            If it is not known to have arrived.
        """
        ...
