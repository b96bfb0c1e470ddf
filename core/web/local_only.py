"""Until somebody can sign in, only this machine's own browser may come in.

Whoever opens the pages can link accounts and write in their owner's name, so a visitor from elsewhere is
refused, and so is everything that a proxy passed on: its true origin cannot be known.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OPEN_PATHS: Final = frozenset({"/healthz", "/_stcore/health"})
_FORWARDING: Final = frozenset(
    {
        *(b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"),
        *(b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip", b"fly-client-ip"),
    }
)
_REFUSAL: Final = (
    "Este aplicativo só pode ser aberto no próprio computador em que roda, porque ainda não tem senha.\n"
    "This app can only be opened on the computer it runs on, because it has no password yet.\n"
)


class LocalOnly:
    """Pure ASGI middleware for http and websocket; the health paths stay open."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a local visitor on; refuse others with 403, a websocket before it is accepted."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS or is_local(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": "local only"})
        else:
            headers = {"Cache-Control": "no-store"}
            await PlainTextResponse(_REFUSAL, 403, headers=headers)(scope, receive, send)


def is_local(scope: Scope) -> bool:
    """True when the peer is this machine, asks for it by its own name, and nothing says it was passed on."""
    headers = {name.lower(): value for name, value in scope.get("headers", ())}
    if not _FORWARDING.isdisjoint(headers) or not _is_own_name(headers.get(b"host", b"")):
        return False
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _is_own_name(host: bytes) -> bool:
    """A name that somebody else's DNS points here would let their pages read ours (DNS rebinding)."""
    try:
        name = urlsplit(f"//{host.decode('latin-1')}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
