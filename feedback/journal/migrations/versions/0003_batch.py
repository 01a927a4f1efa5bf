"""Batches: messages that go together in one file, and the file as it was first sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table, and the mark on the messages."""
    op.create_table(
        "batch",
        sa.Column("batch", sa.String(64), primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
    )
    op.add_column("message", sa.Column("batch", sa.String(64)))
    op.create_index("message_by_batch", "message", ["batch"])
