"""A press on send, carried out once: for the place it was made in, or refused in words with nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from core.errors import AppError, InvalidInputError
from core.models.content import Content, Kind
from core.models.conversations import Conversation
from core.services import conversations, messages
from pages.ui.conversations.drafts import Place, Quote, draft_at, keep, leave_reply, place_of, write
from pages.ui.conversations.lateness import clock_ms, is_late
from pages.ui.conversations.writing import links
from pages.ui.conversations.writing.box import Press, is_new, name_of, settle
from pages.ui.conversations.writing.forms import content_at, leave_form, token_at
from pages.ui.conversations.writing.standing import account_of, note_mark, standing_of
from pages.ui.i18n import N_, _
from pages.ui.state import Slot
from pages.ui.texts.errors import INPUT_ERRORS
from pages.ui.texts.message import text_for
from pages.ui.texts.sending import SENDS
from pages.ui.widgets import alert
from pages.ui.widgets.number_check import look_up
from pages.ui.widgets.press import PressToken

_UNEXPECTED: Final = N_(
    "Something went wrong inside the app. Look at the conversation before you send it again."
)
_LATE: Final = N_("The page was busy for too long, or was left: nothing was sent. Press send again.")
_CHANGED: Final = N_("What you attached has changed meanwhile: nothing was sent. Check it and press again.")
_OTHER: Final = N_(
    "What you were answering or changing is not what it was: nothing was sent. Choose the message again."
)
_DELETED: Final = N_("The message was deleted meanwhile: its new words were not sent.")
_LOOKED_THROUGH: Final = 200
"""Messages of a conversation; what may still be edited is among them, else WhatsApp refuses it."""
_AGAIN: Final = PressToken("send-again-turn")
"""Names the press that "Try again" would be."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the last press at a place was refused, for as long as what was written stays so."""

    text: str
    """As Markdown."""
    written: str


_PROBLEMS: Final = Slot("send-problems", dict[Place, Problem])
_LEFT: Final = Slot("send-forms-left", tuple[str, ...])
"""Names of the forms that were sent last."""
_MOST_LEFT: Final = 50
_NOTES: Final = Slot("send-notes", dict[Place, str])
"""What else there is to know of what was sent last at a place, as Markdown."""


class _Refused(Exception):  # noqa: N818  # not an error: it carries a sentence to the visitor
    """Why nothing is sent, as Markdown."""


def take(press: Press) -> bool:
    """Carry out a press, once; return whether it was new."""
    if not is_new(press):
        return False
    place = press.at
    if press.form and press.form in _LEFT.get():
        settle(press, sent=True)  # the second half of a double press
        return True
    _PROBLEMS.keep().pop(place, None)
    _NOTES.keep().pop(place, None)
    if problem := _problem_of(lambda: _send(press)):
        settle(press, sent=False)
        _give_back(press)
        _PROBLEMS.keep()[place] = Problem(problem, _written(place))
    else:
        settle(press, sent=True)
    return True


def again_token() -> str:
    """Return the token to draw "Try again" with."""
    return _AGAIN.current()


def send_again(place: Place, token: str) -> None:
    """Send what is written at ``place``, once for each token; the callback of "Try again"."""
    if not _AGAIN.take(token):
        return
    with _AGAIN.released():
        draft = draft_at(place)
        made = clock_ms()
        press = Press(token, name_of(place), draft.text, token_at(place), made, about=draft.about)
        take(press)
        if place not in _PROBLEMS.get():
            draft = draft_at(place)
            if draft.text == press.text:
                write(place, "")


def problem_at(place: Place) -> str:
    """Return why the last press was refused, as Markdown; empty once something else is written."""
    problem = _PROBLEMS.get().get(place)
    return problem.text if problem is not None and problem.written == _written(place) else ""


def note_at(place: Place) -> str:
    """Return what else there is to know of what was sent last, as Markdown; mostly empty."""
    return _NOTES.get().get(place, "")


def _problem_of(action: Callable[[], None]) -> str:
    refusals: list[str] = []

    def carry_out() -> None:
        try:
            action()
        except _Refused as refused:
            refusals.append(str(refused))

    problem = alert.problem_of(carry_out, text_of=_text_of, unexpected=_UNEXPECTED)
    return problem or "".join(refusals)


def _text_of(error: AppError) -> str:
    if isinstance(error, InvalidInputError):
        return text_for(INPUT_ERRORS, error.code, error.detail).text
    return text_for(SENDS, error.code).text if error.code in SENDS else alert.text(error)


def _send(press: Press) -> None:
    """Write the message down, and let it go. Raises _Refused, AppError: then nothing was written down."""
    place = press.at
    conversation = conversations.get(*place)
    if messages.is_taken(place[0], press.id):
        return  # it left before the page was loaded anew
    if is_late(press.made):
        raise _Refused(_(_LATE))
    if press.account:
        note_mark(place, press.account)
    if why := standing_of(conversation).why:
        raise _Refused(why)
    content = _content(press, conversation)
    _require_on_whatsapp(conversation)
    content, note = links.with_preview(place, content)
    messages.send_soon(
        conversation.instance_id,
        to=conversation.recipient,
        content=content,
        request_id=press.id,
        account=account_of(place),
    )
    _clear(press)
    if note:
        _NOTES.keep()[place] = note


def _content(press: Press, conversation: Conversation) -> Content:
    """Return what the press sends: what was answered or edited when it was made, not what is by now."""
    draft = draft_at(press.at)
    if press.about not in ("", draft.about):
        raise _Refused(_(_OTHER))
    if press.form:
        content = content_at(press.at, press.text) if press.form == token_at(press.at) else None
        if content is None:
            raise _Refused(_(_CHANGED))
    elif press.about and draft.edit is not None:
        _require_there(conversation, draft.edit)
        return Content(Kind.EDIT, text=press.text, about=draft.edit.reference)
    else:
        content = Content(Kind.TEXT, text=press.text)
    return replace(content, about=draft.reply.reference) if press.about and draft.reply else content


def _require_there(conversation: Conversation, edited: Quote) -> None:
    """Refuse new words for a message that was deleted meanwhile."""
    thread = conversations.thread(*place_of(conversation), limit=_LOOKED_THROUGH)
    for message in thread.messages:
        if message.message_id == edited.reference.message_id and message.changes.deleted:
            raise _Refused(_(_DELETED))


def _require_on_whatsapp(conversation: Conversation) -> None:
    """Refuse a number that WhatsApp does not know. One that wrote, or was written to, is not asked about."""
    if conversation.latest is not None or not conversation.recipient.by_number:
        return
    lookup = look_up(conversation.instance_id, conversation.address, to_send=True)
    if lookup is not None and not lookup.exists:
        raise AppError("wa-not-on-whatsapp")


def _clear(press: Press) -> None:
    """Forget what went out; words that were typed meanwhile, or set aside for an edit, stay."""
    place = press.at
    if press.form:
        _LEFT.set((*_LEFT.get(), press.form)[-_MOST_LEFT:])
        leave_form(place, sent=True)
    draft = draft_at(place)
    if draft.about and draft.about == press.about:
        if draft.edit:
            leave_reply(place)
        else:
            keep(place, replace(draft, reply=None))
    links.forget(place)


def _give_back(press: Press) -> None:
    """Put the words of a refused press back before those that were typed since, as the browser does."""
    draft = draft_at(press.at)
    if press.text and draft.text != press.text:
        text = f"{press.text}\n{draft.text}" if draft.text else press.text
        keep(press.at, replace(draft, text=text))


def _written(place: Place) -> str:
    """Return all that would be sent now as one text, for comparing."""
    text = draft_at(place).text
    content = content_at(place, text)
    return content.to_json() if content is not None else text
