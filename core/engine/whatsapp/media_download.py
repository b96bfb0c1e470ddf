"""Fetching an encrypted file from WhatsApp's media host: in pieces, up to a limit, within a time.

The core's own download keeps the whole file in memory several times, however large it turns out to be, and
goes wherever a message points. This one asks a single host, over HTTPS, and follows no redirect.
"""

from __future__ import annotations

import base64
import http.client
import io
import os
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, cast
from urllib.parse import urlsplit

from core.engine.whatsapp.media_cipher import DamagedFileError, MediaDecryptor, MediaFile, encrypted_size
from core.hosting.checks.proxy import UnusableProxyError, proxy_for
from core.hosting.checks.tunnel import Deadline, RefusedError, addresses, connect, open_tunnel
from core.hosting.tls import tls_context
from core.models.codes import InputCode, RefusalCode

MEDIA_HOST: Final = "mmg.whatsapp.net"
"""Has every file, whatever host a message names. Source: Baileys, messages-media.ts (``DEF_HOST``)."""
_MEDIA_DOMAIN: Final = ".whatsapp.net"
_PORT: Final = 443
_PATH: Final = re.compile(r"/[!-~]{1,4095}")
"""What a request line can hold."""
_ANSWER_S: Final = 20.0
"""To connect and to get the head of the answer, and afterwards between any two pieces."""
_PIECE: Final = 65_536
_GONE: Final = frozenset({403, 404, 410})
"""What the host answers for a file that it keeps no more. Source: whatsmeow's errors.go."""
_ORIGIN: Final = "https://web.whatsapp.com"
"""As the core says. Source: whatsmeow, download.go (``doMediaDownloadRequest``)."""


class DownloadError(Exception):
    """The file could not be fetched.

    ``reason``: ``file-gone``, ``file-damaged``, ``file-too-large``, ``file-unreachable``, ``file-not-kept``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def media_path(direct_path: str, url: str) -> str:
    """Return the path of a file on the media host. Raises ValueError when the message names none there."""
    if not direct_path:
        parts = urlsplit(url)
        if parts.scheme != "https" or not (parts.hostname or "").endswith(_MEDIA_DOMAIN):
            raise ValueError("not on the media host")
        direct_path = f"{parts.path}?{parts.query}"
    if not _PATH.fullmatch(direct_path):
        raise ValueError("no path")
    return direct_path


def download(
    file: MediaFile,
    target: io.RawIOBase,
    *,
    limit: int,
    timeout_s: float,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Write the opened file into ``target``; return its size in bytes.

    Ends at ``limit`` bytes and after ``timeout_s`` seconds, whatever the message says and the host does.
    Raises DownloadError; what ``target`` holds then counts for nothing.
    """
    try:
        return _download(file, target, limit, timeout_s, environment)
    except DamagedFileError:
        raise DownloadError(RefusalCode.FILE_DAMAGED) from None
    except (OSError, http.client.HTTPException, RefusedError, UnusableProxyError, ValueError):
        raise DownloadError(RefusalCode.FILE_UNREACHABLE) from None


def _download(
    file: MediaFile, target: io.RawIOBase, limit: int, timeout_s: float, environment: Mapping[str, str]
) -> int:
    left = encrypted_size(limit)
    decryptor = MediaDecryptor(file)
    with _answered(_request(file), Deadline(timeout_s), environment) as response:
        if (response.length or 0) > left:
            raise DownloadError(InputCode.FILE_TOO_LARGE)
        while piece := response.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise DownloadError(InputCode.FILE_TOO_LARGE)
            _keep(target, decryptor.update(piece))
    _keep(target, decryptor.finish())
    if decryptor.length > limit:  # by less than a block of the cipher
        raise DownloadError(InputCode.FILE_TOO_LARGE)
    return decryptor.length


def _keep(target: io.RawIOBase, data: bytes) -> None:
    left = memoryview(data)
    try:
        while left:
            left = left[target.write(left) or 0 :]
    except OSError:
        raise DownloadError(RefusalCode.FILE_NOT_KEPT) from None


def _request(file: MediaFile) -> bytes:
    """Return a request as the core makes it. Source: whatsmeow, download.go (``DownloadMediaWithPath``)."""
    mark = "&" if "?" in file.path else "?"
    asked = f"hash={base64.urlsafe_b64encode(file.enc_sha256).decode()}&mms-type={file.kind}&__wa-mms="
    lines = (
        f"GET {file.path}{mark}{asked} HTTP/1.1",
        f"Host: {MEDIA_HOST}",
        f"Origin: {_ORIGIN}",
        f"Referer: {_ORIGIN}/",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


@contextmanager
def _answered(
    request: bytes, deadline: Deadline, environment: Mapping[str, str]
) -> Iterator[http.client.HTTPResponse]:
    """Ask the media host; yield its answer when that is the file."""
    with _connected(Deadline(min(_ANSWER_S, deadline.left())), environment) as sock:
        sock.settimeout(min(_ANSWER_S, deadline.left()))
        sock.sendall(request)
        response = http.client.HTTPResponse(cast(socket.socket, _Reading(sock, deadline)), method="GET")
        response.begin()
        if response.status != http.client.OK:
            raise DownloadError(
                RefusalCode.FILE_GONE if response.status in _GONE else RefusalCode.FILE_UNREACHABLE
            )
        yield response


@contextmanager
def _connected(deadline: Deadline, environment: Mapping[str, str]) -> Iterator[ssl.SSLSocket]:
    """Connect to the media host by the way that the core takes."""
    proxy = proxy_for(MEDIA_HOST, _PORT, environment)
    ways = addresses(proxy.host if proxy else MEDIA_HOST, proxy.port if proxy else _PORT, deadline)
    with connect(ways, deadline) as sock:
        if proxy:
            open_tunnel(sock, proxy, MEDIA_HOST, _PORT, deadline)
        sock.settimeout(deadline.left())
        with tls_context(environment).wrap_socket(sock, server_hostname=MEDIA_HOST) as safe:
            yield safe


class _Reading(io.RawIOBase):
    """What a socket receives; each read waits for what is left of the deadline at most."""

    def __init__(self, sock: ssl.SSLSocket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a reader, as a socket does for HTTPResponse."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read as io.RawIOBase does. Raises TimeoutError."""
        self._sock.settimeout(min(_ANSWER_S, self._deadline.left()))
        return self._sock.recv_into(buffer)
