"""What stands on the command line before the command, for every command to use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.settings import Settings
    from pipelines.workspace import Workspace


class Invocation:
    """Options before the command."""

    workspace: Path = Path()
    debug: bool = False


def opened() -> tuple[Workspace, Settings]:
    """The workspace named on the command line and its settings."""
    from pipelines.settings import load_settings
    from pipelines.workspace import Workspace

    workspace = Workspace.at(Invocation.workspace)
    return workspace, load_settings(workspace.settings_file)
