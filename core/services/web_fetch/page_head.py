"""What the head of a web page says of the page, read in time that grows with its length only.

``html.parser`` takes 0.6 s for 512 kB of ``<``; some patches of Python need far more (CVE-2025-6069). This
reads bytes: in every character set of ``charsets`` markup is ASCII, and no second half of a letter looks so.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from core.services.web_fetch.charsets import charset_of

_TAG_LIMIT: Final = 8_192
"""Bytes of one tag, or of the title, that are looked at."""
_MARKS: Final = 4_000
"""Tags that are looked at; a head of a large site has a few hundred."""
_METAS: Final = 500
_ATTRIBUTES: Final = 32
# Nothing before the end of these is markup; a page that does not end them ends there.
_ENDS: Final = {
    name: re.compile(rb"</" + name + rb"(?=[\s/>])", re.IGNORECASE)
    for name in (b"title", b"script", b"style", b"template", b"textarea", b"noembed", b"noframes")
} | {b"!--": re.compile(rb"-->")}
_MARK: Final = re.compile(
    rb"<(?=[!/bmnst])(!--|(?:/head|body|meta|"
    + b"|".join(name for name in _ENDS if name[:1].isalpha())
    + rb")(?=[\s/>]))",
    re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(
    rb"[\s/]*+([^\s/>=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^\s>\"']?[^\s>]*+)))?"
)
_WANTED: Final = {b"og:title", b"og:description", b"description", b"og:image"}
_KEPT_MARKS: Final = {"\u200c", "\u200d"}
"""Joiners: Persian and many emoji are not written without them."""
_LEFT_OUT: Final = {"Cc", "Cf", "Cs", "Co"}
"""Categories of Unicode: control, format (direction marks, tags), halves of letters, private use."""


@dataclass(frozen=True, slots=True)
class PageHead:
    """A page's own words, in plain characters; empty where it has none."""

    title: str
    description: str
    picture: str
    """Where its picture is, as it stands there."""


def read_page_head(data: bytes, content_type: str) -> PageHead:
    """Return what the page ``data`` says of itself: the first of each kind, and what is meant for sharing."""
    codec = charset_of(content_type, data)
    found = {name: _decoded(value, codec) for name, value in _fields(data).items()}
    return PageHead(
        title=plain(found.get(b"og:title", "")) or plain(found.get(b"title", "")),
        description=plain(found.get(b"og:description", "")) or plain(found.get(b"description", "")),
        picture=found.get(b"og:image", "").strip(),
    )


def plain(text: str) -> str:
    """Return ``text`` in one line, without characters that control, hide or turn around what is shown."""
    shown = (char for char in text if char.isspace() or _is_shown(char))
    return " ".join("".join(shown).split())


def _is_shown(char: str) -> bool:
    return char in _KEPT_MARKS or unicodedata.category(char) not in _LEFT_OUT


def _fields(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = metas = 0
    for _ in range(_MARKS):
        mark = _MARK.search(data, at)
        if mark is None or mark[1].lower() in (b"/head", b"body"):
            break
        name, at = mark[1].lower(), mark.end()
        if name == b"meta":
            metas += 1
            at = _read_meta(data, at, found)
            if metas >= _METAS:
                break
            continue
        # "<!-->" is a whole comment.
        end = _ENDS[name].search(data, at - 2 if name == b"!--" else at)
        if name == b"title":
            _read_title(data[at : min(end.start() if end else len(data), at + _TAG_LIMIT)], found)
        if end is None:
            break
        at = end.end()
    return found


def _read_title(text: bytes, found: dict[bytes, bytes]) -> None:
    words = text.partition(b">")[2].strip()  # what may still stand in the tag is no title
    if words:
        found.setdefault(b"title", words)


def _read_meta(data: bytes, at: int, found: dict[bytes, bytes]) -> int:
    """Keep what the tag says whose attributes begin at ``at``; return where they end."""
    given: dict[bytes, bytes] = {}
    end = min(len(data), at + _TAG_LIMIT)
    for _ in range(_ATTRIBUTES):
        attribute = _ATTRIBUTE.match(data, at, end)
        if attribute is None:
            break
        given.setdefault(attribute[1].lower(), attribute[2] or attribute[3] or attribute[4] or b"")
        at = attribute.end()
    name = (given.get(b"property") or given.get(b"name") or b"").strip().lower()
    content = given.get(b"content", b"").strip()
    if name in _WANTED and content:
        found.setdefault(name, content)
    return at


def _decoded(value: bytes, codec: str) -> str:
    try:
        return html.unescape(value.decode(codec, "replace"))
    except ValueError:  # a character reference of more than 4,300 digits
        return ""
