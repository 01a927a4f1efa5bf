"""Everything that one running desk holds: its workspaces, its people, its clock. No state of a session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from planner.access.accounts import Accounts
from planner.access.deeds import Deeds
from planner.access.deputies import Deputies
from planner.access.places import Places
from planner.access.refusals import Refusals
from planner.access.sessions import Sessions
from planner.access.store import open_desk_store
from planner.access.throttle import Throttle
from planner.access.tokens import Tokens
from planner.access.views import Views
from planner.asking import Asking
from planner.limited import LimitedSnapshot
from planner.opening import opening
from planner.proposals import Proposals
from planner.snapshot import Snapshot, Snapshots
from planner.solving import Solving
from planner.tenant import Tenant
from planner.trying import Trying
from planner.worklist import Lines

if TYPE_CHECKING:
    from planner.access.oidc import Provider


class NothingPublishedError(Exception):
    """A workspace has no publication to show yet."""


class Workplace:
    """One workspace on the desk: its current publication and the list made of it."""

    def __init__(self, tenant: Tenant, whole: Workplace | None = None, places: frozenset[str] = frozenset()) -> None:
        self._tenant, self._whole, self.places = tenant, whole, places
        self._limited: dict[frozenset[str], Workplace] = {}
        self._limited_snapshot: LimitedSnapshot | None = None
        self._snapshots = Snapshots(tenant)
        self._lock = threading.Lock()
        self._lines: Lines | None = None
        self._proposals: Proposals | None = None
        self._opening: tuple[tuple[str, int], dict[str, object]] | None = None

    @property
    def tenant(self) -> Tenant:
        """The workspace."""
        return self._whole.tenant if self._whole else self._tenant

    @tenant.setter
    def tenant(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def seen_from(self, places: Places) -> Workplace:
        """The same for who may see the rows of these places only; itself for who sees all."""
        if places is None:
            return self
        with self._lock:
            return self._limited.setdefault(places, Workplace(self.tenant, self, places))

    def lines(self) -> Lines:
        """The worklist of the current publication.

        Raises
        ------
        NothingPublishedError
            Before the first.
        """
        snapshot = self.snapshot()
        with self._lock:
            if self._lines is None or self._lines.snapshot is not snapshot:
                # The list before goes first: two of half a million lines would not fit.
                self._lines = None
                self._lines = Lines(snapshot, self.tenant.journal)
            return self._lines

    def proposals(self) -> Proposals:
        """What the current publication's plan would pick, ship or tell others."""
        snapshot = self.snapshot()
        with self._lock:
            if self._proposals is None or self._proposals.snapshot is not snapshot:
                self._proposals = Proposals(snapshot, self.tenant.journal)
            return self._proposals

    def warm(self) -> None:
        """Open the current publication if there is one, so that the first who asks need not wait for it."""
        if self.tenant.current() is not None:
            self.lines()

    def opening(self) -> dict[str, object]:
        """The opening line; computed once for each publication and event of the journal."""
        lines = self.lines()
        key = (lines.snapshot.published.publication_id, lines.frame()[0])
        found = self._opening
        if found is None or found[0] != key:
            found = self._opening = (key, opening(lines.snapshot, lines))
        return found[1]

    def snapshot(self) -> Snapshot:
        """The current publication.

        Raises
        ------
        NothingPublishedError
            Before the first.
        """
        if self._whole is not None:
            return self._of_places(self._whole.snapshot())
        snapshot = self._snapshots.current()
        if snapshot is None:
            raise NothingPublishedError(self.tenant.tenant_id)
        return snapshot

    def _of_places(self, whole: Snapshot) -> Snapshot:
        with self._lock:
            if self._limited_snapshot is None or self._limited_snapshot.whole is not whole:
                self._limited_snapshot = LimitedSnapshot(whole, self.places)
            return self._limited_snapshot


class Desk:
    """A desk over some workspaces.

    Parameters
    ----------
    tenants
        The workspaces it serves.
    file
        `desk.db`: people, sessions, refusals.
    now
        The clock.
    secure
        Whether browsers reach it over HTTPS; its cookie then travels no other way.
    provider
        Who may say who somebody is, besides passwords; None for nobody.
    """

    def __init__(
        self,
        tenants: Iterable[Tenant],
        file: Path,
        now: Callable[[], datetime],
        secure: bool = False,
        provider: Provider | None = None,
    ) -> None:
        engine = open_desk_store(file)
        self.now, self.secure, self.provider = now, secure, provider
        self.workplaces = {tenant.tenant_id: Workplace(tenant) for tenant in tenants}
        self.accounts = Accounts(engine)
        self.sessions = Sessions(engine, now)
        self.refusals = Refusals(engine, now)
        self.deeds = Deeds(engine, now)
        self.tokens = Tokens(engine, now)
        self.deputies = Deputies(engine, now)
        self.views = Views(engine)
        # By name; and by address, where behind a proxy everybody is one: it stops who tries many names.
        self.sign_ins = Throttle(now)
        self.addresses = Throttle(now, most=50)
        # A page asks a few times a second at most; a program that asks more waits.
        self.requests = Throttle(now, most=1200, window=timedelta(minutes=1))
        self.asking = Asking()
        self.solving = Solving()
        self.trying = Trying()
