"""A table in the receiver's database, one row per message: PostgreSQL, or SQLite."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, String, Table, Text, create_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from feedback.journal import Message
from feedback.sending.destination import Answer, RefusedByReceiverError, UnreachableError


class SqlTable:
    """Inserts each message once: its key is the primary key, and a row that is there stays as it is.

    Parameters
    ----------
    url
        The receiver's database, by SQLAlchemy's URL.
    name
        The table; made if it is missing. Default ``supplyloop_decision``.
    """

    def __init__(self, url: str, name: str = "supplyloop_decision") -> None:
        self.engine = create_engine(url)
        self.table = Table(
            name,
            MetaData(),
            Column("idempotency_key", String(64), primary_key=True),
            Column("suggestion_id", String, nullable=False),
            Column("decision", String, nullable=False),
            Column("body", Text, nullable=False),
        )

    def deliver(self, message: Message) -> Answer:
        """Insert the message unless its key is there."""
        insert = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[self.engine.dialect.name]
        row = {
            "idempotency_key": message.idempotency_key, "suggestion_id": message.suggestion_id,
            "decision": message.decision, "body": message.body.decode(),
        }  # fmt: skip
        try:
            with self.engine.begin() as connection:
                self.table.create(connection, checkfirst=True)
                connection.execute(insert(self.table).values(row).on_conflict_do_nothing())
        except (OperationalError, InterfaceError) as error:
            raise UnreachableError(f"{self.engine.url.render_as_string()}: {error.orig}") from error
        except DBAPIError as error:
            # A constraint or a trigger of the receiver's own: another attempt would end the same way.
            raise RefusedByReceiverError(f"{self.engine.url.render_as_string()}: {error.orig}") from error
        return Answer()
