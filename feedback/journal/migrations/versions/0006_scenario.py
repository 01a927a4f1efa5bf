"""Scenarios: what somebody asked "what if" of the plan, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "scenario",
        sa.Column("scenario_id", sa.String(32), primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("levers", sa.Text, nullable=False),
        sa.Column("asked_by", sa.String, nullable=False),
        sa.Column("asked_at", sa.String, nullable=False, index=True),
        sa.Column("status", sa.String, nullable=False, index=True),
        sa.Column("begun_at", sa.String),
        sa.Column("as_of", sa.String),
        sa.Column("totals", sa.Text),
        sa.Column("moved", sa.Text),
        sa.Column("error", sa.Text),
    )
