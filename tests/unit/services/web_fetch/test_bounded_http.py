"""A fetch ends in time, in bytes and in work, whatever the server does, and closes its connection."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.services.web_fetch import bounded_http, safe_fetch
from core.services.web_fetch import link_preview as previews
from core.services.web_fetch.link_preview import PAGE_LIMIT, link_preview
from core.services.web_fetch.page_head import PageHead, read_page_head
from tests.support.hostile_servers import CHUNKED, OK, Ended, dribbling, hanging, pouring
from tests.support.tls_servers import Authority, Talk, read_head, serving

WITHIN_S = 0.6
LATE_S = 0.5
"""What a busy machine may add."""
CPU_S = 0.05
"""Of this process, for a page of any kind."""

Make = Callable[[Ended], Talk]

ENDLESS: dict[str, Make] = {
    "says nothing": lambda ended: hanging(ended=ended),
    "half a head": lambda ended: hanging(OK, ended=ended),
    "a page that stops": lambda ended: hanging(OK + b"Content-Length: 99\r\n\r\n<title>x", ended=ended),
    "a head, byte by byte": lambda ended: dribbling(OK + b"X: ", ended=ended),
    "a status line, byte by byte": lambda ended: dribbling(b"HTTP/1.1 200 ", ended=ended),
    "a page, byte by byte": lambda ended: dribbling(OK + b"\r\n<title>", ended=ended),
    "chunks, byte by byte": lambda ended: pouring(CHUNKED, again=b"1\r\nx\r\n", pause=0.02, ended=ended),
    "a chunk's size, byte by byte": lambda ended: dribbling(CHUNKED + b"1;x=", ended=ended),
    "a provisional answer now and then": lambda ended: pouring(
        again=b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.02, ended=ended
    ),
}
FLOODS: dict[str, Make] = {
    "100": lambda ended: pouring(again=b"HTTP/1.1 100 \r\n\r\n" * 64, ended=ended),
    "headers": lambda ended: pouring(OK, again=b"a: b\r\n" * 64, ended=ended),
    "one header": lambda ended: pouring(OK + b"a: ", again=b"b" * 999, ended=ended),
    "a folded header": lambda ended: pouring(OK + b"a: ", again=b"b\r\n ", ended=ended),
    "a status line": lambda ended: pouring(b"HTTP/1.1 200 ", again=b"b" * 999, ended=ended),
    "no HTTP": lambda ended: pouring(again=b"SSH-2.0-x\r\n" * 64, ended=ended),
    "a page without end": lambda ended: pouring(OK + b"\r\n", again=b"<a b=c>" * 999, ended=ended),
    "tiny chunks": lambda ended: pouring(CHUNKED, again=b"1\r\n<\r\n" * 999, ended=ended),
    "an extension of a chunk": lambda ended: pouring(CHUNKED + b"1;", again=b"x" * 999, ended=ended),
    "a size of a chunk": lambda ended: pouring(CHUNKED, again=b"f" * 999, ended=ended),
    "a size below nothing": lambda ended: pouring(CHUNKED + b"-5\r\n", again=b"f" * 999, ended=ended),
    "a trailer": lambda ended: pouring(CHUNKED + b"0\r\n", again=b"a\r\n" * 999, ended=ended),
    "a length of many digits": lambda ended: pouring(
        OK + b"Content-Length: " + b"9" * 9_000 + b"\r\n\r\n", again=b"<" * 999, ended=ended
    ),
}


@contextlib.contextmanager
def reached(monkeypatch: pytest.MonkeyPatch, talk: Talk, *, scheme: str = "http") -> Iterator[None]:
    """`talk` serves as example.com."""
    with serving(talk) as port:
        monkeypatch.setattr(safe_fetch, "_PORTS", {scheme: port})
        monkeypatch.setattr(safe_fetch, "resolve_public", lambda *_: "127.0.0.1")
        yield


def outcome(url: str = "http://example.com/") -> str:
    """The code that a preview fails with; empty when there is one."""
    try:
        link_preview(url)
    except InvalidInputError as error:
        return error.code
    return ""


@pytest.mark.parametrize("make", ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_left_in_time(monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    """The person is told, and the server finds its connection closed."""
    monkeypatch.setattr(safe_fetch, "WITHIN_S", WITHIN_S)
    ended = Ended()
    with reached(monkeypatch, make(ended)):
        begin = time.monotonic()
        assert outcome() == "link-unreachable"
        assert WITHIN_S * 0.9 <= time.monotonic() - begin < WITHIN_S + LATE_S
        assert ended.wait() - begin < WITHIN_S + LATE_S


@pytest.mark.parametrize("make", FLOODS.values(), ids=FLOODS)
def test_a_flood_costs_little(monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    """It is left when it has said too much, long before the time is over; no more than that is kept."""
    ended = Ended()
    kept: list[int] = []

    def read(data: bytes, kind: str) -> PageHead:
        kept.append(len(data))
        return read_page_head(data, kind)

    monkeypatch.setattr(previews, "read_page_head", read)
    with reached(monkeypatch, make(ended)):
        begin, cpu = time.monotonic(), time.thread_time()
        assert outcome() in {"", "link-unreachable"}
        assert time.thread_time() - cpu < CPU_S
        assert ended.wait() - begin < safe_fetch.WITHIN_S / 2
    assert max(kept, default=0) <= PAGE_LIMIT


def test_one_deadline_holds_for_redirects_page_and_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is quick enough by itself; together they would not be."""
    monkeypatch.setattr(safe_fetch, "WITHIN_S", WITHIN_S)
    page = b'<meta property="og:image" content="/p.png"><title>x</title>'
    ended = Ended()

    def talk(visitor: socket.socket) -> None:
        path = read_head(visitor).split(b" ")[1]
        time.sleep(WITHIN_S / 3)
        if path == b"/":
            visitor.sendall(b"HTTP/1.1 302 Found\r\nLocation: /page\r\nContent-Length: 0\r\n\r\n")
        elif path == b"/page":
            visitor.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(page) + page)
        else:
            hanging(OK, ended=ended)(visitor)

    with reached(monkeypatch, talk):
        begin = time.monotonic()
        assert outcome() == ""  # the words are enough
        assert time.monotonic() - begin < WITHIN_S + LATE_S


@pytest.mark.parametrize("part", ["nothing", "a record, byte by byte", "records without end"])
def test_a_handshake_that_never_ends_is_left_in_time(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """TLS is part of it."""
    monkeypatch.setattr(safe_fetch, "WITHIN_S", WITHIN_S)
    ended = Ended()
    hello = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03"
    talk = {
        "nothing": hanging(ended=ended),
        "a record, byte by byte": dribbling(hello, ended=ended, heard=False),
        "records without end": pouring(
            again=b"\x16\x03\x03\x00\x04\x00\x00\x00\x00", pause=0.001, ended=ended, heard=False
        ),
    }[part]
    with reached(monkeypatch, talk, scheme="https"):
        begin = time.monotonic()
        assert outcome("https://example.com/") == "link-unreachable"
        assert ended.wait() - begin < WITHIN_S + LATE_S


def test_a_page_by_tls_is_left_in_time_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A genuine handshake, then a page byte by byte."""
    authority = Authority.made(tmp_path)
    context = authority.server(tmp_path, names=("example.com",))
    trusting = ssl.create_default_context(cafile=str(authority.path))
    monkeypatch.setattr(bounded_http, "trust", lambda: trusting)
    monkeypatch.setattr(safe_fetch, "WITHIN_S", WITHIN_S)
    ended = Ended()

    def talk(visitor: socket.socket) -> None:
        with context.wrap_socket(visitor, server_side=True) as safe:
            dribbling(OK + b"\r\n<title>", ended=ended)(safe)

    with reached(monkeypatch, talk, scheme="https"):
        begin = time.monotonic()
        assert outcome("https://example.com/") == "link-unreachable"
        assert ended.wait() - begin < WITHIN_S + LATE_S


def test_a_name_that_takes_for_ever_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver goes on by itself; however many of them hang, the next preview is answered."""
    monkeypatch.setattr(safe_fetch, "WITHIN_S", 0.2)
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20) and [])
    before = threading.active_count()
    try:
        for _ in range(20):
            begin = time.monotonic()
            assert outcome() == "link-unreachable"
            assert time.monotonic() - begin < 0.2 + LATE_S
        assert threading.active_count() - before <= 16
    finally:
        over.set()


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread and no descriptor, after answers and after failures."""
    page = OK + b"Content-Length: 16\r\n\r\n<title>x</title>"
    turns = itertools.count()

    def talk(visitor: socket.socket) -> None:
        read_head(visitor)
        visitor.sendall(page if next(turns) % 2 else b"nonsense\r\n\r\n")

    with reached(monkeypatch, talk):
        outcome()
        threads, descriptors = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
        assert [outcome() for _ in range(10)].count("") == 5
        time.sleep(0.05)
        assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 1  # the server's last one
        assert threading.active_count() <= threads + 1


def test_a_compressed_page_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asked for it: a bomb stays packed."""

    def talk(visitor: socket.socket) -> None:
        assert b"Accept-Encoding: identity\r\n" in read_head(visitor)
        visitor.sendall(OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b")

    with reached(monkeypatch, talk):
        assert outcome() == "link-unreachable"
