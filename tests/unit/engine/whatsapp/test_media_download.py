"""Fetching from the media host, against one on loopback that does what a hostile one might."""

from __future__ import annotations

import io
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.whatsapp.media_cipher import DamagedFileError, MediaDecryptor, MediaFile, encrypted_size
from core.engine.whatsapp.media_download import MEDIA_HOST, DownloadError, download, media_path
from tests.emulator.media import Sealed, seal
from tests.support.tls_servers import Authority, Talk, http_proxy, read_head, serving

KINDS = ("image", "video", "audio", "document")
DATA = secrets.token_bytes(200_010)
LIMIT = 1_000_000

Serve = Callable[[Callable[[ssl.SSLSocket, bytes], None]], dict[str, str]]
"""Answers each request with what the function does; gives the environment that leads there."""


def file_of(sealed: Sealed, kind: str = "document", *, length: int | None = None) -> MediaFile:
    """What a message says of it."""
    claimed = sealed.length if length is None else length
    return MediaFile(kind, "/v/1_n.enc?ccb=1", sealed.key, sealed.sha256, sealed.enc_sha256, claimed)


def opened(file: MediaFile, pieces: list[bytes]) -> bytes:
    """The file, from its encrypted pieces."""
    decryptor = MediaDecryptor(file)
    begin = b"".join(decryptor.update(piece) for piece in pieces)
    return begin + decryptor.finish()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A media host behind the proxy that the environment names."""
    authority = Authority.made(tmp_path)
    context = authority.server(tmp_path, names=(MEDIA_HOST,))
    with ExitStack() as stack:

        def start(answer: Callable[[ssl.SSLSocket, bytes], None]) -> dict[str, str]:
            port = stack.enter_context(serving(_tls(context, answer)))
            proxy = stack.enter_context(serving(http_proxy(port, host=MEDIA_HOST)))
            return {"SSL_CERT_FILE": str(authority.path), "HTTPS_PROXY": f"http://127.0.0.1:{proxy}"}

        yield start


def _tls(context: ssl.SSLContext, answer: Callable[[ssl.SSLSocket, bytes], None]) -> Talk:
    def talk(visitor: socket.socket) -> None:
        with context.wrap_socket(visitor, server_side=True) as safe:
            answer(safe, read_head(safe))

    return talk


def ok(body: bytes, *headers: str) -> Callable[[ssl.SSLSocket, bytes], None]:
    """Says 200 and `body`."""

    def answer(visitor: ssl.SSLSocket, _: bytes) -> None:
        head = "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *headers, ""))
        visitor.sendall(head.encode() + body)

    return answer


def fetched(file: MediaFile, path: Path, environment: dict[str, str], **more: float) -> bytes:
    """What lies in the landing file afterwards."""
    path.write_bytes(b"")
    with path.open("r+b", buffering=0) as target:
        wanted = {"limit": LIMIT, "timeout_s": 10.0, **more}
        size = download(
            file,
            target,
            limit=int(wanted["limit"]),
            timeout_s=wanted["timeout_s"],
            environment=environment,
        )
    assert size == path.stat().st_size
    return path.read_bytes()


def refused(file: MediaFile, path: Path, environment: dict[str, str], **more: float) -> str:
    """The code with which it ends."""
    with pytest.raises(DownloadError) as caught:
        fetched(file, path, environment, **more)
    return caught.value.reason


# -- the cipher ----------------------------------------------------------------------------------------------
@given(data=st.binary(max_size=200), cut=st.integers(1, 40), kind=st.sampled_from(KINDS))
def test_a_file_is_opened_whatever_the_pieces(data: bytes, cut: int, kind: str) -> None:
    """Of every kind, also an empty one and pieces smaller than a block or the code at its end."""
    sealed = seal(data, kind)
    assert len(sealed.stored) == encrypted_size(len(data))
    pieces = [sealed.stored[start : start + cut] for start in range(0, len(sealed.stored), cut)]
    assert opened(file_of(sealed, kind), pieces) == data


@given(at=st.integers(0, 2**30), cut=st.integers(1, 40), data=st.binary(max_size=100))
def test_no_changed_bit_passes(at: int, cut: int, data: bytes) -> None:
    """Wherever it is, and also when the message names no hashes: then its HMAC speaks."""
    sealed = seal(data, "image")
    where = at % len(sealed.stored)
    broken = sealed.stored[:where] + bytes([sealed.stored[where] ^ 1]) + sealed.stored[where + 1 :]
    for file in (file_of(sealed, "image"), MediaFile("image", "/x", sealed.key, b"", b"", len(data))):
        with pytest.raises(DamagedFileError):
            opened(file, [broken[start : start + cut] for start in range(0, len(broken), cut)])


@pytest.mark.parametrize("length", [0, 1, 9, 10, 25, 26])
def test_a_file_that_was_cut_is_damaged(length: int) -> None:
    """Also to less than the code at its end."""
    sealed = seal(b"x" * 16, "image")
    with pytest.raises(DamagedFileError):
        opened(file_of(sealed, "image"), [sealed.stored[:length]])


def test_hashes_and_kind_must_be_those_of_the_message() -> None:
    """Each hash alone; another kind has other keys; a key has 32 bytes."""
    sealed = seal(DATA, "image")
    good = file_of(sealed, "image")
    assert opened(good, [sealed.stored]) == DATA
    wrong = b"\0" * 32
    for file in (
        MediaFile("image", "/x", good.key, wrong, good.enc_sha256, good.length),
        MediaFile("image", "/x", good.key, good.sha256, wrong, good.length),
        file_of(sealed, "video"),
        file_of(sealed, "history"),
        MediaFile("image", "/x", good.key[:31], good.sha256, good.enc_sha256, good.length),
    ):
        with pytest.raises(DamagedFileError):
            opened(file, [sealed.stored])


# -- the host ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_is_fetched_as_the_core_asks_for_it(serve: Serve, tmp_path: Path, chunked: bool) -> None:
    """By its path, with its hash and kind, from the one host; whether its length is told or not."""
    sealed, asked = seal(DATA, "document"), list[bytes]()
    body, headers = sealed.stored, [f"Content-Length: {len(sealed.stored)}"]
    if chunked:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        headers = ["Transfer-Encoding: chunked"]

    def answer(visitor: ssl.SSLSocket, head: bytes) -> None:
        asked.append(head)
        ok(body, *headers)(visitor, head)

    assert fetched(file_of(sealed), tmp_path / "f", serve(answer)) == DATA
    line, *lines = asked[0].decode().split("\r\n")
    assert line.startswith("GET /v/1_n.enc?ccb=1&hash=")
    assert "&mms-type=document" in line
    assert f"Host: {MEDIA_HOST}" in lines


@pytest.mark.parametrize("length", [0, 1_000, LIMIT])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_without_an_end_ends_at_the_limit(
    serve: Serve, tmp_path: Path, length: int, chunked: bool
) -> None:
    """Whatever the message claims; hardly more than the limit is ever taken from the host."""
    sent = count(0)

    def answer(visitor: ssl.SSLSocket, head: bytes) -> None:
        ok(b"", *(["Transfer-Encoding: chunked"] if chunked else []))(visitor, head)
        piece = b"x" * 10_000
        while next(sent) < 1_000:
            visitor.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)

    file = file_of(seal(DATA, "document"), length=length)
    assert refused(file, tmp_path / "f", serve(answer)) == "file-too-large"
    assert (tmp_path / "f").stat().st_size <= LIMIT + 16
    # What lies in the sockets' buffers on the way was sent too.
    assert next(sent) * 10_000 < 9_000_000


def test_a_length_over_the_limit_is_not_even_read(serve: Serve, tmp_path: Path) -> None:
    """Nothing is written then."""
    environment = serve(ok(b"x" * 70_000, f"Content-Length: {encrypted_size(LIMIT) + 1}"))
    assert refused(file_of(seal(DATA, "document")), tmp_path / "f", environment) == "file-too-large"
    assert (tmp_path / "f").stat().st_size == 0


@pytest.mark.parametrize("extra", [0, 1])
def test_the_limit_is_exact(serve: Serve, tmp_path: Path, extra: int) -> None:
    """A file of exactly so many bytes comes; one byte more does not."""
    sealed = seal(DATA, "document")
    environment = serve(ok(sealed.stored))
    if extra:
        assert refused(file_of(sealed), tmp_path / "f", environment, limit=len(DATA) - 1) == "file-too-large"
    else:
        assert fetched(file_of(sealed), tmp_path / "f", environment, limit=len(DATA)) == DATA


@pytest.mark.parametrize("head_too", [False, True])
def test_dribbling_wins_no_time(serve: Serve, tmp_path: Path, head_too: bool) -> None:
    """A byte now and then, in the head or in the body: the time for the whole ends it and the connection."""
    over = threading.Event()

    def answer(visitor: ssl.SSLSocket, head: bytes) -> None:
        if not head_too:
            ok(b"", "Content-Length: 5000")(visitor, head)
        try:
            for number in range(200):
                visitor.sendall(b"HTTP/1.1 200 OK\r\nX: "[number : number + 1] or b"x")
                threading.Event().wait(0.05)
        except OSError:
            over.set()

    begin = time.monotonic()
    file = file_of(seal(DATA, "document"))
    assert refused(file, tmp_path / "f", serve(answer), timeout_s=1.0) == "file-unreachable"
    assert time.monotonic() - begin < 2.5
    assert over.wait(3), "the connection is still open"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((status, "file-unreachable") for status in (206, 301, 302, 307, 308, 429, 500)),
        *((status, "file-gone") for status in (403, 404, 410)),
    ],
)
def test_another_answer_is_told_by_its_code(serve: Serve, tmp_path: Path, status: int, code: str) -> None:
    """A redirect leads nowhere: no host is asked a second time."""
    asked = list[bytes]()
    sealed = seal(DATA, "document")

    def answer(visitor: ssl.SSLSocket, head: bytes) -> None:
        asked.append(head)
        where = f"Location: https://{MEDIA_HOST}/elsewhere"
        visitor.sendall(f"HTTP/1.1 {status} Whatever\r\n{where}\r\n\r\n".encode() + sealed.stored)

    assert refused(file_of(sealed), tmp_path / "f", serve(answer)) == code
    assert len(asked) == 1


@pytest.mark.parametrize("words", [b"", b"\0" * 100, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n"])
def test_what_is_no_answer_is_told(serve: Serve, tmp_path: Path, words: bytes) -> None:
    """Nothing, garbage, a head without an end."""
    environment = serve(lambda visitor, _: visitor.sendall(words))
    assert refused(file_of(seal(DATA, "document")), tmp_path / "f", environment) == "file-unreachable"


def test_a_packed_answer_is_no_bomb(serve: Serve, tmp_path: Path) -> None:
    """What comes is the encrypted file or nothing: nothing is unpacked."""
    environment = serve(ok(b"\x1f\x8b\x08" + b"\0" * 100, "Content-Encoding: gzip"))
    assert refused(file_of(seal(DATA, "document")), tmp_path / "f", environment) == "file-damaged"


def test_a_host_that_cannot_prove_its_name_is_not_asked(serve: Serve, tmp_path: Path) -> None:
    """Nor is one behind a proxy that is none."""
    file, environment = file_of(seal(DATA, "document")), serve(ok(b""))
    stranger = Authority.made(tmp_path, "stranger")
    assert refused(file, tmp_path / "f", environment | {"SSL_CERT_FILE": str(stranger.path)}) == (
        "file-unreachable"
    )
    assert refused(file, tmp_path / "f", environment | {"HTTPS_PROXY": "nonsense://x"}) == "file-unreachable"


def test_a_disk_that_is_full_is_told(serve: Serve) -> None:
    """As what it is, not as the host's fault."""

    class Full(io.RawIOBase):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    sealed = seal(DATA, "document")
    with pytest.raises(DownloadError, match="file-not-kept"):
        download(file_of(sealed), Full(), limit=LIMIT, timeout_s=5, environment=serve(ok(sealed.stored)))


@pytest.mark.parametrize(
    ("direct_path", "url", "expected"),
    [
        ("/v/1.enc?a=b", "https://evil.example/x", "/v/1.enc?a=b"),
        ("", "https://mmg.whatsapp.net/v/1.enc?a=b", "/v/1.enc?a=b"),
        ("", "https://media-gru2-1.cdn.whatsapp.net:443/v/1.enc?a=b", "/v/1.enc?a=b"),
    ],
)
def test_the_place_is_a_path_on_the_media_host(direct_path: str, url: str, expected: str) -> None:
    """Of an address in a message only its path counts."""
    assert media_path(direct_path, url) == expected


@pytest.mark.parametrize(
    ("direct_path", "url"),
    [
        ("", ""),
        ("v/1.enc", ""),
        ("https://evil.example/", ""),
        ("/v/1.enc HTTP/1.1\r\nHost: evil.example\r\n\r\n", ""),
        ("/v/1\n", ""),
        ("/ação", ""),
        ("/" + "x" * 5_000, ""),
        ("", "http://mmg.whatsapp.net/v/1.enc?x"),
        ("", "https://evil.example/v/1.enc?x"),
        ("", "https://mmg.whatsapp.net.evil.example/v"),
        ("", "https://evilwhatsapp.net/v"),
        ("", "https://mmg.whatsapp.net@evil.example/v"),
        ("", "https://[::1/v"),
    ],
)
def test_no_other_place_is_asked(direct_path: str, url: str) -> None:
    """Other hosts, other schemes, and what would break out of the request."""
    with pytest.raises(ValueError):  # noqa: PT011  # the standard library's own too
        media_path(direct_path, url)
