"""Sessions kept on the server: the cookie is a random name for one, and nothing else."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from planner.access import store
from planner.access.accounts import Person
from planner.access.deputies import with_lent

LONGEST = timedelta(hours=12)
LONGEST_IDLE = timedelta(hours=2)
# The last sight of a session is written at most so often.
NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Session:
    """Someone signed in, and the word that their pages must say with every change; `by_token` for a program."""

    person: Person
    csrf: str
    by_token: str = ""


class Sessions:
    """Open sessions in `desk.db`. They survive a restart and end on every process at once."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine, self.now = engine, now

    def begin(self, name: str) -> str:
        """Open a session and return its token, for the cookie."""
        token, at = secrets.token_urlsafe(32), self.now().isoformat()
        row = {
            "token_hash": _hash(token), "name": name, "csrf": secrets.token_urlsafe(32), "created_at": at,
            "seen_at": at,
        }  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(delete(store.session).where(store.session.c.created_at < self._before(LONGEST)))
            connection.execute(insert(store.session), [row])
        return token

    def find(self, token: str | None) -> Session | None:
        """The session of a token; None if there is none, it ended, or its owner is shut out."""
        if not token:
            return None
        table = store.session
        joined = table.join(store.user, table.c.name == store.user.c.name)
        wanted = (
            select(table, store.user.c.must_change)
            .select_from(joined)
            .where((table.c.token_hash == _hash(token)) & store.user.c.is_active)
        )
        with self.engine.connect() as connection:
            row = connection.execute(wanted).mappings().first()
            if row is None or row["created_at"] < self._before(LONGEST) or row["seen_at"] < self._before(LONGEST_IDLE):
                return None
            own = memberships_of(connection, row["name"])
            memberships = with_lent(connection, row["name"], own, self.now())
        if row["seen_at"] < self._before(NOTED_EVERY):
            self._note(row["token_hash"])
        return Session(Person(row["name"], memberships, bool(row["must_change"])), row["csrf"])

    def end(self, token: str | None) -> None:
        """Close a session: its cookie opens nothing from now on."""
        with self.engine.begin() as connection:
            connection.execute(delete(store.session).where(store.session.c.token_hash == _hash(token or "")))

    def _note(self, token_hash: str) -> None:
        this = store.session.c.token_hash == token_hash
        with self.engine.begin() as connection:
            connection.execute(update(store.session).where(this).values(seen_at=self.now().isoformat()))

    def _before(self, age: timedelta) -> str:
        return (self.now() - age).isoformat()


def memberships_of(connection: Connection, name: str) -> dict[str, tuple[frozenset[str], str]]:
    """Roles, and whose limit a signature counts under, by workspace."""
    rows = connection.execute(select(store.membership).where(store.membership.c.name == name)).mappings()
    return {row["tenant_id"]: (frozenset(row["roles"].split(",")), row["signs_as"]) for row in rows}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
