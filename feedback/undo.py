"""Takes back what was sent in error: a message that compensates, once, signed by as many as the approval was."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from contracts import outbox
from feedback.freezing import frozen_body, idempotency_key
from feedback.journal import Journal, Message, sent_message
from feedback.states import Event, RefusedError, State

Undone = Literal["withdrawn", "asked", "recalled"]


def undo(journal: Journal, suggestion_id: str, actor: str, at: datetime, reason: str) -> Undone:
    """Take back one decision.

    What has not left is withdrawn. What was sent is recalled by a message to the same receiver, linked to the first
    by its key; it counts as supply until the receiver says that it was stopped. What two people approved, two must
    take back: the first one asks.

    Raises
    ------
    RefusedError
        If it was not sent, may be arriving right now, was received, or is taken back already; or without a reason.
    StaleError
        If something else became of it at the same moment.
    """
    state = journal.state(suggestion_id)
    if state is None:
        raise RefusedError(f"{suggestion_id} is unknown; `feedback status` counts what there is")
    if not reason.strip():
        raise RefusedError(f"{suggestion_id}: to undo needs a reason")
    payload: dict[str, object] = {"reason": reason}
    if state.status == "approved":
        journal.record([Event("withdraw", suggestion_id, actor, at, payload, state.version)])
        return "withdrawn"
    if state.status in ("received", "scored"):
        raise RefusedError(f"{suggestion_id} was received: it can be returned, not undone")
    sent = sent_message(journal, suggestion_id)
    if sent is None:
        raise RefusedError(f"{suggestion_id} is {state.status} and was never sent; reject it instead")
    signed = sorted(_asked(journal, suggestion_id) | {actor})
    if len(signed) < len(state.approvers):
        journal.record([Event("undo_asked", suggestion_id, actor, at, payload)])
        return "asked"
    payload |= {"recalled_key": sent.idempotency_key, "signed": signed}
    recall = Event("recall", suggestion_id, actor, at, payload, state.version)
    journal.record([recall], [recall_message(sent, state, at, reason)])
    return "recalled"


def recall_message(sent: Message, state: State, at: datetime, reason: str) -> Message:
    """The message that takes `sent` back, by `contracts/outbox/recall.yaml`."""
    body = json.loads(sent.body)
    row = {
        "suggestion_id": state.suggestion_id, "schema_version": outbox()["recall"].version, "as_of": at,
        "tenant_id": body["tenant_id"], "recalled_key": sent.idempotency_key, "recalled_decision": sent.decision,
        "action": state.action, "supplier_id": body.get("supplier_id"), "sku_id": state.sku_id,
        "quantity": state.approved, "reason": reason,
    }  # fmt: skip
    key = idempotency_key(sent.receiver, frozen_body(row))
    frozen = frozen_body(row | {"idempotency_key": key, "decision": "recall"})
    return Message(key, state.suggestion_id, sent.receiver, "recall", frozen)


def _asked(journal: Journal, suggestion_id: str) -> set[str]:
    """Who asked to take it back since it was last approved or stood."""
    asked: set[str] = set()
    for event in journal.events(suggestion_id):
        if event["kind"] in ("approve", "recall", "stand"):
            asked = set()
        elif event["kind"] == "undo_asked":
            asked.add(str(event["actor"]))
    return asked
