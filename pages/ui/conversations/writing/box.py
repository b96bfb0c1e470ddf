"""The box of words with its buttons, and what the browser tells of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from core.models.conversion import convert
from pages.ui.conversations.drafts import Draft, Place
from pages.ui.conversations.lateness import clock_ms
from pages.ui.i18n import _
from pages.ui.state import Slot

_KEY: Final = "message-box"
_EMOJI: Final = [*"😀😂😍😉😢😡👍👎🙏👏💪🎉🔥✅❌📌📦🚚💰📞⏰"]
_KEPT: Final = 100
"""Presses whose outcome is remembered: the browser tells one again until it has heard of it."""
_LONGEST: Final = 70_000
"""Characters of a draft that are kept; what is longer can be sent by no means."""
_HTML: Final = """
<div class="wa-write">
  <div class="wa-emoji" role="group" hidden></div>
  <div class="wa-write-row">
    <div class="wa-write-words">
      <textarea rows="1" autocomplete="off" dir="auto"></textarea>
      <button type="button" class="wa-emoji-open" aria-expanded="false">
        <span class="wa-symbol" aria-hidden="true" translate="no">mood</span>
      </button>
    </div>
    <div class="st-key-voice">
      <button type="button" class="wa-voice">
        <span class="wa-symbol" aria-hidden="true" translate="no">mic</span>
      </button>
    </div>
    <div class="st-key-send">
      <button type="button" class="wa-send" data-ready="false">
        <span class="wa-symbol" aria-hidden="true" translate="no">send</span>
      </button>
    </div>
  </div>
</div>
"""


@dataclass(frozen=True, slots=True)
class Press:
    """One press on send, as the browser tells it: what was written, for which place."""

    id: str
    place: str
    text: str
    form: str
    """Names the form that was drawn when it was made; empty for words alone."""
    made: float
    """When it was made, in milliseconds since the epoch by the clock of the server."""
    about: str = ""
    """Names what was answered or edited then, as ``Draft.about`` does."""
    account: str = ""
    """Marks the number that it was written for."""

    @property
    def at(self) -> Place:
        """Return the place as drafts know it."""
        return place_named(self.place)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What stands in the box of a place, and the last words of the server that it had heard of."""

    text: str
    turn: str
    account: str = ""
    """Marks the number that it was written for."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that the server has not answered yet."""

    visit: str
    turn: int
    texts: dict[str, _Typed] = field(default_factory=dict)
    out: list[Press] = field(default_factory=list)
    typing: str = ""
    """The place in which something is being typed; empty for none."""


@dataclass(frozen=True, slots=True)
class BoxState:
    """What may be done with the box now."""

    on: bool
    """Whether a press may send."""
    account: str
    """Marks the number that may send."""
    words: bool = True
    """Whether words are written here; without, a form has fields of its own."""
    form: str = ""
    """Names the form that is open; empty for none."""
    ready: bool = False
    """Whether the form may be sent."""
    caption: bool = False
    """Whether the words go with a file."""
    tells_typing: bool = False
    """Whether the other side is told that something is being typed."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the browser is told of what it told."""

    heard: int = 0
    done: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


_VISIT: Final = Slot("box-visit", lambda: uuid4().hex)
_ANSWERS: Final = Slot("box-answers", _Answers)


def name_of(place: Place) -> str:
    """Return the place as the browser names it."""
    return "/".join(place)


def place_named(name: str) -> Place:
    """Return the place that the browser names so."""
    instance_id, _slash, conversation_id = name.partition("/")
    return instance_id, conversation_id


def draw_box(
    place: Place,
    draft: Draft,
    state: BoxState,
    *,
    on_told: Callable[[], None],
    on_voice: Callable[[], None],
) -> None:
    """Draw the box of ``place``; ``on_told`` is the callback that calls ``told``."""
    component = st.components.v2.component("message_box", html=_HTML, js=_script(), isolate_styles=False)
    answers = _ANSWERS.get()
    data = {
        "place": name_of(place),
        "text": draft.text,
        "turn": draft.turn,
        "edits": draft.edit is not None,
        "about": draft.about,
        "account": state.account,
        "now": clock_ms(),
        "on": state.on,
        "words": state.words,
        "voice": state.words and not state.form and draft.edit is None,
        "form": state.form,
        "ready": state.ready,
        "typing": state.tells_typing,
        "visit": _VISIT.keep(),
        "heard": answers.heard,
        "done": [*answers.done],
        "refused": [*answers.refused],
        "emoji": _EMOJI,
        "labels": _labels(draft, state),
    }
    component(data=(data,), key=_KEY, on_told_change=on_told, on_voice_change=on_voice, height="content")


def told() -> Told | None:
    """Return what the browser tells with this run; None for what cannot be understood, or an old page's."""
    value = getattr(st.session_state.get(_KEY), "told", None)
    try:
        what = convert(value, Told)
    except ValueError:
        return None
    return what if what.visit == _VISIT.keep() else None


def hear(
    what: Told, *, type_into: Callable[[Place, str, str], None], for_account: Callable[[Place, str], None]
) -> None:
    """Take the texts that were typed, for which number, and remember that they were heard of."""
    for name, typed in what.texts.items():
        type_into(place_named(name), typed.text[:_LONGEST], typed.turn)
        if typed.text and typed.account:
            for_account(place_named(name), typed.account)
    answers = _ANSWERS.get()
    _ANSWERS.set(_Answers(max(what.turn, answers.heard), answers.done, answers.refused))


def is_new(press: Press) -> bool:
    """Return whether nothing came of this press yet: it may be told more than once."""
    answers = _ANSWERS.get()
    return press.id not in answers.done and press.id not in answers.refused


def settle(press: Press, *, sent: bool) -> None:
    """Remember what came of a press."""
    answers = _ANSWERS.get()
    done, refused = answers.done, answers.refused
    if sent:
        done = (*done, press.id)[-_KEPT:]
    else:
        refused = (*refused, press.id)[-_KEPT:]
    _ANSWERS.set(_Answers(answers.heard, done, refused))


def _labels(draft: Draft, state: BoxState) -> dict[str, Any]:
    words = _("Caption (optional)") if state.caption else _("Message")
    return {
        "message": _("New text") if draft.edit else words,
        "placeholder": words,
        "send": _("Save") if draft.edit else _("Send"),
        "voice": _("Record a voice message"),
        "emoji": _("Emoji"),
    }


@cache
def _script() -> str:
    return Path(__file__).with_name("box.js").read_text(encoding="utf-8")
