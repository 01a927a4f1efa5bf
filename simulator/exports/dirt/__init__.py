"""The dirt dial: a day's clean tables laid into the inbox with the faults of real exports, each one written down.

Late, mended and corrected rows come some days later, files that were refused or held with the next delivery; so in the
end ingestion knows what it would know of clean files, but for facts of states that were bad on their day. A row or a
file has at most one fault, and a key for which a row is still to come has no other: what ingestion must make of each is
thus known when it is put in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from contracts.mapping import FileMapping, mappings
from simulator.exports.dialects.foreign import ForeignFile
from simulator.exports.dirt.drift import drift
from simulator.exports.dirt.laying import Growing, Outgoing
from simulator.exports.dirt.log import Fault, write_log
from simulator.exports.dirt.rows import RowFaults
from simulator.exports.dirt.sheet import Sheet
from simulator.exports.dirt.waiting import Waiting
from simulator.exports.files import Delivery, as_csv, file_name, write_file
from simulator.tables import contract_of
from simulator.times import CHINA, day_number

if TYPE_CHECKING:
    from simulator.parameters import Dirt as Dials
    from simulator.streams import Streams

__all__ = ["Dirt"]

# Kept by hand in a folder of its own, not exported by a system.
CLEAN = "policy."


class Dirt:
    """Lays deliveries, one after another; what is to come later is kept here.

    Parameters
    ----------
    dials
        Section [dirt] of the world file.
    streams
        The world's: the same seed gives the same faults.
    truth
        Folder of the truth about them, outside the inbox.
    """

    def __init__(self, dials: Dials, streams: Streams, truth: Path) -> None:
        self.dials, self.truth = dials, truth
        self.growing: list[Growing] = []
        self._streams = streams
        self._waiting = Waiting()
        self._again: list[tuple[Outgoing, Sequence[dict]]] = []
        self._turns: dict[str, int] = {}
        self._faults: list[Fault] = []

    def deliver(
        self, tables: Mapping[str, pa.Table], inbox: Path, delivery: Delivery, foreign: Sequence[ForeignFile] = ()
    ) -> list[Path]:
        """Lay the files of a day into `inbox`; returns their paths.

        Files in `growing` are half written: call `finish_growing` while the platform looks, or before. What is still
        to come after the last day comes with further deliveries without tables.
        """
        inbox.mkdir(parents=True, exist_ok=True)
        self.finish_growing()
        self._faults = []
        day = day_number(delivery.extracted_at.astimezone(CHINA).date())
        paths = self._lay_again(inbox)
        for table in sorted({*tables, *self._waiting.tables}):
            if table.startswith(CLEAN):
                paths.append(write_file(inbox, table, tables[table], delivery))
            else:
                paths += self._deliver_table(table, tables.get(table), inbox, delivery, day)
        for file in foreign:
            paths += self._deliver_foreign(file, inbox, delivery, day)
        write_log(self.truth, delivery.extracted_at.date(), self._faults)
        return paths

    def finish_growing(self) -> None:
        """Write the rest of every file that is half written."""
        for growing in self.growing:
            growing.finish()
        self.growing = []

    def _lay_again(self, inbox: Path) -> list[Path]:
        """Files that were refused or held, right this time."""
        paths = []
        for file, rows in self._again:
            self._waiting.pass_by(contract_of(file.table), rows)
            self._log(file, "sent_again", "loaded")
            paths.append(file.lay(inbox))
        self._again = []
        return paths

    # ---------- canonical files

    def _deliver_table(
        self, table: str, rows: pa.Table | None, inbox: Path, delivery: Delivery, day: int
    ) -> list[Path]:
        contract, name = contract_of(table), file_name(table, delivery, "csv")
        rng = self._streams.rng(f"dirt/{table}", day)
        # Tables begin with different kinds of bad rows.
        turn = self._turns.setdefault(table, int(self._streams.rng(f"dirt/turn/{table}").integers(1 << 16)))
        sheet = Sheet(table, [], []) if rows is None else Sheet.of(table, rows)
        fault = self._file_fault(rng, whole=len(sheet.rows) > 1)
        if fault in ("wrong_total", "truncated"):
            return self._break(fault, sheet, self._outgoing(sheet, name, delivery), inbox)
        changed = drift(contract, sheet, rng) if fault == "drift" else None
        if changed and changed.is_refused:
            file = self._outgoing(sheet, name, delivery)
            torn = replace(file, content=sheet.content(changed.names), totals={})
            self._log(file, changed.kind, "refused", "missing_column", changed.column)
            self._send_again(file, sheet.rows)
            return [torn.lay(inbox)]
        faults = RowFaults(self.dials, contract, sheet, name, day, rng, self._waiting, turn)
        self._faults += faults.inject()
        self._turns[table] = faults.turn
        if not sheet.rows:
            return []
        file = self._outgoing(sheet, name, delivery, changed.names if changed else {})
        if rows is not None and not faults.faults and changed is None:
            file = replace(file, content=as_csv(rows))
        if changed:
            self._log(file, changed.kind, "loaded", None, changed.column)
            for reason, column in changed.drifts:
                self._log(file, changed.kind, "drift", reason, column)
        return self._lay(file, fault, inbox)

    def _outgoing(
        self, sheet: Sheet, name: str, delivery: Delivery, names: Mapping[str, str] | None = None
    ) -> Outgoing:
        totals = {column: total for column, total in sheet.totals().items() if column not in (names or {})}
        # A column whose name differs in case alone is found all the same.
        return Outgoing(name, sheet.table, sheet.content(names), len(sheet.rows), totals, delivery)

    def _file_fault(self, rng: np.random.Generator, *, whole: bool) -> str | None:
        """At most one fault of the file as a whole."""
        shares = {
            "repeated": self.dials.repeated_file_share, "drift": self.dials.drift_file_share if whole else 0,
            "growing": self.dials.growing_file_share,
            "wrong_total": self.dials.wrong_total_file_share if whole else 0,
            "truncated": self.dials.truncated_file_share if whole else 0,
        }  # fmt: skip
        draw = rng.random()
        for kind, share in shares.items():
            if draw < share:
                return kind
            draw -= share
        return None

    def _break(self, fault: str, sheet: Sheet, file: Outgoing, inbox: Path) -> list[Path]:
        """A file that must be kept out whole; it is sent again with the next delivery."""
        if fault == "wrong_total" and file.totals:
            path, column, was, became = file.lay_with_wrong_total(inbox)
            self._log(file, fault, "held", "totals_differ", column, was, became)
        else:
            path, reason = file.lay_truncated(inbox)
            self._log(file, "truncated", "refused", reason)
        self._send_again(file, sheet.rows)
        return [path]

    def _send_again(self, file: Outgoing, rows: Sequence[dict]) -> None:
        """Note a file for the next delivery, under the next number."""
        self._again.append((replace(file, name=_numbered(file.name, file.delivery)), rows))

    def _lay(self, file: Outgoing, fault: str | None, inbox: Path) -> list[Path]:
        if fault == "growing":
            self._log(file, "growing", "loaded")
            self.growing.append(file.begin(inbox))
            return [inbox / file.name]
        paths = [file.lay(inbox)]
        if fault == "repeated":
            name = _numbered(file.name, file.delivery)
            self._log(replace(file, name=name), "repeated_file", "duplicate", became=file.name)
            paths.append(file.lay(inbox, name))
        return paths

    # ---------- files of real systems

    def _deliver_foreign(self, foreign: ForeignFile, inbox: Path, delivery: Delivery, day: int) -> list[Path]:
        """Faults of the file as a whole: its rows are as its system wrote them."""
        rng = self._streams.rng(f"dirt/{foreign.name}", day)
        file = Outgoing(foreign.name, foreign.table, foreign.content, foreign.rows, {}, delivery)
        fault = self._file_fault(rng, whole=foreign.rows > 1)
        if fault in ("truncated", "wrong_total"):
            path, reason = file.lay_truncated(inbox)
            self._log(file, "truncated", "refused", reason)
            self._send_again(file, ())
            return [path]
        if fault == "drift" and (renamed := _by_alias(foreign)):
            content, column, alias = renamed
            self._log(file, "known_alias", "drift", "renamed_column", column, column, alias)
            file = replace(file, content=content)
        return self._lay(file, fault, inbox)

    def _log(
        self, file: Outgoing, kind: str, outcome: str, reason: str | None = None, column: str | None = None,
        was: str | None = None, became: str | None = None,
    ) -> None:  # fmt: skip
        self._faults.append(Fault(file.name, file.table, kind, outcome, reason, None, (), column, was, became))


def _numbered(name: str, delivery: Delivery) -> str:
    """The same file under the next number, or a foreign one as a person calls it who sends it again."""
    stem, suffix = name.rsplit(".", 1)
    number = f".{delivery.number}"
    return (
        f"{stem.removesuffix(number)}.{delivery.number + 1}.{suffix}"
        if stem.endswith(number)
        else (f"{stem}_again.{suffix}")
    )


def _by_alias(foreign: ForeignFile) -> tuple[bytes, str, str] | None:
    """The file with a column by a name that its mapping knows it by; None where there is none."""
    mapping = _mapping_of(foreign.name)
    encoding = mapping.profile.encoding
    for column, aliases in mapping.aliases.items() if mapping.profile.is_text else ():
        content = foreign.content
        header = next((line for line in content.split(b"\n") if column.encode(encoding) in line.split(b",")), None)
        if header is not None:
            cells = [aliases[0].encode(encoding) if c == column.encode(encoding) else c for c in header.split(b",")]
            return content.replace(header, b",".join(cells), 1), column, aliases[0]
    return None


def _mapping_of(name: str) -> FileMapping:
    return next(file for mapping in mappings().values() for file in mapping.files if file.matches(name))
