"""People of the desk: names, passwords (argon2), and their roles in each workspace."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from planner.access import store
from planner.access.roles import checked_roles, signs_as
from planner.access.store import EVERY_TENANT

LEAST_PASSWORD = 12
FIRST_ADMIN = "admin"
_NAME = re.compile(r"[\w.@+-]{1,64}")
_HASHER = PasswordHasher()
# Checked where the name is unknown: a wrong name must not answer sooner than a wrong password.
_NOBODY = _HASHER.hash(secrets.token_hex(16))


@dataclass(frozen=True)
class Person:
    """Someone who has signed in: `roles` and `signs_as` by workspace, ``*`` for every one."""

    name: str
    memberships: dict[str, tuple[frozenset[str], str]]
    must_change: bool = False

    def roles(self, tenant_id: str) -> frozenset[str]:
        """Roles in this workspace; none if it is not theirs."""
        return self._of(tenant_id)[0]

    def signs_as(self, tenant_id: str) -> str:
        """The role of the approval policy that a signature here counts under."""
        return self._of(tenant_id)[1]

    def _of(self, tenant_id: str) -> tuple[frozenset[str], str]:
        nothing = (frozenset(), "")
        return self.memberships.get(tenant_id) or self.memberships.get(EVERY_TENANT) or nothing


class Accounts:
    """People in `desk.db`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def first_admin(self, at: datetime) -> str | None:
        """Make the first account with a password that is returned once and kept nowhere; None if there are people."""
        with self.engine.connect() as connection:
            if connection.execute(select(func.count()).select_from(store.user)).scalar_one():
                return None
        password = secrets.token_urlsafe(18)
        self.add(FIRST_ADMIN, password, frozenset({"admin", "approver"}), EVERY_TENANT, at)
        return password

    def add(self, name: str, password: str, roles: frozenset[str], tenant_id: str, at: datetime) -> None:
        """Make an account; its first password must be changed at the first signing in.

        Raises
        ------
        ValueError
            If the name is taken or strange, the password short, or a role unknown.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"a name is 1 to 64 letters, digits or . @ + - _, found {name!r}")
        row = {
            "name": name, "password_hash": _hashed(password), "must_change": True, "is_active": True,
            "created_at": at.isoformat(),
        }  # fmt: skip
        checked_roles(roles)
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(store.user), [row])
        except IntegrityError as error:
            raise ValueError(f"{name!r} is taken") from error
        self.grant(name, tenant_id, roles)

    def grant(self, name: str, tenant_id: str, roles: frozenset[str]) -> None:
        """Set the roles of a person in a workspace, or with ``*`` in every one."""
        row = {
            "name": name, "tenant_id": tenant_id, "roles": ",".join(sorted(checked_roles(roles))),
            "signs_as": signs_as(roles),
        }  # fmt: skip
        table = store.membership
        this = (table.c.name == name) & (table.c.tenant_id == tenant_id)
        with self.engine.begin() as connection:
            connection.execute(delete(table).where(this))
            connection.execute(insert(table), [row])

    def verified(self, name: str, password: str) -> bool:
        """Whether this is the password of an active account; takes the same time where there is none."""
        wanted = select(store.user.c.password_hash).where((store.user.c.name == name) & store.user.c.is_active)
        with self.engine.connect() as connection:
            found = connection.execute(wanted).scalar_one_or_none()
        try:
            return _HASHER.verify(found or _NOBODY, password) and found is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_active(self, name: str) -> bool:
        """Whether there is an account of this name that is not shut out."""
        return any(row["name"] == name and row["is_active"] for row in self.people())

    def must_change(self, name: str) -> bool:
        """Whether an account still has a password that another person chose."""
        return any(row["name"] == name and row["must_change"] for row in self.people())

    def change_password(self, name: str, password: str, must_change: bool = False) -> None:
        """Set a password and end every session of its owner; it `must_change` if another person chose it.

        Raises
        ------
        ValueError
            If it is short.
        """
        values = {"password_hash": _hashed(password), "must_change": must_change}
        with self.engine.begin() as connection:
            connection.execute(update(store.user).where(store.user.c.name == name).values(values))
            connection.execute(delete(store.session).where(store.session.c.name == name))

    def deactivate(self, name: str) -> None:
        """Shut someone out at once; what they decided stays theirs."""
        with self.engine.begin() as connection:
            connection.execute(update(store.user).where(store.user.c.name == name).values(is_active=False))
            connection.execute(delete(store.session).where(store.session.c.name == name))

    def people(self) -> list[dict[str, object]]:
        """Everyone, with their roles by workspace, in the order of their names."""
        joined = store.user.join(store.membership, store.user.c.name == store.membership.c.name, isouter=True)
        columns = [store.user.c[name] for name in ("name", "must_change", "is_active", "created_at")]
        wanted = select(*columns, store.membership.c.tenant_id, store.membership.c.roles).select_from(joined)
        with self.engine.connect() as connection:
            rows = connection.execute(wanted.order_by(store.user.c.name, store.membership.c.tenant_id)).mappings()
            return [dict(row) for row in rows]

    def first_password_stands(self) -> bool:
        """Whether an account that manages others still has the password it was made with."""
        return any(row["must_change"] and "admin" in str(row["roles"]) for row in self.people())


def _hashed(password: str) -> str:
    if len(password) < LEAST_PASSWORD:
        raise ValueError(f"a password has {LEAST_PASSWORD} characters or more")
    return _HASHER.hash(password)
