"""What becomes of suggestions: identity, states, and what is sent."""

from feedback.freezing import frozen_body, idempotency_key
from feedback.identity import suggestion_id

__all__ = ["frozen_body", "idempotency_key", "suggestion_id"]
