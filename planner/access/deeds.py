"""The list of what was done to accounts: one row each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, insert, select

from planner.access.store import deed


class Deeds:
    """Changes of accounts in `desk.db`."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine, self.now = engine, now

    def note(self, actor: str, tenant_id: str, what: str, name: str, roles: str) -> None:
        """Write one down."""
        row = {
            "at": self.now().isoformat(), "actor": actor, "tenant_id": tenant_id, "what": what, "name": name,
            "roles": roles,
        }  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(insert(deed), [row])

    def last(self, tenant_id: str, most: int = 200) -> list[dict[str, object]]:
        """The latest of a workspace first."""
        wanted = select(deed).where(deed.c.tenant_id == tenant_id).order_by(deed.c.id.desc()).limit(most)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]
