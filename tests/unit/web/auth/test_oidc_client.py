"""Whatever answers in the provider's name: it is left in time, read up to a bound, and leads nowhere else."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
from typing import Any

import anyio
import pytest

from core.settings import OidcSettings
from core.web.auth.oidc_client import ANSWER_LIMIT, Provider
from tests.support.hostile_servers import OK, Ended, dribbling, pouring
from tests.support.identity_provider import IdentityProvider
from tests.support.tls_servers import Talk, read_head, serving

BACK = "http://localhost/login/callback"


def settings(issuer: str) -> OidcSettings:
    return OidcSettings(issuer, "app", "secret", frozenset({"ana@example.test"}), frozenset())


def ask(issuer: str, *, within_s: float = 5.0) -> dict[str, str]:
    """What a sign-in begins with."""

    async def go() -> dict[str, str]:
        with anyio.fail_after(within_s):
            return await Provider(settings(issuer), timeout_s=within_s).authorization(BACK)

    return asyncio.run(go())


def saying(document: bytes, head: bytes = OK) -> Talk:
    def talk(visitor: socket.socket) -> None:
        read_head(visitor)
        visitor.sendall(head + b"Content-Length: %d\r\n\r\n" % len(document) + document)

    return talk


def discovery(port: int, **more: Any) -> bytes:
    issuer = f"http://127.0.0.1:{port}"
    ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
    found = {"issuer": issuer, **{name: issuer + path for name, path in ends.items()}, **more}
    return json.dumps(found).encode()


def answer_of(talk_of: Any) -> dict[str, str] | str:
    """What comes of a provider that talks so; the name of the error when it is refused."""
    talks: list[Talk] = []

    def talk(visitor: socket.socket) -> None:
        talks[0](visitor)  # it has to know the port, which is not known yet

    with serving(talk) as port:
        talks.append(talk_of(port))
        try:
            return ask(f"http://127.0.0.1:{port}")
        except Exception as error:
            return type(error).__name__


def test_a_provider_as_they_are_is_taken() -> None:
    """The address to go to, with all that belongs to it."""
    with IdentityProvider() as provider:
        flow = ask(provider.issuer)
    assert flow["url"].startswith(f"{provider.issuer}/authorize?")
    assert {"state", "nonce", "code_verifier"} <= set(flow)


def test_what_a_document_says_besides_is_no_option_of_ours() -> None:
    """Authlib would hand it to its client of HTTP: no verification, another proxy, other headers."""
    options = {"verify": False, "proxy": "http://127.0.0.1:9", "base_url": "http://127.0.0.1:9"}
    options |= {
        "headers": {"Host": "evil.test"},
        "timeout": 0,
        "follow_redirects": True,
        "jwks": {"keys": []},
    }
    documents: list[bytes] = []

    def talk(visitor: socket.socket) -> None:
        saying(documents[0])(visitor)

    with serving(talk) as port:
        documents.append(discovery(port, **options))
        provider = Provider(settings(f"http://127.0.0.1:{port}"), timeout_s=5)
        assert "url" in asyncio.run(provider.authorization(BACK))
    assert not set(options) & set(provider._app.server_metadata)


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "where", ["ftp://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", "//evil.test/", "", None, 5]
)
def test_no_other_scheme_is_followed(name: str, where: object) -> None:
    """The document cannot lead the server or the browser to files, scripts or other protocols."""
    assert answer_of(lambda port: saying(discovery(port, **{name: where}))) == "ValueError"


def test_a_provider_by_https_stays_there() -> None:
    """Its document may not lead to plain http, and no question is asked there."""
    provider = Provider(settings("https://id.example"), timeout_s=1)
    found = json.loads(discovery(1, issuer="https://id.example"))

    async def load() -> dict[str, Any]:
        return dict(found)

    provider._app.load_server_metadata = load
    with pytest.raises(ValueError, match="is not https"):
        asyncio.run(provider.authorization(BACK))
    asked: list[bytes] = []

    async def fetch(url: str) -> None:
        async with provider._app._get_session() as session:
            await session.request("GET", url, withhold_token=True)

    with (
        serving(lambda visitor: asked.append(read_head(visitor))) as port,
        pytest.raises(ValueError, match="away from https"),
    ):
        asyncio.run(fetch(f"http://127.0.0.1:{port}/"))
    assert asked == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """Not even to itself."""
    asked: list[bytes] = []

    def talk_of(port: int) -> Talk:
        moved = b"HTTP/1.1 %d Moved\r\nLocation: http://127.0.0.1:%d/x\r\n" % (status, port)

        def talk(visitor: socket.socket) -> None:
            asked.append(b"")
            saying(discovery(port), moved)(visitor)

        return talk

    assert answer_of(talk_of) == "HTTPStatusError"
    assert len(asked) == 1


def test_a_long_answer_is_left() -> None:
    """Declared or not, and never unpacked."""
    ended = Ended()
    assert answer_of(lambda _: pouring(OK + b"\r\n", again=b" " * 9_999, ended=ended)) == "ValueError"
    ended.wait()
    assert answer_of(lambda port: saying(discovery(port) + b" " * ANSWER_LIMIT)) == "ValueError"
    for packing in (b"gzip", b"deflate", b"br", b"GZIP", b"identity, gzip"):
        head = OK + b"Content-Encoding: %s\r\n" % packing
        packed = gzip.compress(bytes(10_000_000))
        assert answer_of(lambda _, h=head, p=packed: saying(p, h)) == "ValueError"


@pytest.mark.parametrize("first", [b"", OK + b"X: ", OK + b'\r\n{"issuer": "'])
def test_an_answer_that_never_ends_is_left_in_time(first: bytes) -> None:
    """Byte by byte, each of them in time."""
    ended = Ended()
    with serving(dribbling(first, ended=ended)) as port:
        begin = time.monotonic()
        with pytest.raises(Exception):  # noqa: B017, PT011  # of whichever layer it is
            ask(f"http://127.0.0.1:{port}", within_s=0.6)
        assert time.monotonic() - begin < 1.6
        assert ended.wait() - begin < 1.6


def test_a_document_is_asked_for_once_by_many() -> None:
    """The others hear of it; a failure is not kept."""
    with IdentityProvider() as running:

        async def go() -> None:
            provider = Provider(settings(running.issuer), timeout_s=5)
            running.answers = False
            with pytest.raises(Exception):  # noqa: B017, PT011  # of httpx or of httpx2
                await provider.authorization(BACK)
            running.answers = True
            running.asked.clear()
            await asyncio.gather(*(provider.authorization(BACK) for _ in range(20)))

        asyncio.run(go())
    assert running.asked == ["/.well-known/openid-configuration"]


def test_beginning_costs_little() -> None:
    """Anybody may do it: 20 ms went into reading certificates each time."""
    with IdentityProvider() as running:

        async def go() -> float:
            provider = Provider(settings(running.issuer), timeout_s=5)
            await provider.authorization(BACK)
            begin = time.thread_time()
            for _ in range(20):
                await provider.authorization(BACK)
            return (time.thread_time() - begin) / 20

        assert asyncio.run(go()) < 0.01
