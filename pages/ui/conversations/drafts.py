"""Drafts: what is begun for a conversation and not sent. Each belongs to one chat of one instance."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from core.models.content import Kind, Reference
from core.services import chats, inbox
from pages.ui.live import redraw
from pages.ui.state import Slot

if TYPE_CHECKING:
    from core.models.conversations import Conversation, ThreadMessage

COMPOSER: Final = "composer"
"""Names the part of the page that draws a draft."""
_MOST: Final = 200

Place = tuple[str, str]
"""Ids of an instance and of a conversation of it: what a draft belongs to."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A message that the draft answers, or the own one that it edits."""

    reference: Reference
    who: str = field(default="", repr=False)
    """Name, else digits of the number, of who wrote it; empty for the account itself or when unknown."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is begun for one conversation."""

    text: str = field(default="", repr=False)
    reply: Quote | None = None
    edit: Quote | None = None
    """The own message whose words ``text`` replaces."""
    set_aside: str = field(default="", repr=False)
    """The words that were there before the edit was begun; they come back after it."""
    form: Kind | None = None
    """The kind whose form is open beside the words; None for words alone."""
    turn: str = ""
    """Changes when the server, not the visitor, wrote ``text``, or wants the cursor in it."""

    @property
    def about(self) -> str:
        """Name what the draft answers or edits, for comparing; empty when it does neither."""
        if self.edit is not None:
            return f"edit {self.edit.reference.message_id}"
        return f"reply {self.reply.reference.message_id}" if self.reply is not None else ""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing would be lost with it."""
        return not (self.text or self.reply or self.edit or self.set_aside or self.form)


_DRAFTS: Final = Slot("drafts", dict[Place, Draft])


def place_of(conversation: Conversation) -> Place:
    """Return what the drafts of this conversation belong to."""
    return conversation.instance_id, conversation.id


def draft_at(place: Place) -> Draft:
    """Return what is begun at ``place``; an empty draft for nothing."""
    return _DRAFTS.get().get(place, Draft())


def keep(place: Place, draft: Draft) -> None:
    """Keep ``draft`` for this place instead of the earlier one."""
    drafts = _DRAFTS.keep()
    drafts.pop(place, None)
    drafts[place] = draft
    while len(drafts) > _MOST:
        # The oldest empty one, else the oldest of all.
        del drafts[next((at for at, kept in drafts.items() if kept.is_empty), next(iter(drafts)))]


def set_reply(conversation: Conversation, message: ThreadMessage) -> None:
    """Answer ``message`` with what is sent next to this conversation, and to no other.

    For the callback of a press, as its last step: the composer is drawn next, with the cursor in it.
    """
    place = place_of(conversation)
    draft = _without_edit(draft_at(place))
    keep(place, replace(draft, reply=_quote(conversation, message), turn=uuid4().hex))
    redraw(COMPOSER)


def set_edit(conversation: Conversation, message: ThreadMessage) -> None:
    """Let what is sent next be new words for ``message``, a text of this account; a callback as above.

    What was written meanwhile is set aside until the edit is sent or left.
    """
    place = place_of(conversation)
    draft = _without_edit(draft_at(place))
    words = message.changes.text if message.changes.edited else message.content.text
    keep(
        place,
        replace(
            draft,
            text=words,
            reply=None,
            edit=_quote(conversation, message),
            form=None,
            set_aside=draft.text,
            turn=uuid4().hex,
        ),
    )
    redraw(COMPOSER)


def leave_reply(place: Place) -> None:
    """Answer and edit nothing any more; words that were set aside for an edit come back."""
    keep(place, replace(_without_edit(draft_at(place)), reply=None, turn=uuid4().hex))


def write(place: Place, text: str) -> None:
    """Put ``text`` into the box in place of what stands there."""
    keep(place, replace(draft_at(place), text=text, turn=uuid4().hex))


def note_typed(place: Place, text: str, turn: str) -> None:
    """Note what the visitor has typed: the box holds it already.

    ``turn`` is that of the draft which the box had heard of: words that were typed before the server wrote
    others into it do not take their place.
    """
    draft = draft_at(place)
    if draft.turn == turn:
        keep(place, replace(draft, text=text))
    elif draft.edit is not None:
        keep(place, replace(draft, set_aside=text))


def _without_edit(draft: Draft) -> Draft:
    return replace(draft, text=draft.set_aside, edit=None, set_aside="") if draft.edit else draft


def _quote(conversation: Conversation, message: ThreadMessage) -> Quote:
    if message.sent is not None:
        return Quote(chats.reference_to(message.sent))
    entry = message.received
    if entry is None:
        return Quote(Reference())
    name = "" if conversation.group or entry.from_me else conversation.name  # a call says none
    return Quote(inbox.reference(entry), name or message.author)
