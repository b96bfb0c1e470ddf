"""The parts of sign-in that need no server: who a request is from, and what it is told."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.types import Message, Receive, Scope, Send

from core.models.access import SignInMethod
from core.settings import read_settings
from core.store.auth_file import read_auth_state
from core.web.auth import authenticator, request
from core.web.auth.authenticator import Authenticator
from core.web.auth.headers import APP_POLICY, source_hash
from core.web.auth.middleware import LOGIN_HEADER, AuthMiddleware
from core.web.auth.request import SESSION_COOKIE
from core.web.auth.sessions import IDLE_S, LONGEST_S, MOST, Sessions, digest_of
from core.web.auth.sign_in_page import preferred_language

SETTINGS = read_settings({})
RENDER = read_settings({"RENDER": "true"})
PASSWORD = {"APP_PASSWORD": "cavalo-bateria"}


def scope_of(headers: Iterable[tuple[str, str]] = (), **more: Any) -> Scope:
    found = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    plain = {"type": "http", "method": "GET", "path": "/", "headers": found, "client": ("10.0.0.7", 1)}
    return {**plain, **more}


def ask(
    scope: Scope, env: dict[str, str] | None = None, auth: Authenticator | None = None
) -> tuple[list[Scope], list[Message]]:
    """What reached the app, and what was answered."""
    reached: list[Scope] = []
    answers: list[Message] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        answers.append(message)

    asyncio.run(
        AuthMiddleware(app, authenticator=auth or Authenticator(read_settings(env or {})))(
            scope, receive, send
        )
    )
    return reached, answers


@pytest.mark.parametrize(
    ("accepted", "lang", "title"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR", "Este aplicativo ainda não tem senha"),
        ("en-US,en;q=0.9", "en", "This app has no password yet"),
        ("es-419,es;q=0.9,en;q=0.8", "es", "Esta aplicación aún no tiene contraseña"),
        ("", "pt-BR", "Este aplicativo ainda não tem senha"),
    ],
)
def test_a_stranger_is_told_how_to_set_a_password(accepted: str, lang: str, title: str) -> None:
    """In a page of its own in the browser's language, which loads nothing and runs nothing."""
    scope = scope_of([("Accept", "text/html"), ("Accept-Language", accepted), ("Host", "x.test")])
    reached, (head, body) = ask(scope)
    assert not reached
    assert head["status"] == 403
    text = body["body"].decode()
    assert title in text
    assert f'lang="{lang}"' in text
    assert "APP_PASSWORD" in text
    assert not re.search(r'<script|https?://|src=(?!"data:)|url\(', text)
    policy = dict(head["headers"])[b"content-security-policy"].decode()
    assert policy.startswith("default-src 'none'")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    assert source_hash(style[1]) in policy


@pytest.mark.parametrize(
    "path", ["/login", "/logout", "/favicon.ico", "/login/source-sans.woff2", "/login/oidc"]
)
def test_without_a_password_strangers_have_no_sign_in_either(path: str) -> None:
    """There is nothing to sign in to."""
    assert ask(scope_of(path=path))[1][0]["status"] == 403


@pytest.mark.parametrize("path", ["/login/oidc", "/login/callback"])
def test_the_providers_addresses_are_closed_without_a_provider(path: str) -> None:
    """They exist only when one is set up."""
    assert not ask(scope_of(path=path), PASSWORD)[0]


def test_with_a_password_this_machine_has_to_sign_in_too() -> None:
    """A proxy on this machine, or another user of it, is local as well."""
    scope = scope_of([("Host", "localhost")], client=("127.0.0.1", 1))
    reached, (head, _) = ask(scope, PASSWORD)
    assert not reached
    assert head["status"] == 401


@pytest.mark.parametrize("env", [{}, PASSWORD])
def test_a_login_that_a_visitor_claims_is_removed(env: dict[str, str]) -> None:
    """Open paths too: Streamlit believes that header."""
    claimed = [("X-Login-Id", "somebody"), ("x-login-id", "local"), ("Host", "localhost")]
    (reached,), _ = ask(scope_of(claimed, path="/healthz"), env)
    assert LOGIN_HEADER not in dict(reached["headers"])
    assert not ask(scope_of(claimed, client=("127.0.0.1", 1)))[0]


@pytest.mark.parametrize("env", [{}, PASSWORD])
def test_pages_are_told_the_login_of_the_cookie_and_no_other(env: dict[str, str]) -> None:
    """Whatever name the visitor claims beside it."""
    auth = Authenticator(read_settings(env))
    token = auth.sessions.open(SignInMethod.PASSWORD if env else SignInMethod.LINK, who="", address="?")
    claimed = [("X-Login-Id", "somebody"), ("Host", "localhost"), ("Cookie", f"{SESSION_COOKIE}={token}")]
    (reached,), _ = ask(scope_of(claimed, client=("127.0.0.1", 1)), auth=auth)
    expected = digest_of(token)[:32].encode()
    assert [value for name, value in reached["headers"] if name == LOGIN_HEADER] == [expected]


@pytest.mark.parametrize(
    ("headers", "settings", "expected"),
    [
        ([], SETTINGS, "10.0.0.7"),
        ([("CF-Connecting-IP", "203.0.113.9")], SETTINGS, "10.0.0.7"),
        ([("CF-Connecting-IP", "203.0.113.9")], RENDER, "203.0.113.9"),
        ([("CF-Connecting-IP", "2001:db8::1")], RENDER, "2001:db8::1"),
        ([("CF-Connecting-IP", "::ffff:203.0.113.9")], RENDER, "203.0.113.9"),
        ([("CF-Connecting-IP", "x' OR 1=1")], RENDER, "10.0.0.7"),
        ([("X-Forwarded-For", "203.0.113.9")], RENDER, "10.0.0.7"),
        ([], RENDER, "10.0.0.7"),
    ],
)
def test_whose_address_it_is(headers: list[tuple[str, str]], settings: Any, expected: str) -> None:
    """The edge's header counts on Render only; whatever it holds, an address comes out."""
    assert request.address(scope_of(headers), settings) == expected
    assert request.address(scope_of([], client=None), SETTINGS) == "?"


def test_a_line_is_one_client_whatever_address_of_it_is_used() -> None:
    """IPv6 hands out 2^64 addresses to each."""
    assert request.lockout_key("2001:db8:1:2:3:4:5:6") == request.lockout_key("2001:db8:1:2::9")
    assert request.lockout_key("2001:db8:1:2::9") != request.lockout_key("2001:db8:1:3::9")
    assert [request.lockout_key(each) for each in ("203.0.113.9", "?")] == ["203.0.113.9", "?"]


@pytest.mark.parametrize(
    ("headers", "settings", "expected"),
    [
        ([], SETTINGS, False),
        ([("X-Forwarded-Proto", "https")], SETTINGS, False),
        ([("X-Forwarded-Proto", "https")], RENDER, True),
        ([("X-Forwarded-Proto", "https, http")], RENDER, True),
        ([("X-Forwarded-Proto", "http")], RENDER, False),
    ],
)
def test_whether_it_came_by_https(headers: list[tuple[str, str]], settings: Any, *, expected: bool) -> None:
    """The server's own word counts, and the edge's on Render."""
    assert request.is_secure(scope_of(headers), settings) is expected
    assert request.is_secure(scope_of(scheme="https"), SETTINGS)
    assert request.is_secure(scope_of(scheme="wss"), SETTINGS)


@pytest.mark.parametrize(
    ("accepted", "chosen", "language"),
    [
        ("pt", "", "pt_BR"),
        ("en;q=0.5,pt;q=0.4", "", "en"),
        ("es-MX,es;q=0.9,en-US;q=0.8", "", "es"),
        ("en;q=0.8,es-AR;q=0.9", "", "es"),
        ("est,eo", "", "pt_BR"),
        ("fr,de", "", "pt_BR"),
        ("en;q=0,pt;q=0.1", "", "pt_BR"),
        ("en;q=nonsense", "", "pt_BR"),
        ("en", "pt_BR", "pt_BR"),
        ("pt", "en", "en"),
        ("pt", "es", "es"),
        ("en", "../../etc", "en"),
        (";;;,,,q=" * 500, "", "pt_BR"),
    ],
)
def test_the_language_of_somebody_unknown(accepted: str, chosen: str, language: str) -> None:
    """What was chosen on the page, else the browser's best that we have, else the app's."""
    assert preferred_language(accepted, "pt_BR", chosen) == language


def test_the_policy_allows_what_stands_in_streamlits_page() -> None:
    """Its one inline script, by its content: another version of it would show up here."""
    index = Path(streamlit.__file__).with_name("static") / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", index.read_text(), re.DOTALL)
    assert scripts
    assert all(source_hash(script) in APP_POLICY for script in scripts)
    assert "unsafe-eval" not in APP_POLICY.replace("wasm-unsafe-eval", "")
    assert "unsafe-inline" not in APP_POLICY.partition("style-src")[0]


class Clock:
    """Time that a test moves."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_sign_in_ends_after_twelve_idle_hours_and_after_seven_days() -> None:
    """Using it prolongs the one and not the other."""
    clock = Clock()
    sessions = Sessions(clock=clock)
    token = sessions.open(SignInMethod.PASSWORD, who="", address="?")
    idle = sessions.open(SignInMethod.PASSWORD, who="", address="?")
    for _ in range(int(LONGEST_S / IDLE_S * 2) - 1):
        clock.now += IDLE_S / 2
        assert sessions.find(token)
    assert sessions.find(idle) is None
    clock.now += IDLE_S / 2
    assert sessions.find(token) is None
    sessions.sweep()
    assert sessions.all() == ()


def test_sign_ins_are_bounded() -> None:
    """Beyond a thousand the one unused longest ends."""
    clock = Clock()
    sessions = Sessions(clock=clock)
    first, second = (sessions.open(SignInMethod.PASSWORD, who="", address="?") for _ in range(2))
    clock.now += 100
    assert sessions.find(first)
    for _ in range(MOST - 1):
        sessions.open(SignInMethod.PASSWORD, who="", address="?")
    assert sessions.find(second) is None
    assert sessions.find(first)
    assert len(sessions.all()) == MOST


@pytest.mark.parametrize("token", ["", "x", "x" * 65, "x" * 100_000, "é", "\ud800"])
def test_what_is_no_cookie_of_ours_finds_nothing(token: str) -> None:
    """Whatever it is, it raises nothing."""
    assert Sessions().find(token) is None


def test_two_processes_on_one_disk_agree(tmp_path: Path) -> None:
    """An overlapping deploy: a sign-in here counts there, and a sign-out there counts here."""
    settings = replace(read_settings(PASSWORD), auth_dir=tmp_path)

    async def run() -> None:
        here, there = Authenticator(settings), Authenticator(settings)
        here.prepare()
        await here.save()
        there.prepare()
        token = await here.sign_in(SignInMethod.PASSWORD, who="", address="?")
        other = await here.sign_in(SignInMethod.PASSWORD, who="", address="?")
        await there.save()
        found = there.sessions.find(token)
        assert found is not None
        await there.sign_out(found)
        await here.save()
        assert here.sessions.find(token) is None
        assert here.sessions.find(other)
        await there.sign_out_everywhere()
        await here.save()
        assert here.sessions.find(other) is None
        assert await here.sign_in(SignInMethod.PASSWORD, who="", address="?")
        stored = read_auth_state(tmp_path)
        assert stored is not None
        assert len(stored.sessions) == 1

    asyncio.run(run())


def test_a_socket_is_closed_when_its_sign_in_ends(tmp_path: Path) -> None:
    """Only its own, once, and nothing is kept of sockets that ended by themselves."""
    settings = replace(read_settings(PASSWORD), auth_dir=tmp_path)
    closed: list[str] = []

    async def run() -> None:
        auth = Authenticator(settings)
        auth.prepare()
        one = auth.sessions.find(await auth.sign_in(SignInMethod.PASSWORD, who="", address="?"))
        other = auth.sessions.find(await auth.sign_in(SignInMethod.PASSWORD, who="", address="?"))
        assert one
        assert other
        auth.on_end(one, lambda: closed.append("one"))
        auth.on_end(other, lambda: closed.append("other"))
        auth.on_end(one, lambda: closed.append("gone"))()
        await auth.sign_out(one)
        assert closed == ["one"]

    asyncio.run(run())


def test_a_disk_that_hangs_does_not_hold_up_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sign-in opens from memory within seconds, and signing in does not wait for the disk either."""
    monkeypatch.setattr(authenticator, "_READ_WITHIN_S", 0.1)
    monkeypatch.setattr(authenticator, "_SAVE_WITHIN_S", 0.1)
    released = threading.Event()
    monkeypatch.setattr(authenticator, "read_auth_state", lambda _: released.wait(20) and None)
    monkeypatch.setattr(authenticator, "stamp", lambda _: (1, 1) if released.wait(20) else (0, 0))

    async def run() -> None:
        auth = Authenticator(replace(read_settings(PASSWORD), auth_dir=tmp_path))
        begin = time.monotonic()
        await asyncio.to_thread(auth.prepare)
        token = await auth.sign_in(SignInMethod.PASSWORD, who="", address="?")
        assert time.monotonic() - begin < 5
        assert auth.sessions.find(token)
        released.set()

    asyncio.run(run())
