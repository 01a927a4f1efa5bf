"""Deputies: who may act in somebody's place in a workspace, from a day to a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, and_, delete, insert, or_, select

from planner.access import store
from planner.access.roles import stronger
from planner.access.store import EVERY_TENANT

LONGEST = timedelta(days=92)
# Who manages people does so in person.
NEVER_LENT = frozenset({"admin"})

Memberships = dict[str, tuple[frozenset[str], str]]


class Deputies:
    """Spans of absence in `desk.db`."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine, self.now = engine, now

    def name(self, absent: str, deputy: str, tenant_id: str, first: date, last: date, zone: ZoneInfo) -> None:
        """Let `deputy` act for `absent` from the first day to the last one, both of the workspace's zone.

        Raises
        ------
        ValueError
            If the span is empty, past or too long, or the deputy is nobody of this workspace, or the same person.
        """
        # The day after the last one must exist; no calendar goes beyond the year 9999.
        in_time = self.now().astimezone(zone).date() <= last < date.max
        if not in_time or not timedelta(0) <= last - first < LONGEST:
            raise ValueError(
                f"an absence ends today or later and has 1 to {LONGEST.days} days, found {first} to {last}"
            )
        if deputy == absent:
            raise ValueError("a deputy is somebody else")
        begins = datetime.combine(first, time(), zone)
        ends = datetime.combine(last + timedelta(days=1), time(), zone)
        row = {
            "name": absent, "deputy": deputy, "tenant_id": tenant_id, "first_day": first.isoformat(),
            "last_day": last.isoformat(), "begins_at": _instant(begins), "ends_at": _instant(ends),
        }  # fmt: skip
        table = store.deputy.c
        with self.engine.begin() as connection:
            if not _is_of(connection, deputy, tenant_id):
                raise ValueError(f"{deputy!r} is nobody of this workspace; who manages people adds them first")
            same = (table.name == absent) & (table.deputy == deputy) & (table.tenant_id == tenant_id)
            connection.execute(delete(store.deputy).where(same))
            connection.execute(insert(store.deputy), [row])

    def end(self, absent: str, deputy: str, tenant_id: str) -> None:
        """From now on the deputy acts for nobody but themselves."""
        table = store.deputy.c
        this = (table.name == absent) & (table.deputy == deputy) & (table.tenant_id == tenant_id)
        with self.engine.begin() as connection:
            connection.execute(delete(store.deputy).where(this))

    def of(self, name: str, tenant_id: str) -> list[dict[str, object]]:
        """Absences of a person, and of those they stand in for, that are not over."""
        table = store.deputy.c
        about = or_(table.name == name, table.deputy == name)
        wanted = select(table.name, table.deputy, table.first_day, table.last_day).where(
            and_(about, table.tenant_id == tenant_id, table.ends_at > _instant(self.now()))
        )
        with self.engine.connect() as connection:
            rows = connection.execute(wanted.order_by(table.first_day, table.name, table.deputy)).mappings()
            return [dict(row) for row in rows]


def with_lent(connection: Connection, name: str, own: Memberships, at: datetime) -> Memberships:
    """Roles of a person with those of whom they stand in for at this instant.

    What is lent is what its owner has now, never what is lent to them in turn, and only where the deputy is somebody
    already: a workspace is opened to nobody by this.
    """
    table = store.deputy.c
    instant = _instant(at)
    active = and_(table.deputy == name, table.begins_at <= instant, table.ends_at > instant)
    owner = store.user.c
    wanted = select(table.name, table.tenant_id).where(active).where(
        table.name.in_(select(owner.name).where(owner.is_active))
    )  # fmt: skip
    lent = dict(own)
    for absent, tenant_id in connection.execute(wanted).all():
        mine = lent.get(tenant_id) or lent.get(EVERY_TENANT)
        theirs = _membership(connection, absent, tenant_id)
        if mine is not None and theirs is not None:
            lent[tenant_id] = (mine[0] | (theirs[0] - NEVER_LENT), stronger(mine[1], theirs[1]))
    return lent


def _membership(connection: Connection, name: str, tenant_id: str) -> tuple[frozenset[str], str] | None:
    table = store.membership
    for place in (tenant_id, EVERY_TENANT):
        this = (table.c.name == name) & (table.c.tenant_id == place)
        row = connection.execute(select(table.c.roles, table.c.signs_as).where(this)).first()
        if row is not None:
            return frozenset(row.roles.split(",")), row.signs_as
    return None


def _is_of(connection: Connection, name: str, tenant_id: str) -> bool:
    this = (store.user.c.name == name) & store.user.c.is_active
    is_active = connection.execute(select(store.user.c.name).where(this)).first() is not None
    return is_active and _membership(connection, name, tenant_id) is not None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
