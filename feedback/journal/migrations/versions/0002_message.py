"""Messages: what approval froze for a receiver, and how far its sending came."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "message",
        sa.Column("idempotency_key", sa.String(64), primary_key=True),
        sa.Column("suggestion_id", sa.String, nullable=False, index=True),
        sa.Column("receiver", sa.String, nullable=False),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.String, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.create_index("message_to_send", "message", ["status", "due_at"])
