"""A folder that the receiver reads: one file and one manifest per message, named by its key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from feedback.journal import Message
from feedback.outbox import replace_file
from feedback.sending.destination import Answer, UnreachableError


@dataclass(frozen=True)
class DropFolder:
    """Writes ``<decision>.<key>.json`` and then its manifest; the same message again writes the same bytes."""

    folder: Path

    def deliver(self, message: Message) -> Answer:
        """Write both files, each whole and flushed; the manifest last, so a receiver waits for it."""
        path = self.folder / f"{message.decision}.{message.idempotency_key}.json"
        manifest = {
            "contract": f"outbox.{message.decision}", "rows": 1, "sha256": hashlib.sha256(message.body).hexdigest(),
            "idempotency_key": message.idempotency_key, "suggestion_id": message.suggestion_id, "dry_run": False,
        }  # fmt: skip
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(path, message.body)
            replace_file(path.with_name(f"{path.name}.manifest.json"), (json.dumps(manifest, indent=1) + "\n").encode())
        except OSError as error:
            raise UnreachableError(f"{path} was not written: {error}") from error
        return Answer()
