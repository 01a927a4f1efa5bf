"""The key that personal data are hashed with: one for each workspace, never in the warehouse, never in a log."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress

from pipelines.workspace import Workspace, WorkspaceError

VARIABLE = "SUPPLYLOOP_PERSONAL_KEY"
BYTES = 32


def personal_key(workspace: Workspace) -> bytes:
    """The key from the environment, else from `personal.key` in the workspace, which is made at the first asking.

    Raises
    ------
    WorkspaceError
        If what is there is no key of 32 bytes in hexadecimal.
    """
    if given := os.environ.get(VARIABLE):
        return _decoded(given, f"environment variable {VARIABLE}")
    path = workspace.root / "personal.key"
    with suppress(FileExistsError):
        # Made with its rights: at no moment may others read it.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as out:
            out.write(secrets.token_hex(BYTES) + "\n")
    return _decoded(path.read_text(encoding="ascii", errors="replace"), str(path))


def _decoded(text: str, place: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != BYTES:
        raise WorkspaceError(
            f"{place}: is no key of {BYTES} bytes in hexadecimal. Put back the one this workspace was loaded with; "
            "with another, hashed members and operators no longer match the stored ones."
        )
    return key
