"""The import that a visitor has begun, from the file to the instance; forgotten when its page is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core.models.moving.backup import StoredBackup
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import FoundUpload
from core.services.moving import imports
from pages.ui.state import Slot
from pages.ui.texts.moving import move_message
from pages.ui.widgets import alert
from pages.ui.widgets.press import PressToken

PRESS: Final = PressToken("import-turn")


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
    database: str = field(default="", repr=False)
    """The address of the database that was named instead of a file."""
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


UNDER_WAY: Final = Slot("import-under-way", UnderWay)


def begin_anew() -> None:
    """Erase what was uploaded, if anything, and begin again."""
    state = UNDER_WAY.get()
    _discard(state)
    UNDER_WAY.set(UnderWay(turn=state.turn + 1))
    PRESS.renew()


def forget_left() -> None:
    """Erase what was uploaded, and forget what was typed, when its visitor has gone to another page."""
    state = UNDER_WAY.get()
    if state.upload or state.database or state.stored is not None:
        begin_anew()


def refusal_of(state: UnderWay, action: Callable[[], object]) -> bool:
    """Carry out ``action``; note in ``state`` why it failed, and return whether it did."""
    state.code = state.problem = ""

    def act() -> None:
        try:
            action()
        except MoveRefusedError as refused:
            state.code = refused.code
            state.problem = move_message(refused).text

    problem = alert.problem_of(act)
    state.problem = state.problem or problem
    return bool(state.problem)


def _discard(state: UnderWay) -> None:
    if state.upload:
        alert.problem_of(lambda: imports.discard_upload(state.upload))
