"""The journal of decisions: append-only, hash-chained, in SQLite or PostgreSQL."""

from feedback.journal.audit import Broken, verify
from feedback.journal.changes import Changes, changes_since
from feedback.journal.dead_letters import dead_letters, give_up, revive
from feedback.journal.frozen import Message
from feedback.journal.journal import Journal, Standing
from feedback.journal.on_the_way import (
    message_counts,
    record_answers,
    record_sent,
    sent_message,
    waiting_messages,
)
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
    "dead_letters",
    "events_before",
    "give_up",
    "message_counts",
    "open_store",
    "overrides_known",
    "record_answers",
    "record_sent",
    "revive",
    "sent_message",
    "states_before",
    "verify",
    "waiting_messages",
]
