"""A message as it looks in a chat, as HTML made here: nothing in it is run, nothing is fetched."""

from __future__ import annotations

import json
import math
import re
from typing import Final

from core.models.content import ContactCard, Content, Kind
from pages.ui.chat_marks import CODE, MARKS
from pages.ui.escape import escape_html, in_isolation, isolated_html, settled_lines
from pages.ui.formats import format_length, format_size
from pages.ui.i18n import _
from pages.ui.presentation import covered
from pages.ui.texts.message_kinds import KINDS, card_number, label_of

_SHOWN: Final = 4096
_TAGS: Final = {"b": "strong", "i": "em", "s": "del"}


def formatted(text: str, *, most: int = _SHOWN) -> str:
    """Return ``text`` as HTML with WhatsApp's marks: ``*bold* _italic_ ~strike~`` and three backticks.

    Everything else reads as typed. Cut to ``most`` characters.
    """
    shown = settled_lines((text if len(text) <= most else f"{text[:most]}…").strip())
    parts = CODE.split(shown)
    markup = "".join(
        f"<code>{_lines(part)}</code>" if odd % 2 else _marked(_lines(part)) for odd, part in enumerate(parts)
    )
    return in_isolation(markup, of=shown)


def _lines(text: str) -> str:
    return "<br>".join(escape_html(line) if line.strip() else "" for line in text.split("\n"))


def _marked(html: str) -> str:
    for style, pattern in MARKS.items():
        html = pattern.sub(rf"<{_TAGS[style]}>\1</{_TAGS[style]}>", html)
    return html


def bubble(content: Content, *, quoted: str = "") -> str:
    """Return ``content`` in a bubble, without the picture or sound of a file; ``quoted`` stands above it."""
    above = f'<div class="wa-quote">{isolated_html(quoted)}</div>' if quoted else ""
    return f'<div class="wa-bubble">{above}{inside(content)}</div>'


def inside(content: Content, *, most: int = _SHOWN) -> str:
    """Return what the bubble of ``content`` holds, as HTML."""
    words = f"<div>{formatted(content.text, most=most)}</div>" if content.text else ""
    match content.kind:
        case Kind.TEXT:
            return _link_card(content.link) + words
        case Kind.LOCATION:
            name = f"<strong>{isolated_html(content.name)}</strong>" if content.name else ""
            here = map_svg(content.latitude, content.longitude)
            return f"{here}{name}<div>{isolated_html(content.address)}</div>"
        case Kind.CONTACT:
            return "".join(map(_card, content.cards))
        case Kind.POLL:
            return _poll(content)
    return _file_line(content) + words


def _card(card: ContactCard) -> str:
    numbers = "".join(f"<div>{escape_html(card_number(phone))}</div>" for phone in card.phones)
    return f"<div>👤 <strong>{isolated_html(card.name)}</strong></div>{numbers}"


def _file_line(content: Content) -> str:
    """Return sign, name, size and length of the file; the name of the kind when the file has none."""
    text, file = KINDS.get(content.kind, KINDS[Kind.OTHER]), content.file
    name = isolated_html(file.name if file and file.name else label_of(content))
    facts = [format_size(file.size) if file.size else "", format_length(file.seconds)] if file else []
    shown = escape_html(" · ".join(filter(None, facts)))
    return f'<div>{text.sign} {name} <span class="wa-muted">{shown}</span></div>'


def _link_card(link: str) -> str:
    try:
        preview = json.loads(link) if link else {}
    except ValueError:
        preview = {}
    if not preview.get("title"):
        return ""
    small = str(preview.get("thumbnail", ""))
    picture = (
        f'<img alt="" src="data:image/jpeg;base64,{small}">'
        if re.fullmatch(r"[A-Za-z0-9+/=]+", small)
        else ""
    )
    title, words = (isolated_html(str(preview.get(name, ""))) for name in ("title", "description"))
    return f'<div class="wa-link">{picture}<div><strong>{title}</strong><br>{words}</div></div>'


def _poll(content: Content) -> str:
    many = _("Choose one") if content.choices == 1 else _("Choose one or more")
    options = "".join(f"<li>{isolated_html(option)}</li>" for option in content.options)
    return (
        f"<strong>{isolated_html(content.text)}</strong>"
        f'<div class="wa-muted">{escape_html(many)}</div><ul class="wa-poll">{options}</ul>'
    )


def map_svg(latitude: float, longitude: float) -> str:
    """Return where on earth a place is: the grid of the world with a pin. No map service is asked."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return ""
    x, y = 180 + max(-180.0, min(180.0, longitude)), 90 - max(-90.0, min(90.0, latitude))
    grid = "".join(f"M{step} 0V180" for step in range(0, 361, 30))
    grid += "".join(f"M0 {step}H360" for step in range(0, 181, 30))
    label = escape_html(covered(f"{latitude:.5f}, {longitude:.5f}"))
    return (
        f'<svg class="wa-map" viewBox="0 0 360 180" role="img" aria-label="{label}">'
        f'<path class="wa-grid" d="{grid}"/><path class="wa-axes" d="M180 0V180M0 90H360"/>'
        f'<circle class="wa-pin" cx="{x:.2f}" cy="{y:.2f}" r="6"/></svg><div class="wa-muted">{label}</div>'
    )
