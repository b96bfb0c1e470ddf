"""The closed door: nothing answers who is not signed in but what is listed here, spelled exactly so.

Pure ASGI around everything, for http and websocket. A path with any other spelling (``//``, ``%2e``, another
case, a slash behind, a whole address) is none of the open ones; nothing is normalised into an opening.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.models.access import Session
from core.web.client import SESSION_COOKIE, cookie, cookie_name, header, is_secure
from core.web.doorkeeper import Doorkeeper
from core.web.headers import secured
from core.web.local_only import is_local
from core.web.paths import ALIVE_PATHS, OIDC_PATHS, OPEN_PATHS
from core.web.sign_in import explain, language_of
from core.web.sign_in_page import link_page
from core.web.sockets import NOT_IN, SocketLogin, Sockets, refuse

LOGIN_HEADER: Final = b"x-login-id"
"""Tells Streamlit whose session it is (``server.trustedUserHeaders``); a visitor's own is removed."""
BODY_LIMIT: Final = 64 * 1024
UPLOAD_LIMIT: Final = 101 * 1024 * 1024
"""Bytes; a little more than ``server.maxUploadSize``, for what surrounds the file."""
HEADERS_LIMIT: Final = 32 * 1024
"""Bytes of all headers together; Chromium's own come to about 1 kB, our cookies to 200 bytes."""
_UPLOADS: Final = "/_stcore/upload_file/"
_LOCAL_ONLY: Final = 4403


class Door:
    """Pure ASGI middleware. It goes around everything else."""

    def __init__(self, app: ASGIApp, keeper: Doorkeeper) -> None:
        self._app = app
        self._keeper = keeper
        self._sockets = Sockets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in who is signed in; turn others away."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif not self._keeper.may_serve():
            await _answer_nothing(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        secure, path = is_secure(scope, self._keeper.settings), scope["path"]

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = secured(message, path=path, secure=secure)
            await send(message)

        session, login = self._who(scope, secure=secure)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS_LIMIT:
            await PlainTextResponse("too many headers", 431)(scope, receive, send_secured)
        elif login or self._is_open(scope):
            scope = {**scope, "headers": _with_login(scope, login), "visitor": session}
            await _within_body_limit(self._app, scope, receive, send_secured)
        else:
            await self._turn_away(scope)(scope, receive, send_secured)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        secure = is_secure(scope, self._keeper.settings)
        session, login = self._who(scope, secure=secure)
        if session is None:
            if self._may_ask(scope):
                await refuse(receive, send, NOT_IN, "sign in first")
            else:
                await refuse(receive, send, _LOCAL_ONLY, "local only")
            return

        def on_end(close: Callable[[], None]) -> Callable[[], None]:
            return self._keeper.on_end(session, close)

        def used() -> None:
            self._keeper.sessions.touch(session.digest)

        scope = {**scope, "headers": _with_login(scope, login)}
        await self._sockets.serve(self._app, scope, receive, send, SocketLogin(on_end, used))

    def _may_ask(self, scope: Scope) -> bool:
        """Whether that visitor may sign in at all; from elsewhere only with a password or a provider."""
        return not self._keeper.opens_by_link or is_local(scope)

    def _who(self, scope: Scope, *, secure: bool) -> tuple[Session | None, str]:
        """The sign-in, and its name for pages; the name is empty for whoever may not come in."""
        if not self._may_ask(scope):
            return None, ""
        session = self._keeper.sessions.find(cookie(scope, cookie_name(SESSION_COOKIE, secure=secure)))
        return session, session.login if session else ""

    def _is_open(self, scope: Scope) -> bool:
        path = scope["path"]
        if scope.get("root_path") or scope.get("raw_path", path.encode()) != path.encode():
            return False
        if not self._may_ask(scope):
            return path in ALIVE_PATHS
        return path in OPEN_PATHS or (path in OIDC_PATHS and self._keeper.settings.oidc is not None)

    def _turn_away(self, scope: Scope) -> Response:
        wants_page = scope["method"] in ("GET", "HEAD") and "text/html" in header(scope, b"accept")
        if not self._may_ask(scope):
            return explain(scope, self._keeper.settings)
        if not wants_page:
            return JSONResponse({"detail": "sign in first"}, 401)
        if self._keeper.opens_by_link:
            return link_page(language_of(scope, self._keeper.settings))
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + ("?" + query if query else "")
        # Only to our own page: where to go from there is checked again when somebody has signed in.
        return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}", 303)


async def _answer_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Turn everybody away: the process listens where it must not, and is about to end."""
    if scope["type"] == "websocket":
        await refuse(receive, send, _LOCAL_ONLY, "local only")
    else:
        await PlainTextResponse("local only", 503, headers={"Connection": "close"})(scope, receive, send)


def _with_login(scope: Scope, login: str) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in scope["headers"] if name.lower() != LOGIN_HEADER]
    return [*others, (LOGIN_HEADER, login.encode())] if login else others


class _TooLargeError(Exception):
    """More body than is taken."""


async def _within_body_limit(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 413 to a body that is larger than anything we ask for, without reading it all."""
    limit = UPLOAD_LIMIT if scope["path"].startswith(_UPLOADS) else BODY_LIMIT
    started, taken = False, 0
    too_large = PlainTextResponse("too large", 413, headers={"Connection": "close"})
    length = header(scope, b"content-length")
    if length and not (length.isascii() and length.isdigit() and len(length) < 12 and int(length) <= limit):
        await too_large(scope, receive, send)
        return

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise _TooLargeError
        return message

    async def noted(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    try:
        await app(scope, counted, noted)
    except _TooLargeError:
        if not started:
            await too_large(scope, receive, send)
