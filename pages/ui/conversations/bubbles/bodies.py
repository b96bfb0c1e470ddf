"""What a bubble holds, as data for the script that draws it: plain words and figures, no HTML.

All that people wrote is settled here (directions, presentation mode); the script only sets texts.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from core.models.content import Attachment, Content, Kind
from core.models.messages import Changes, Mark
from core.services.received_file import DisplayKind
from core.services.web_fetch.text_links import addresses_of, find_links
from pages.ui.chat_marks import runs
from pages.ui.conversations.bubbles.pictures import picture_name
from pages.ui.escape import isolated, settled_lines
from pages.ui.formats import format_length, format_size
from pages.ui.i18n import N_, _
from pages.ui.presentation import is_on
from pages.ui.texts.inbox import mark_author
from pages.ui.texts.message_kinds import FETCH, choices_of, inbox_icon, inbox_label, lines_of, place_of

Said: TypeAlias = tuple[str, str] | tuple[str, str, str]
"""Words, how they look, and of a link its address."""
Part: TypeAlias = dict[str, object]
"""As JSON; what is empty is left out."""
FOLDED: Final = 800
"""Characters of a text that a bubble shows before it is unfolded."""
UNFOLDED: Final = 66_000
"""The same after that; WhatsApp itself takes 65,536."""
_LINES: Final = 24
"""Lines that a bubble shows before it is unfolded."""
_VOTERS: Final = 40
"""People who are named at an option or a reaction."""
_WAVE: Final = 64
_ABOUT: Final = 200
"""Characters of a title, and of a description."""
_STAND_INS: Final = "\ue000\ue001\ue002\ue003"
"""Signs for private use, which no font draws."""
_SHIELD: Final = str.maketrans("*_~`", _STAND_INS)
_UNKNOWN: Final = dict.fromkeys(map(ord, _STAND_INS), "\N{REPLACEMENT CHARACTER}")
_UNSHIELD: Final = str.maketrans(_STAND_INS, "*_~`")
_NO_ADDRESS: Final = N_("WhatsApp sent no address for this file, so it cannot be downloaded.")
_VIEWS: Final[Mapping[Kind, str]] = {
    Kind.IMAGE: DisplayKind.PICTURE,
    Kind.STICKER: "sticker",
    Kind.VIDEO: DisplayKind.FILM,
    Kind.AUDIO: DisplayKind.SOUND,
    Kind.VOICE: DisplayKind.SOUND,
}


def body(content: Content, changes: Changes, *, there: bool) -> Part:
    """Return what the bubble of ``content`` holds; ``there``: its file can be fetched with a press."""
    return filled(
        {
            "text": words(_folded(content.text.strip())),
            "long": is_long(content.text),
            "kind": _kind(content),
            "file": _file(content, content.file, there=there) if content.file else {},
            "link": _link(content),
            "place": _place(content),
            "lines": _lines(content),
            "choices": _choices(content, changes.votes),
            "many": _many(content),
        }
    )


def _lines(content: Content) -> list[tuple[str, bool]]:
    """Return what a kind says beside its text, line by line, and whether a line is a name."""
    names = {content.name, *(card.name for card in content.cards)}
    return [(isolated(line), line in names) for line in lines_of(content) if line]


def words(text: str) -> list[Said]:
    """Return a text in pieces of one look each; what is a link comes with where it leads."""
    settled = settled_lines(text.strip()[:UNFOLDED])
    return [piece for run in runs(_shielded(settled)) for piece in _pieces(*run)]


def _shielded(text: str) -> str:
    """Return ``text`` with stand-ins for the marks inside its links: there they mean nothing."""
    text = text.translate(_UNKNOWN)
    parts, end = [], 0
    for link in find_links(text):
        parts += [text[end : link.start], link.text.translate(_SHIELD)]
        end = link.end
    return "".join((*parts, text[end:]))


def _pieces(text: str, style: str) -> Iterator[Said]:
    end = 0
    for link in find_links(text) if "c" not in style else ():
        if end < link.start:
            yield text[end : link.start].translate(_UNSHIELD), style
        whole = link.text.translate(_UNSHIELD)
        yield whole, style, addresses_of(whole)[0]
        end = link.end
    if end < len(text):
        yield text[end:].translate(_UNSHIELD), style


def is_long(text: str) -> bool:
    """Return whether a bubble shows only the beginning of a text."""
    return _folded(text.strip()) != text.strip()


def _folded(text: str) -> str:
    lines = text[: FOLDED + 1].splitlines()
    if len(text) <= FOLDED and len(lines) <= _LINES:
        return text
    return "\n".join(lines[:_LINES])[:FOLDED] + "…"


def filled(part: Part) -> Part:
    """Return ``part`` without what is empty or false."""
    return {name: value for name, value in part.items() if value not in ("", None, False, [], (), {}, 0)}


def _kind(content: Content) -> Part:
    """Return icon and name of the kind, where the rest of the bubble does not say it."""
    plain = content.kind is Kind.TEXT or bool(content.options) or content.file is not None
    return {} if plain else {"icon": inbox_icon(content), "label": inbox_label(content)}


def _file(content: Content, file: Attachment, *, there: bool) -> Part:
    label, icon = FETCH.get(content.kind, FETCH[Kind.DOCUMENT])
    view = _VIEWS.get(content.kind, DisplayKind.FILE)
    missing = not there and not file.remote
    return filled(
        {
            "view": view,
            "name": isolated(file.name),
            "facts": _facts(file),
            "icon": icon,
            "label": _(label) if there else inbox_label(content),
            "there": there,
            "why": _("WhatsApp sent no address for this file, so it cannot be downloaded.")
            if missing
            else "",
            "picture": picture_name(file.thumbnail),
            "shape": _shape(file.width, file.height),
            "length": format_length(file.seconds),
            "wave": _wave(file.waveform),
            "gif": file.gif,
        }
    )


def _facts(file: Attachment) -> str:
    size = format_size(file.size) if file.size else ""
    return " · ".join(filter(None, (format_length(file.seconds), size)))


def _shape(width: int, height: int) -> float:
    """Return width by height, as far as a bubble goes along with it."""
    return round(max(0.5, min(2.5, width / height)), 3) if width > 0 and height > 0 else 0.0


def _wave(waveform: str) -> list[int]:
    """Return the loudness of a voice note, 64 values of 0 to 100; empty when there is none to be read."""
    try:
        values = base64.b64decode(waveform, validate=True)
    except (binascii.Error, ValueError):
        return []
    return [min(100, value) for value in values[:_WAVE]]


def preview_of(content: Content) -> dict[str, str]:
    """Return title, description and thumbnail (base64) of the page that a text links to; empty for none."""
    try:
        preview = json.loads(content.link) if content.link else {}
    except ValueError:
        return {}
    if not isinstance(preview, dict) or not preview.get("title"):
        return {}
    return {name: str(preview.get(name, "")) for name in ("title", "description", "thumbnail")}


def _link(content: Content) -> Part:
    preview = preview_of(content)
    if not preview:
        return {}
    title, about = (isolated(preview[name][:_ABOUT]) for name in ("title", "description"))
    return filled({"title": title, "about": about, "picture": picture_name(preview["thumbnail"])})


def _place(content: Content) -> Part:
    """Return where on earth a place is, as a point on the map of the world; nothing that is no place."""
    place = place_of(content)
    if place is None or not all(map(math.isfinite, place)) or is_on():
        return {}
    latitude, longitude = max(-90.0, min(90.0, place[0])), max(-180.0, min(180.0, place[1]))
    pair = f"{latitude:.6f}%2C{longitude:.6f}"
    return {
        "x": round(180 + longitude, 2),
        "y": round(90 - latitude, 2),
        "map": f"https://www.google.com/maps/search/?api=1&query={pair}",
    }


def _choices(content: Content, votes: Iterable[Mark]) -> list[Part]:
    """Return each option with how many chose it, and who; of an event, after the first answer."""
    choices = choices_of(content)
    votes = list(votes)
    voters: dict[str, list[str]] = {choice: [] for choice in choices if votes or content.options}
    for vote in votes:
        voters.setdefault(vote.text, []).append(mark_author(vote))
    return [
        {"label": choices.get(choice) or isolated(choice), "count": len(names), "who": _named(names)}
        for choice, names in voters.items()
    ]


def _many(content: Content) -> str:
    if not content.options:
        return ""
    return _("Choose one") if content.choices == 1 else _("Choose one or more")


def reactions(marks: Iterable[Mark]) -> list[Part]:
    """Return each emoji once, with how many and who put it there."""
    found: dict[str, list[str]] = {}
    for mark in marks:
        found.setdefault(isolated(mark.text[:16]), []).append(mark_author(mark))
    return [
        {"emoji": emoji, "count": len(names), "who": _named(names)} for emoji, names in found.items() if emoji
    ]


def _named(names: list[str]) -> str:
    return ", ".join(names[:_VOTERS])
