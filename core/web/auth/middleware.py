"""The middleware in front of everything: without a sign-in, only the listed paths answer.

Pure ASGI around everything, for http and websocket. A path with any other spelling (``//``, ``%2e``, another
case, a slash behind, a whole address) is none of the open ones; nothing is normalised into an opening.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.models.access import Session
from core.web.auth.authenticator import Authenticator
from core.web.auth.cookies import Cookies
from core.web.auth.headers import add_security_headers
from core.web.auth.local_only import is_local
from core.web.auth.public_paths import ALIVE_PATHS, OIDC_PATHS, OPEN_PATHS, PAIR_PATHS, SIGN_IN, SIGN_OUT
from core.web.auth.request import SESSION_COOKIE, header, is_secure
from core.web.auth.sign_in import frame_of, local_only_response
from core.web.auth.sign_in_page import link_page
from core.web.auth.sockets import NOT_IN, SocketLogin, Sockets, refuse
from core.web.requests.bodies import body_problem, closing_unread, within_body_limit
from core.web.requests.headers import passed_on
from core.web.requests.limits import HEADERS_LIMIT
from core.web.requests.origin import is_foreign, is_same_origin, only_scheme_differs, own_origin
from core.web.requests.uploads import NO_UPLOADS, StoredUploads, Uploads

log = logging.getLogger(__name__)

LOGIN_HEADER: Final = b"x-login-id"
"""Tells Streamlit whose session it is (``server.trustedUserHeaders``); a visitor's own is removed."""
_LOCAL_ONLY: Final = 4403
_FOREIGN: Final = 4403
_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS: Final = frozenset({SIGN_IN, SIGN_OUT, *PAIR_PATHS})
"""They answer a foreign page themselves, by asking the person again."""


class AuthMiddleware:
    """Pure ASGI middleware. It goes around everything else."""

    def __init__(
        self, app: ASGIApp, authenticator: Authenticator, stored_uploads: StoredUploads = NO_UPLOADS
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._cookies = Cookies(authenticator.settings)
        self._sockets = Sockets()
        self._uploads = Uploads(stored_uploads)
        self._told_of_scheme = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in who is signed in; turn others away."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif not self._authenticator.may_serve():
            await _answer_nothing(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        secure, path = is_secure(scope, self._authenticator.settings), scope["path"]

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = add_security_headers(message, path=path, secure=secure)
            await send(message)

        receive, answer = closing_unread(scope, receive, send_secured)
        session, login = self._who(scope, secure=secure)
        refusal = self._refusal(scope, login, secure=secure)
        if refusal is not None:
            await refusal(scope, receive, answer)
            return
        passed = {**scope, "headers": self._passed_on(scope, login, secure=secure), "visitor": session}
        with self._uploads.counted(scope, login):
            await within_body_limit(self._app, passed, receive, answer)

    def _refusal(self, scope: Scope, login: str, *, secure: bool) -> Response | None:
        """Return the answer to a request that does not get through; None for one that does."""
        if _bytes_of_headers(scope) > HEADERS_LIMIT:
            return PlainTextResponse("too many headers", 431)
        if not login and not self._is_open(scope):
            return self._turn_away(scope)
        if own_origin(scope, secure=secure) is None and scope["path"] not in ALIVE_PATHS:
            return PlainTextResponse("one valid host is needed", 400)
        if self._is_foreign_deed(scope, secure=secure):
            return PlainTextResponse("only pages of this app may do that", 403)
        return body_problem(scope) or self._uploads.refusal(scope, login)

    def _is_foreign_deed(self, scope: Scope, *, secure: bool) -> bool:
        if scope["method"] in _CHANGES_NOTHING or scope["path"] in _FORMS:
            return False
        return is_foreign(scope, secure=secure)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        secure = is_secure(scope, self._authenticator.settings)
        session, login = self._who(scope, secure=secure)
        if _bytes_of_headers(scope) > HEADERS_LIMIT or not is_same_origin(scope, secure=secure):
            self._tell_of_scheme(scope, secure=secure)
            await refuse(receive, send, _FOREIGN, "only pages of this app")
            return
        if session is None:
            if self._may_ask(scope):
                await refuse(receive, send, NOT_IN, "sign in first")
            else:
                await refuse(receive, send, _LOCAL_ONLY, "local only")
            return

        def on_end(close: Callable[[], None]) -> Callable[[], None]:
            return self._authenticator.on_end(session, close)

        def used() -> None:
            self._authenticator.sessions.touch(session.digest)

        def sent(data: bytes) -> None:
            self._uploads.note(login, data)

        passed = {**scope, "headers": self._passed_on(scope, login, secure=secure)}
        await self._sockets.serve(self._app, passed, receive, send, SocketLogin(on_end, used, sent))

    def _tell_of_scheme(self, scope: Scope, *, secure: bool) -> None:
        """Say once in the log what a proxy that hides https from us does to every page."""
        if not self._told_of_scheme and only_scheme_differs(scope, secure=secure):
            self._told_of_scheme = True
            log.warning(
                "a page's connection was refused: it came by another scheme than its Origin says; "
                "a proxy must send X-Forwarded-Proto, and FORWARDED_ALLOW_IPS must name that proxy"
            )

    def _passed_on(self, scope: Scope, login: str, *, secure: bool) -> list[tuple[bytes, bytes]]:
        """Return the headers that the app is told, with the sign-in's name as the authenticator knows it."""
        names = self._cookies.names(secure=secure)
        headers = passed_on(scope, names, edge=self._authenticator.settings.on_render)
        unproven = set()
        if scope.get("method", "GET") in _CHANGES_NOTHING and not is_same_origin(scope, secure=secure):
            unproven.add(b"origin")  # Streamlit would look up on the internet whether it is one of ours
        if own_origin(scope, secure=secure) is None:
            unproven.add(b"host")
        told = [pair for pair in headers if pair[0] not in unproven]
        return [*told, (LOGIN_HEADER, login.encode())] if login else told

    def _may_ask(self, scope: Scope) -> bool:
        """Return whether that visitor may sign in; from elsewhere only with a password or a provider."""
        return not self._authenticator.opens_by_link or is_local(scope)

    def _who(self, scope: Scope, *, secure: bool) -> tuple[Session | None, str]:
        """Return the session and its name for pages; the name is empty for a visitor who may not come in."""
        if not self._may_ask(scope):
            return None, ""
        session = self._authenticator.sessions.find(self._cookies.read(scope, SESSION_COOKIE, secure=secure))
        return session, session.login if session else ""

    def _is_open(self, scope: Scope) -> bool:
        path = scope["path"]
        if scope.get("root_path") or scope.get("raw_path", path.encode()) != path.encode():
            return False
        if not self._may_ask(scope):
            return path in ALIVE_PATHS
        return path in OPEN_PATHS or (path in OIDC_PATHS and self._authenticator.settings.oidc is not None)

    def _turn_away(self, scope: Scope) -> Response:
        wants_page = scope["method"] in ("GET", "HEAD") and "text/html" in header(scope, b"accept")
        if not self._may_ask(scope):
            return local_only_response(scope, self._authenticator.settings)
        if not wants_page:
            return JSONResponse({"detail": "sign in first"}, 401)
        if self._authenticator.opens_by_link:
            return link_page(frame_of(scope, self._authenticator.settings))
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + ("?" + query if query else "")
        # Only to our own page: where to go from there is checked again once the visitor has signed in.
        return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}", 303)


async def _answer_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Turn everybody away: the process listens where it must not, and is about to end."""
    if scope["type"] == "websocket":
        await refuse(receive, send, _LOCAL_ONLY, "local only")
    else:
        await PlainTextResponse("local only", 503, headers={"Connection": "close"})(scope, receive, send)


def _bytes_of_headers(scope: Scope) -> int:
    return sum(len(name) + len(value) for name, value in scope["headers"])
