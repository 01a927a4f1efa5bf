"""The list of what was refused: one row each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, insert, select

from planner.access.store import refusal


class Refusals:
    """Refused requests in `desk.db`."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine, self.now = engine, now

    def note(
        self,
        method: str,
        path: str,
        status: int,
        why: str,
        name: str | None = None,
        tenant_id: str | None = None,
        address: str | None = None,
    ) -> None:
        """Write one down."""
        row = {
            "at": self.now().isoformat(), "name": name, "tenant_id": tenant_id, "address": address,
            "method": method, "path": path[:500], "status": status, "why": why,
        }  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(insert(refusal), [row])

    def last(self, tenant_id: str | None = None, most: int = 500) -> list[dict[str, object]]:
        """The latest first: of one workspace and of none, or all."""
        wanted = select(refusal).order_by(refusal.c.id.desc()).limit(most)
        if tenant_id is not None:
            wanted = wanted.where((refusal.c.tenant_id == tenant_id) | refusal.c.tenant_id.is_(None))
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]
