"""Starts the process that solves scenarios: one per workspace, beside the desk, at the lowest priority."""

from __future__ import annotations

import os
import subprocess
import threading

from planner.tenant import Tenant

NICENESS = 10


class Solving:
    """Processes that solve scenarios, by workspace."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def begin(self, tenant: Tenant) -> None:
        """Start one for this workspace, unless one runs."""
        with self._lock:
            running = self._running.get(tenant.tenant_id)
            if running is None or running.poll() is not None:
                self._running[tenant.tenant_id] = subprocess.Popen(
                    tenant.scenario_command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    preexec_fn=_step_back, start_new_session=True,
                )  # fmt: skip

    def wait(self, tenant: Tenant, seconds: float) -> None:
        """Wait until the process of a workspace ends, if one runs."""
        if running := self._running.get(tenant.tenant_id):
            running.wait(seconds)


def _step_back() -> None:
    os.nice(NICENESS)
