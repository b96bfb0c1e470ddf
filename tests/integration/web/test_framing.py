"""Where a request ends is never in doubt: what could be read in two ways is answered 400 and ends there."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import pytest

from core.web.requests.lingering import LINGER_S
from tests.integration.web.raw import ask, exchange
from tests.support.app_process import AppProcess

SECOND = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
AMBIGUOUS = {
    "both": b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
    "both, the other way round": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 33\r\n",
    "the same length twice": b"Content-Length: 33\r\nContent-Length: 33\r\n",
    "a list of lengths": b"Content-Length: 33, 33\r\n",
    "a sign": b"Content-Length: +33\r\n",
    "negative": b"Content-Length: -1\r\n",
    "a hexadecimal": b"Content-Length: 0x21\r\n",
    "a blank before the colon": b"Content-Length : 33\r\n",
    "a tab before the colon": b"Content-Length\t: 33\r\n",
    "a folded length": b"X: a\r\n Content-Length: 33\r\n",
    "an empty length": b"Content-Length: \r\n",
    "too long a length": b"Content-Length: " + b"9" * 30 + b"\r\n",
    "another coding": b"Transfer-Encoding: gzip, chunked\r\n",
    "an odd coding": b"Transfer-Encoding: xchunked\r\n",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "a bare line end": b"X: a\nContent-Length: 33\r\n",
    "a bare return": b"X: a\rContent-Length: 33\r\n",
    "a null": b"X: a\x00\r\n",
    "two hosts": b"Host: b\r\n",
    "no name": b": x\r\n",
    "no colon": b"nonsense\r\n",
}
NONSENSE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\r\n\r\n",
    b"nonsense\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/1.1\n\n",
    b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x00" * 100 + b"\r\n\r\n",
    b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    b"GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
]


@pytest.mark.parametrize("name", AMBIGUOUS)
@pytest.mark.parametrize("path", [b"/healthz", b"/login", b"/"])
def test_an_ambiguous_end_is_refused(app: AppProcess, name: str, path: bytes) -> None:
    """One answer, that it is wrong; what follows is no second request."""
    head = b"POST " + path + b" HTTP/1.1\r\nHost: a\r\n" + AMBIGUOUS[name] + b"\r\n"
    answer = exchange(app.port, head + SECOND + SECOND)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer[9:12] in (b"400", b"501")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("data", NONSENSE)
def test_nonsense_is_answered_and_ends(app: AppProcess, data: bytes) -> None:
    """At once, not when the connection's time is over."""
    begin = time.monotonic()
    answer = exchange(app.port, data + SECOND)
    assert answer[9:12] == b"400", answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert time.monotonic() - begin < LINGER_S + 2


def test_a_second_request_before_the_first_is_answered_ends_the_connection(app: AppProcess) -> None:
    """No browser does it, and its head would be read unchecked: one answer."""
    bad = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b" " * 100_000 + b"\x00\r\n\r\n"
    begin = time.monotonic()
    assert exchange(app.port, SECOND + bad).count(b"HTTP/1.1 ") == 1
    assert exchange(app.port, SECOND + SECOND).count(b"HTTP/1.1 200") == 1
    assert time.monotonic() - begin < 3


def test_requests_one_after_the_other_share_a_connection(app: AppProcess) -> None:
    """As browsers send them, with bodies and without; also when a head arrives byte by byte."""
    with socket.create_connection(("127.0.0.1", app.port), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(SECOND)
            assert _answer(connection).startswith(b"HTTP/1.1 200")
        for place in range(len(SECOND)):
            connection.sendall(SECOND[place : place + 1])
        assert _answer(connection).startswith(b"HTTP/1.1 200")


def _answer(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b'{"status":"ok"}'):
        received += connection.recv(4_096)
    return received


def test_a_body_that_nobody_reads_ends_the_connection(app: AppProcess) -> None:
    """The answer comes, and what follows is not read as long as somebody sends."""
    endless = b"POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", app.port), timeout=5) as connection:
        connection.sendall(endless)
        assert connection.recv(4_096).startswith(b"HTTP/1.1 405")
        begin = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - begin < LINGER_S + 5:
                connection.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        assert time.monotonic() - begin < LINGER_S + 4


def test_a_refusal_arrives_though_much_more_is_on_its_way(app: AppProcess) -> None:
    """A head of a megabyte: the person reads what was wrong, the connection is not just broken."""
    answer = ask(app.port, "/login", headers={"X-Long": "x" * 1_000_000})
    assert answer.status == 431
    assert "Apague os cookies" in answer.body.decode()
