"""The journal of a workspace, opened as its settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.settings import Settings
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from feedback.journal import Journal


def open_journal(workspace: Workspace, settings: Settings) -> Journal:
    """The journal, which freezes what is approved for the destinations that the settings name."""
    from feedback.journal import Journal, open_store
    from pipelines.destinations import workspace_freezer

    store = open_store(settings.journal_url(workspace.decisions))
    if settings.decisions.shadow:
        return Journal(store, shadow=True)
    return Journal(store, workspace_freezer(workspace, settings))
