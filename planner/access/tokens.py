"""Tokens by which a program asks in a person's name, in one workspace, until a day."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select

from planner.access import store
from planner.access.accounts import Person
from planner.access.sessions import Session, memberships_of

MOST_PER_PERSON = 20
LONGEST_DAYS = 366


class Tokens:
    """Tokens in `desk.db`; only their hashes are kept."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine, self.now = engine, now

    def make(self, name: str, tenant_id: str, label: str, days: int) -> str:
        """A new token, told once.

        Raises
        ------
        ValueError
            If the label is empty or taken, the days are too many, or there are enough.
        """
        if not label.strip() or len(label) > 64:
            raise ValueError("a token has a label of 1 to 64 characters, so that it can be told from others")
        if not 1 <= days <= LONGEST_DAYS:
            raise ValueError(f"a token is good for 1 to {LONGEST_DAYS} days, found {days}")
        mine = self.of(name, tenant_id)
        if len(mine) >= MOST_PER_PERSON or label in [row["label"] for row in mine]:
            raise ValueError(f"label {label!r} is taken, or there are {MOST_PER_PERSON} tokens already; revoke one")
        token = f"sl_{secrets.token_urlsafe(32)}"
        row = {
            "token_hash": _hash(token), "name": name, "tenant_id": tenant_id, "label": label,
            "created_at": self.now().isoformat(), "expires_at": (self.now() + timedelta(days=days)).isoformat(),
        }  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(insert(store.token), [row])
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token, with what its owner may do in its workspace now; None if it opens nothing."""
        table = store.token
        joined = table.join(store.user, table.c.name == store.user.c.name)
        good = (table.c.token_hash == _hash(token)) & store.user.c.is_active & ~store.user.c.must_change
        with self.engine.connect() as connection:
            row = connection.execute(select(table).select_from(joined).where(good)).mappings().first()
            if row is None or row["expires_at"] <= self.now().isoformat():
                return None
            person = Person(row["name"], memberships_of(connection, row["name"]))
        tenant_id = row["tenant_id"]
        here = {tenant_id: (person.roles(tenant_id), person.signs_as(tenant_id))}
        return Session(Person(row["name"], here), "", by_token=row["token_hash"])

    def of(self, name: str, tenant_id: str) -> list[dict[str, object]]:
        """Tokens of a person in a workspace, without what opens anything."""
        table = store.token.c
        columns = (table.label, table.created_at, table.expires_at)
        wanted = select(*columns).where((table.name == name) & (table.tenant_id == tenant_id)).order_by(table.label)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]

    def revoke(self, name: str, tenant_id: str, label: str) -> None:
        """A token opens nothing from now on."""
        table = store.token.c
        this = (table.name == name) & (table.tenant_id == tenant_id) & (table.label == label)
        with self.engine.begin() as connection:
            connection.execute(delete(store.token).where(this))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
