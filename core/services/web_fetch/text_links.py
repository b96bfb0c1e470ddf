"""Links in a text that a person wrote: where each begins and ends, as WhatsApp's own apps see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.services.web_fetch.top_level_domains import TOP_LEVEL_DOMAINS

_WORD: Final = re.compile(
    '[^\\s<>"\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff'
    "“”„‟«»‹›\u3000-\u303f！，：；？（）［］｛｝｡｢｣､"
    "\u2190-\u2bff\ufe00-\ufe0f\U0001f000-\U0001faff\U000e0000-\U000e01ef]+"
)
"""What a link can consist of: it ends at a blank, a quotation mark, an arrow or an emoji."""
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
_LABEL: Final = r"\w(?:[\w-]{0,61}\w)?"
_HOST: Final = re.compile(
    rf"(?<![\w@/=&%#~$-])(?<!\w\.)(?:{_LABEL}\.){{1,10}}+((?!\d)[^\W_]{{2,24}}|xn--[a-z0-9-]{{2,59}})(?![\w@-])(?::\d{{1,5}})?",
    re.IGNORECASE,
)
"""A name of a host that nothing stands before that would make it a part of something else."""
_NEXT: Final = re.compile(r"[,;|](?=https?://|www\.)", re.IGNORECASE)
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_OPENING: Final = {opening: closing for closing, opening in _CLOSING.items()}
_TRAILING: Final = frozenset(".,;:!?'\"´`’‘…*_~|\\^·•¡¿–—")
"""What ends a sentence, or WhatsApp's own bold, and not a link."""
_AFTER_HOST: Final = frozenset({"", *"/?#"} | _TRAILING | {*_CLOSING, *_OPENING})
_LONGEST: Final = 8_192
"""Characters that are looked at of one word."""


@dataclass(frozen=True, slots=True)
class TextLink:
    """A link as it stands in a text."""

    start: int
    end: int
    """Where the text goes on behind it."""
    text: str


def find_links(text: str) -> Iterator[TextLink]:
    """Yield the links in ``text`` from its beginning; in time proportional to its length.

    Whole addresses, and names of hosts with an end that is known (``www.example.com``, ``example.com/a``).
    """
    for word in _WORD.finditer(text):
        found, offset = word[0][:_LONGEST], word.start()
        for part in _parts(found):
            link = _in_word(part[1])
            if link:
                begin = offset + part[0] + link[0]
                yield TextLink(begin, begin + len(link[1]), link[1])


def addresses_of(link: str) -> tuple[str, ...]:
    """Return where a link leads: itself, or where a host is its first word, by TLS and then without."""
    if re.match(r"[a-z][a-z0-9+.-]*:(?!\d)|[/\\]", link, re.IGNORECASE) or not link:
        return (link,)
    return (f"https://{link}", f"http://{link}")


def without_end(link: str) -> str:
    """Return ``link`` without what ends the sentence; a bracket stays where its pair is in the link."""
    excess = {closing: link.count(closing) - link.count(opening) for closing, opening in _CLOSING.items()}
    end = len(link)
    while end:
        last = link[end - 1]
        if last in excess and excess[last] > 0:
            excess[last] -= 1
        elif last in _OPENING:
            excess[_OPENING[last]] += 1
        elif last not in _TRAILING:
            break
        end -= 1
    return link[:end]


def _parts(word: str) -> Iterator[tuple[int, str]]:
    """Yield what stands between the marks of a list, each with its place."""
    begin = 0
    for mark in _NEXT.finditer(word):
        yield begin, word[begin : mark.start()]
        begin = mark.end()
    yield begin, word[begin:]


def _in_word(word: str) -> tuple[int, str] | None:
    """Return the link in a word, and where it begins."""
    if scheme := _SCHEME.search(word):
        link = without_end(word[scheme.start() :])
        host = re.split(r"[/?#]", link[scheme.end() - scheme.start() :], maxsplit=1)[0].rpartition("@")[2]
        return (scheme.start(), link) if _is_host(host) else None
    word = without_end(word)
    for found in _HOST.finditer(word):
        if _is_known(found[0], found[1]) and word[found.end() : found.end() + 1] in _AFTER_HOST:
            return found.start(), without_end(word[found.start() :])
    return None


def _is_host(host: str) -> bool:
    name = host if host.startswith("[") else host.partition(":")[0]
    return bool(re.search(r"\w", name)) and ("." in name.strip(".") or name.startswith("["))


def _is_known(host: str, end: str) -> bool:
    """Return whether the end of a host is one; a capital there begins a sentence: ``chegou.Me liga``."""
    name = host.partition(":")[0].removesuffix(end)
    starts_sentence = end[:1].isupper() and not end.isupper() and name == name.lower()
    return not starts_sentence and (
        end.lower() in TOP_LEVEL_DOMAINS or end.lower().startswith("xn--") or name.lower() == "www."
    )
