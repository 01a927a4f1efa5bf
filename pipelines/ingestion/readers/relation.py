"""What every reader leaves: the temporary table `staged`, and what is known of the file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.lines import REFUSED_SCHEMA

LINE = "_line_no"
RAW_LINE_CHARACTERS = 100_000
# A row's number must tell it from all others of its delivery. Where a zip holds several files, or a record of
# JSON several rows, the number holds the file's place and the element's place as well.
MEMBER = 10**15
ELEMENT = 10**6


@dataclass(frozen=True)
class Drift:
    """A difference between a file's columns or values and the contract that loads all the same."""

    kind: str
    column: str
    found: str | None
    rows: int


@dataclass(frozen=True)
class Staged:
    """A delivery in the temporary table `staged`; `types` gives each source column's DuckDB type.

    `rows` counts every record of the file, the `refused` ones included, which could not be taken
    apart (`line_no`, `reason`, and `text` where it cannot be read again). `first_undecodable` is the
    byte and line of the first bytes that were not in the file's encoding and stand as U+FFFD.
    `stated` is what preambles and footers say, by name, once for each file of a zip; `unknown` are
    columns that the mapping does not know, `drift` other differences from what it expects.
    """

    types: dict[str, str]
    rows: int
    refused: pa.Table = field(default_factory=REFUSED_SCHEMA.empty_table)
    first_undecodable: tuple[int, int] | None = None
    stated: dict[str, list[str]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    drift: tuple[Drift, ...] = ()

    @property
    def undecodable(self) -> bool:
        return self.first_undecodable is not None


def empty_file(delivery: Delivery) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "empty_file", f"{delivery.path.name}: holds no rows. Export it again, or remove it from the inbox."
    )
