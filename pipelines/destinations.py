"""The destinations that supplyloop.toml names, who receives which decision, and how approval freezes it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from contracts import outbox
from contracts.layout import Layout, contract_layout, layouts, load_layout
from feedback.message import freezer
from feedback.sending import Destination, DropFolder, FileDestination, Files, LocalFolder, Place, SqlTable, Webhook
from pipelines.settings import DestinationSettings, Settings, SettingsError
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from feedback.journal import Message
    from feedback.states import State


def destinations(
    workspace: Workspace, settings: Settings, clock: Callable[[], datetime]
) -> dict[str, Destination | FileDestination]:
    """Every destination by its receiver's name.

    Raises
    ------
    SettingsError
        If a secret is not in the environment, or a layout is unknown or does not fit.
    """
    return {name: _made(name, entry, workspace, clock) for name, entry in settings.destinations.items()}


def receivers(settings: Settings) -> dict[str, str]:
    """The receiver of each decision, for `feedback.message.freezer`."""
    return {decision: name for name, entry in settings.destinations.items() for decision in entry.decisions}


def workspace_freezer(workspace: Workspace, settings: Settings) -> Callable[[State], Message]:
    """How approval freezes a suggestion of this workspace: by its contract and its receiver's layout.

    Raises
    ------
    SettingsError
        If a layout is unknown or does not fit.
    """
    laid_out = {
        entry.decisions[0]: _layout(name, entry, workspace)
        for name, entry in settings.destinations.items()
        if entry.layout
    }
    return freezer(settings.tenant_id, receivers(settings), laid_out)


def answers(workspace: Workspace, settings: Settings) -> dict[str, Place]:
    """Where each receiver's answers lie, for those that say so."""
    return {
        name: _place(name, entry, workspace, entry.answers)
        for name, entry in settings.destinations.items()
        if entry.answers is not None
    }


def _made(
    name: str, entry: DestinationSettings, workspace: Workspace, clock: Callable[[], datetime]
) -> Destination | FileDestination:
    if entry.folder is not None and entry.layout is None and entry.format is None:
        return DropFolder(workspace.root / entry.folder)
    if entry.folder is not None or entry.sftp_url is not None:
        return _files(name, entry, workspace)
    if entry.table_url is not None:
        return SqlTable(entry.table_url)
    return Webhook(str(entry.webhook_url), _secret(name, entry.secret_variable, "whsec_…"), clock)


def _files(name: str, entry: DestinationSettings, workspace: Workspace) -> Files:
    if entry.layout is not None:
        laid_out = {entry.decisions[0]: _layout(name, entry, workspace)}
    else:
        laid_out = {decision: contract_layout(outbox()[decision]) for decision in entry.decisions}
    endings = next(iter(laid_out.values())).endings
    ending = entry.format or endings[0]
    if ending not in endings:
        raise SettingsError(f"destination '{name}': layout {entry.layout} is {' or '.join(endings)}, not {ending}")
    return Files(_place(name, entry, workspace, None), laid_out, ending)


def _layout(name: str, entry: DestinationSettings, workspace: Workspace) -> Layout:
    """The layout of this name: one that ships, or the workspace's own in `layouts/`."""
    own = workspace.root / "layouts" / f"{entry.layout}.yaml"
    if entry.layout not in layouts() and not own.exists():
        raise SettingsError(
            f"destination '{name}': layout '{entry.layout}' is none of {', '.join(layouts())}, and {own} does not exist"
        )
    found = load_layout(own) if own.exists() else layouts()[str(entry.layout)]
    if found.decision != entry.decisions[0]:
        raise SettingsError(
            f"destination '{name}': layout {found.name} is of {found.decision}, not {entry.decisions[0]}"
        )
    try:
        return found.translating(entry.translate)
    except ValueError as reason:
        raise SettingsError(f"destination '{name}': {reason}") from reason


def _place(name: str, entry: DestinationSettings, workspace: Workspace, below: str | None) -> Place:
    """The receiver's folder, or the one of its answers; here both are paths from the workspace."""
    if entry.folder is not None:
        return LocalFolder(workspace.root / (entry.folder if below is None else below))
    from feedback.sending.sftp import SftpFolder

    url = urlsplit(str(entry.sftp_url))
    password = _secret(name, entry.password_variable, "the password") if entry.password_variable else None
    return SftpFolder(
        str(url.hostname), url.port or 22, unquote(str(url.username)),
        PurePosixPath(below or unquote(url.path) or "."), str(entry.host_key),
        None if entry.key_file is None else workspace.root / Path(entry.key_file).expanduser(), password,
    )  # fmt: skip


def _secret(name: str, variable: str | None, what: str) -> str:
    secret = os.environ.get(variable or "")
    if not secret:
        raise SettingsError(f"destination '{name}': its secret is not in the environment; set {variable} to {what}")
    return secret
