"""Files that are still being written are left alone.

A file has arrived when its sender says so (a manifest beside it, or a marker `<file>.done`), or when nobody has
written to it for a while. What changes while it is read is given up and read at the next run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.ingestion.delivery import MANIFEST_SUFFIX, MARKER_SUFFIX

Stamp = tuple[int, int, int]


def stamp(path: Path) -> Stamp | None:
    """Inode, size and time of the last write; None for a file that is gone. A link is not followed."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def is_attested(path: Path) -> bool:
    """Whether the sender says that the file is whole."""
    return any(path.with_name(path.name + suffix).exists() for suffix in (MANIFEST_SUFFIX, MARKER_SUFFIX))


def arrived(
    files: Sequence[Path],
    quiet_seconds: float,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[list[Path], list[Path]]:
    """Split `files` into those that have arrived and those that are still growing, each in its order.

    Waits at most `quiet_seconds`, and only for files that were written a moment ago.
    """
    stamps = {path: stamp(path) for path in files if not is_attested(path)}
    # A file that is gone is found out by whoever reads it.
    ages = {path: now() - found[2] / 1e9 for path, found in stamps.items() if found is not None}
    # A time of writing in the future (another machine's clock) says nothing: such a file is watched as well.
    young = {path: stamps[path] for path, age in ages.items() if age < quiet_seconds}
    if young:
        sleep(min(quiet_seconds, max(quiet_seconds - ages[path] for path in young)))
    growing = {path for path, before in young.items() if stamp(path) != before}
    return [path for path in files if path not in growing], [path for path in files if path in growing]
