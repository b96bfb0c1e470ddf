"""What the closed door costs each request, and what a guess costs a guesser."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.models.access import SignInMethod
from core.settings import read_settings
from core.web.auth.authenticator import Authenticator
from core.web.auth.cookies import Cookies
from core.web.auth.middleware import AuthMiddleware
from core.web.auth.request import SESSION_COOKIE
from tests.bench.table import Row, row

RUNS = 5
REQUESTS = 2_000
# As Chromium sends it with a page of ours.
HEADERS = {
    "host": "127.0.0.1:8501",
    "connection": "keep-alive",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "sec-fetch-site": "same-origin",
    "sec-fetch-mode": "navigate",
    "referer": "http://127.0.0.1:8501/",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "pt-BR,pt;q=0.9,en;q=0.8",
}


def measure(folder: Path) -> list[Row]:
    """The same request with the door and without, in this process; and one comparison of a password."""
    settings = replace(read_settings({"APP_PASSWORD": "cavalo-bateria-grampo"}), auth_dir=folder)
    return asyncio.run(_measure(Authenticator(settings)))


async def _measure(auth: Authenticator) -> list[Row]:
    auth.prepare()
    token = await auth.sign_in(SignInMethod.PASSWORD, who="", address="127.0.0.1")
    assert auth.password is not None
    door = AuthMiddleware(_answer, authenticator=auth)
    costs, guesses = [], []
    name = Cookies(auth.settings).name(SESSION_COOKIE, secure=False)
    for _ in range(RUNS):
        bare, closed = await _seconds(_answer, f"{name}={token}"), await _seconds(door, f"{name}={token}")
        costs.append((closed - bare) / REQUESTS * 1_000_000)
        begin = time.monotonic()
        assert not await auth.password.matches("a guess")
        guesses.append(time.monotonic() - begin)
    return [
        row("the door, of each request of somebody signed in", 100, "µs", *costs),
        row("comparing one password", 1, "s", *guesses),
    ]


async def _seconds(app: ASGIApp, cookie: str) -> float:
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    headers.append((b"cookie", f"_streamlit_xsrf=2|0|0|0; {cookie}".encode()))
    begin = time.perf_counter()
    for _ in range(REQUESTS):
        await app(
            {
                "type": "http",
                "method": "GET",
                "path": "/api/instances",
                "raw_path": b"/api/instances",
                "query_string": b"",
                "scheme": "http",
                "headers": headers,
                "client": ("127.0.0.1", 1),
            },
            _nothing,
            _dropped,
        )
    return time.perf_counter() - begin


async def _answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def _nothing() -> Message:
    return {"type": "http.request"}


async def _dropped(message: Message) -> None:
    if message["type"] == "http.response.start":
        assert message["status"] == 200
