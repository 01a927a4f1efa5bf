"""What a person has said of an unknown file; the proposal is made anew from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

UNREAD, KEPT = "-", "?"
FROM_FILE_NAME = "@file"  # the value stands in the file's name
FROM_COLUMN = "@"  # before a source column: the value stands in it as well


class AnswerError(Exception):
    """An answer that fits nothing in the file or the contracts; the message says what would."""


@dataclass(frozen=True)
class Answers:
    """`columns`: source column to `column`, `system.table.column`, `-` (not read) or `?` (kept as unknown).

    `formats`: source column to the format of its times. `values`: contract column to what it holds in every row.
    """

    tables: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None

    def with_one(self, key: str, answer: str, sources: tuple[str, ...]) -> Answers:
        """The answers with one more, as `--set KEY=ANSWER` writes it."""
        if key == "table":
            return replace(self, tables=tuple(answer.split("+")))
        if key == "decimal":
            if answer not in (".", ","):
                raise AnswerError(f"decimal is {answer!r}; write . or ,")
            return replace(self, decimal=answer)
        if key in sources:
            return replace(self, columns={**self.columns, key: answer})
        source = key.removesuffix(".format")
        if source != key and source in sources:
            return replace(self, formats={**self.formats, source: answer})
        return replace(self, values={**self.values, key: answer})
