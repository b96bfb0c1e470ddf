"""The import that a visitor has begun, from the file to the instance; forgotten when its page is left.

What takes long is done in a thread of its own. A press in the middle of it draws the page anew, while the run
of before is still about: what is drawn by both, and what the newest press asked for, is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.models.moving.backup import StoredBackup
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import FoundUpload
from core.services.moving import imports
from core.services.moving.work import Work
from pages.ui.awaited import wait_for
from pages.ui.state import Slot, nothing
from pages.ui.texts.moving import move_message
from pages.ui.widgets import alert
from pages.ui.widgets.press import PressToken

T = TypeVar("T")

PRESS: Final = PressToken("import-turn")
BRING: Final = "bring"
"""What ``Asked`` is about while something comes in."""
_ANEW: Final = frozenset({MoveCode.GONE, MoveCode.CHANGED})
"""After these it has to be looked at again."""


@dataclass(slots=True)
class Asked:
    """What is being found out or done just now."""

    about: tuple[str, ...] = field(repr=False)
    """The same press twice has the same; it may hold secrets."""
    words: str
    """What a person reads meanwhile."""
    work: Work[Any]  # of whatever ``take`` takes
    take: Callable[[Any], str | None]
    """Given what came of it, in the page's thread; returns what went wrong all the same, as Markdown."""
    show: Callable[[DeltaGenerator], None] | None
    """Draws how far it is."""


@dataclass(slots=True)
class UnderWay:
    """How far it came."""

    turn: int = 0
    """How many were begun: the next one has widgets of its own."""
    file_id: str = ""
    """Streamlit's id of the file that was looked at last."""
    upload: str = ""
    """Its name among the uploads; empty before there is one."""
    passphrase: str = field(default="", repr=False)
    """What opened it."""
    database: str | None = field(default=None, repr=False)
    """The address of the database that was named instead of a file; empty where none was typed."""
    stored: tuple[StoredBackup, ...] | None = None
    """The backups that lie where the daily ones go; None before they were looked for."""
    stored_problem: str = ""
    """Why they could not be looked for, as Markdown."""
    stored_name: str = ""
    """The one of them that was chosen instead of a file."""
    code: str = ""
    """Why it was refused; empty when it was not."""
    problem: str = ""
    """The same in words, as Markdown."""
    found: FoundUpload | None = None
    asked: Asked | None = None
    """The newest question that has no answer yet."""
    arrived: Callable[[], None] | None = None
    """Leads to what was brought."""


UNDER_WAY: Final = Slot("import-under-way", UnderWay)
LEFT: Final[Slot[Asked | None]] = Slot("import-left-asked", nothing)
"""What was coming in when its page was left, until it is known what came of it."""


def begin_anew() -> None:
    """Erase what was uploaded, if anything, and begin again."""
    state = UNDER_WAY.get()
    let_go(state)
    UNDER_WAY.set(UnderWay(turn=state.turn + 1))
    PRESS.renew()


def choose_again() -> None:
    """Begin again, unless something is coming in: what was begun is not undone by another press."""
    asked = UNDER_WAY.get().asked
    if asked is None or asked.about[0] != BRING:
        begin_anew()


def forget_left() -> None:
    """Erase what was uploaded, and forget what was typed, when its visitor has gone to another page.

    What is coming in goes on, and is told of by ``left.draw_left``.
    """
    state = UNDER_WAY.get()
    if state.asked is not None and state.asked.about[0] == BRING:
        LEFT.set(state.asked)
    if state.upload or state.database or state.stored is not None or state.asked is not None:
        begin_anew()


def let_go(state: UnderWay) -> None:
    """Erase what was uploaded, and forget what was said and asked of it."""
    if state.asked is not None:
        state.asked.work.drop()
        state.asked = None
    if state.upload:
        alert.problem_of(lambda: imports.discard_upload(state.upload))
    state.upload = state.passphrase = state.stored_name = ""
    state.database = None
    state.code = state.problem = ""


def begin(  # noqa: PLR0913  # one for each part of a question
    state: UnderWay,
    about: tuple[str, ...],
    do: Callable[[], T],
    *,
    words: str,
    take: Callable[[T], str | None],
    unwanted: Callable[[T], object] | None = None,
    show: Callable[[DeltaGenerator], None] | None = None,
) -> None:
    """Have ``do`` done, outside of Streamlit; the page waits for it where it is drawn next.

    For callbacks: what a press asks for is begun before anything is drawn, so that no other press, nor
    leaving the page, undoes it. Just that is not done twice at once. Anything else that was asked before has
    no answer any more: what comes of it goes to ``unwanted`` of its own. Nothing is begun for a ``state``
    that was given up meanwhile.
    """
    if UNDER_WAY.get() is not state:
        return
    asked = state.asked
    if asked is None or asked.about != about:
        if asked is not None:
            asked.work.drop()
        state.asked = Asked(about, words, Work(do, unwanted=unwanted), take, show)


def wait_for_answer(state: UnderWay, kind: str = "") -> None:
    """Wait for what was asked, then draw the page anew with what came of it; nothing where nothing was.

    With a ``kind``, only where that is what was asked: its spinner turns beside its button then.
    Each run of the page ends so: one that another press began takes over from the run that asked.
    """
    asked = state.asked
    if asked is None or (kind and asked.about[0] != kind):
        return
    wait_for(asked.work, asked.words, show=asked.show)
    if state.asked is asked:
        _take(state, asked)
        state.asked = None
    st.rerun()


def refusal_text(error: Exception) -> str:
    """Return, as Markdown, why something did not come; what is a bug is logged."""
    if isinstance(error, MoveRefusedError):
        return move_message(error).text
    return alert.reason(error)


def _take(state: UnderWay, asked: Asked) -> None:
    """Note in ``state`` what came of it, or why nothing did."""
    code = ""
    try:
        problem = asked.take(asked.work.result()) or ""
    except Exception as error:  # top of a press
        code = error.code if isinstance(error, MoveRefusedError) else ""
        problem = refusal_text(error)
    state.code, state.problem = code, problem
    if code in _ANEW:
        state.found = None
