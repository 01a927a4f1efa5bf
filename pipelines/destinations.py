"""The destinations that supplyloop.toml names, and who receives which decision."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from feedback.sending import Destination, DropFolder, SqlTable, Webhook
from pipelines.settings import DestinationSettings, Settings, SettingsError
from pipelines.workspace import Workspace


def destinations(workspace: Workspace, settings: Settings, clock: Callable[[], datetime]) -> dict[str, Destination]:
    """Every destination by its receiver's name.

    Raises
    ------
    SettingsError
        If a secret is not in the environment.
    """
    return {name: _made(name, entry, workspace, clock) for name, entry in settings.destinations.items()}


def receivers(settings: Settings) -> dict[str, str]:
    """The receiver of each decision, for `feedback.message.freezer`."""
    return {decision: name for name, entry in settings.destinations.items() for decision in entry.decisions}


def _made(name: str, entry: DestinationSettings, workspace: Workspace, clock: Callable[[], datetime]) -> Destination:
    if entry.folder is not None:
        return DropFolder(workspace.root / entry.folder)
    if entry.table_url is not None:
        return SqlTable(entry.table_url)
    secret = os.environ.get(entry.secret_variable or "")
    if not secret:
        raise SettingsError(
            f"destination '{name}': its secret is not in the environment; set {entry.secret_variable} to whsec_…"
        )
    return Webhook(str(entry.webhook_url), secret, clock)
