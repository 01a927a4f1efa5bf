"""The one door to `warehouse.duckdb`: a lock that dies with its holder, then a connection."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.personal_key import personal_key
from pipelines.settings import Settings
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

    from pipelines.ingestion.reading.limits import Limits

SPILL = ".spill"
POLL_SECONDS = 0.1
# Below this, handing work to a second thread costs more than the work.
BYTES_FOR_ONE_THREAD = 64_000_000
PACKED, PACKING = {".parquet", ".gz", ".zip", ".xlsx"}, 20


class WarehouseInUseError(Exception):
    """Another process holds the warehouse; the message names it."""


@contextmanager
def warehouse_lock(
    workspace: Workspace,
    purpose: str,
    wait_seconds: float = 60.0,
    on_wait: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold the workspace's warehouse for one process.

    The kernel frees a `flock` when its process dies, however it dies, so a killed run never
    leaves a lock behind. The file's content only names the holder for whoever waits.

    Raises
    ------
    WarehouseInUseError
        If the lock is not free within `wait_seconds`.
    """
    descriptor = os.open(workspace.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, workspace.lock, wait_seconds, on_wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "purpose": purpose}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, wait_seconds: float, on_wait: Callable[[str], None] | None) -> None:
    deadline = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = holder_of(path)
            if time.monotonic() >= deadline:
                raise WarehouseInUseError(
                    f"the workspace is in use by {holder} (waited {wait_seconds:.0f} s). "
                    "Wait until it has finished, or end that process; its lock goes with it."
                ) from None
            if on_wait and not told:
                on_wait(f"waiting for {holder}")
                told = True
            time.sleep(POLL_SECONDS)


def holder_of(path: Path) -> str:
    """Who last took the lock, in words (the file may be empty while a holder is starting)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "another process"
    return f"process {content['pid']} ({content['purpose']})"


def is_locked(workspace: Workspace) -> bool:
    """Whether some process holds the warehouse now."""
    if not workspace.lock.exists():
        return False
    with workspace.lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextmanager
def open_warehouse(
    workspace: Workspace, settings: Settings, purpose: str, wait_seconds: float = 60.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lock the warehouse, open it for reading and writing, close it whatever happens."""
    with warehouse_lock(workspace, purpose, wait_seconds):
        connection = connect(workspace, settings)
        try:
            yield connection
        finally:
            connection.close()


class HeldWarehouse:
    """The warehouse as one run holds it: its stages hand it on to each other, locked and open.

    Opening reads the whole catalog and closing writes it back: a fifth of a CPU-second each time, and a run asks
    nineteen times. dbt opens the file in the same process and shares what is open.
    """

    def __init__(self, workspace: Workspace, settings: Settings, wait_seconds: float) -> None:
        self._workspace, self._settings, self._wait_seconds = workspace, settings, wait_seconds
        self._held = ExitStack()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._door = threading.Lock()
        self._made = False
        self.in_order = False
        """Whether tables that are made keep the order of their rows, as those of a dbt pass do."""

    @contextmanager
    def opened(self, purpose: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one stage; what is temporary in it, or not committed, ends with it.

        Several may be open at once, in threads of this process.
        """
        with self._door:
            if self._root is None:
                self._root = self._held.enter_context(
                    open_warehouse(self._workspace, self._settings, purpose, self._wait_seconds)
                )
            cursor = self._root.cursor()
        with cursor as connection:
            _set_up(connection, self._workspace, self._settings, self.in_order)
            yield connection

    def make(self, *parts: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Have the parts make what tables are missing, once while the warehouse is held: nobody else removes them."""
        if self._made:
            return
        with self.opened("making tables") as connection:
            for part in parts:
                part(connection)
        self._made = True

    def release(self) -> None:
        """Close and unlock, so that another run may work meanwhile; the next stage opens it again."""
        self._root, self._made = None, False
        self._held.close()


def connect(workspace: Workspace, settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open the warehouse; the caller holds `warehouse_lock`."""
    import duckdb

    connection = duckdb.connect(str(workspace.warehouse), config=engine_config(workspace, settings))
    _set_up(connection, workspace, settings)
    if _is_small(workspace):
        connection.execute("set threads = 1")
    return connection


def _set_up(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, settings: Settings, in_order: bool = False
) -> None:
    from pipelines.ingestion.personal import use_key

    use_key(connection, personal_key(workspace))
    connection.execute(f"set TimeZone = '{settings.business_timezone}'")
    # Rows carry their line numbers; keeping insertion order would cost memory and a core. It holds for all connections.
    connection.execute(f"set preserve_insertion_order = {str(in_order).lower()}")


def _is_small(workspace: Workspace) -> bool:
    """Whether all that there is, loaded or delivered, is little."""
    files = [workspace.warehouse, *workspace.inbox.rglob("*"), *workspace.policy.rglob("*")]
    return sum(_unpacked_bytes(path) for path in files if path.is_file()) < BYTES_FOR_ONE_THREAD


def _unpacked_bytes(path: Path) -> int:
    """About what a file holds: a packed one holds many times its size, as 20 million rows in 20 MB."""
    return path.stat().st_size * (PACKING if path.suffix.lower() in PACKED else 1)


def reading_limits(workspace: Workspace, settings: Settings) -> Limits:
    """What reading one file may cost."""
    from pipelines.ingestion.reading.limits import Limits

    inbox = settings.inbox
    return Limits(inbox.max_seconds, inbox.max_memory, workspace.root / SPILL, threads=settings.engine.threads)


def engine_config(workspace: Workspace, settings: Settings) -> dict[str, str | int | bool]:
    """The engine's limits; extensions never come from the network.

    `dbt_project/profiles.yml` says the same: the engine refuses to share a file under another configuration.
    """
    return {
        "memory_limit": settings.engine.memory_limit,
        "threads": settings.engine.threads,
        "temp_directory": str(workspace.root / SPILL),
        # The format since 1.5 writes text in two thirds of the time; the default is read by 1.0 too.
        "storage_compatibility_version": "v1.5.0",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
