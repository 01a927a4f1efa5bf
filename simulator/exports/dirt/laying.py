"""Laying files into the inbox, well or badly: repeated, cut off, with a wrong total, still growing, renamed columns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from simulator.exports.files import Delivery, write_manifest

__all__ = ["Growing", "Outgoing"]

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Outgoing:
    """A file and all that its manifest says."""

    name: str
    table: str
    content: bytes
    rows: int
    totals: dict[str, str]
    delivery: Delivery

    def lay(self, inbox: Path, name: str | None = None) -> Path:
        """As it should be; under another name if one is given."""
        path = inbox / (name or self.name)
        path.write_bytes(self.content)
        write_manifest(path, self.table, self.rows, self.totals, self.delivery)
        return path

    def lay_truncated(self, inbox: Path) -> tuple[Path, str]:
        """The manifest of the whole beside two thirds of it; returns path and the reason to refuse it."""
        path, cut = self.lay(inbox), len(self.content) * 2 // 3
        # Text is not cut inside quotes: that its rows end too early is then for the manifest alone to tell.
        if self.content[:cut].count(b'"') % 2:
            cut = self.content.rfind(b'"', 0, cut)
        path.write_bytes(self.content[:cut])
        # A workbook is an archive, whose directory stands at its end.
        return path, "unreadable" if path.suffix == ".xlsx" else "content_differs"

    def lay_with_wrong_total(self, inbox: Path) -> tuple[Path, str, str, str]:
        """A cent too much in the first control total; returns path, column, right and wrong total."""
        path = self.lay(inbox)
        manifest = path.with_name(path.name + ".manifest.json")
        stated = json.loads(manifest.read_text(encoding="utf-8"))
        column, total = next(iter(stated["control_totals"].items()))
        wrong = stated["control_totals"][column] = str(Decimal(total) + _CENT)
        manifest.write_text(json.dumps(stated, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return path, column, total, wrong

    def begin(self, inbox: Path) -> Growing:
        """The first half, without a word on whether it is whole."""
        path, half = inbox / self.name, len(self.content) // 2
        path.write_bytes(self.content[:half])
        return Growing(self, path, self.content[half:])


@dataclass(frozen=True)
class Growing:
    """A file of which the first half has been written."""

    of: Outgoing
    path: Path
    rest: bytes

    def finish(self) -> None:
        """Write the rest, then the manifest and the marker that say it is whole."""
        with self.path.open("ab") as file:
            file.write(self.rest)
        write_manifest(self.path, self.of.table, self.of.rows, self.of.totals, self.of.delivery)
        self.path.with_name(self.path.name + ".done").touch()
