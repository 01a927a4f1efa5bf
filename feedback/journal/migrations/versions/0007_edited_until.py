"""The day from which an edit no longer holds."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; edits of before hold until they are decided on."""
    op.add_column("suggestion", sa.Column("edited_until", sa.String))
