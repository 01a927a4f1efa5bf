"""Signing in by OpenID Connect, against a provider that runs as a process of its own."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from desk_people import PASSWORD, Browser
from joserfc import jwt

from pipelines.oidc_settings import load_provider
from pipelines.settings import SettingsError
from planner.access.oidc import OidcError, Provider, Try
from planner.application import make_application
from planner.web.desk import Desk

PEOPLE = (
    {"sub": "1", "email": "planner", "email_verified": True}, {"sub": "2", "email": "approver"},
    {"sub": "3", "email": "nobody", "email_verified": True}, {"sub": "4", "email": "new", "email_verified": True},
)  # fmt: skip


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider with four people: one of the desk, one whose address it has not verified, a stranger, a newcomer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    claims = [word for person in PEOPLE for word in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "--require-nonce", *claims],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    while True:
        try:
            httpx.get(f"{address}/.well-known/openid-configuration", trust_env=False)
            break
        except httpx.TransportError:
            assert process.poll() is None
            time.sleep(0.05)
    yield address
    process.terminate()
    process.wait()


@pytest.fixture
def provider(issuer: str) -> Provider:
    return Provider(issuer, "desk", "a secret", "email", lambda: datetime.now(UTC))


@pytest.fixture
def visitor(desk: Desk, provider: Provider) -> Callable[[], Browser]:
    desk.provider = provider
    return lambda: Browser(make_application(desk, ["desk.test"]), base_url="http://desk.test")


def at_the_provider(leading: str, sub: str) -> str:
    """Says who one is there; returns the address that the browser is sent back to."""
    answer = httpx.post(leading, data={"sub": sub}, trust_env=False)
    return answer.headers["location"]


def signed_in(visitor: Browser, sub: str) -> httpx.Response:
    out = visitor.get("/oidc/begin", follow_redirects=False)
    return visitor.get(at_the_provider(out.headers["location"], sub))


def test_who_the_provider_names_is_signed_in_with_the_roles_of_their_account(visitor, desk) -> None:
    someone = visitor()
    assert "/oidc/begin" in someone.get("/login").text
    page = signed_in(someone, "1")
    assert page.status_code == 200 and 'http-equiv="refresh"' in page.text
    assert "samesite=strict" in page.headers["set-cookie"].lower()
    assert someone.ask("worklist").status_code == 200
    assert someone.ask("people").status_code == 403
    assert "desk_oidc" not in someone.cookies and desk.refusals.last() != []


@pytest.mark.parametrize(("sub", "why"), [("2", "has not verified"), ("3", "'nobody' has no account here")])
def test_who_is_not_of_the_desk_or_not_verified_is_refused_on_record(visitor, desk, sub, why) -> None:
    someone = visitor()
    answer = signed_in(someone, sub)
    assert answer.status_code == 401 and why.replace("'", "&#39;") in answer.text
    assert why in desk.refusals.last()[0]["why"] and someone.ask("worklist").status_code == 401


def test_a_first_password_is_worth_nothing_once_the_provider_vouches(visitor, desk) -> None:
    desk.accounts.add("new", PASSWORD, frozenset({"planner"}), "*", desk.now())
    someone = visitor()
    signed_in(someone, "4")
    assert someone.ask("worklist").status_code == 200
    assert not desk.accounts.verified("new", PASSWORD)


def test_a_code_is_good_for_the_browser_that_began_and_once(visitor) -> None:
    victim, thief = visitor(), visitor()
    back = at_the_provider(victim.get("/oidc/begin", follow_redirects=False).headers["location"], "1")
    thief.get("/oidc/begin", follow_redirects=False)
    assert thief.get(back).status_code == 401, "another browser began something else"
    assert visitor().get(back).status_code == 401, "this one began nothing"
    assert victim.get(back).status_code == 200
    victim.cookies.clear()
    assert victim.get(back).status_code == 401


def test_what_the_browser_brings_back_changed_opens_nothing(visitor) -> None:
    for change in ({"code": "x"}, {"state": "x"}, {"error": "access_denied", "code": None}):
        someone = visitor()
        back = urlsplit(at_the_provider(someone.get("/oidc/begin", follow_redirects=False).headers["location"], "1"))
        words = {name: values[0] for name, values in parse_qs(back.query).items()} | change
        told = {name: value for name, value in words.items() if value is not None}
        assert someone.get("/oidc/back", params=told).status_code == 401, change
        assert someone.ask("worklist").status_code == 401


def test_a_token_of_another_nonce_client_or_hour_is_not_taken(issuer, provider) -> None:
    back = "http://desk.test/oidc/back"

    def code_of(one: Provider, begun: Try) -> str:
        return parse_qs(urlsplit(at_the_provider(one.address(begun, back), "1")).query)["code"][0]

    begun = Try.new()
    with pytest.raises(OidcError, match="nonce"):
        provider.name_of(code_of(provider, begun), replace(begun, nonce="x"), back)
    with pytest.raises(OidcError, match="answered 400"):
        provider.name_of("no code", begun, back)
    stranger = Provider(issuer, "another", "s", "email", lambda: datetime.now(UTC))
    with pytest.raises(OidcError, match="answered 40"):
        stranger.name_of(code_of(provider, begun), begun, back)
    late = Provider(issuer, "desk", "s", "email", lambda: datetime.now(UTC) + timedelta(days=2))
    begun = Try.new()
    with pytest.raises(OidcError, match="exp"):
        late.name_of(code_of(late, begun), begun, back)
    other = Provider(f"{issuer}/other", "desk", None, "email", lambda: datetime.now(UTC))
    with pytest.raises(OidcError, match=r"answered 404|does not answer"):
        other.address(Try.new(), back)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "names no authorization_endpoint"),
        ({"authorization_endpoint": "a", "token_endpoint": 7, "jwks_uri": "k"}, "names no token_endpoint"),
    ],
)  # fmt: skip
def test_a_provider_that_does_not_say_where_it_answers_is_refused_in_words(provider, monkeypatch, told, why) -> None:
    monkeypatch.setattr(provider, "_asked", lambda *asked, **content: {"issuer": provider.issuer} | told)
    with pytest.raises(OidcError, match=why):
        provider.address(Try.new(), "http://desk.test/oidc/back")


def test_a_token_made_for_another_client_of_the_provider_is_not_taken(provider, monkeypatch) -> None:
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": provider.issuer, "aud": ["desk", "shop"], "azp": "shop", "nonce": "n", "exp": now + 60, "iat": now,
        "sub": "1",
    }  # fmt: skip
    monkeypatch.setattr(provider, "_decoded", lambda token: jwt.Token({}, claims))
    with pytest.raises(OidcError, match="azp"):
        provider._checked("", "n")
    claims["azp"] = "desk"
    assert provider._checked("", "n")["sub"] == "1"


def test_without_a_provider_there_is_no_such_address(browser) -> None:
    assert browser().get("/oidc/begin").status_code == 404
    assert "/oidc/begin" not in browser().get("/login").text


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ('issuer = "http://evil.test"\nclient_id = "x"', "issuer"), ('client_id = "x"', "key 'issuer' is missing"),
        ('issuer = "https://a.test"\nclient_id = "x"\nsecret = "y"', "unknown key 'secret'"),
        ('issuer = "https://a.test"\nclient_id = "x"\nclient_secret_variable = "NOT_SET"', "set NOT_SET"),
        ("issuer", "cannot be read as TOML"),
    ],
)  # fmt: skip
def test_a_file_that_names_no_provider_is_explained(tmp_path, told, why) -> None:
    (tmp_path / "oidc.toml").write_text(told)
    with pytest.raises(SettingsError, match=r"oidc\.toml") as error:
        load_provider(tmp_path / "oidc.toml", lambda: datetime.now(UTC))
    assert why in str(error.value)
