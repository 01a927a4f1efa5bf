"""Questions to what a world exported."""


def none(db, sql: str) -> None:
    """The query lists what breaks the promise; it must list nothing."""
    assert db.sql(sql).fetchall() == []


def one(db, sql: str):
    return db.execute(sql).fetchall()[0][0]
