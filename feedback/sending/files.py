"""A receiver of files: many messages laid out as it imports them, in a folder here or behind SFTP."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts import outbox
from contracts.layout import Ending, Layout, contract_layout
from feedback.files import LayoutError, check, file_key, sheet, written
from feedback.journal import Message
from feedback.sending.destination import File, RefusedByReceiverError
from feedback.sending.place import Place


@dataclass(frozen=True)
class Files:
    """Writes ``<layout>.<what it is filed by>.<batch>.<ending>``, then its manifest.

    Parameters
    ----------
    place
        Where the files go.
    layouts
        How the rows of each decision are laid out.
    ending
        ``csv``, ``xlsx`` or ``json``.
    """

    place: Place
    layouts: dict[str, Layout]
    ending: Ending
    # A message never changes, and is looked at again for every file that leaves before it.
    _keys: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def file_key(self, message: Message) -> str:
        """Rows of one decision, filed by what its layout says."""
        if message.idempotency_key not in self._keys:
            layout, body = self._layout(message.decision), json.loads(message.body)
            try:
                check(layout, body)
            except LayoutError as reason:
                raise RefusedByReceiverError(str(reason)) from reason
            self._keys[message.idempotency_key] = f"{message.decision} {file_key(layout, body)}"
        return self._keys[message.idempotency_key]

    def file(self, messages: Sequence[Message]) -> File:
        """The rows in their layout; a name and bytes that depend on nothing but the messages."""
        first = messages[0]
        layout, bodies = self._layout(first.decision), [json.loads(message.body) for message in messages]
        keys = sorted(message.idempotency_key for message in messages)
        batch = hashlib.sha256("\n".join([first.receiver, *keys]).encode()).hexdigest()
        filed = [re.sub(r"[^\w-]", "_", str(bodies[0][name])) for name in layout.file_by]
        name = ".".join([layout.name, *filed, batch[:16], self.ending])
        content = written(sheet(layout, bodies), self.ending)
        manifest = {
            "contract": f"outbox.{first.decision}", "contract_version": outbox()[first.decision].version,
            "layout": layout.name, "rows": len(messages), "sha256": hashlib.sha256(content).hexdigest(),
            "batch": batch, "idempotency_keys": keys, "dry_run": False,
        }  # fmt: skip
        return File(batch, name, content, (json.dumps(manifest, indent=1) + "\n").encode())

    def _layout(self, decision: str) -> Layout:
        if decision in self.layouts:
            return self.layouts[decision]
        # A recall goes to whoever got what it takes back, which no layout is for; a supplier sees its own alone.
        plain = contract_layout(outbox()[decision])
        filed = {name for layout in self.layouts.values() for name in layout.file_by if name in plain.types}
        return plain.model_copy(update={"file_by": tuple(sorted(filed))})

    def put(self, file: File) -> None:
        """The file, then its manifest: a receiver waits for that."""
        self.place.put([(file.name, file.content), (f"{file.name}.manifest.json", file.manifest)])
