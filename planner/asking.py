"""Analysts' questions run in a process of their own, a few at a time, each for a while: none can slow the desk."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from planner.access.hiding import Hidden
from planner.access.places import Places
from planner.tenant import Tenant

# Two at once leave a core to the desk on the smallest machine it is meant for.
AT_ONCE = 2
SECONDS = 20.0
# To start the process, and for what the engine cannot interrupt.
GRACE = 5.0
ADDRESS_SPACE = 6 * 1024**3
LEASE_BYTES = 4096
# Python would cut its compiled modules off at that size, and every later start would fail on them.
UNWRITTEN = {"PYTHONDONTWRITEBYTECODE": "1"}
LARGEST_ANSWER = 32_000_000


class AskError(Exception):
    """A question has no answer; `is_refused` if it was none that may be asked."""

    def __init__(self, why: str, is_refused: bool = False) -> None:
        self.is_refused = is_refused
        super().__init__(why)


@dataclass(frozen=True)
class Answer:
    """Columns and rows; `is_cut` if there were more."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    is_cut: bool


class Asking:
    """Runs questions.

    Parameters
    ----------
    seconds
        Longest time of one, after which its process is killed. Default 20.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._free = threading.BoundedSemaphore(AT_ONCE)

    def ask(
        self,
        tenant: Tenant,
        sql: str,
        hidden: Hidden,
        most: int,
        places: Places = None,
        parameters: Mapping[str, object] = MappingProxyType({}),
    ) -> Answer:
        """The answer to one SELECT; `parameters` fill its `$name`.

        Raises
        ------
        AskError
            If it is refused, fails, takes too long, or others are asking.
        """
        if not self._free.acquire(timeout=self.seconds):
            raise AskError(f"{AT_ONCE} questions are being answered; ask again in a moment")
        try:
            return self._ask(tenant, sql, hidden, most, places, parameters)
        finally:
            self._free.release()

    def _ask(
        self,
        tenant: Tenant,
        sql: str,
        hidden: Hidden,
        most: int,
        places: Places,
        parameters: Mapping[str, object],
    ) -> Answer:
        question = {
            "sql": sql, "hidden": sorted(hidden), "most": most + 1, "seconds": self.seconds,
            "places": None if places is None else sorted(places), "parameters": dict(parameters),
        }  # fmt: skip
        try:
            done = subprocess.run(
                tenant.ask_command, input=json.dumps(question).encode(), capture_output=True, check=False,
                timeout=self.seconds + GRACE, preexec_fn=self._limit, start_new_session=True,
                env=os.environ | UNWRITTEN,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise AskError(f"the question was stopped after {self.seconds:g} s; ask for less") from error
        if done.returncode or len(done.stdout) > LARGEST_ANSWER:
            raise AskError("the question needs more memory or time than it is given; ask for less")
        told = json.loads(done.stdout)
        if "error" in told:
            raise AskError(told["error"], told["is_refused"])
        return Answer(told["columns"], told["rows"][:most], len(told["rows"]) > most)

    def _limit(self) -> None:
        """In the new process: what it may take, whatever it does."""
        seconds = int(2 * (self.seconds + GRACE))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        # Its answer goes to a pipe; the one file that it writes is its lease on the publication.
        resource.setrlimit(resource.RLIMIT_FSIZE, (LEASE_BYTES, LEASE_BYTES))
