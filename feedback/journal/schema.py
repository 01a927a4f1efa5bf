"""Tables of the journal. Quantities are decimals as text: SQLite has none, and a hash needs one spelling."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

metadata = MetaData()

# Grain: one event. Never changed or deleted, which triggers enforce; `hash` covers the row and the hash before it.
event = Table(
    "event",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("version", Integer),
    Column("payload", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("event_by_subject", "subject", "sequence"),
    Index("event_by_kind", "kind", "sequence"),
)

# Grain: one suggestion, as its events leave it; `sequence` is its last event.
suggestion = Table(
    "suggestion",
    metadata,
    Column("suggestion_id", String, primary_key=True),
    Column("action", String, nullable=False),
    Column("sku_id", String, nullable=False),
    Column("destination_id", String, nullable=False),
    Column("target", String),
    Column("generation", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("planned", String, nullable=False),
    Column("due", String),
    Column("facts", Text, nullable=False),
    Column("edited", String),
    Column("approved", String, nullable=False),
    Column("accepted", String),
    Column("seen", String, nullable=False),
    Column("received", String, nullable=False),
    Column("approvers", Text, nullable=False),
    Column("disputed", Boolean, nullable=False),
    Column("until", String),
    Column("edited_until", String),
    Column("changed_at", String, nullable=False),
    Column("sequence", BigInteger, nullable=False, index=True),
)

# Grain: one forecast override or policy entry that people decided, as its last event leaves it.
setting = Table(
    "setting",
    metadata,
    Column("subject", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)

# Grain: one message to one receiver, frozen at the approval (event `sequence`). Only how far it came ever changes.
message = Table(
    "message",
    metadata,
    Column("idempotency_key", String(64), primary_key=True),
    Column("suggestion_id", String, nullable=False, index=True),
    Column("receiver", String, nullable=False),
    Column("decision", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", String, nullable=False),
    Column("error", Text),
    Column("sequence", BigInteger, nullable=False),
    Column("batch", String(64)),
    Index("message_to_send", "status", "due_at"),
    Index("message_by_batch", "batch"),
)

# Grain: one file that several messages went in, as it was when it was first sent: it is never made anew.
batch = Table(
    "batch",
    metadata,
    Column("batch", String(64), primary_key=True),
    Column("name", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("manifest", LargeBinary, nullable=False),
)

# Grain: one rule for one member (a warehouse, a class of exceptions, … or "" for all), as its last reading left it.
# `before` is what stood before that reading: the same instant read again begins there, so nothing counts twice.
alert = Table(
    "alert",
    metadata,
    Column("rule", String, nullable=False),
    Column("member", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("metric", String, nullable=False),
    Column("title", String, nullable=False),
    Column("title_zh", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("is_upper", Boolean, nullable=False),
    Column("as_of", String, nullable=False),
    Column("value", Float),
    Column("money", String),
    Column("streak", Integer, nullable=False),
    Column("since", String),
    Column("told_at", String),
    Column("taken_by", String),
    Column("before", Text, nullable=False),
    PrimaryKeyConstraint("rule", "member"),
)

# Grain: one thing told of one alert by one way. Its id is made of what it tells, so it is told once.
notice = Table(
    "notice",
    metadata,
    Column("notice_id", String(64), primary_key=True),
    Column("rule", String, nullable=False),
    Column("member", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("as_of", String, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("status", String, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("due_at", String, nullable=False),
    Column("error", Text),
)

# Grain: one what-if that somebody asked for, and what came of it; `totals` and `moved` are JSON.
scenario = Table(
    "scenario",
    metadata,
    Column("scenario_id", String(32), primary_key=True),
    Column("title", String, nullable=False),
    Column("levers", Text, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_at", String, nullable=False, index=True),
    Column("status", String, nullable=False, index=True),
    Column("begun_at", String),
    Column("as_of", String),
    Column("totals", Text),
    Column("moved", Text),
    Column("error", Text),
)
