"""An index: sightings and scores are read in every run, and are few among the events."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the index."""
    op.create_index("event_by_kind", "event", ["kind", "sequence"])
