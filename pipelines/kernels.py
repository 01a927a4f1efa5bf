"""What numba has compiled. It knows a kernel by the file it stands in, not by what the kernel calls in other files."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

__all__ = ["forget_stale_kernels"]

ROOT = Path(__file__).resolve().parent.parent
# No kernel calls one of another of these.
ROOMS = ("optimization/carriers", "optimization/replenishment", "optimization/waves", "simulator")
RECORD = "__pycache__/kernels.sha256"


def forget_stale_kernels(root: Path = ROOT) -> int:
    """Delete compiled kernels of rooms whose sources have changed since; returns how many files went.

    A kernel whose callee was mended in another file would go on as before the upgrade. Sources are told apart by name,
    size and time of change, which takes a few milliseconds.
    """
    gone = 0
    for room in ROOMS:
        sources = sorted((root / room).rglob("*.py"))
        told = ((path.relative_to(root), path.stat()) for path in sources)
        now = hashlib.sha256(repr([(str(path), at.st_size, at.st_mtime_ns) for path, at in told]).encode()).hexdigest()
        record = root / room / RECORD
        if record.is_file() and record.read_text(encoding="utf-8") == now:
            continue
        # Where the code may not be written, numba keeps its files elsewhere, and nobody upgrades in place.
        with suppress(OSError):
            for compiled in (root / room).rglob("__pycache__/*.nb[ic]"):
                compiled.unlink(missing_ok=True)
                gone += 1
            record.parent.mkdir(exist_ok=True)
            record.write_text(now, encoding="utf-8")
    return gone
