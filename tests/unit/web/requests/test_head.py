"""A request's head before it is parsed, and h11 with expressions that do not backtrack."""

from __future__ import annotations

import time

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.requests.head import HEAD_LIMIT, end_of_head, head_problem
from core.web.requests.limits import HEADER_LINES, HEADERS_LIMIT, TARGET_LIMIT
from core.web.requests.protocol import without_backtracking

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"


def head(*lines: bytes) -> bytes:
    return GET + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (b"Accept: text/html", b"Cookie: a=b; c=d", b"Cookie: e=f"),
        (b"X:", b"X: ", b"X:\tb\t", b"X: \xe9\xff"),
        (b"Content-Length: 0",),
        (b"content-length:  12 ",),
        (b"Transfer-Encoding: chunked",),
        (b"X: " + b"a" * (HEADERS_LIMIT - 40),),
        (b"X: a",) * (HEADER_LINES - 1),
    ],
)
def test_what_browsers_send_passes(lines: tuple[bytes, ...]) -> None:
    """Up to the limits."""
    assert head_problem(head(*lines)) == 0


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Length: 1", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b"Content-Length: 1"),
        (b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked"),
        (b"Content-Length: 1", b"Content-Length: 1"),
        (b"Content-Length: 1", b"CONTENT-LENGTH : 2"),
        (b"Content-Length: 1, 1",),
        (b"Content-Length: +1",),
        (b"Content-Length: -1",),
        (b"Content-Length: 0x1",),
        (b"Content-Length: 1 1",),
        (b"Content-Length:",),
        (b"Content-Length: 999999999999",),
        (b"Content-Length: \xb2",),
        (b"Host: a",),
        (b"Host: b",),
        (b"X: a", b" b"),
        (b"X: a", b"\tContent-Length: 1"),
        (b"X: a\x00b",),
        (b"X: " + b" " * 5_000 + b"\x00",),
        (b"X: a\x0bb",),
        (b"X: a\rb",),
        (b"X: a\nContent-Length: 1",),
        (b"X: \x7f",),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(lines: tuple[bytes, ...]) -> None:
    """Two lengths, two hosts, folded lines, bare line ends, bytes that are no text."""
    assert head_problem(head(*lines)) == 400


def test_limits_have_statuses_of_their_own() -> None:
    """So that a person or an edge knows what to shorten."""
    assert head_problem(head(b"X: " + b"a" * HEADERS_LIMIT)) == 431
    assert head_problem(head(*(b"X: a",) * HEADER_LINES)) == 431
    assert head_problem(b"GET /" + b"a" * (TARGET_LIMIT + 100) + b" HTTP/1.1\r\n\r\n") == 414
    assert HEADERS_LIMIT + TARGET_LIMIT < HEAD_LIMIT < 16_384


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(0, 40))
def test_the_end_is_found_wherever_a_packet_ends(before: bytes, after: bytes, since: int) -> None:
    """Looked for from the last packet on, the answer is the same."""
    data = before.replace(b"\n", b"") + b"\r\n\r\n" + after
    end = data.index(b"\r\n\r\n") + 4
    assert end_of_head(data, min(since, end - 1)) == end
    assert end_of_head(data[: end - 1]) == 0


def _read(data: bytes, limit: int = 400_000) -> object:
    connection = h11.Connection(h11.SERVER, limit)
    connection.receive_data(data)
    events: list[object] = []
    try:
        while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            events.append(event)
    except h11.RemoteProtocolError as error:
        events.append(type(error))
    return [repr(each) for each in events]


@pytest.mark.parametrize(
    "data",
    [
        GET + b"X: " + b" " * 30_000 + b"\x00\r\n\r\n",
        GET + b"X: a" + b" " * 30_000 + b"b" + b" " * 30_000 + b"\x0b\r\n\r\n",
        GET + b"X: " + b"a " * 15_000 + b"\x00\r\n\r\n",
        GET + b"X: " + b" a" * 15_000 + b" \x0c\r\n\r\n",
        GET + b"X: a\r\n" + b" " * 30_000 + b"\r\n \x00\r\n\r\n",
        GET + b"Transfer-Encoding: chunked\r\n\r\n1;" + b" " * 30_000 + b"\n\r\na\r\n",
        GET + b"Transfer-Encoding: chunked\r\n\r\n1" + b" " * 30_000 + b"\n\r\na\r\n",
        GET + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b" " * 30_000 + b"\x00\r\n\r\n",
    ],
)
def test_no_line_takes_h11_longer_than_its_length(data: bytes) -> None:
    """2.4 s with its own expressions; some hundredths on a busy machine with these."""
    without_backtracking()
    begin = time.process_time()
    _read(data)
    assert time.process_time() - begin < 0.1


_lines = st.lists(
    st.text(st.sampled_from("aX-: \t;=\"'\x00\x0b\x7f\xe9,1"), max_size=12).map(
        lambda line: line.encode("latin-1")
    ),
    max_size=4,
)


@given(_lines, _lines)
def test_h11_reads_the_same_as_with_its_own(headers: list[bytes], chunks: list[bytes]) -> None:
    """Only faster: every head and every chunk is taken or refused as before."""
    data = GET + b"Transfer-Encoding: chunked\r\n" + b"".join(line + b"\r\n" for line in headers) + b"\r\n"
    data += (
        b"".join(b"1" + line + b"\r\na\r\n" for line in chunks)
        + b"0\r\n"
        + b"\r\n".join(headers)
        + b"\r\n\r\n"
    )
    own = _with_own(data)
    without_backtracking()
    assert _read(data) == own


def _with_own(data: bytes) -> object:
    import re

    from h11 import _abnf, _readers

    _readers.header_field_re = re.compile(_abnf.header_field.encode("ascii"))
    _readers.chunk_header_re = re.compile(_abnf.chunk_header.encode("ascii"))
    return _read(data)
