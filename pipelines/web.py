"""Dagster's web interface on a workspace, bound to the loopback address."""

from __future__ import annotations

import os
import signal
import sys

from pipelines.runner import prepare_instance
from pipelines.settings import Settings
from pipelines.transformation import manifest
from pipelines.workspace import Workspace


def serve(workspace: Workspace, settings: Settings, port: int) -> None:
    """Become `dagster dev`; does not return."""
    prepare_instance(workspace)
    manifest(workspace, settings)  # parsed once here, not by each of Dagster's processes
    environment = os.environ | {
        "DAGSTER_HOME": str(workspace.dagster_home),
        "SUPPLYLOOP_WORKSPACE": str(workspace.root),
    }
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
    command += ["-m", "pipelines.definitions", "-a", "code_location"]
    # A shell that starts it in the background has it ignore interrupts, and Dagster would ignore its end with them.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_DFL)
    # In place of this process, so that whoever ends it ends Dagster's processes too.
    os.execve(sys.executable, command, environment)
