"""What a link leads to, in a few words and a small picture, as WhatsApp shows it above a message."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from core.errors import InvalidInputError
from core.media.pictures import small_jpeg
from core.services import public_web

PAGE_LIMIT: Final = 512 * 1024
PICTURE_LIMIT: Final = 3 * 1024 * 1024
"""Bytes, as the one above."""
TITLE_LIMIT: Final = 120
DESCRIPTION_LIMIT: Final = 300
"""Characters, as the one above."""
_THUMBNAIL: Final = 300
"""Pixels of the longer side."""
_LINK: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_TRAILING: Final = ".,;:!?)]}'’”…*_~"
_CHARSET: Final = re.compile(r"charset=[\"']?([\w.-]+)", re.IGNORECASE)


def find_link(text: str) -> str:
    """The first link in ``text`` as it stands there; empty when there is none."""
    found = _LINK.search(text)
    return found[0].rstrip(_TRAILING) if found else ""


def link_preview(url: str) -> str:
    """The preview of ``url`` for ``Content.link``; blocks at most about 10 s.

    Only addresses that anybody can reach are asked, never this machine's own network.
    Raises InvalidInputError: link-invalid, link-private (it leads to no public address), link-unreachable,
    link-no-page.
    """
    page = public_web.get(url, limit=PAGE_LIMIT, accept="text/html")
    if page.kind not in {"text/html", "application/xhtml+xml"}:
        raise InvalidInputError("link-no-page")
    head = _Head()
    head.feed(_decoded(page))
    title = head.found.get("og:title") or head.found.get("title") or page.host
    description = head.found.get("og:description") or head.found.get("description", "")
    picture = head.found.get("og:image", "")
    preview = {
        "url": url,
        "title": _short(title, TITLE_LIMIT),
        "description": _short(description, DESCRIPTION_LIMIT),
        "thumbnail": base64.b64encode(_thumbnail(urljoin(page.url, picture)) if picture else b"").decode(),
    }
    return json.dumps(preview, ensure_ascii=False)


class _Head(HTMLParser):
    """Collects what a page says of itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, str] = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the first of each name."""
        if tag == "title":
            self._in_title = "title" not in self.found
        elif tag == "meta":
            given = dict(attrs)
            name = (given.get("property") or given.get("name") or "").casefold()
            if name and (content := (given.get("content") or "").strip()):
                self.found.setdefault(name, content)

    def handle_endtag(self, tag: str) -> None:
        """The title ends."""
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        """The title's words."""
        if self._in_title:
            self.found["title"] = self.found.get("title", "") + data


def _decoded(page: public_web.Answer) -> str:
    declared = _CHARSET.search(page.content_type) or _CHARSET.search(page.data[:2048].decode("latin-1"))
    try:
        return page.data.decode(declared[1] if declared else "utf-8", "replace")
    except LookupError:
        return page.data.decode("utf-8", "replace")


def _short(text: str, limit: int) -> str:
    words = " ".join(text.split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def _thumbnail(url: str) -> bytes:
    """A small JPEG; empty when the picture cannot be had: the words are enough."""
    try:
        return small_jpeg(public_web.get(url, limit=PICTURE_LIMIT, accept="image/*").data, side=_THUMBNAIL)
    except (InvalidInputError, OSError, ValueError):
        return b""
