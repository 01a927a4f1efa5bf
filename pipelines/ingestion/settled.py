"""Files that were dealt with and have not been touched since: they are not opened again.

An inbox keeps what it was given, and reading a year of files only to find that all are known would cost every run more
than the last. A file is passed over when its folder entry, and that of the manifest beside it, are as they were, and
it would be read by the same rules. Anything else, a restored backup for one, has its content hashed as ever.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from contracts import inbox
from contracts.mapping import Mapping
from pipelines.ingestion.delivery import MANIFEST_SUFFIX
from pipelines.ingestion.reading.limits import Limits

# Clocks of file systems tick in hundredths of a second: what was written a moment ago may be written again and look
# the same.
SETTLED_SECONDS = 2.0


class Settled:
    """What `control.settled_file` says of the files of an inbox."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, mappings: Sequence[Mapping], limits: Limits) -> None:
        self._connection = connection
        self._rules = _rules(mappings, limits)
        self._known = set(connection.execute("select entry from control.settled_file").fetchall())
        self._new: list[str] = []
        self._began = time.time()

    def entry(self, path: Path) -> str | None:
        """What tells an untouched file: its folder entries and the rules. None where that can tell nothing yet."""
        files = [path, path.with_name(path.name + MANIFEST_SUFFIX)]
        try:
            found = [file.lstat() if n == 0 or file.exists() else None for n, file in enumerate(files)]
        except OSError:
            return None
        if any(max(f.st_mtime, f.st_ctime) > self._began - SETTLED_SECONDS for f in found if f):
            return None
        stamps = [[f.st_dev, f.st_ino, f.st_size, f.st_mtime_ns, f.st_ctime_ns] if f else None for f in found]
        return hashlib.sha256(json.dumps([str(path), stamps, self._rules]).encode()).hexdigest()

    def holds(self, entry: str | None) -> bool:
        """Whether the file of this entry was dealt with before."""
        return (entry,) in self._known

    def add(self, entry: str | None) -> None:
        """The file of this entry is dealt with; kept from `write` on."""
        if entry is not None:
            self._new.append(entry)

    def write(self) -> None:
        """Keep what was added."""
        if self._new:
            self._connection.execute("insert into control.settled_file select unnest(?)", [self._new])


def _rules(mappings: Sequence[Mapping], limits: Limits) -> str:
    versions = {name: system.version for name, system in inbox().items()}
    said = [versions, [mapping.model_dump_json() for mapping in mappings], limits.settings]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
