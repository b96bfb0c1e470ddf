"""What is wrong with a message before it is sent, kind by kind."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from core.errors import InvalidInputError
from core.models.codes import InputCode
from core.models.content import FILES, Content, Kind, Reference
from core.models.messages import SendState, SentMessage
from core.services.phone_numbers import parse_number
from core.services.visible import look, seen

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
NAME_LIMIT: Final = 100
"""Characters of the name of a place or a person, as of the two above."""
QUESTION_LIMIT: Final = 255
OPTION_LIMIT: Final = 100
OPTIONS: Final = (2, 12)
"""Fewest and most options of a poll."""
EDIT_WITHIN_S: Final = 15 * 60.0
DELETE_WITHIN_S: Final = 60 * 3600.0
"""Afterwards WhatsApp shows neither an edit nor a deletion. Source: faq.whatsapp.com."""
_EMOJI_LIMIT: Final = 16
"""Code points: a family of four with skin tones has eleven."""


def check(content: Content, *, sent: tuple[SentMessage, ...], now: float) -> Content:
    """Return the content as it can travel, if nothing is wrong with it; ``sent`` is what went out before.

    Raises InvalidInputError: text-…, file-missing, poll-…, place-…, contact-…, reaction-…, edit-…, delete-…,
    about-missing.
    """
    # A lone surrogate cannot be written as UTF-8 and would break the pipe's line.
    content = Content.from_json(content.to_json().encode("utf-8", "replace").decode())
    match content.kind:
        case Kind.TEXT:
            _words(content.text, "text", limit=TEXT_LIMIT)
        case Kind.LOCATION:
            return _place(content)
        case Kind.CONTACT:
            return _contact(content)
        case Kind.POLL:
            _poll(content)
        case Kind.REACTION:
            _reaction(content)
        case Kind.EDIT:
            _words(content.text, "text", limit=TEXT_LIMIT)
            _own(content.about, sent, code="edit", within=EDIT_WITHIN_S, now=now)
        case Kind.DELETE:
            _own(content.about, sent, code="delete", within=DELETE_WITHIN_S, now=now)
        case kind if kind in FILES:
            return _file(content)
        case _:
            raise InvalidInputError(InputCode.KIND_UNKNOWN)
    return content


def _words(text: str, code: str, *, limit: int) -> None:
    if not seen(text):
        raise InvalidInputError(InputCode(f"{code}-empty"))
    if len(text) > limit:
        raise InvalidInputError(InputCode(f"{code}-too-long"), detail=str(limit))


def _optional(text: str) -> str:
    """Return ``text``, or nothing for one of which nothing can be seen."""
    return text if seen(text) else ""


def _file(content: Content) -> Content:
    if content.file is None or not (content.file.path or content.file.remote):
        raise InvalidInputError(InputCode.FILE_MISSING)
    if len(content.text) > CAPTION_LIMIT:
        raise InvalidInputError(InputCode.TEXT_TOO_LONG, detail=str(CAPTION_LIMIT))
    kind = content.file.sent_as or content.kind
    file = replace(content.file, sent_as=None, notice="")
    return replace(content, kind=kind, text=_optional(content.text), file=file)


def _place(content: Content) -> Content:
    here = content.latitude, content.longitude
    if all(map(math.isnan, here)):
        raise InvalidInputError(InputCode.PLACE_EMPTY)
    if not all(math.isfinite(each) for each in here) or abs(here[0]) > 90 or abs(here[1]) > 180:
        raise InvalidInputError(InputCode.PLACE_INVALID)
    if max(len(content.name), len(content.address)) > NAME_LIMIT:
        raise InvalidInputError(InputCode.PLACE_NAME_TOO_LONG, detail=str(NAME_LIMIT))
    return replace(content, name=_optional(content.name), address=_optional(content.address))


def _contact(content: Content) -> Content:
    _words(content.name, "contact-name", limit=NAME_LIMIT)
    try:
        digits = parse_number(content.phone).digits
    except InvalidInputError as error:
        raise InvalidInputError(InputCode.CONTACT_NUMBER, detail=error.code) from None
    return Content(Kind.CONTACT, name=content.name, phone=digits, about=content.about)


def _poll(content: Content) -> None:
    _words(content.text, "poll-question", limit=QUESTION_LIMIT)
    fewest, most = OPTIONS
    if not fewest <= len(content.options) <= most:
        raise InvalidInputError(InputCode.POLL_OPTIONS, detail=f"{fewest} – {most}")
    for option in content.options:
        _words(option, "poll-option", limit=OPTION_LIMIT)
    if len({look(option) for option in content.options}) < len(content.options):
        raise InvalidInputError(InputCode.POLL_OPTIONS_SAME)
    if not 0 <= content.choices <= len(content.options):
        raise InvalidInputError(InputCode.POLL_CHOICES)


def _reaction(content: Content) -> None:
    _about(content.about)
    letters = any(each.isalpha() or each.isspace() for each in content.text)
    # An empty one takes the reaction back; one that only looks empty would be neither.
    if letters or len(content.text) > _EMOJI_LIMIT or (content.text and not seen(content.text)):
        raise InvalidInputError(InputCode.REACTION_NO_EMOJI)


def _about(about: Reference | None) -> Reference:
    if about is None or not about.message_id:
        raise InvalidInputError(InputCode.ABOUT_MISSING)
    return about


def _own(
    about: Reference | None, sent: tuple[SentMessage, ...], *, code: str, within: float, now: float
) -> None:
    """Refuse what another account wrote, or what is too old."""
    found = _about(about)
    if not found.from_me:
        raise InvalidInputError(InputCode(f"{code}-not-ours"))
    for message in sent:
        if message.message_id != found.message_id:
            continue
        if code == "edit" and message.content.kind is not Kind.TEXT:
            raise InvalidInputError(InputCode.EDIT_NOT_TEXT)
        if now - message.created_at > within or message.state is SendState.FAILED:
            raise InvalidInputError(InputCode(f"{code}-too-late"))
