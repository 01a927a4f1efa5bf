"""Opens `desk.db`: people of the desk, their sessions, what was refused. It lies outside every workspace."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    create_engine,
    event,
)

metadata = MetaData()
# Raised with every change of a table below; a file of another version is refused, never guessed at. Since a version of
# `GROWN` only tables were added, which are made where they are missing.
VERSION = 2
GROWN = frozenset({0, 1})
EVERY_TENANT = "*"

# Grain: one person.
user = Table(
    "user",
    metadata,
    Column("name", String, primary_key=True),
    Column("password_hash", String, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", String, nullable=False),
)

# Grain: what one person may do in one workspace, or in every one.
membership = Table(
    "membership",
    metadata,
    Column("name", String, nullable=False),
    Column("tenant_id", String, nullable=False),
    Column("roles", String, nullable=False),
    Column("signs_as", String, nullable=False),
    PrimaryKeyConstraint("name", "tenant_id"),
)

# Grain: one session; only the hash of its cookie is kept, so that a copy of the file opens none.
session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", String, nullable=False),
    Column("seen_at", String, nullable=False),
)

# Grain: one request that was refused, and why.
refusal = Table(
    "refusal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),
    Column("name", String),
    Column("tenant_id", String),
    Column("address", String),
    Column("method", String, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("why", Text, nullable=False),
)


# Grain: one change of an account.
deed = Table(
    "deed",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("tenant_id", String, nullable=False),
    Column("what", String, nullable=False),
    Column("name", String, nullable=False),
    Column("roles", String, nullable=False),
)


# Grain: one token of a program; only its hash is kept.
token = Table(
    "token",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("tenant_id", String, nullable=False),
    Column("label", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
)

# Grain: one saved view of one person in one workspace.
view = Table(
    "view",
    metadata,
    Column("name", String, nullable=False),
    Column("tenant_id", String, nullable=False),
    Column("title", String, nullable=False),
    Column("asked", Text, nullable=False),
    PrimaryKeyConstraint("name", "tenant_id", "title"),
)


# Grain: one absence of one person in one workspace, and who acts for them; days are of the workspace's zone.
deputy = Table(
    "deputy",
    metadata,
    Column("name", String, nullable=False),
    Column("deputy", String, nullable=False, index=True),
    Column("tenant_id", String, nullable=False),
    Column("first_day", String, nullable=False),
    Column("last_day", String, nullable=False),
    Column("begins_at", String, nullable=False),
    Column("ends_at", String, nullable=False),
    PrimaryKeyConstraint("name", "deputy", "tenant_id"),
)


def open_desk_store(path: Path) -> Engine:
    """An engine on `desk.db`, made if it is missing, readable by its owner alone.

    Raises
    ------
    ValueError
        If the file was made by another version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _settle)
    with engine.begin() as connection:
        found = connection.exec_driver_sql("pragma user_version").scalar_one()
        if found not in GROWN | {VERSION}:
            raise ValueError(f"{path} is of version {found}, this desk needs {VERSION}; name another with --desk")
        metadata.create_all(connection)
        connection.exec_driver_sql(f"pragma user_version = {VERSION}")
    return engine


def _settle(connection, _record) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma busy_timeout = 30000")
