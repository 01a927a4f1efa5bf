"""`supplyloop serve`: the planner's desk on some workspaces."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from pipelines.desk_list import leased
from pipelines.journal import open_journal
from pipelines.publication import current_id
from pipelines.recent_runs import recent_runs
from pipelines.settings import Settings, load_settings
from pipelines.workspace import Workspace, WorkspaceError
from planner.application import LOOPBACK, make_application
from planner.tenant import Tenant
from planner.web.desk import Desk

if TYPE_CHECKING:
    from planner.access.oidc import Provider


WARM_SECONDS = 5.0


def tenant_of(workspace: Workspace, settings: Settings) -> Tenant:
    """What the desk is given of a workspace."""

    return Tenant(
        settings.tenant_id,
        ZoneInfo(settings.business_timezone),
        lambda: current_id(workspace),
        lambda: leased(workspace),
        open_journal(workspace, settings),
        (sys.executable, "-m", "pipelines.answer_question", str(workspace.root)),
        (sys.executable, "-m", "pipelines.solve_scenarios", str(workspace.root)),
        (sys.executable, "-m", "pipelines.try_waves", str(workspace.root)),
        settings.desk.hidden,
        settings.desk.places,
        lambda: recent_runs(workspace),
    )


def open_tenants(folders: Sequence[Path]) -> list[Tenant]:
    """Every workspace of these folders.

    Raises
    ------
    WorkspaceError
        If one is no workspace, or two have the same tenant.
    """
    tenants: dict[str, Tenant] = {}
    for folder in folders:
        workspace = Workspace.at(folder)
        tenant = tenant_of(workspace, load_settings(workspace.settings_file))
        if tenant.tenant_id in tenants:
            raise WorkspaceError(f"{folder}: tenant {tenant.tenant_id!r} is served already; each has its own")
        tenants[tenant.tenant_id] = tenant
    return list(tenants.values())


def serve(
    folders: Sequence[Path],
    file: Path,
    host: str,
    port: int,
    names: Sequence[str],
    secure: bool,
    now: Callable[[], datetime],
    provider: Provider | None = None,
) -> None:
    """Serve the desk until it is interrupted; the first time, show the password of the first account once.

    Raises
    ------
    WorkspaceError
        If it should be reached from elsewhere while the account that manages it has its first password.
    """
    import uvicorn

    desk = Desk(open_tenants(folders), file, now, secure, provider)
    password = desk.accounts.first_admin(now())
    if password is not None:
        typer.echo(f"first account 首个账号: admin\npassword 密码（只显示这一次，登录后须修改）: {password}")
    if host not in ("127.0.0.1", "localhost", "::1") and desk.accounts.first_password_stands():
        raise WorkspaceError(
            f"the account that manages the desk still has its first password, so it is not opened on {host}. "
            "Serve without --host, sign in on this machine, choose a password, and start again."
        )
    threading.Thread(target=_keep_warm, args=(desk,), daemon=True).start()
    application = make_application(desk, [*LOOPBACK, *names])
    typer.echo(f"desk 工作台: http://{host}:{port}/  ({', '.join(desk.workplaces)}; people in {file})")
    uvicorn.run(application, host=host, port=port, log_level="warning", access_log=False, server_header=False)


def _keep_warm(desk: Desk) -> None:
    """Open every publication soon after it is there: of half a million lines that takes seconds."""
    while True:
        for place in desk.workplaces.values():
            try:
                place.warm()
            except Exception:
                # Whoever asks for it gets the fault as an answer; the other workspaces are kept warm all the same.
                logging.getLogger(__name__).exception("workspace %s was not opened", place.tenant.tenant_id)
        time.sleep(WARM_SECONDS)
