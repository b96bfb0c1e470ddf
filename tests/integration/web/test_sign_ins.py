"""Sign-ins as they begin, end, outlive the process, and never mix."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from core.web.auth.lockout import FREE_TRIES
from core.web.auth.sessions import digest_of
from tests.conftest import StartApp
from tests.integration.web.conftest import Starts
from tests.support.app_process import AppProcess
from tests.support.live_page import draw, live_page
from tests.support.polling import eventually
from tests.support.signing_in import (
    FORM_TYPE,
    PASSWORD,
    SESSION,
    browser,
    fields,
    held,
    signed_in,
    try_password,
)

OTHER = "outra-senha-bem-longa"
SIGNED_OUT = 4401


def is_in(app: AppProcess, token: str) -> bool:
    """Whether that cookie lets in."""
    with browser(app.url) as client:
        return client.get("/api/instances", headers={"Cookie": f"{SESSION}={token}"}).status_code == 200


def closed_with(connection: ClientConnection, *, timeout: float = 5.0) -> int:
    """The code that the server closes the socket with."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            connection.recv(timeout=timeout)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0
    raise AssertionError("still open")


def test_signing_out_closes_what_is_open_at_once(app: AppProcess) -> None:
    """The sockets of that sign-in end within moments, its cookie is worth nothing; another one goes on."""
    with signed_in(app.url) as one, signed_in(app.url) as other:
        mine, theirs = held(one), held(other)
        with live_page(app.url, mine) as page, live_page(app.url, theirs) as stays:
            draw(page)
            draw(stays)
            begin = time.monotonic()
            assert one.post("/logout").headers["location"] == "/login?out"
            assert closed_with(page) == SIGNED_OUT
            assert time.monotonic() - begin < 2
            draw(stays)
        assert (is_in(app, mine), is_in(app, theirs)) == (False, True)
        with pytest.raises(InvalidStatus, match="403"), live_page(app.url, mine):
            pass


def test_signing_out_everywhere_ends_all(starts: Starts) -> None:
    """Every cookie and every socket, not only one's own."""
    app = starts()
    with signed_in(app.url) as one, signed_in(app.url) as other:
        with live_page(app.url, held(other)) as page:
            draw(page)
            one.post("/logout", data={"everywhere": "1"})
            assert closed_with(page) == SIGNED_OUT
        assert not is_in(app, held(one) or "x")
        assert not is_in(app, held(other))
    with signed_in(app.url) as again:
        assert is_in(app, held(again))


def test_another_site_cannot_sign_anybody_out(app: AppProcess) -> None:
    """A form on a foreign page gets the question, not the deed."""
    with signed_in(app.url) as person:
        for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
            assert person.post("/logout", headers=headers).status_code == 200
        assert is_in(app, held(person))


def test_what_outlives_a_restart(app_process: StartApp) -> None:
    """A sign-in does; one that was ended stays ended; a lock-out lasts; also when the process was killed."""
    app = app_process(password=PASSWORD)
    app.wait_healthy()
    with signed_in(app.url) as stays, signed_in(app.url) as leaves:
        kept, ended = held(stays), held(leaves)
        leaves.post("/logout")
    with browser(app.url) as guesser:
        for _ in range(FREE_TRIES):
            assert try_password(guesser, "nao e esta senha").status_code == 401
        locked = try_password(guesser, PASSWORD)
        assert locked.status_code == 429
        assert 0 < int(locked.headers["Retry-After"]) <= 30
    eventually(
        lambda: b'"failures":5' in (app.auth_dir / "door.json").read_bytes(), timeout=5, seen=app.log_text
    )
    app.kill()
    again = app_process(auth_dir=app.auth_dir, password=PASSWORD)
    again.wait_healthy()
    assert (is_in(again, kept), is_in(again, ended)) == (True, False)
    with browser(again.url) as guesser:
        assert try_password(guesser, PASSWORD).status_code == 429


def test_another_password_ends_all_sign_ins(app_process: StartApp) -> None:
    """Nobody who came in with the old one is still in, also not when the old one comes back."""
    app = app_process(password=PASSWORD)
    app.wait_healthy()
    with signed_in(app.url) as person:
        token = held(person)
    app.terminate()
    changed = app_process(auth_dir=app.auth_dir, password=OTHER)
    changed.wait_healthy()
    assert not is_in(changed, token)
    with browser(changed.url) as client:
        assert try_password(client, PASSWORD).status_code == 401
        assert try_password(client, OTHER).status_code == 303
    changed.terminate()
    back = app_process(auth_dir=app.auth_dir, password=PASSWORD)
    back.wait_healthy()
    assert not is_in(back, token)


@pytest.mark.parametrize("content", [b"", b"{", b'{"version":1}', b"\0" * 64, b'{"version":1,"salt":5}'])
def test_a_damaged_file_locks_nobody_in_or_out(app_process: StartApp, tmp_path: Path, content: bytes) -> None:
    """It is set aside, everybody signs in anew, and without a sign-in all stays closed."""
    auth_dir = tmp_path / "auth"
    auth_dir.mkdir()
    (auth_dir / "door.json").write_bytes(content)
    app = app_process(auth_dir=auth_dir, password=PASSWORD)
    app.wait_healthy()
    with signed_in(app.url) as person:
        assert is_in(app, held(person))
    assert not is_in(app, "x")
    eventually(lambda: list(auth_dir.glob("door.json.corrupt-*")), timeout=5, seen=app.log_text)
    assert json.loads((auth_dir / "door.json").read_bytes())["version"] == 1


def test_sign_in_works_on_a_disk_that_cannot_be_written(app_process: StartApp, tmp_path: Path) -> None:
    """AUTH_DIR is a file: signing in works from memory, the log says so, and others stay outside."""
    (tmp_path / "file").write_text("")
    app = app_process(auth_dir=tmp_path / "file", password=PASSWORD)
    app.wait_healthy()
    with signed_in(app.url) as person:
        assert is_in(app, held(person))
        assert person.post("/logout").status_code == 303
        assert not is_in(app, held(person) or "x")
    assert "sign-ins are kept in memory only" in app.log_text()


def test_no_sign_in_goes_on_with_the_page_of_another(app: AppProcess) -> None:
    """Its own session resumes; another that knows the id, or claims the login by a header, gets a new one."""
    with signed_in(app.url) as one, signed_in(app.url) as other:
        mine, theirs = held(one), held(other)
        with live_page(app.url, mine) as page:
            session = draw(page)
        with live_page(app.url, theirs, resume=session) as thief:
            assert draw(thief) != session
        pretend = {"X-Login-Id": digest_of(mine)[:32]}
        with live_page(app.url, theirs, resume=session, headers=pretend) as thief:
            assert draw(thief) != session
        with live_page(app.url, mine, resume=session) as page:
            assert draw(page) == session


@contextmanager
def _form(app: AppProcess) -> Iterator[tuple[httpx2.Client, dict[str, str]]]:
    with browser(app.url) as client:
        yield client, fields(client.get("/login").text)


Form = Callable[[httpx2.Client, dict[str, str]], httpx2.Response]


@pytest.mark.parametrize(
    "post",
    [
        lambda client, form: client.post("/login", data={"password": PASSWORD}),
        lambda client, form: client.post("/login", data={**form, "password": PASSWORD, "token": "x" * 40}),
        lambda client, form: client.post(
            "/login", data={**form, "password": PASSWORD}, headers={"Origin": "https://evil.test"}
        ),
        lambda client, form: client.post(
            "/login", data={**form, "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
        ),
        lambda client, form: client.post(
            "/login", data={**form, "password": PASSWORD}, headers={"Cookie": "wa_form=other"}
        ),
        lambda client, form: client.post(
            "/login", data={**form, "password": PASSWORD}, headers={"Cookie": "wa_form="}
        ),
    ],
)
def test_only_our_own_form_signs_in(app: AppProcess, post: Form) -> None:
    """The right password in a form that is not ours, or from another site, opens nothing."""
    with _form(app) as (client, form):
        answer = post(client, form)
        assert answer.status_code == 403
        assert not held(client)


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/messages?id=a&x=1", "/messages?id=a&x=1"),
        ("//evil.test", "/"),
        ("https://evil.test", "/"),
        ("/\\evil.test", "/"),
        ("\\\\evil.test", "/"),
        ("/%09/evil.test", "/%09/evil.test"),
        ("/\t/evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("/logout", "/"),
        ("/login?next=/login", "/"),
        ("", "/"),
        ("/é", "/"),
        ("/" + "a" * 3_000, "/"),
    ],
)
def test_signing_in_never_leads_to_another_site(app: AppProcess, wanted: str, leads: str) -> None:
    """Whatever the address of the sign-in page asks for, and whatever the form was changed to."""
    with browser(app.url) as client:
        form = fields(client.get("/login", params={"next": wanted}).text)
        assert form["next"] == leads
        answer = client.post("/login", data={**form, "next": wanted, "password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, leads)


@pytest.mark.parametrize(
    ("pressed", "wanted", "leads"),
    [
        ("en", "/messages?id=a", "/messages?id=a&language=English"),
        ("en", "/", "/?language=English"),
        ("pt_BR", "/?language=English", "/"),
        ("../x", "/?language=English", "/?language=English"),
    ],
)
def test_a_language_pressed_at_the_door_is_that_of_the_app(
    app: AppProcess, pressed: str, wanted: str, leads: str
) -> None:
    """It also stays after a wrong password, and is forgotten once the visitor is in."""
    with browser(app.url, **{"Accept-Language": "pt-BR"}) as client:
        client.get("/login", params={"next": wanted, "lang": pressed})
        page = client.get("/login", params={"next": wanted}).text
        refused = client.post("/login", data={**fields(page), "password": "not this one"})
        tag = "en" if pressed == "en" else "pt-BR"
        assert f'<html lang="{tag}" translate="no">' in page
        assert f'<html lang="{tag}" translate="no">' in refused.text
        answer = client.post("/login", data={**fields(refused.text), "password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, leads)
        assert not held(client, "wa_language")


def test_cookies_are_bound_to_the_host_when_it_is_https(app: AppProcess) -> None:
    """Behind a proxy that speaks https they are `__Host-` and Secure; always they are HttpOnly."""
    with browser(app.url) as client:
        plain = client.get("/login").headers["set-cookie"]
        secure = client.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert re.match(r"wa_form_[0-9a-f]{6}=", plain)
    assert "Secure" not in plain
    assert re.match(r"__Host-wa_form_[0-9a-f]{6}=", secure.headers["set-cookie"])
    assert "Secure" in secure.headers["set-cookie"]
    assert "max-age" in secure.headers["strict-transport-security"]
    for cookie in (plain, secure.headers["set-cookie"]):
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie


@pytest.mark.parametrize("size", [4_097, 65_000, 1_000_000])
def test_a_form_that_is_too_large_is_not_read(app: AppProcess, size: int) -> None:
    """The sign-in page takes 4 kB, whether or not the length is said beforehand."""
    with _form(app) as (client, form):
        data = {**form, "password": PASSWORD, "more": "x" * size}
        with client.stream("POST", "/login", data=data) as answer:
            assert answer.status_code == 413
        chunks = (b"x" * 1_000 for _ in range(size // 1_000 + 1))
        with client.stream("POST", "/login", content=chunks, headers=FORM_TYPE) as answer:
            assert answer.status_code == 413


def test_a_body_that_is_too_large_is_refused_everywhere(app: AppProcess) -> None:
    """Also for who is signed in: 64 kB, and 101 MB for what is uploaded."""
    with signed_in(app.url) as client:
        with client.stream("POST", "/api/instances", content=b"x" * 70_000) as answer:
            assert answer.status_code == 413
        with client.stream("PUT", "/_stcore/upload_file/x/y", content=b"x" * 107_000_000) as answer:
            assert answer.status_code == 413
