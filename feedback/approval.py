"""When one signature is enough, and when nothing leaves without a person; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from feedback.states import TOLD, ZERO, Event, RefusedError, State


def amount(state: State) -> Decimal | None:
    """What stands, in the currency of its row; None if the row has no price. To pick or to tell spends nothing."""
    if state.action == "pick" or state.action in TOLD:
        return ZERO
    price = state.facts.get("est_cost" if state.action == "ship" else "unit_price")
    return None if price is None else state.quantity * Decimal(str(price))


@dataclass(frozen=True)
class Limit:
    """Up to which amount one signs alone; of any currency if it names none.

    `in_others` is the same amount in other currencies, at the rates of the publication.
    """

    amount: Decimal
    currency: str | None = None
    in_others: Mapping[str, Decimal] = field(default_factory=dict)

    def of_currency(self, currency: str | None) -> Decimal | None:
        """The limit in a currency; None where nobody can say it."""
        if self.currency in (None, currency):
            return self.amount
        return None if currency is None else self.in_others.get(currency)


@dataclass(frozen=True)
class Limits:
    """The limit of a role for an action, ``*`` for every action; None where no policy says any: one person signs then.

    What costs more, has no price or is of a currency without a rate needs two different people.
    """

    alone: Mapping[tuple[str, str], Limit] | None

    @classmethod
    def of_policy(cls, rows: Iterable[Mapping[str, object]], today: date) -> Limits:
        """The limits that hold today, of the rows of policy table `approval_limit`.

        Rows of which none holds today let nobody approve: only a table that was never delivered says nothing.
        """
        rows = list(rows)
        if not rows:
            return cls(None)
        valid = [
            row
            for row in rows
            if row["valid_from"] <= today and (row.get("valid_to") is None or today < row["valid_to"])
        ]
        # Where none ends, the later one takes its place.
        last = {(str(row["role"]), str(row["action"])): row["valid_from"] for row in sorted(valid, key=_begins)}
        stated: dict[tuple[str, str], Limit] = {}
        others: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
        for row in valid:
            of = str(row["role"]), str(row["action"])
            if row["valid_from"] != last[of]:
                continue
            money = Decimal(str(row["max_amount"]))
            # A publication of an older version has them as policy states them only.
            if row.get("is_stated") is not False:
                stated[of] = Limit(money, row.get("currency"))
            else:
                others[of][str(row["currency"])] = money
        return cls({of: replace(limit, in_others=others[of]) for of, limit in stated.items()})

    def needed(self, state: State, role: str) -> int:
        """Signatures that this suggestion needs.

        Raises
        ------
        RefusedError
            If the role may not approve this action at all.
        """
        try:
            limit = self.of(role, state.action)
        except RefusedError as reason:
            raise RefusedError(f"{state.suggestion_id}: {reason}") from reason
        if limit is None:
            return 1
        worth = amount(state)
        if worth is None:
            return 2
        most = limit.of_currency(state.facts.get("currency")) if worth else limit.amount
        return 1 if most is not None and worth <= most else 2

    def of(self, role: str, action: str) -> Limit | None:
        """Up to what the role signs the action alone; None where there is no limit.

        Raises
        ------
        RefusedError
            If the role may not approve this action at all.
        """
        if self.alone is None:
            return None
        limit = self.alone.get((role, action)) or self.alone.get((role, "*"))
        if limit is None:
            able = sorted({of for of, what in self.alone if what in (action, "*")})
            raise RefusedError(f"role {role!r} does not approve {action}; {able} do")
        return limit


def _begins(row: Mapping[str, object]) -> date:
    return row["valid_from"]


def approvals(states: Iterable[State], actor: str, role: str, limits: Limits, at: datetime) -> list[Event]:
    """The approval of every state as it stands, for `Journal.record`."""
    return [
        Event(
            "approve", state.suggestion_id, actor, at,
            {"quantity": state.quantity, "needed": limits.needed(state, role), "role": role}, state.version,
        )
        for state in states
    ]  # fmt: skip


@dataclass(frozen=True)
class Brakes:
    """Most that a run may approve by itself.

    Parameters
    ----------
    value
        Money of all suggestions together.
    lines
        How many suggestions.
    supplier_change
        Money of one supplier, as a multiple of what is usual for it.
    """

    value: Decimal
    lines: int
    supplier_change: Decimal

    def tripped(self, states: Sequence[State], usual: Mapping[str, Decimal]) -> list[str]:
        """Why these suggestions need a person, in words; nothing if they do not.

        `usual` is the money of an ordinary run by supplier. A supplier without one, or a suggestion without a
        price, trips the brake too: nobody can say that it is ordinary.
        """
        worth = {state.suggestion_id: amount(state) for state in states}
        priceless = sorted(name for name, value in worth.items() if value is None)
        total = sum((value for value in worth.values() if value is not None), ZERO)
        reasons = [f"{name} has no price" for name in priceless[:1]]
        if len(states) > self.lines:
            reasons.append(f"{len(states)} suggestions, more than {self.lines}")
        if total > self.value:
            reasons.append(f"{total} in all, more than {self.value}")
        by_supplier: dict[str, Decimal] = defaultdict(Decimal)
        for state in states:
            by_supplier[str(state.facts.get("supplier_id"))] += worth[state.suggestion_id] or ZERO
        for supplier, value in sorted(by_supplier.items()):
            if supplier not in usual:
                reasons.append(f"supplier {supplier} has no ordinary run to compare {value} with")
            elif value > usual[supplier] * self.supplier_change:
                reasons.append(
                    f"supplier {supplier}: {value}, more than {self.supplier_change} times the usual {usual[supplier]}"
                )
        return reasons
