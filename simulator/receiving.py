"""The receiving systems: they read our outbox by its contracts, answer every row and act on what they take."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from contracts import outbox
from simulator.decisions import Actions, CarrierChoices, Purchases, Transfers, WavePlan
from simulator.layout import SERIAL_BASE
from simulator.steps.minimums import below_minimum
from simulator.times import CHINA, as_datetime, day_number, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["RECEIVERS", "Receiver", "ReceivingError"]

RECEIVERS = {
    "purchase_suggestions": "erp", "purchase_order_actions": "erp", "transfers": "inv", "wave_plan": "wms",
    "carrier_choice": "tms",
}  # fmt: skip


class ReceivingError(ValueError):
    """A decision file does not keep its contract; the message names file, row and column."""


@dataclass(frozen=True)
class Answer:
    """What becomes of one row."""

    status: str  # accepted, part_accepted, rejected, duplicate
    quantity: int | None = None
    code: str | None = None
    message: str | None = None


@dataclass
class Receiver:
    """Takes decision files into a world, once each; `answers` are the rows of the acknowledgement file.

    What the systems do to a purchase row is drawn by its suggestion id and the day, so that a second run of the
    same decisions meets the same answers.
    """

    world: World
    taken: set[str] = field(default_factory=set)
    answers: list[dict] = field(default_factory=list)

    def receive(self, files: Iterable[Path]) -> int:
        """Read files and hand the world what the systems take of them, for its next day. Returns rows read.

        A file is one decision's rows as CSV, or one message as JSON; messages of a decision are taken together.
        """
        found: dict[str, list[dict]] = defaultdict(list)
        for file in files:
            decision = file.name.split(".")[0]
            if decision in RECEIVERS:
                found[decision] += [json.loads(_content(file))] if file.suffix == ".json" else _read(file, decision)
        rows_read = 0
        for decision, all_rows in found.items():
            rows = list(self._new(decision, all_rows))
            rows_read += len(rows)
            if rows:
                getattr(self, f"_take_{decision}")(rows)
        return rows_read

    def fetch(self, folder: Path) -> list[Path]:
        """Take the files that lie complete in a drop folder out of it, as an importer does."""
        taken = folder / "taken"
        taken.mkdir(parents=True, exist_ok=True)
        files = []
        for manifest in sorted(folder.glob("*.manifest.json")):
            file = manifest.with_name(manifest.name.removesuffix(".manifest.json"))
            for lying in (file, manifest):
                lying.replace(taken / lying.name)
            files.append(taken / file.name)
        return files

    def write_acknowledgements(self, folder: Path, systems: Container[str] = frozenset(RECEIVERS.values())) -> None:
        """Write what these systems answered since the last call by the contract, one file for each."""
        names = [column.name for column in outbox()["acknowledgement"].columns]
        told: dict[str, list[dict]] = defaultdict(list)
        for answer in self.answers:
            told[answer["receiver"]].append(answer)
        for system in sorted(told):
            if system not in systems:
                continue
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"acknowledgement.{system}.{as_datetime(moment(self.world.day)):%Y%m%dT%H%M%S}.csv"
            aside = path.with_suffix(".part")
            pl.DataFrame(told[system], schema=dict.fromkeys(names, pl.String)).write_csv(aside)
            aside.rename(path)
        self.answers = [answer for answer in self.answers if answer["receiver"] not in systems]

    # ---------- reading
    def _new(self, decision: str, rows: Iterable[dict]) -> Iterator[dict]:
        """Rows whose key was not seen before; the others are answered as duplicates."""
        for row in rows:
            if row["idempotency_key"] in self.taken:
                self._answer(decision, row, Answer("duplicate"))
                continue
            self.taken.add(row["idempotency_key"])
            yield row

    def _answer(self, decision: str, row: dict, answer: Answer) -> None:
        at = as_datetime(moment(self.world.day, 0, 30)).astimezone(CHINA)
        self.answers.append(
            {
                "suggestion_id": row["suggestion_id"],
                "idempotency_key": row["idempotency_key"],
                "acknowledged_at": at.isoformat(" "),
                "schema_version": outbox()["acknowledgement"].version,
                "tenant_id": row["tenant_id"],
                "decision": decision,
                "receiver": RECEIVERS[decision],
                "status": answer.status,
                "accepted_quantity": None if answer.quantity is None else str(answer.quantity),
                "error_code": answer.code,
                "message": answer.message,
            }
        )

    # ---------- what each system does
    def _take_purchase_suggestions(self, rows: list[dict]) -> None:
        """Answer each row; the ERP knows suppliers' smallest orders and refuses what together stays below them."""
        acting, taken, named = self.world.parameters.acting, [], []
        luck = self.world.streams.rng("acting", self.world.day).random((len(rows), 3))
        rows = sorted(rows, key=lambda row: row["suggestion_id"])
        for row, (refuse, cut, drop) in zip(rows, luck.tolist(), strict=True):
            places = self._places(row, supplier="supplier_id", sku="sku_id", warehouse="ship_to_warehouse_id")
            if not isinstance(places, Answer) and refuse < acting.reject_share:
                places = Answer("rejected", code="REFUSED", message="refused by the buyer")
            if isinstance(places, Answer):
                self._answer("purchase_suggestions", row, places)
                continue
            qty = int(Decimal(row["quantity"]))
            qty = max(1, qty // 2) if cut < acting.partial_share else qty
            taken.append((places["supplier"], places["warehouse"], places["sku"], qty))
            named.append((row, drop < acting.dropped_id_share))
        if taken:
            self._order(_columns(taken), named)

    def _order(self, columns: list[np.ndarray], named: list[tuple[dict, bool]]) -> None:
        """Order the lines that reach their supplier's minimum; `named` has their rows, and whether the id is lost."""
        small = below_minimum(self.world, self.world.day, *columns)
        suggestion = np.full(len(small), -1)
        for place, ((row, is_lost), qty) in enumerate(zip(named, columns[3].tolist(), strict=True)):
            if small[place]:
                least = self.world.masters.min_amount[columns[0][place]] / 100
                why = f"the order for {row['supplier_id']} to {row['ship_to_warehouse_id']} is below its {least:.2f}"
                self._answer("purchase_suggestions", row, Answer("rejected", code="BELOW_MINIMUM", message=why))
                # Nothing came of it, so the same line may be sent again when there is more to order.
                self.taken.discard(row["idempotency_key"])
                continue
            if not is_lost:
                suggestion[place] = self.world.place("suggestion", row["suggestion_id"])
            whole = qty == int(Decimal(row["quantity"]))
            self._answer(
                "purchase_suggestions", row, Answer("accepted") if whole else Answer("part_accepted", qty)
            )  # fmt: skip
        if not small.all():
            self.world.decisions.purchases.append(
                Purchases(*(values[~small] for values in (*columns, suggestion)), on_desk=True)
            )  # fmt: skip

    def _take_transfers(self, rows: list[dict]) -> None:
        taken = []
        for row in rows:
            places = self._places(row, sku="sku_id", origin="from_warehouse_id", destination="to_warehouse_id")
            if isinstance(places, Answer):
                self._answer("transfers", row, places)
                continue
            self._answer("transfers", row, Answer("accepted"))
            named = self.world.place("suggestion", row["suggestion_id"])
            qty = int(Decimal(row["quantity"]))
            taken.append((places["origin"], places["destination"], places["sku"], qty, named))
        if taken:
            self.world.decisions.transfers.append(Transfers(*_columns(taken)))

    def _take_purchase_order_actions(self, rows: list[dict]) -> None:
        from datetime import date

        taken, kinds = [], []
        for row in rows:
            line = _serial(row["po_line_id"], "POL")
            if line is None or line >= self.world.tables["procurement.purchase_order_line"].count:
                self._answer("purchase_order_actions", row, Answer("rejected", code="UNKNOWN", message="no such line"))
                continue
            self._answer("purchase_order_actions", row, Answer("accepted"))
            day = day_number(date.fromisoformat(row["new_arrival_date"])) if row["new_arrival_date"] else 0
            taken.append((line, int(Decimal(row["new_quantity"])), day))
            kinds.append(row["action"])
        if taken:
            line, qty, day = _columns(taken)
            self.world.decisions.actions.append(Actions(line, np.array(kinds), qty, day))

    def _take_wave_plan(self, rows: list[dict]) -> None:
        waves: dict[str, int] = {}
        taken = []
        for row in rows:
            outbound = self._outbound("wave_plan", row)
            if outbound is not None:
                taken.append((outbound, waves.setdefault(row["wave_id"], len(waves)), int(row["sequence"])))
        if taken:
            plan = self.world.place("plan", f"W{rows[0]['as_of'][:10]}")
            self.world.decisions.waves.append(WavePlan(*_columns(taken), plan))

    def _take_carrier_choice(self, rows: list[dict]) -> None:
        masters = self.world.masters
        services = {pair: n for n, pair in enumerate(zip(masters.carrier_id, masters.service_code, strict=True))}
        taken = []
        for row in rows:
            service = services.get((row["carrier_id"], row["service_code"]))
            if service is None:
                self._answer("carrier_choice", row, Answer("rejected", code="UNKNOWN", message="no such service"))
                continue
            outbound = self._outbound("carrier_choice", row)
            if outbound is not None:
                taken.append((outbound, service))
        if taken:
            plan = self.world.place("plan", f"C{rows[0]['as_of'][:10]}")
            self.world.decisions.carriers.append(CarrierChoices(*_columns(taken), plan))

    def _outbound(self, decision: str, row: dict) -> int | None:
        serial = _serial(row["outbound_id"], "OB")
        register = self.world.tables["warehouse.outbound_order"]
        if serial is None or not register.base <= serial < register.count:
            self._answer(decision, row, Answer("rejected", code="UNKNOWN", message="no such outbound order"))
            return None
        self._answer(decision, row, Answer("accepted"))
        return serial

    def _places(self, row: dict, **columns: str) -> dict[str, int] | Answer:
        """The places of a row's ids in the world's books, or why the row is refused."""
        books = {"origin": "warehouse", "destination": "warehouse"}
        found = {}
        for name, column in columns.items():
            book = self.world.books[books.get(name, name)]
            if row[column] not in book:
                return Answer("rejected", code="UNKNOWN", message=f"{column} {row[column]} is not known here")
            found[name] = book.index(row[column])
        return found


def _content(file: Path) -> bytes:
    """What is in a file, which is what its manifest says where it has one."""
    body, manifest = file.read_bytes(), file.with_name(f"{file.name}.manifest.json")
    if manifest.exists() and hashlib.sha256(body).hexdigest() != json.loads(manifest.read_bytes())["sha256"]:
        raise ReceivingError(f"{file.name} is not what its manifest says")
    return body


def _read(file: Path, decision: str) -> list[dict]:
    """The rows of a decision file as text, checked against its contract."""
    contract = outbox()[decision]
    frame = pl.read_csv(_content(file), infer_schema=False)
    missing = [column.name for column in contract.columns if column.required and column.name not in frame.columns]
    if missing:
        raise ReceivingError(f"{file.name}: column {missing[0]!r} is missing; the contract {decision} requires it")
    for column in contract.columns:
        if column.required and frame[column.name].null_count():
            row = int(frame[column.name].is_null().arg_max() or 0) + 2
            raise ReceivingError(f"{file.name}, line {row}: {column.name} is empty; the contract requires it")
    return frame.to_dicts()


def _serial(text: str, prefix: str) -> int | None:
    digits = text.removeprefix(prefix)
    return int(digits) - SERIAL_BASE if text.startswith(prefix) and digits.isdigit() else None


def _columns(rows: list[tuple]) -> list[np.ndarray]:
    return [np.array(column, np.int64) for column in zip(*rows, strict=True)]
