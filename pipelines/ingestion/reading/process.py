"""The process that reads files: started when it is needed, watched, and gone with its parent."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.reading.limits import IDLE, Limits, too_much_memory, too_slow
from pipelines.ingestion.reading.wire import MAX_MESSAGE

ROOT = Path(__file__).parents[3]
LOOK_EVERY = 0.2  # seconds
# Of the environment the child is given what Python needs to run; it has no use for keys and addresses.
PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


class ReadingProcess:
    """One child process; what it cannot do within its limits is a `DeliveryRefusedError`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._delivery: Delivery | None = None
        self._allowed = self._spent_before = self._waiting_since = 0.0
        ours, theirs = socket.socketpair()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `end`)
        shutil.rmtree(spill_folder(limits), ignore_errors=True)  # of one that was killed
        with theirs:
            self._child = subprocess.Popen(
                # -P: a file called duckdb.py in the folder that a run is started in is not a module.
                [sys.executable, "-P", "-m", "pipelines.ingestion.reading.child", str(theirs.fileno()), _told(limits)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                start_new_session=True,  # Ctrl-C is for the parent, which ends the child
                env=_environment(),
            )
        self._connection = Connection(ours.detach())

    def ask(self, what: str, delivery: Delivery, *more: object) -> None:
        """Set the child to work on a file."""
        size = delivery.path.stat().st_size
        self._delivery, self._allowed = delivery, self._limits.seconds_for(size)
        self._spent_before = self._spent()
        # The tables it goes into are none of the reader's business.
        with suppress(OSError):  # a child that has died is found out by `hear`
            self._connection.send_bytes(pickle.dumps((what, replace(delivery, targets=()), *more)))

    def hear(self) -> bytes:
        """The next message.

        Raises
        ------
        DeliveryRefusedError
            `too_slow`, `too_large` or `unreadable`, after which this process is no more.
        """
        self._waiting_since = time.monotonic()
        try:
            while not self._connection.poll(LOOK_EVERY):
                self._end_if_overrun()
            self._end_if_overrun()
            return self._connection.recv_bytes(MAX_MESSAGE)
        except (EOFError, OSError) as error:
            raise self._died() from error

    def end(self) -> None:
        self._connection.close()
        self._child.kill()
        self._child.wait()
        self._stderr.close()
        shutil.rmtree(spill_folder(self._limits), ignore_errors=True)

    def _spent(self) -> float:
        """Processor seconds that the child has taken so far (clock_getcpuclockid(3))."""
        try:
            return time.clock_gettime((~self._child.pid << 3) | 2)
        except OSError:  # it has ended
            return self._spent_before

    def _end_if_overrun(self) -> None:
        waited = time.monotonic() - self._waiting_since
        if self._spent() - self._spent_before > self._allowed or waited > IDLE * self._allowed:
            self.end()
            raise too_slow(self._delivery, self._limits, self._allowed)

    def _died(self) -> DeliveryRefusedError:
        """Why the child is no more, as far as can be told."""
        try:
            code = self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = 0
        self._stderr.seek(0)
        last_words = self._stderr.read(1 << 16).lower()
        self.end()
        # The kernel kills what takes the machine's memory; a library that gets none says so and aborts.
        if code == -signal.SIGKILL or b"memory" in last_words or b"bad_alloc" in last_words:
            return too_much_memory(self._delivery, self._limits)
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return DeliveryRefusedError(
            "unreadable",
            f"{self._delivery.path.name}: breaks the process that reads it ({how}). It is damaged, or made to do harm. "
            "Export it again.",
        )


def spill_folder(limits: Limits) -> Path:
    return (limits.spill or Path(tempfile.gettempdir(), f"supplyloop-{os.getpid()}")) / "reading"


def _told(limits: Limits) -> str:
    facts = {
        "memory": limits.memory_bytes, "spill": str(spill_folder(limits)), "spilled": limits.spilled,
        "threads": limits.threads, "parent": os.getpid(),
    }  # fmt: skip
    return json.dumps(facts)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in PASSED or name.startswith("PYTHON")}
    # A pool that maps memory in advance would be counted for memory that it does not use.
    return kept | {"PYTHONPATH": str(ROOT), "ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
