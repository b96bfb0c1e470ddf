"""``/backups/<token>``: a backup that waits, given to a browser that is signed in, a piece at a time.

It stands behind the sign-in like everything that is not listed as open. Streamlit's own downloads hold the
whole file in this process's memory, and a backup may be larger than that.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from core.errors import AppError
from core.locale import translation
from core.models.access import Session
from core.services.moving import backup
from core.settings import Settings
from core.web.auth.sign_in import frame_of
from core.web.auth.sign_in_page import framed_page

_HEADERS: Final = {
    "Cache-Control": "no-store",
    # Sealed bytes get no smaller: without this Streamlit's middleware would compress them all the same.
    "Content-Encoding": "identity",
}


class BackupDownloads:
    """The way to the files. Threading: the event loop's thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def routes(self) -> list[Route]:
        """Return what the app has to serve."""
        return [Route(f"{backup.DOWNLOAD_PATH}/{{token}}", self._give, methods=["GET"])]

    async def _give(self, request: Request) -> Response:
        if not isinstance(request.scope.get("visitor"), Session):
            return JSONResponse({"detail": "sign in first"}, 401)
        try:
            path, made = backup.waiting(request.path_params["token"])
            facts = await anyio.to_thread.run_sync(path.stat)
        except (AppError, OSError):
            return self._gone(request)
        return _Download(path, made.file_name, facts, on_end=lambda: backup.note_fetched(made))

    def _gone(self, request: Request) -> HTMLResponse:
        """Answer in words: a person followed a link that is an hour old."""
        frame = frame_of(request.scope, self._settings)
        _ = translation(frame.language).gettext
        title, back = _("This file is not here any more"), _("Back to the app")
        why = _("It is removed after an hour, or when the app is restarted. Make it again in the app.")
        link = f'<a class="button" href="/">{escape(back)}</a>'
        body = f"<h1>{escape(title)}</h1><p>{escape(why)}</p><p>{link}</p>"
        return framed_page(frame, title, body, status=410, again=request.url.path)


class _Download(FileResponse):
    """A file, sent a piece at a time; ``on_end`` is called once its last byte has gone out."""

    def __init__(self, path: Path, name: str, facts: os.stat_result, *, on_end: Callable[[], None]) -> None:
        super().__init__(
            path, filename=name, stat_result=facts, media_type="application/octet-stream", headers=_HEADERS
        )
        self._size = facts.st_size
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        expected, sent = -1, 0

        async def counted(message: Message) -> None:
            nonlocal expected, sent
            if message["type"] == "http.response.start":
                expected = self._expected(message)
            await send(message)
            sent += len(message.get("body", b""))

        await super().__call__(scope, receive, counted)
        if sent == expected:
            await anyio.to_thread.run_sync(self._on_end)

    def _expected(self, start: Message) -> int:
        """Return how many bytes follow to the file's end; -1 for an answer that does not reach it."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        if start["status"] == 206 and not headers.get("content-range", "").endswith(
            f"-{self._size - 1}/{self._size}"
        ):
            return -1  # the middle of a file, or several parts
        return int(headers["content-length"]) if start["status"] in (200, 206) else -1
