"""The journal of decisions: append-only, hash-chained, in SQLite or PostgreSQL."""

from feedback.journal.audit import Broken, verify
from feedback.journal.journal import Journal, Message, Standing
from feedback.journal.overrides import overrides_known
from feedback.journal.rows import Head
from feedback.journal.store import open_store

__all__ = ["Broken", "Head", "Journal", "Message", "Standing", "open_store", "overrides_known", "verify"]
