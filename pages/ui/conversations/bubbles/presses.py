"""Presses in the bubbles: each is carried out once, in the conversation that it was made in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2s
from typing import Final

import streamlit as st

from core.models.content import Content, Kind, Reference
from core.models.conversations import Conversation, ThreadMessage
from core.models.conversion import convert
from core.models.messages import SendState, SentMessage
from core.services import chats, conversations, inbox, instances, messages
from pages.ui.conversations.bubbles import items
from pages.ui.conversations.bubbles.bodies import Said, words
from pages.ui.conversations.bubbles.files import draw_files, fetch_file, is_large, open_large
from pages.ui.conversations.bubbles.scripts import script_of
from pages.ui.conversations.bubbles.window import MOST, limit_of
from pages.ui.conversations.drafts import Place, place_of, set_edit, set_reply
from pages.ui.conversations.lateness import clock_ms, is_late
from pages.ui.conversations.writing.standing import standing_of
from pages.ui.i18n import _
from pages.ui.live import redraw
from pages.ui.state import Slot
from pages.ui.texts.sending import outcome_message
from pages.ui.widgets import alert

THREAD, PRESSES = "thread", "thread-presses"
"""Names of the parts of the page: the bubbles, and what their presses need."""
_LEAVING: Final = frozenset({items.READ, items.RESEND, items.REACT, items.DELETE})
"""What tells the other side of something."""
_KEPT: Final = 50
"""Presses that are remembered: a browser sends one again until it hears that it was carried out."""
_OPENED: Final = 20
"""Files and long texts of a conversation that stay open."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press; everything in it comes from the browser."""

    id: str
    conversation: str
    what: str
    key: str
    value: str
    made: float
    """When it was made, in milliseconds since the epoch by the clock of the server."""


@dataclass(frozen=True, slots=True)
class _State:
    """What came of the presses in one conversation."""

    place: Place = ("", "")
    done: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    """Names of the files that are here, by keys of messages."""
    texts: dict[str, list[Said]] = field(default_factory=dict)
    """Whole texts of messages, by their keys."""
    large: str = ""
    """Name of the file that is opened with the next draw."""
    problem: str = ""
    """Why the last press did not do what it says, as Markdown."""
    note: str = ""


_STATE: Final = Slot("thread-press-state", _State)


def draw_presses(conversation: Conversation) -> None:
    """Draw what the presses in the bubbles of ``conversation`` need, and what came of the last one."""
    place = place_of(conversation)
    state = _state_at(place)
    account = instances.get_instance(conversation.instance_id).phone
    component = st.components.v2.component("thread_presses", js=script_of("hub", "presses"))
    at = "/".join(place)
    files = {
        key: {"place": f"thread-sound-{name}", "save": f"thread-save-{name}"}
        for key, name in state.files.items()
    }
    data = {
        "done": list(state.done),
        "now": clock_ms(),
        "files": {at: files},
        "texts": {at: state.texts},
    }
    pressed = partial(carry_out, conversation, account)
    component(data=(data,), key="thread-pressed", on_pressed_change=pressed, height="content")
    draw_files(state.files.values())
    with st.container(key="thread-problem"):
        alert.show(state.problem)
        if state.note:
            st.info(state.note, icon=":material/info:")
    if state.large:
        _STATE.set(replace(state, large=""))
        alert.draw_or_show(partial(open_large, state.large))


def _state_at(place: Place) -> _State:
    state = _STATE.get()
    return state if state.place == place else _State(place, done=state.done)


def carry_out(conversation: Conversation, account: str) -> None:
    """Do what the browser says was pressed and has not been done yet; ``account`` as in ``messages.send``."""
    place = place_of(conversation)
    redrawn: list[partial[None]] = []
    for press in asked():
        state = _state_at(place)
        if press.id in state.done:
            continue
        done = (*state.done, press.id)[-_KEPT:]
        _STATE.set(replace(state, done=done, problem="", note="", large=""))
        if press.conversation == "/".join(place):
            redrawn = [*redrawn, *_do(conversation, account, press)]
    if redrawn:
        # An answer goes first: it draws the composer, and the bubbles follow the change by themselves.
        next((step for step in redrawn if step.func is not redraw), redrawn[-1])()


def asked() -> Iterator[Press]:
    """Yield the presses that the browser tells of; anything else that it may say is none."""
    told = getattr(st.session_state.get("thread-pressed"), "pressed", None)
    for one in told if isinstance(told, list) else ():
        with suppress(ValueError):
            press = convert(one, Press)
            if press.id:
                yield press


def _do(conversation: Conversation, account: str, press: Press) -> list[partial[None]]:
    """Do what was asked for; return what is drawn next, if it is more than this part."""
    after: list[partial[None]] = []

    def do() -> None:
        message = _find(conversation, press.key)
        if message is None or not _may(message, press.what):
            return
        if press.what in _LEAVING and (why := _why_not(conversation, press)):
            _STATE.set(replace(_STATE.get(), problem=why))
            return
        match press.what:
            case items.REPLY:
                after.append(partial(set_reply, conversation, message))
            case items.EDIT:
                after.append(partial(set_edit, conversation, message))
            case items.OPEN:
                _open(press.key, message)
            case items.UNFOLD:
                _unfold(press.key, message)
            case _:
                _change(conversation, account, message, press)
                after.append(partial(redraw, PRESSES, THREAD))

    if problem := alert.problem_of(do):
        _STATE.set(replace(_STATE.get(), problem=problem))
    return after


def _why_not(conversation: Conversation, press: Press) -> str:
    """Return why nothing leaves by this press, as Markdown; empty when it may."""
    if is_late(press.made):
        return _("The page was busy for too long: nothing was done. Press again.")
    return standing_of(conversation).why


def _find(conversation: Conversation, key: str) -> ThreadMessage | None:
    place = place_of(conversation)
    for limit in (limit_of(place), MOST):
        thread = conversations.thread(*place, limit=limit)
        for message in thread.messages:
            if message.key == key:
                return message
        if not thread.has_older:
            break
    return None


def _may(message: ThreadMessage, what: str) -> bool:
    """Return whether this can be done with the message now: the menu that was pressed may be old."""
    if what == items.VERIFY:
        return message.sent is not None and message.sent.state is SendState.UNCERTAIN
    if what in (items.OPEN, items.UNFOLD):
        return not message.changes.deleted
    return what in set(items.offered(message, now=items.now()))


def _open(key: str, message: ThreadMessage) -> None:
    name = fetch_file(message)
    state = _STATE.get()
    files = {**{kept: file for kept, file in state.files.items() if kept != key}, key: name}
    files = dict(list(files.items())[-_OPENED:])
    _STATE.set(replace(state, files=files, large=name if is_large(name) else ""))


def _unfold(key: str, message: ThreadMessage) -> None:
    state = _STATE.get()
    texts = {**state.texts, key: words(message.content.text)}
    _STATE.set(replace(state, texts=dict(list(texts.items())[-_OPENED:])))


def _change(conversation: Conversation, account: str, message: ThreadMessage, press: Press) -> None:
    instance_id = conversation.instance_id
    match press.what:
        case items.READ if (entry := message.received) is not None:
            inbox.mark_read(instance_id, [entry.message_id], chat=entry.chat, sender=entry.sender)
        case items.VERIFY if message.sent is not None:
            _verify(message.sent)
        case items.RESEND:
            again = items.again_id(message.key)
            messages.resend(instance_id, message.key, new_request_id=again, account=account, wait=False)
        case items.REACT:
            _send(
                conversation, account, Content(Kind.REACTION, press.value[:16], about=_about(message)), press
            )
        case items.DELETE:
            _send(conversation, account, Content(Kind.DELETE, about=_about(message)), press)


def _send(conversation: Conversation, account: str, content: Content, press: Press) -> None:
    """Send once for each press; the second half of a double press gets the outcome of the first."""
    named = f"{press.id} {press.what} {press.key}"
    _tell(
        messages.send(
            conversation.instance_id,
            to=conversations.get(*place_of(conversation)).recipient,
            content=content,
            request_id=blake2s(named.encode(errors="replace"), digest_size=16).hexdigest(),
            account=account,
        )
    )


def _about(message: ThreadMessage) -> Reference | None:
    if message.sent is not None:
        return chats.reference_to(message.sent)
    return inbox.reference(message.received) if message.received is not None else None


def _tell(sent: SentMessage) -> None:
    """Say why it did not simply go out; a bubble of its own says so itself."""
    if sent.reason and sent.content.kind in (Kind.REACTION, Kind.DELETE):
        _STATE.set(replace(_STATE.get(), problem=outcome_message(sent.reason).text))


def _verify(sent: SentMessage) -> None:
    found = messages.verify(sent.instance_id, sent.request_id)
    if found.state is SendState.UNCERTAIN:
        note = _(
            "Checked: WhatsApp has not confirmed yet. The confirmation appears here as soon as it comes."
        )
        _STATE.set(replace(_STATE.get(), note=note))
