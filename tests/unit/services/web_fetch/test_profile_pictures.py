"""Profile pictures: from WhatsApp's hosts only, and nothing that is no picture."""

from __future__ import annotations

import base64
import io
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from core.hosting.checks.tunnel import Deadline
from core.services.web_fetch import bounded_http, profile_pictures
from tests.support.hostile_servers import OK, Ended, dribbling, hanging
from tests.support.tls_servers import Authority, Talk, read_head, serving

pytestmark = pytest.mark.usefixtures("runtime")

URL = "https://pps.whatsapp.net/v/face.jpg?oh=1"


def face(form: str = "JPEG", size: tuple[int, int] = (96, 96)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size).save(data, form)
    return data.getvalue()


class Host:
    """WhatsApp's host for pictures on loopback, by genuine TLS."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.asked: list[str] = []
        """``name:port`` that was looked up, then the lines of the request's head, of each visit."""
        self.talk: Talk = answering(face())
        self._context = context

    def serve(self, visitor: socket.socket) -> None:
        with self._context.wrap_socket(visitor, server_side=True) as safe:
            self.talk(safe)


def answering(body: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n") -> Talk:
    """Says that to any request."""

    def talk(visitor: socket.socket) -> None:
        read_head(visitor)
        visitor.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return talk


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Host]:
    """It is where any name leads to; its certificate is pps.whatsapp.net's."""
    authority = Authority.made(tmp_path)
    made = Host(authority.server(tmp_path, names=("pps.whatsapp.net",)))
    trusting = ssl.create_default_context(cafile=str(authority.path))
    monkeypatch.setattr(bounded_http, "trust", lambda: trusting)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(made.serve) as port:

        def look_up(name: str, wanted: int, _: Deadline) -> list[tuple[int, tuple[object, ...]]]:
            made.asked.append(f"{name}:{wanted}")
            return [(socket.AF_INET, ("127.0.0.1", port))]

        monkeypatch.setattr(profile_pictures, "addresses", look_up)
        yield made


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://pps.whatsapp.net/v/face.jpg",
        "https://pps.whatsapp.net.example.com/face.jpg",
        "https://examplewhatsapp.net/face.jpg",
        "https://whatsapp.net@example.com/face.jpg",
        "https://pps.whatsapp.net:8443/face.jpg",
        "https://127.0.0.1/face.jpg",
        "https://[::1/face.jpg",
        "file:///etc/passwd",
    ],
)
def test_nobody_else_is_asked(host: Host, url: str) -> None:
    """Whatever address the server gives: it never leads elsewhere."""
    assert profile_pictures.fetch(url) == b""
    assert host.asked == []


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_given_as_it_is(host: Host, form: str) -> None:
    """From where it lies."""
    heads: list[bytes] = []

    def talk(visitor: socket.socket) -> None:
        heads.append(read_head(visitor))
        visitor.sendall(OK + b"\r\n" + face(form))

    host.talk = talk
    assert profile_pictures.fetch(URL) == face(form)
    assert host.asked == ["pps.whatsapp.net:443"]
    assert heads[0].startswith(b"GET /v/face.jpg?oh=1 HTTP/1.1\r\n")
    assert b"\r\nHost: pps.whatsapp.net\r\n" in heads[0]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        face()[:100],
        face("GIF"),
        face(size=(2001, 2000)),
        face() + bytes(profile_pictures.LIMIT),
    ],
    ids=["nothing", "page", "half", "another format", "too wide", "too heavy"],
)
def test_anything_else_is_no_picture(host: Host, answer: bytes) -> None:
    """The check goes on without one."""
    host.talk = answering(answer)
    assert profile_pictures.fetch(URL) == b""
    assert len(host.asked) == 1


def test_a_host_that_cannot_be_had_gives_none(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows its name, nobody is there, or somebody else is."""
    for wrong in ("https://mmg.whatsapp.net/x.jpg", "https://pps.whatsapp.net/\ud800"):
        assert profile_pictures.fetch(wrong) == b""
    host.talk = lambda _: None
    assert profile_pictures.fetch(URL) == b""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        way = (socket.AF_INET, closed.getsockname())
    monkeypatch.setattr(profile_pictures, "addresses", lambda *_: [way])
    assert profile_pictures.fetch(URL) == b""
    monkeypatch.undo()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(socket.gaierror()))
    assert profile_pictures.fetch(URL) == b""


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(host: Host, status: int) -> None:
    """It could lead into this machine's own network."""
    moved = b"HTTP/1.1 %d Moved\r\nLocation: https://pps.whatsapp.net/other.jpg\r\n" % status
    host.talk = answering(face(), moved)
    assert profile_pictures.fetch(URL) == b""
    assert len(host.asked) == 1


@pytest.mark.parametrize("way", ["silent", "byte by byte", "head, byte by byte"])
def test_a_host_that_never_ends_is_left_in_time(
    host: Host, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A page waits for it: not from byte to byte, but for all of them."""
    monkeypatch.setattr(profile_pictures, "WITHIN_S", 0.6)
    ended = Ended()
    host.talk = {
        "silent": hanging(ended=ended),
        "byte by byte": dribbling(OK + b"\r\n" + face(), ended=ended),
        "head, byte by byte": dribbling(OK + b"X: ", ended=ended),
    }[way]
    begin = time.monotonic()
    assert profile_pictures.fetch(URL) == b""
    assert time.monotonic() - begin < 1.1
    assert ended.wait() - begin < 1.1


def test_it_goes_the_way_of_the_core(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the proxy of the environment, with its password; a proxy that cannot be used gives none."""
    seen: list[bytes] = []

    def proxy(visitor: socket.socket) -> None:
        seen.append(read_head(visitor))
        visitor.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        host.serve(visitor)

    with serving(proxy) as port:
        monkeypatch.setattr(profile_pictures, "addresses", lambda *_: [(socket.AF_INET, ("127.0.0.1", port))])
        monkeypatch.setenv("HTTPS_PROXY", "http://ana:pass@proxy.test:3128")
        assert profile_pictures.fetch(URL) == face()
    opening = base64.b64encode(b"ana:pass")
    assert seen[0].startswith(b"CONNECT pps.whatsapp.net:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + opening in seen[0]
    for unusable in ("ftp://proxy.test", "https://proxy.test", "http://"):
        monkeypatch.setenv("HTTPS_PROXY", unusable)
        assert profile_pictures.fetch(URL) == b""
