"""The page that Streamlit serves for every address, made ours: language, name, mark, and a first picture.

The browser has it seconds before the app draws: what a translator, a screen reader or a tab shows until then
comes from here.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.brand import mark_address
from core.locale import tag, translation
from core.settings import Settings
from core.web.app_language import language_in
from core.web.auth.headers import CONNECT_AT_ONCE
from core.web.streamlit_files import streamlit_file

_NOT_PAGES: Final = re.compile(r"/(?:static|media|component|api|_stcore)/|/log(?:in|out)\b|/[^/]*\.")
# The answer below must come whole and as it is: it is a few kB, and nothing keeps it.
_LEFT_OUT: Final = frozenset({b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"})
_REPLACED: Final = frozenset({b"content-length", b"etag", b"last-modified", b"accept-ranges"})
_SOON_NEEDED: Final = (
    "PageLink", "BidiComponent", "Html", "Selectbox", "Button", "MenuButton", "TextInput", "ButtonGroup"
)  # fmt: skip
"""Scripts that every page, the list or the conversations load once they are drawn: asked for at once."""
_ROOT: Final = '<div id="root"></div>'
_STYLE: Final = """
:root { --mark: url("%s"); }
body { margin: 0; background: #f5f7f4; }
.first { position: fixed; inset: 0; display: grid; place-content: center; justify-items: center; gap: 0.75rem;
  font: 600 1.25rem "Source Sans", system-ui, sans-serif; color: #10201c; }
.first i { width: 3.5rem; height: 3.5rem; background: var(--mark) center / contain no-repeat; }
@media (prefers-color-scheme: dark) { body { background: #0e1513; } .first { color: #e9f1ee; } }
"""


@dataclass(frozen=True, slots=True)
class _Page:
    """The page in one language, for a browser that unpacks and for one that does not."""

    plain: bytes
    packed: bytes


class IndexPage:
    """Pure ASGI middleware around Streamlit. Threading: the event loop's thread."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._served = b""
        """Streamlit's own page, from which ``_pages`` were made."""
        self._pages: dict[str, _Page] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; an answer that is Streamlit's page goes out as ours."""
        if scope["type"] != "http" or scope["method"] != "GET" or _NOT_PAGES.match(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = [pair for pair in scope["headers"] if pair[0] not in _LEFT_OUT]
        answer = _Answer(send, self._made_ours, scope)
        await self._app({**scope, "headers": headers}, receive, answer.take)

    def _made_ours(self, served: bytes, scope: Scope) -> _Page | None:
        """Return the page in the language that the address names, else in that of the settings."""
        if _ROOT.encode() not in served:
            return None
        if served != self._served:
            self._served, self._pages = served, {}
        language = language_in(scope.get("query_string", b""), self._settings.language)
        if language not in self._pages:
            page = made_ours(served.decode(), self._settings, language).encode()
            self._pages[language] = _Page(page, gzip.compress(page, mtime=0))
        return self._pages[language]


_Make = Callable[[bytes, Scope], _Page | None]


class _Answer:
    """An answer on its way: held back while it may be Streamlit's page, else passed on as it comes."""

    def __init__(self, send: Send, make: _Make, scope: Scope) -> None:
        self._send = send
        self._make = make
        self._scope = scope
        self._start: Message | None = None
        self._body = bytearray()

    async def take(self, message: Message) -> None:
        """Take the next part of it."""
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            if message["status"] == 200 and kind.startswith("text/html"):
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)
            return
        await self._send(message)

    async def _finish(self, start: Message) -> None:
        page = self._make(bytes(self._body), self._scope)
        if page is None:
            await self._send(start)
            await self._send({"type": "http.response.body", "body": bytes(self._body)})
            return
        headers = MutableHeaders(raw=[pair for pair in start["headers"] if pair[0] not in _REPLACED])
        if (path := _page_path(self._scope["path"])) != self._scope["path"]:
            query = self._scope.get("query_string", b"").decode("latin-1")
            headers["location"] = f"{quote(path)}{query and '?'}{query}"
            headers["content-length"] = "0"
            await self._send({**start, "status": 303, "headers": headers.raw})
            await self._send({"type": "http.response.body"})
            return
        packed = "gzip" in Headers(scope=self._scope).get("accept-encoding", "")
        body = page.packed if packed else page.plain
        if packed:
            headers["content-encoding"] = "gzip"
        headers["vary"] = "Accept-Encoding"
        headers["content-length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _page_path(path: str) -> str:
    """Return the page that an address is meant for: its first part, since no page lies below another.

    Streamlit's page asks for its scripts relative to its own address: below another it would load for ever.
    """
    return "/" + next(filter(None, path.split("/")), "")


def made_ours(page: str, settings: Settings, language: str) -> str:
    """Return Streamlit's ``page`` with our language, name and mark, and without its words in English.

    A keyboard on the screen makes it shorter, so that what stands at its foot stays in sight. Translators of
    browsers leave it alone: they would put elements of their own between those that the app
    goes on changing, and all of its sentences come in the visitor's language.
    """
    _ = translation(language).gettext
    name, mark = escape(settings.app_name), mark_address(settings.app_logo)
    without_script = escape(_("Turn on JavaScript in this browser to use this app."))
    parts: Mapping[str, str] = {
        r'<html lang="en">': f'<html lang="{tag(language)}" translate="no">',
        r"<title>.*?</title>": f'<title>{name}</title><meta name="google" content="notranslate">',
        "shrink-to-fit=no": "interactive-widget=resizes-content",
        r"</head>": f"<script>{CONNECT_AT_ONCE}</script>{_preloads()}<style>{_STYLE % mark}</style></head>",
        r"<noscript>.*?</noscript>": f"<noscript><p>{without_script}</p></noscript>",
        re.escape(_ROOT): f'<div id="root"><div class="first" aria-hidden="true"><i></i>{name}</div></div>',
    }
    for pattern, ours in parts.items():
        page = re.sub(pattern, ours.replace("\\", r"\\"), page, count=1, flags=re.DOTALL)
    return page


def _preloads() -> str:
    files = (streamlit_file("js", f"{name}.*.js") for name in _SOON_NEEDED)
    return "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{escape(file.name)}">'
        for file in files
        if file
    )
