"""What becomes of suggestions: identity, and in time the journal, the outbox and the acknowledgements."""

from feedback.identity import frozen_body, idempotency_key, suggestion_id

__all__ = ["frozen_body", "idempotency_key", "suggestion_id"]
