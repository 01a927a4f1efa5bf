"""What the plan would pick, ship or tell others: rows of its marts, and where those stand that somebody decided on."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from feedback.at_once import standing_at_once
from feedback.at_once_rows import ROWS, needs_of
from feedback.identity import Need
from feedback.journal import Journal
from feedback.message import DECISIONS
from planner.access.hiding import Hidden, is_hidden
from planner.access.places import place_column
from planner.snapshot import Snapshot
from planner.texts.reasons import reason_in_chinese


@dataclass(frozen=True)
class Shown:
    """How rows of an action are shown, and which are decided on together.

    Parameters
    ----------
    columns
        Of a row; of several together those of the first.
    together
        Columns whose rows are one decision: a wave, a supplier's outlook, a stock split over shops. None: each is one.
    sums
        Columns that are added up over them.
    parts
        Two columns whose values are told one by one: shop and quantity.
    """

    columns: tuple[str, ...]
    together: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


WHY = ("reason", "reason_zh")
SHOWN: Mapping[str, Shown] = {
    "pick": Shown(
        ("wave_id", "warehouse_id", "cutoff_at", "planned_start_at", "pick_distance_m", "baseline_distance_m", *WHY),
        together=("wave_id",),
    ),
    "ship": Shown(
        (
            "outbound_id", "warehouse_id", "carrier_id", "service_code", "est_cost", "late_probability",
            "promised_deliver_by", "runner_up_carrier_id", "runner_up_cost", *WHY,
        )
    ),
    "outlook": Shown(("supplier_id", "week_start"), together=("supplier_id",), sums=("expected_qty", "committed_qty")),
    "promote": Shown(
        (
            "sku_id", "action", "driver", "available_qty", "units_to_move", "days_of_cover", "unit_margin", "valid_to",
            *WHY,
        )
    ),
    "guard": Shown(("sku_id", "shop_id", "min_price", "max_price", "units_to_clear", "clear_by", "valid_to", *WHY)),
    "fence": Shown(
        ("sku_id", "warehouse_id", "available_qty", "valid_to", *WHY),
        together=("sku_id", "warehouse_id"), parts=("shop_id", "allocated_qty"),
    ),
    "count": Shown(
        (
            "warehouse_id", "rank", "sku_id", "book_qty", "value_of_doubt", "driver", "last_counted_date", "count_by",
            *WHY,
        )
    ),
    "adopt": Shown(
        (
            "sku_id", "current_mode", "supplier_id", "warehouse_id", "weekly_demand_qty", "first_order_qty",
            "unit_margin_now", "unit_margin_stocked", "yearly_gain", "capital_needed", *WHY,
        )
    ),
    "stage": Shown(
        (
            "sku_id", "current_stage", "proposed_stage", "on_hand_qty", "days_of_cover", "money_at_stake",
            "effective_date", *WHY,
        )
    ),
}  # fmt: skip
# Of rows that are decided together, the first of these that any of them has.
FIRST = ("proposed", "countersign", "endorsed", "rejected", "approved", "exported", "acknowledged", "received")


@dataclass(frozen=True)
class Proposal:
    """Rows that are one decision: their name, what is shown of them, what they ask for."""

    name: str
    shown: Mapping[str, object]
    needs: tuple[Need, ...]


class Proposals:
    """Proposals of one publication, read when an action is first asked for. Safe to use from several threads."""

    def __init__(self, snapshot: Snapshot, journal: Journal) -> None:
        self.snapshot, self.journal = snapshot, journal
        self._lock = threading.Lock()
        self._made: dict[str, list[Proposal] | None] = {}
        self._somewhere: set[str] = set()

    def of(self, action: str) -> list[Proposal]:
        """Every proposal of an action, in the order of its mart; none where no run has made it.

        Raises
        ------
        ValueError
            If there is no such action.
        """
        if action not in SHOWN:
            raise ValueError(f"action {action!r} is unknown; there are {', '.join(SHOWN)}")
        with self._lock:
            if action not in self._made:
                self._made[action] = self._read(action)
            return self._made[action] or []

    def kinds(self) -> list[dict[str, object]]:
        """Every action: its decision file, how many proposals there are, how many wait for a person."""
        told = []
        for action in SHOWN:
            proposals = self.of(action)
            waiting = sum(row["status"] in ("proposed", "countersign") for row in self.rows(action, proposals))
            told.append(
                {
                    "action": action, "decision": DECISIONS[action], "count": len(proposals), "waiting": waiting,
                    "not_made": self._made[action] is None,
                }
            )  # fmt: skip
        return told

    def found(self, action: str, search: str, hidden: Hidden) -> list[Proposal]:
        """Those of an action that say a text in a column that is not hidden; none where what names them is hidden."""
        proposals = self.of(action)
        if any(is_hidden(column, hidden) for column in SHOWN[action].together):
            return []
        text = search.strip().lower()

        def says(proposal: Proposal) -> bool:
            told = (str(value) for name, value in proposal.shown.items() if not is_hidden(name, hidden))
            return text in " ".join(told).lower()

        return [each for each in proposals if not text or says(each)]

    def is_somewhere(self, action: str) -> bool:
        """Whether proposals of an action belong to a place each, so that whoever sees that place may decide."""
        self.of(action)
        return action in self._somewhere

    def named(self, action: str, names: Sequence[str]) -> list[Need]:
        """What proposals of these names ask for.

        Raises
        ------
        ValueError
            If one is not there any more.
        """
        known = {each.name: each for each in self.of(action)}
        if gone := [name for name in names if name not in known]:
            raise ValueError(f"{gone[0]} is not in this publication")
        return [need for name in dict.fromkeys(names) for need in known[name].needs]

    def rows(self, action: str, proposals: Sequence[Proposal]) -> list[dict[str, object]]:
        """Proposals as they are shown, with where each stands."""
        needs = [need for each in proposals for need in each.needs]
        status = {row.need.key: row.status for row in standing_at_once(self.journal.known, needs)}
        rows = []
        for each in proposals:
            of_it = {status[need.key] for need in each.needs}
            where = next((name for name in FIRST if name in of_it), min(of_it))
            rows.append({"name": each.name, "status": where, **each.shown})
        return rows

    def _read(self, action: str) -> list[Proposal] | None:
        try:
            found = self.snapshot.rows(ROWS[action].format(schema=""))
        except (duckdb.CatalogException, duckdb.BinderException):
            return None
        if found and place_column(found[0]) is not None:
            self._somewhere.add(action)
        needs = needs_of(action, list(found[0]) if found else [], [list(row.values()) for row in found])
        groups: dict[str, list[tuple[dict[str, object], Need]]] = {}
        for row, need in zip(found, needs, strict=True):
            by = [row[name] for name in SHOWN[action].together] or [part for part in need.key[1:] if part]
            groups.setdefault(" ".join(map(str, by)), []).append((row, need))
        return [_proposal(SHOWN[action], name, members) for name, members in groups.items()]


def _proposal(how: Shown, name: str, members: Sequence[tuple[dict[str, object], Need]]) -> Proposal:
    rows = [row for row, _ in members]
    shown = {column: rows[0][column] for column in how.columns if column in rows[0]}
    if shown.get("reason") and "reason_zh" not in shown:
        shown["reason_zh"] = reason_in_chinese(str(shown["reason"]))
    if how.together:
        shown |= {"lines": len(rows)} | {column: sum(row[column] or 0 for row in rows) for column in how.sums}
    if how.parts:
        shown["split"] = ", ".join(" ".join(str(row[column]) for column in how.parts) for row in rows)
    return Proposal(name, shown, tuple(need for _, need in members))
