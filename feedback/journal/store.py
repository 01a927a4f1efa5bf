"""Opens the database of the journal, SQLite or PostgreSQL, brought to the newest schema."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do, as long as every writer of a journal takes the same.
WRITER_LOCK = 7_310_001


def open_store(url: str) -> Engine:
    """An engine on the journal's database, made if it is missing.

    Parameters
    ----------
    url
        ``sqlite:////absolute/path/decisions.db`` or ``postgresql+psycopg2://user@host/name``.

    Raises
    ------
    ValueError
        If the database is of another kind.
    """
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise ValueError(f"decisions are kept in SQLite or PostgreSQL, found {engine.dialect.name!r}")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _settle_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    migrate(engine)
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: one at a time, since each event continues the chain."""
    return engine.execution_options(writes=True)


def take_writer_lock(connection: Connection) -> None:
    """Wait until no other transaction writes; SQLite's ``BEGIN IMMEDIATE`` has done so already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; two processes may do so at once."""
    if _revision(engine) == max(path.stem[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")):
        return
    # Only now: alembic takes longer to import than a journal takes to open.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine).begin() as connection:
        take_writer_lock(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("select version_num from alembic_version")).scalar_one_or_none()


def _settle_sqlite(connection, _record) -> None:
    # The driver would begin transactions by itself, and without the write lock.
    connection.isolation_level = None
    connection.execute("pragma journal_mode = wal")
    # A decision that was answered "saved" survives a power cut.
    connection.execute("pragma synchronous = full")
    connection.execute("pragma busy_timeout = 30000")
    connection.execute("pragma foreign_keys = on")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")
