"""Who may come in while there is no password: this machine's own browser, when it has signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from core.models.access import SignInMethod
from core.settings import read_settings
from core.web.auth.authenticator import Authenticator
from core.web.auth.middleware import AuthMiddleware
from core.web.auth.request import SESSION_COOKIE

LOCAL = ["127.0.0.1", "127.255.255.254", "::1"]
ELSEWHERE = [
    "192.168.0.7",
    "10.0.0.1",
    "203.0.113.9",
    "0.0.0.0",
    "169.254.1.1",
    "fe80::1",
    "2001:db8::1",
    "::",
    "::ffff:10.0.0.1",
    "::ffff:203.0.113.9",
    "",
    "localhost",
    "127.0.0.1.example.test",
    "testclient",
]
HEADERS = [
    "Forwarded",
    "X-Forwarded-For",
    "x-forwarded-for",
    "X-Forwarded-Host",
    "X-Real-IP",
    "CF-Connecting-IP",
    "True-Client-IP",
    "Via",
]


def visit(
    *,
    client: str | None = "127.0.0.1",
    path: str = "/",
    kind: str = "http",
    host: str = "localhost:8501",
    headers: Iterable[tuple[str, str]] = (),
    signed_in: bool = True,
) -> tuple[bool, list[Message]]:
    """One request through the middleware: did it reach the app, and what was answered if not.

    It carries the cookie of a sign-in by the link unless told not to: what is refused is so all the same.
    """
    auth = Authenticator(read_settings({}))
    cookie = auth.sessions.open(SignInMethod.LINK, who="", address="127.0.0.1") if signed_in else "x" * 43
    reached: list[Scope] = []
    answers: list[Message] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope)

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    async def send(message: Message) -> None:
        answers.append(message)

    scope: dict[str, Any] = {"type": kind, "path": path, "method": "GET"}
    own = (("Host", host), ("Origin", f"http://{host}"), ("Cookie", f"{SESSION_COOKIE}={cookie}"))
    scope["headers"] = [(name.encode(), value.encode()) for name, value in (*own, *headers)]
    if client is not None:
        scope["client"] = (client, 50_000)
    asyncio.run(AuthMiddleware(app, authenticator=auth)(scope, receive, send))
    return bool(reached), answers


def was_refused(kind: str, answers: list[Message]) -> bool:
    if kind == "websocket":
        return [(a["type"], a["code"]) for a in answers] == [("websocket.close", 4403)]
    return bool(answers[0]["status"] == 403)


KINDS = pytest.mark.parametrize("kind", ["http", "websocket"])


@KINDS
@pytest.mark.parametrize("client", LOCAL)
@pytest.mark.parametrize("path", ["/", "/api/instances", "/_stcore/stream"])
def test_this_machine_comes_in(kind: str, client: str, path: str) -> None:
    """Signed in, over IPv4 and IPv6, to pages, JSON and the live connection."""
    assert visit(client=client, kind=kind, path=path) == (True, [])


@KINDS
@pytest.mark.parametrize("client", LOCAL)
@pytest.mark.parametrize("path", ["/", "/api/instances", "/_stcore/stream", "/_stcore/metrics", "/media/x"])
def test_this_machine_does_not_come_in_without_a_sign_in(kind: str, client: str, path: str) -> None:
    """Its address proves nothing: every proxy and tunnel on it has the same one."""
    reached, answers = visit(client=client, kind=kind, path=path, signed_in=False)
    assert not reached
    if kind == "websocket":
        assert [(a["type"], a["code"]) for a in answers] == [("websocket.close", 4401)]
    else:
        assert answers[0]["status"] == 401


@pytest.mark.parametrize(
    ("language", "title"), [("pt", "link de entrada"), ("en", "sign-in link"), ("es", "enlace de entrada")]
)
def test_who_asks_for_a_page_without_a_sign_in_is_told_how_to_get_a_link(language: str, title: str) -> None:
    """At any address, in the browser's language; the page loads and runs nothing."""
    headers = [("Accept", "text/html"), ("Accept-Language", language)]
    for path in ("/", "/messages", "/nonsense"):
        reached, (head, body) = visit(path=path, headers=headers, signed_in=False)
        assert not reached
        assert head["status"] == 403
        text = body["body"].decode()
        assert title in text
        assert "<code>make link</code>" in text
        assert "<script" not in text
        assert dict(head["headers"])[b"content-security-policy"].startswith(b"default-src 'none'")


@pytest.mark.parametrize("path", ["/login", "/logout", "/favicon.ico", "/login/source-sans.woff2"])
def test_the_sign_in_is_open_to_this_machine_only(path: str) -> None:
    """A link that leaked is of no use to another machine, nor through a proxy that says what it is."""
    assert visit(path=path, signed_in=False)[0]
    assert not visit(path=path, client="203.0.113.9")[0]
    assert not visit(path=path, headers=[("X-Forwarded-For", "127.0.0.1")])[0]
    assert not visit(path=path, host="rebound.example.test")[0]


@KINDS
@pytest.mark.parametrize("client", [*ELSEWHERE, None])
@pytest.mark.parametrize("path", ["/", "/api/instances", "/_stcore/stream"])
def test_nobody_else_comes_in(kind: str, client: str | None, path: str) -> None:
    """Another machine, an address that is none, or no address at all: refused before the app sees it."""
    reached, answers = visit(client=client, kind=kind, path=path)
    assert not reached
    assert was_refused(kind, answers)


@KINDS
@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("value", ["127.0.0.1", ""])
def test_what_a_proxy_passed_on_does_not_come_in(kind: str, header: str, value: str) -> None:
    """From this machine, but on whose behalf? A header that claims loopback proves nothing."""
    reached, answers = visit(kind=kind, headers=[("Host", "localhost"), (header, value)])
    assert not reached
    assert was_refused(kind, answers)


@pytest.mark.parametrize("path", ["/healthz", "/_stcore/health"])
@pytest.mark.parametrize("client", ["203.0.113.9", None])
def test_liveness_is_open_to_everybody(path: str, client: str | None) -> None:
    """A host's checker comes from elsewhere, through a proxy."""
    assert visit(client=client, path=path, headers=[("X-Forwarded-For", "203.0.113.9")]) == (True, [])


@pytest.mark.parametrize(
    "path",
    [
        "/healthz/",
        "/healthz/../api/instances",
        "//healthz",
        "/HEALTHZ",
        "/api/instances/healthz",
        "/healthz?x",
    ],
)
def test_only_the_exact_liveness_paths_are_open(path: str) -> None:
    """Nothing else hides behind them."""
    assert not visit(client="203.0.113.9", path=path)[0]


def test_a_refusal_speaks_every_language_and_is_not_kept() -> None:
    """Whoever is refused learns why; no cache keeps the answer."""
    _, (head, body) = visit(client="203.0.113.9")
    headers = dict(head["headers"])
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"content-type"].startswith(b"text/plain")
    text = body["body"].decode()
    assert "próprio computador" in text
    assert "the computer it runs on" in text
    assert "la computadora donde funciona" in text


def test_the_processes_own_life_passes() -> None:
    """Start and stop messages carry no client."""
    assert visit(client=None, kind="lifespan") == (True, [])


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8501", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST:1", "127.0.0.2:65535"),
        *("[::1]", "127.0.0.1", "localhost:1"),
    ],
)
def test_this_machine_is_asked_for_by_its_own_names(kind: str, host: str) -> None:
    """With a port or without, as browsers write it."""
    assert visit(kind=kind, host=host)[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    [
        *("", "example.test", "localhost.example.test:8501", "10.0.0.1", "[::1", "@"),
        # Parsers of addresses find a name of ours in these.
        *("user@localhost", "localhost@evil.test", "user:8501@localhost:8501", "@localhost", "localhost@"),
        *(
            "localhost#.evil.example",
            "localhost?.evil.example",
            "localhost/.evil.example",
            "localhost\\.evil",
        ),
        *("localhost:99999", "LOCALHOST:99999", "localhost:65536", "localhost:0", "localhost:000000001"),
        *("localhost:", "localhost:80:80", "localhost:-1", "localhost:+80", "localhost:8501 ", " localhost"),
        *(
            "localhost.",
            "localhost.localdomain",
            "xlocalhost",
            "localhost,evil.test",
            "localhost\t",
            "ｌocalhost",
        ),
        *(
            "localhost:８５０１",
            "localhost:85_01",
            "localhost:0x50",
            "localhost\x00",
            "localhost%00",
            "%6cocalhost",
        ),
        # Other spellings of the same address.
        *("127.1", "127.0.1", "127.0.0.1.", "127.0.0.1.evil.test", "0177.0.0.1", "127.0.0.01", "0x7f.0.0.1"),
        *(
            "0x7f000001",
            "2130706433",
            "017700000001",
            "127.0.0.256",
            "127.0.0.1.1",
            "128.0.0.1",
            "0.0.0.0",
            "0",
        ),
        *(
            "::1",
            "::1:8501",
            "[::1]x",
            "[::1].",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::1%lo]",
            "[::]",
        ),
        *("[::2]", "[]", "[127.0.0.1]", "[localhost]", "http://localhost", "//localhost", "127.0.0.1/8"),
    ],
)
def test_a_foreign_name_that_points_here_does_not_come_in(kind: str, host: str) -> None:
    """A page from elsewhere that had its own name resolve to this machine reads nothing."""
    reached, answers = visit(kind=kind, host=host)
    assert not reached
    assert was_refused(kind, answers)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_every_host_that_is_named_must_be_ours(kind: str) -> None:
    """A second header does not make up for the first, nor the first for the second; none is none of ours."""
    for host, more in (("localhost", "evil.test"), ("evil.test", "localhost")):
        reached, answers = visit(kind=kind, host=host, headers=[("Host", more)])
        assert not reached
        assert was_refused(kind, answers)
