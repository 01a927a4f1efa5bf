"""What the reading process says of one file, heard message by message."""

from __future__ import annotations

import pyarrow as pa

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.lines import REFUSED_SCHEMA
from pipelines.ingestion.reading.limits import Limits, too_much_memory
from pipelines.ingestion.reading.process import ReadingProcess
from pipelines.ingestion.reading.wire import understood, unpacked, unpacked_batch


class Conversation:
    """The answer to one request; `is_over` when all of it has been heard."""

    def __init__(self, process: ReadingProcess, delivery: Delivery, limits: Limits) -> None:
        self._process = process
        self._delivery = delivery
        self._limits = limits
        self.is_over = False

    def hear(self, *expected: str, schema: pa.Schema | None = None) -> dict | pa.RecordBatch | None:
        """The next message, of one of the `expected` kinds: facts, or rows of `schema`; None when all is said.

        Raises
        ------
        DeliveryRefusedError
            What the process has found, or what became of it.
        """
        said = self._process.hear()
        try:
            kind, facts = understood(said)
            if kind == "rows" and kind in expected:
                return unpacked_batch(self._process.hear(), schema)
            if kind == "ending" and kind in expected:
                return facts | {"refused": unpacked(self._process.hear(), REFUSED_SCHEMA)}
            if kind in expected:
                return facts
            self.is_over = kind in ("done", "refused")
            if kind == "done":
                return None
            refusal = self._refusal(kind, facts)
        except (ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise self._unreadable(f"its reader says {type(error).__name__}") from error
        raise refusal

    def _refusal(self, kind: str, facts: dict) -> DeliveryRefusedError:
        if kind == "refused":
            return DeliveryRefusedError(facts["reason"], facts["message"])
        if kind == "out_of_memory":
            return too_much_memory(self._delivery, self._limits)
        return self._unreadable(facts["found"])

    def _unreadable(self, found: str) -> DeliveryRefusedError:
        return DeliveryRefusedError(
            "unreadable", f"{self._delivery.path.name}: cannot be read ({found}). Export it again."
        )
