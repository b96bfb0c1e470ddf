"""Contact cards of an address book, as they arrive: every person and every number, as written.

Strangers write them. vobject reads one line at a time, and only lines that are short and well formed: its
expressions take exponential time for others, and a photo in a card is of no use here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from core.models.content import CardPhone, ContactCard

if TYPE_CHECKING:
    from vobject.base import ContentLine

_CARD: Final = 262_144
"""Characters of a card that are looked at; most of a large one is a photo."""
_LINE: Final = 1_000
_PARAMETERS: Final = 200
_LINES: Final = 200
_NAME: Final = 250
_PHONES: Final = 16
_NUMBER: Final = 60
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_QUOTED: Final = "quoted-printable"
_VALUE: Final = r'(?:"[^"\r\n]*"|[^";:,=\r\n]*)'
_WELL_FORMED: Final = re.compile(
    rf"(?:[a-z0-9-]+\.)?(?:n|fn|org|tel|begin|end)(?:;[a-z0-9-]+(?:={_VALUE}(?:,{_VALUE})*)?)*:.*",
    re.IGNORECASE,
)
_CHARSET: Final = re.compile(r";charset=(?!utf-?8|us-ascii|iso-8859-|windows-125)", re.IGNORECASE)
"""Python knows character sets that cost a lot to read."""
_EXTENSION: Final = re.compile(
    r"^(?P<number>[^;,xX]*?\d[^;,xX]*?)[\s;,]*(?:;ext=|ext\.?|ramal|x|[;,])[\s:.]*(?P<extension>[\d*#,]{1,12})\s*$",
    re.IGNORECASE,
)
_WAID: Final = re.compile(r"\d{5,20}")


def cards_of(vcard: str, *, name: str = "") -> tuple[ContactCard, ...]:
    """Return the people in the text of a card, mostly one; ``name`` is what WhatsApp calls the first."""
    found: list[tuple[list[ContentLine], str]] = []
    for line in _lines(vcard):
        if line.name == "BEGIN" or not found:
            found.append(([], "" if found else name))
        found[-1][0].append(line)
    cards = [_card(lines, called) for lines, called in found] or [ContactCard(name)]
    return tuple(card for card in cards if card.name or card.phones)


def _card(lines: list[ContentLine], called: str) -> ContactCard:
    texts = {line.name: _text(line.value) for line in reversed(lines) if line.name in ("N", "FN", "ORG")}
    structured = " ".join(filter(None, (_part(texts.get("N", ""), place) for place in (1, 0))))
    name = called or texts.get("FN", "") or structured or _part(texts.get("ORG", ""), 0)
    phones = (_phone(line) for line in lines if line.name == "TEL")
    return ContactCard(_on_one_line(name, _NAME), tuple(phone for phone in phones if phone.written)[:_PHONES])


def _phone(line: ContentLine) -> CardPhone:
    """Return a number as written; its digits only where the card says the country, or WhatsApp's own id."""
    written = _on_one_line(_text(line.value), 4 * _NUMBER).removeprefix("tel:")
    extension = ""
    if split := _EXTENSION.match(written[:_NUMBER]):
        written, extension = split["number"].strip(), split["extension"]
    written = written[:_NUMBER]
    if not any(character.isdecimal() for character in written):
        return CardPhone()
    waid = next(iter(line.params.get("WAID", ())), "")
    if _WAID.fullmatch(waid):
        return CardPhone(written, waid, extension)
    digits = re.sub(r"[^0-9]", "", written)
    return CardPhone(written, digits if written.startswith("+") and len(digits) <= 15 else "", extension)


def _lines(vcard: str) -> Iterator[ContentLine]:
    """Yield the lines that name people and numbers."""
    # At its first use: most workers never see a card.
    from vobject.base import VObjectError, textLineToContentLine  # noqa: PLC0415

    left = _LINES
    for line in _logical_lines(_FOLD.sub("", vcard[:_CARD])):
        if len(line) > _LINE or not _WELL_FORMED.fullmatch(line) or _CHARSET.search(line):
            continue
        if left == 0:
            return
        left -= 1
        try:
            yield textLineToContentLine(line)
        except (VObjectError, ValueError):  # it says something else than its encoding promises
            continue


def _logical_lines(text: str) -> Iterator[str]:
    """Yield line after line, those together that a soft break of quoted-printable divides."""
    begun = ""
    for physical in text.splitlines():
        line = begun + physical
        quoted = line.endswith("=") and len(line) < _LINE and _QUOTED in line[:_PARAMETERS].casefold()
        begun = line[:-1] if quoted else ""
        if not quoted:
            yield line


def _text(value: str) -> str:
    """Return a value without its escapes."""
    return re.sub(r"\\([\\,;:nN])", lambda found: "\n" if found[1] in "nN" else found[1], value)


def _part(value: str, place: int) -> str:
    parts = value.split(";")
    return parts[place] if place < len(parts) else ""


def _on_one_line(text: str, most: int) -> str:
    return " ".join(text[: 4 * most].split())[:most]
