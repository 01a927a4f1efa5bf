"""`supplyloop feedback approve`: a person signs what is proposed, within what policy lets the role sign."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipelines.invocation import opened


def approve(
    suggestions: Annotated[list[str] | None, typer.Argument(help="Ids, as the publication shows them.")] = None,
    action: Annotated[
        str,
        typer.Option(
            help="Instead of ids: all proposed of it; of pick, ship and what is only told, all that is planned."
        ),
    ] = "",
    supplier: Annotated[str, typer.Option(help="Of an --action, only what is of this supplier.")] = "",
    role: Annotated[str, typer.Option(help="As who; policy's limits name the roles.")] = "planner",
) -> None:
    """Sign suggestions as they stand, all or none; above the role's limit a second person signs too. 审批。"""
    from feedback.approval import approvals
    from feedback.at_once import AT_ONCE, approvals_at_once
    from pipelines.approval_policy import published_limits
    from pipelines.at_once import planned_at_once
    from pipelines.journal import open_journal

    if bool(suggestions) == bool(action):
        raise typer.BadParameter("name the suggestions, or an --action to approve everything that it proposes")
    workspace, settings = opened()
    now = datetime.now(UTC)
    journal = open_journal(workspace, settings)
    limits, actor = published_limits(workspace, settings, now), getpass.getuser()
    if action in AT_ONCE:
        needs = [need for need in planned_at_once(workspace, settings, action) if _is_of(need.facts, supplier)]
        events = approvals_at_once(journal.known, needs, actor, role, limits, now)
    elif action:
        states = [
            state
            for state in journal.states({"proposed", "edited", "countersign"})
            if state.action == action and _is_of(state.facts, supplier)
        ]
        events = approvals(states, actor, role, limits, now)
    else:
        states = [_known(journal.state(name), name) for name in dict.fromkeys(suggestions or ())]
        events = approvals(states, actor, role, limits, now)
    if not events:
        typer.echo(f"nothing of {action} waits for a signature")
        return
    journal.record(events)
    after = journal.known({event.suggestion_id for event in events})
    unfinished = [name for name, state in sorted(after.items()) if state.status == "countersign"]
    typer.echo(f"{len(after) - len(unfinished)} approved")
    for name in unfinished:
        typer.echo(f"{name} waits for a second person")


def _is_of(facts: Mapping[str, object], supplier: str) -> bool:
    return not supplier or facts.get("supplier_id") == supplier


def _known(state, name: str):
    if state is None:
        raise typer.BadParameter(f"the journal knows no suggestion {name}")
    return state
