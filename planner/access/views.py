"""Views of the list that a person saved: a name and what was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Engine, delete, insert, select

from planner.access.store import view

MOST_PER_PERSON = 50
LARGEST = 8_000
LONGEST_TITLE = 64


class Views:
    """Saved views in `desk.db`, of one person in one workspace each."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def save(self, name: str, tenant_id: str, title: str, asked: Mapping[str, object]) -> None:
        """Keep what was asked under a title, in the place of what had it.

        Raises
        ------
        ValueError
            If the title is empty or long, what was asked is too much, or there are enough.
        """
        told = json.dumps(asked, ensure_ascii=False)
        if not title.strip() or len(title) > LONGEST_TITLE:
            raise ValueError(f"a title has 1 to {LONGEST_TITLE} characters, found {len(title.strip())}")
        if len(told) > LARGEST:
            raise ValueError(f"what is saved is at most {LARGEST} characters long, found {len(told)}")
        if sum(each["title"] != title for each in self.of(name, tenant_id)) >= MOST_PER_PERSON:
            raise ValueError(f"you saved {MOST_PER_PERSON} views and questions here, and there is room for no more")
        self.remove(name, tenant_id, title)
        with self.engine.begin() as connection:
            connection.execute(insert(view), [{"name": name, "tenant_id": tenant_id, "title": title, "asked": told}])

    def of(self, name: str, tenant_id: str) -> list[dict[str, object]]:
        """Views of a person in a workspace, by title."""
        wanted = select(view.c.title, view.c.asked).where((view.c.name == name) & (view.c.tenant_id == tenant_id))
        with self.engine.connect() as connection:
            rows = connection.execute(wanted.order_by(view.c.title)).all()
        return [{"title": row.title, "asked": json.loads(row.asked)} for row in rows]

    def remove(self, name: str, tenant_id: str, title: str) -> None:
        """Forget a view."""
        this = (view.c.name == name) & (view.c.tenant_id == tenant_id) & (view.c.title == title)
        with self.engine.begin() as connection:
            connection.execute(delete(view).where(this))
