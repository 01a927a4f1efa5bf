"""The message of an approved suggestion: one row of its outbox contract, frozen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from contracts import outbox
from contracts.layout import Layout
from contracts.model import Table
from feedback.files import LayoutError, check
from feedback.fitting import misfit
from feedback.freezing import frozen_body, idempotency_key
from feedback.journal import Message
from feedback.states import RefusedError, State

DECISIONS = {
    "buy": "purchase_suggestions",
    "transfer": "transfers",
    "clear": "clearance",
    "pick": "wave_plan",
    "ship": "carrier_choice",
    "outlook": "supplier_outlook",
    "promote": "marketing_push_pull",
    "guard": "price_guardrails",
    "fence": "channel_allocation",
    "count": "cycle_counts",
    "adopt": "worth_stocking",
    "stage": "lifecycle_proposals",
    **dict.fromkeys(("expedite", "defer", "increase", "reduce", "cancel"), "purchase_order_actions"),
}


def freezer(
    tenant_id: str, receivers: Mapping[str, str], layouts: Mapping[str, Layout] | None = None
) -> Callable[[State], Message]:
    """How this workspace freezes an approved suggestion.

    `receivers` names the receiver of each decision file, `layouts` the layout of those that go in one. The function
    raises `RefusedError` if the decision has no receiver, or the row lacks what its contract or its layout requires:
    then the approval is not written either.
    """
    layouts = layouts or {}

    def freeze(state: State) -> Message:
        decision = DECISIONS.get(state.action)
        if decision is None or decision not in receivers:
            raise RefusedError(f"{state.suggestion_id}: nobody receives {decision or state.action}; name a destination")
        row = _row(state, decision, tenant_id)
        key = idempotency_key(receivers[decision], frozen_body(row))
        body = frozen_body(row | {"idempotency_key": key, "decision": decision})
        if decision in layouts:
            try:
                check(layouts[decision], json.loads(body))
            except LayoutError as reason:
                raise RefusedError(str(reason)) from reason
        return Message(key, state.suggestion_id, receivers[decision], decision, body)

    return freeze


def _row(state: State, decision: str, tenant_id: str) -> dict[str, object]:
    contract = outbox()[decision]
    columns = {column.name for column in contract.columns}
    # What the receiver is to do may be closer than what was decided: to clear is to mark down, return, move or scrap.
    row = {"action": state.action} | {name: value for name, value in state.facts.items() if name in columns}
    row |= {
        "suggestion_id": state.suggestion_id, "schema_version": contract.version, "tenant_id": tenant_id,
        "sku_id": state.sku_id,
    }  # fmt: skip
    row.setdefault("as_of", state.changed_at)
    row = {name: value for name, value in row.items() if name in columns}
    if "quantity" in columns:
        # Packs and money are made of what the plan gave, so that is looked at first.
        _check(contract, state, row | {name: 1 for name in ("quantity", "quantity_uom") if name in columns})
        row |= {name: size for name, size in _sized(state, row).items() if name in columns}
    _check(contract, state, row)
    return row


def _check(contract: Table, state: State, row: Mapping[str, object]) -> None:
    # The key is made of the row, so it is not in it yet.
    if wrong := misfit(contract, {**row, "idempotency_key": "to come"}):
        raise RefusedError(f"{state.suggestion_id}: {wrong}")


def _sized(state: State, row: Mapping[str, object]) -> dict[str, object]:
    """The approved quantity, in packs and money as well: a planner's edit changes all three."""
    sized: dict[str, object] = {"quantity": state.approved}
    if row.get("uom_ratio_numerator"):
        packs = state.approved * int(str(row["uom_ratio_denominator"])) / int(str(row["uom_ratio_numerator"]))
        if packs != packs.to_integral_value():
            raise RefusedError(
                f"{state.suggestion_id}: {state.approved} base units are {packs:.3f} packs of "
                f"{row['uom_ratio_numerator']}/{row['uom_ratio_denominator']}; approve whole packs"
            )
        sized["quantity_uom"] = packs
    for name in ("value_at_cost", "expected_recovery"):
        if row.get(name) is not None and state.planned > 0:
            sized[name] = (Decimal(str(row[name])) * state.approved / state.planned).quantize(Decimal("0.0001"))
    if row.get("unit_price") is not None:
        sized["amount"] = state.approved * Decimal(str(row["unit_price"]))
    return sized
