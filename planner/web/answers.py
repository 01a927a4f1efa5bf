"""Answers of the desk: JSON without a loss, and the headers that keep pages from running what is not ours."""

from __future__ import annotations

import json
import math
import secrets
from datetime import date, datetime
from decimal import Decimal

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What no answer of ours needs, no answer gets. The nonce lets the grid add its one style sheet.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Json(Response):
    """JSON: decimals and days as text, what is not finite as null."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return json.dumps(plain(content), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def plain(value: object) -> object:
    """`value` in what JSON has."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def new_nonce() -> str:
    """A word that is good for one page."""
    return secrets.token_urlsafe(18)


def policy(nonce: str | None = None) -> str:
    """The content security policy of a page."""
    return POLICY.format(nonce=f" 'nonce-{nonce}'" if nonce else "")


class GuardedHeaders:
    """Adds the headers to every answer; pages bring a policy of their own, with their nonce."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                wanted = HEADERS | {"content-security-policy": policy()}
                if not scope["path"].startswith("/static/"):
                    wanted["cache-control"] = "no-store"
                else:
                    wanted["cache-control"] = "no-cache"
                message["headers"] = [
                    *message["headers"],
                    *((name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in there),
                ]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
