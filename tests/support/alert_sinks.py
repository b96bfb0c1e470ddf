"""Services on loopback that alerts are sent to: a mail server, ntfy, Telegram's bots behind a proxy.

Each fails as often as it is told to, and remembers every message that it confirmed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.tls_servers import Authority, http_proxy, serving

TELEGRAM: Final = "api.telegram.org"
TOKEN: Final = "123456789:abcdefg_hijklmnopqrstuvwxyz123456"  # made up
_REFUSALS: Final = (500, 503, 429, 401)


@dataclass
class Sink:
    """What one service got. `down`: it refuses everything. `fails`: the share of attempts that it refuses."""

    url: str = ""
    fails: float = 0.0
    down: bool = False
    seed: int = 1
    messages: list[str] = field(default_factory=list)
    attempts: int = 0
    hold: threading.Event | None = None
    """While it is not set, no attempt is answered."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    @property
    def lines(self) -> list[str]:
        """Every line of every message that was confirmed."""
        with self._lock:
            return [line for message in self.messages for line in message.splitlines()]

    def verdict(self) -> int:
        """0 to take what comes, else the number to refuse it with; -1 to hang up without a word."""
        if self.hold is not None:
            self.hold.wait(60)
        with self._lock:
            self.attempts += 1
            if self.down:
                return 503
            if self._random.random() >= self.fails:
                return 0
            return self._random.choice((*_REFUSALS, -1))

    def keep(self, message: str) -> None:
        with self._lock:
            self.messages.append(message)


def _handler(sink: Sink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # as http.server calls it
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            verdict = sink.verdict()
            if verdict < 0:
                self.close_connection = True
                return
            if not verdict:
                sink.keep(_text(body))
            answer = b'{"ok": true, "result": {"message_id": 1}}' if not verdict else b'{"error": "no"}'
            self.send_response(verdict or 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
            """Nothing on the terminal."""

    return Handler


def _text(body: bytes) -> str:
    """The words in what ntfy or Telegram is sent."""
    try:
        fields = json.loads(body)
        return str(fields.get("message") or fields.get("text"))
    except ValueError:
        return body.decode()


@contextlib.contextmanager
def _http(sink: Sink, context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(sink))
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextlib.contextmanager
def ntfy(topic: str = "loja", **options: Any) -> Iterator[Sink]:
    """A server of ntfy's kind."""
    sink = Sink(**options)
    with _http(sink) as port:
        sink.url = f"ntfy://127.0.0.1:{port}/{topic}"
        yield sink


@contextlib.contextmanager
def telegram(folder: Path, **options: Any) -> Iterator[tuple[Sink, dict[str, str]]]:
    """Telegram's host behind a proxy; with the environment that leads there."""
    sink = Sink(url=f"tgram://{TOKEN}/987654321/", **options)
    authority = Authority.made(folder)
    with (
        _http(sink, authority.server(folder, names=(TELEGRAM,))) as port,
        serving(http_proxy(port, host=TELEGRAM)) as proxy,
    ):
        yield (
            sink,
            {"HTTPS_PROXY": f"http://127.0.0.1:{proxy}", "REQUESTS_CA_BUNDLE": str(authority.path)},
        )


class _Mailbox:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail or refuse it for now."""
        verdict = self._sink.verdict()
        if verdict:
            return "451 Try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        part = mail.get_body(("plain", "html"))
        assert part is not None
        self._sink.keep(str(part.get_content()))
        return "250 OK"


@contextlib.contextmanager
def mail(**options: Any) -> Iterator[Sink]:
    """A mail server without TLS."""
    sink = Sink(**options)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opening = loop.create_server(lambda: SMTP(_Mailbox(sink), loop=loop), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(opening, loop).result(10)
    try:
        port = server.sockets[0].getsockname()[1]
        sink.url = (
            f"mailto://127.0.0.1:{port}?from=app@example.com&to=owner@example.com&mode=insecure&format=text"
        )
        yield sink
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
