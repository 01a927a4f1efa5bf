"""Who somebody is by an OpenID Connect provider: authorization code with PKCE; the ID token is checked here.

OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; RFC 7636 for PKCE.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

# No algorithm without a key pair: one that both sides know would let every holder of the secret make tokens.
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
LEEWAY = 60
# Keys and addresses are asked for again after an hour, and keys at once where a token names one that is not known.
FRESH_SECONDS = 3600.0
ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class OidcError(Exception):
    """The provider does not say who this is; the message tells why."""


@dataclass(frozen=True)
class Try:
    """One signing in that was begun: kept by the browser, compared when it comes back."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Try:
        """Three words that nobody guesses."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @classmethod
    def read(cls, told: str | None) -> Try | None:
        """From the browser's cookie; None if it holds none."""
        parts = (told or "").split("!")
        return cls(*parts) if len(parts) == 3 and all(parts) else None

    def spelt(self) -> str:
        """For the browser's cookie."""
        return f"{self.state}!{self.nonce}!{self.verifier}"


class Provider:
    """One OpenID Connect provider.

    Parameters
    ----------
    issuer
        As its discovery document says, without a trailing path of the document itself.
    client_id, client_secret
        How this desk is known there; without a secret it is a public client.
    claim
        What in the ID token names the account of the desk. An ``email`` counts only where it is verified.
    now
        The clock that tokens are checked by.
    timeout
        Seconds to wait for its answers. Default 10.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        claim: str,
        now: Callable[[], datetime],
        timeout: float = 10.0,
    ) -> None:
        self.issuer, self.client_id, self.client_secret, self.claim, self.now = (
            issuer.rstrip("/"), client_id, client_secret, claim, now,
        )  # fmt: skip
        self._client = httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False)
        self._lock = threading.Lock()
        self._known: tuple[float, dict[str, str]] | None = None
        self._keys: KeySet | None = None

    def address(self, begun: Try, back: str) -> str:
        """Where a browser goes to say who it is; it comes back to `back`.

        Raises
        ------
        OidcError
            If the provider does not answer.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        words = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": back, "scope": "openid email profile",
            "state": begun.state, "nonce": begun.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self._documented()['authorization_endpoint']}?{urlencode(words)}"

    def name_of(self, code: str, begun: Try, back: str) -> str:
        """The account's name of whoever came back with `code`.

        Raises
        ------
        OidcError
            If the provider refuses the code, or its token is not for this signing in.
        """
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": begun.verifier,
            "client_id": self.client_id,
        }  # fmt: skip
        signed = None if self.client_secret is None else (self.client_id, self.client_secret)
        answer = self._asked("POST", self._documented()["token_endpoint"], data=form, auth=signed)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcError("the provider gave no ID token; is the scope openid allowed to this client?")
        claims = self._checked(token, begun.nonce)
        name = claims.get(self.claim)
        if not isinstance(name, str) or not name:
            raise OidcError(f"the ID token has no claim {self.claim!r}; it has {', '.join(sorted(claims))}")
        if self.claim == "email" and claims.get("email_verified") is not True:
            raise OidcError("the provider has not verified this address of mail")
        return name

    def _checked(self, token: str, nonce: str) -> Mapping[str, object]:
        registry = jwt.JWTClaimsRegistry(
            now=int(self.now().timestamp()), leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer}, aud={"essential": True, "value": self.client_id},
            nonce={"essential": True, "value": nonce}, exp={"essential": True}, iat={"essential": True},
            sub={"essential": True}, azp={"value": self.client_id},
        )  # fmt: skip
        try:
            claims = self._decoded(token).claims
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise OidcError(f"the ID token is not good: {error}") from error
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        """Checks the signature; a key that is not known may be new."""
        try:
            return jwt.decode(token, self._known_keys(anew=False), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return jwt.decode(token, self._known_keys(anew=True), algorithms=ALGORITHMS)

    def _known_keys(self, anew: bool) -> KeySet:
        address = self._documented()["jwks_uri"]
        keys = self._keys
        if anew or keys is None:
            try:
                keys = self._keys = KeySet.import_key_set(self._asked("GET", address))
            except (KeyError, TypeError) as error:
                raise OidcError(f"there is no set of keys at {address}") from error
        return keys

    def _documented(self) -> dict[str, str]:
        """Its addresses, by its discovery document."""
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > FRESH_SECONDS:
                told = self._asked("GET", f"{self.issuer}/.well-known/openid-configuration")
                if str(told.get("issuer", "")).rstrip("/") != self.issuer:
                    raise OidcError(f"{self.issuer} says that it is {told.get('issuer')!r}")
                if missing := [name for name in ADDRESSES if not isinstance(told.get(name), str)]:
                    raise OidcError(f"{self.issuer} names no {missing[0]}")
                self._known, self._keys = (time.monotonic(), told), None
            return self._known[1]

    def _asked(self, method: str, address: str, **content: object) -> dict:
        try:
            answer = self._client.request(method, address, **content)
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise OidcError(f"the provider does not answer as one ({type(error).__name__} at {address})") from error
        if not answer.is_success or not isinstance(told, dict):
            why = told.get("error_description") or told.get("error") if isinstance(told, dict) else ""
            raise OidcError(f"the provider answered {answer.status_code} at {address}: {why}")
        return told
