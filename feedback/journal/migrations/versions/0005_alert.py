"""Alerts: where each stands, and what is told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert",
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("member", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("metric", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("title_zh", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("is_upper", sa.Boolean, nullable=False),
        sa.Column("as_of", sa.String, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("money", sa.String),
        sa.Column("streak", sa.Integer, nullable=False),
        sa.Column("since", sa.String),
        sa.Column("told_at", sa.String),
        sa.Column("taken_by", sa.String),
        sa.Column("before", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("rule", "member"),
    )
    op.create_table(
        "notice",
        sa.Column("notice_id", sa.String(64), primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("member", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("as_of", sa.String, nullable=False, index=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("status", sa.String, nullable=False, index=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.String, nullable=False),
        sa.Column("error", sa.Text),
    )
