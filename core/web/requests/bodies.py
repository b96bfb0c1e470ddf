"""The body of a request: never more than is asked for, and nothing of it is left unread on the connection."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.web.auth.request import header
from core.web.requests.lengths import has_body, said_length
from core.web.requests.limits import BODY_LIMIT, UPLOAD_LIMIT
from core.web.requests.uploads import UPLOADS


class _TooLargeError(Exception):
    """More body than is taken."""


def closing_unread(scope: Scope, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Return both so that an answer that came before the whole body was read ends the connection.

    Otherwise the server reads on for as long as the visitor sends, without limit, to find the next request.
    """
    unread = has_body(scope)

    async def watched() -> Message:
        nonlocal unread
        message = await receive()
        unread = unread and bool(message.get("more_body", False))
        return message

    async def closing(message: Message) -> None:
        if unread and message["type"] == "http.response.start":
            others = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"connection"]
            message = {**message, "headers": [*others, (b"connection", b"close")]}
        await send(message)

    return watched, closing


def body_problem(scope: Scope) -> Response | None:
    """Return the answer to a body that says it is larger than anything we ask for; None for others."""
    length = said_length(scope)
    if header(scope, b"content-length") and (length is None or length > _limit(scope)):
        return _too_large()
    return None


async def within_body_limit(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the app; answer 413 when more comes than is asked for, without reading it all."""
    limit, started, taken = _limit(scope), False, 0

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
            await _too_large()(scope, receive, send)


def _limit(scope: Scope) -> int:
    return UPLOAD_LIMIT if scope["path"].startswith(UPLOADS) else BODY_LIMIT


def _too_large() -> Response:
    return PlainTextResponse("too large", 413, headers={"Connection": "close"})
