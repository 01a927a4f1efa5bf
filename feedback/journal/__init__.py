"""The journal of decisions: append-only, hash-chained, in SQLite or PostgreSQL."""

from feedback.journal.audit import Broken, verify
from feedback.journal.changes import Changes, changes_since
from feedback.journal.journal import Journal, Message, Standing
from feedback.journal.overrides import overrides_known
from feedback.journal.past import events_before, states_before
from feedback.journal.rows import Head
from feedback.journal.store import open_store

__all__ = [
    "Broken",
    "Changes",
    "Head",
    "Journal",
    "Message",
    "Standing",
    "changes_since",
    "events_before",
    "open_store",
    "overrides_known",
    "states_before",
    "verify",
]
