"""Events, the suggestions and settings they make, and triggers that keep events as they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "event",
        sa.Column(
            "sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
        ),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("event_by_subject", "event", ["subject", "sequence"])
    op.create_table(
        "suggestion",
        sa.Column("suggestion_id", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("action", "sku_id", "destination_id")),
        sa.Column("target", sa.String),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("planned", sa.String, nullable=False),
        sa.Column("due", sa.String),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("edited", sa.String),
        sa.Column("approved", sa.String, nullable=False),
        sa.Column("accepted", sa.String),
        sa.Column("seen", sa.String, nullable=False),
        sa.Column("received", sa.String, nullable=False),
        sa.Column("approvers", sa.Text, nullable=False),
        sa.Column("disputed", sa.Boolean, nullable=False),
        sa.Column("until", sa.String),
        sa.Column("changed_at", sa.String, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "setting",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    for statement in _append_only(op.get_bind().dialect.name):
        op.execute(statement)


def _append_only(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"create trigger event_no_{verb} before {verb} on event "
            "begin select raise(abort, 'events are never changed'); end"
            for verb in ("update", "delete")
        ]
    return [
        "create function events_are_never_changed() returns trigger language plpgsql as "
        "$$ begin raise exception 'events are never changed'; end $$",
        "create trigger event_append_only before update or delete or truncate on event "
        "for each statement execute function events_are_never_changed()",
    ]
