"""What a link leads to, in a few words and a small picture, as WhatsApp shows it above a message."""

from __future__ import annotations

import base64
import json
import logging
from typing import Final

from core.errors import InvalidInputError
from core.hosting.checks.tunnel import Deadline
from core.media.images import small_jpeg
from core.models.codes import InputCode
from core.services.runtime import current
from core.services.web_fetch import safe_fetch
from core.services.web_fetch.page_head import read_page_head
from core.services.web_fetch.text_links import addresses_of, find_links
from core.services.web_fetch.web_url import join_url

log = logging.getLogger(__name__)

PAGE_LIMIT: Final = 512 * 1024
PICTURE_LIMIT: Final = 3 * 1024 * 1024
"""Bytes, as the one above."""
TITLE_LIMIT: Final = 120
DESCRIPTION_LIMIT: Final = 300
"""Characters, as the one above."""
_THUMBNAIL: Final = 300
"""Pixels of the longer side."""


def find_link(text: str) -> str:
    """Return the first link in ``text`` as it stands there; empty when there is none."""
    found = next(find_links(text), None)
    return found.text if found else ""


def link_preview(url: str) -> str:
    """Return the preview of ``url`` for ``Content.link``; blocks at most ``safe_fetch.WITHIN_S``.

    A link without ``https://`` is asked for by TLS first. Only addresses that anybody can reach are asked,
    never this machine's own network.
    Raises InvalidInputError, and nothing else: link-invalid, link-private (it leads to no public address),
    link-unreachable, link-no-page.
    """
    try:
        return _preview(url, Deadline(safe_fetch.WITHIN_S))
    except InvalidInputError:
        raise
    except Exception:  # a page that breaks us must not break the message
        log.exception("a link preview failed")
        raise InvalidInputError(InputCode.LINK_NO_PAGE) from None


def _preview(url: str, deadline: Deadline) -> str:
    page = _page(url, deadline)
    if page.kind not in {"text/html", "application/xhtml+xml"}:
        raise InvalidInputError(InputCode.LINK_NO_PAGE)
    head = read_page_head(page.data, page.content_type)
    picture = _thumbnail(head.picture, page.url, deadline) if head.picture else b""
    preview = {
        "url": url,
        "title": _short(head.title or page.host, TITLE_LIMIT),
        "description": _short(head.description, DESCRIPTION_LIMIT),
        "thumbnail": base64.b64encode(picture).decode(),
    }
    return json.dumps(preview, ensure_ascii=False)


def _page(url: str, deadline: Deadline) -> safe_fetch.Answer:
    first, *others = addresses_of(url)
    try:
        return safe_fetch.get(first, limit=PAGE_LIMIT, accept="text/html", deadline=deadline)
    except InvalidInputError as error:
        if not others or error.code != InputCode.LINK_UNREACHABLE:
            raise
    return safe_fetch.get(others[0], limit=PAGE_LIMIT, accept="text/html", deadline=deadline)


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _thumbnail(url: str, page: str, deadline: Deadline) -> bytes:
    """Return a small JPEG; empty when the picture cannot be had: the words are enough."""
    try:
        where = join_url(page, url)
        data = safe_fetch.get(where, limit=PICTURE_LIMIT, accept="image/*", deadline=deadline).data
        return small_jpeg(data, current().media.decoders, side=_THUMBNAIL)
    except (InvalidInputError, OSError, ValueError):
        return b""
