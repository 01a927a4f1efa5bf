"""Other rules of waves are tried in a process of their own, one at a time in each desk."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping

from planner.tenant import Tenant

SECONDS = 120.0


class TryError(Exception):
    """What was to be tried has no answer; the message says why."""


class Trying:
    """Runs one trial after the other, each at most `seconds` long."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._free = threading.Lock()

    def waves(self, tenant: Tenant, levers: Mapping[str, object]) -> dict[str, object]:
        """Totals of the plan as it is (``base``) and by other rules (``then``).

        Raises
        ------
        TryError
            If the rules cannot be tried, another trial runs, or it takes too long.
        """
        if not self._free.acquire(blocking=False):
            raise TryError("another trial is being solved; ask again in a moment")
        try:
            done = subprocess.run(
                tenant.try_command, input=json.dumps(levers).encode(), stdout=subprocess.PIPE, check=False,
                timeout=self.seconds, start_new_session=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise TryError(f"the trial was stopped after {self.seconds:g} s") from error
        finally:
            self._free.release()
        if done.returncode:
            raise TryError("the trial failed; the log of the desk says why")
        told = json.loads(done.stdout.splitlines()[-1])
        if "error" in told:
            raise TryError(str(told["error"]))
        return told
