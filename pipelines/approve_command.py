"""`supplyloop feedback approve`: a person signs what is proposed, within what policy lets the role sign."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipelines.invocation import opened


def approve(
    suggestions: Annotated[list[str] | None, typer.Argument(help="Ids, as the publication shows them.")] = None,
    action: Annotated[str, typer.Option(help="Instead of ids: everything proposed of this action, such as buy.")] = "",
    role: Annotated[str, typer.Option(help="As who; policy's limits name the roles.")] = "planner",
) -> None:
    """Sign suggestions as they stand, all or none; above the role's limit a second person signs too. 审批。"""
    from feedback.approval import approvals
    from pipelines.approval_policy import published_limits
    from pipelines.journal import open_journal

    if bool(suggestions) == bool(action):
        raise typer.BadParameter("name the suggestions, or an --action to approve everything that it proposes")
    workspace, settings = opened()
    now = datetime.now(UTC)
    journal = open_journal(workspace, settings)
    if action:
        states = [state for state in journal.states({"proposed", "edited", "countersign"}) if state.action == action]
    else:
        states = [_known(journal.state(name), name) for name in dict.fromkeys(suggestions or ())]
    if not states:
        typer.echo(f"nothing of {action} waits for a signature")
        return
    journal.record(approvals(states, getpass.getuser(), role, published_limits(workspace, settings, now), now))
    after = [journal.state(state.suggestion_id) for state in states]
    waiting = [state.suggestion_id for state in after if state is not None and state.status == "countersign"]
    typer.echo(f"{len(after) - len(waiting)} approved")
    for name in waiting:
        typer.echo(f"{name} waits for a second person")


def _known(state, name: str):
    if state is None:
        raise typer.BadParameter(f"the journal knows no suggestion {name}")
    return state
