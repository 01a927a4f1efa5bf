"""HTTP with signatures by the Standard Webhooks specification (standardwebhooks.com)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation

import httpx
from standardwebhooks import Webhook as Signer

from feedback.journal import Message
from feedback.sending.destination import Answer, RefusedByReceiverError, UnreachableError

# Answers after which another attempt may succeed; every other 4xx is for good.
TRY_AGAIN = frozenset({408, 425, 429})


class Webhook:
    """Posts each message as it is; the key goes as ``webhook-id``, so a receiver takes a repeated one once.

    Parameters
    ----------
    url
        Where to post.
    secret
        The shared secret, ``whsec_`` and base64.
    clock
        The instant a signature carries.
    timeout
        Seconds to wait for an answer. Default 30.
    """

    def __init__(self, url: str, secret: str, clock: Callable[[], datetime], timeout: float = 30.0) -> None:
        self.url, self.clock, self.signer = url, clock, Signer(secret)
        # No proxies and no netrc from the environment: only what the deployment configured is spoken to.
        self.client = httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False)

    def deliver(self, message: Message) -> Answer:
        """Post the message; an answer in JSON with a `status` is the receiver's acknowledgement."""
        at = self.clock()
        headers = {
            "content-type": "application/json",
            "webhook-id": message.idempotency_key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self.signer.sign(message.idempotency_key, at, message.body.decode()),
        }
        try:
            response = self.client.post(self.url, content=message.body, headers=headers)
        except httpx.TransportError as error:
            raise UnreachableError(f"{type(error).__name__} at {self.url}: {error}") from error
        if response.is_success:
            return _answer(response)
        said = f"{self.url} answered {response.status_code}: {response.text[:200]}"
        if response.status_code in TRY_AGAIN or response.is_server_error:
            wait = response.headers.get("retry-after", "")
            raise UnreachableError(said, float(wait) if wait.isdigit() else 0.0)
        raise RefusedByReceiverError(said)


def _answer(response: httpx.Response) -> Answer:
    """What stands in the body, if it is an acknowledgement by `contracts/outbox/acknowledgement.yaml`."""
    if "json" not in response.headers.get("content-type", ""):
        return Answer()
    try:
        content = response.json()
    except ValueError:
        return Answer()
    status = content.get("status") if isinstance(content, dict) else None
    if status == "part_accepted":
        try:
            return Answer(True, Decimal(str(content["accepted_quantity"])))
        except (KeyError, InvalidOperation):
            return Answer(True)
    if status == "rejected":
        return Answer(True, Decimal(0))
    if status == "accepted":
        return Answer(True, "all")
    return Answer(status == "duplicate")
