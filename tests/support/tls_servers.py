"""TLS servers on loopback, each wrong in its own way, and proxies in front of them."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import email.utils
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST: Final = "localhost"
Talk = Callable[[socket.socket], None]
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates; `path` is its own, as PEM."""

    path: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    @classmethod
    def made(cls, folder: Path, name: str = "authority") -> Authority:
        """A new one, with its certificate in `folder`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test {name}")])
        builder = _builder(subject, subject, key, dt.datetime.now(dt.UTC))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        path = folder / f"{name}.pem"
        path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return cls(path, key, subject)

    def server(
        self,
        folder: Path,
        *,
        names: tuple[str, ...] = (HOST,),
        age: dt.timedelta = dt.timedelta(),
        self_signed: bool = False,
    ) -> ssl.SSLContext:
        """What a server of these names needs; its certificate was made `age` ago and lasts a day each way."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issuer, signer = (subject, key) if self_signed else (self.name, self.key)
        builder = _builder(subject, issuer, key, dt.datetime.now(dt.UTC) - age)
        san = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        certificate = builder.add_extension(san, critical=False).sign(signer, hashes.SHA256())
        path = folder / "server.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, middle: dt.datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(middle - _DAY).not_valid_after(middle + _DAY)


@contextlib.contextmanager
def serving(talk: Talk) -> Iterator[int]:
    """A port on loopback whose every visitor is given to `talk`, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    talks: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                visitor, _ = listener.accept()
            except OSError:  # closed
                return
            talks.append(threading.Thread(target=_give, args=(talk, visitor), daemon=True))
            talks[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (accepting, *talks):
            thread.join(5)
            assert not thread.is_alive()


def _give(talk: Talk, visitor: socket.socket) -> None:
    visitor.settimeout(5)
    with visitor, contextlib.suppress(OSError):
        talk(visitor)


def web(context: ssl.SSLContext, *, date: Callable[[], float | None] = time.time, wait: float = 0.0) -> Talk:
    """A web server that answers any head with 400, as WhatsApp's does, and this date."""

    def talk(visitor: socket.socket) -> None:
        with context.wrap_socket(visitor, server_side=True) as safe:
            assert read_head(safe).startswith(b"HEAD / HTTP/1.1\r\nHost: ")
            if wait:
                threading.Event().wait(wait)
            at = date()
            line = f"Date: {email.utils.formatdate(at, usegmt=True)}\r\n" if at is not None else ""
            safe.sendall(f"HTTP/1.1 400 Bad Request\r\n{line}Content-Length: 0\r\n\r\n".encode())

    return talk


def saying(data: bytes) -> Talk:
    """Says something that is no TLS to whatever it is told."""

    def talk(visitor: socket.socket) -> None:
        visitor.recv(4096)
        visitor.sendall(data)
        visitor.recv(4096)

    return talk


def silent(visitor: socket.socket) -> None:
    """Takes everything and never says a word."""
    while visitor.recv(4096):
        pass


def http_proxy(port: int, *, password: str = "", status: int = 200, host: str = "web.whatsapp.com") -> Talk:
    """Answers CONNECT with `status` and leads to `port` on loopback; with a password 407 without it."""

    def talk(visitor: socket.socket) -> None:
        head = read_head(visitor)
        assert head.startswith(f"CONNECT {host}:443 HTTP/1.".encode())
        opening = b"Proxy-Authorization: Basic " + base64.b64encode(password.encode())
        answer = 407 if password and opening not in head else status
        visitor.sendall(f"HTTP/1.1 {answer} Whatever\r\n\r\n".encode())
        if answer == 200:
            _couple(visitor, port)

    return talk


def socks_proxy(port: int, *, password: bytes = b"", reply: int = 0) -> Talk:
    """SOCKS 5 (RFC 1928, RFC 1929) that leads to `port` on loopback."""

    def talk(visitor: socket.socket) -> None:
        offered = visitor.recv(64)[2:]
        method = 2 if password else 0
        if method not in offered:
            visitor.sendall(b"\x05\xff")
            return
        visitor.sendall(bytes([5, method]))
        if password:
            said = visitor.recv(512)
            user = said[2 : 2 + said[1]]
            good = user + b":" + said[3 + said[1] :] == password
            visitor.sendall(b"\x01" + (b"\0" if good else b"\x01"))
            if not good:
                return
        request = visitor.recv(512)
        assert request == b"\x05\x01\x00\x03\x10web.whatsapp.com\x01\xbb"
        visitor.sendall(bytes([5, reply, 0, 1, 127, 0, 0, 1, 0, 80]))
        if reply == 0:
            _couple(visitor, port)

    return talk


def read_head(visitor: socket.socket) -> bytes:
    """Up to the first empty line."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = visitor.recv(4096)
        if not data:
            break
        head += data
    return head


def _couple(visitor: socket.socket, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as inner:
        back = threading.Thread(target=_pour, args=(inner, visitor), daemon=True)
        back.start()
        _pour(visitor, inner)
        back.join(5)


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
