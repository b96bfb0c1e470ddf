"""Taking an instance out of the trash again at once: a note with a button, for as long as a toast."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from core.errors import UnknownInstanceError
from core.models.instance import InstanceView
from core.services import instances
from pages.ui.escape import escape_html, isolated_html, isolated_markdown
from pages.ui.i18n import _
from pages.ui.live import redraw
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.toast import toast_after_rerun

_SHOWN_S: Final = 10.0
"""The style sheet fades it out after as long; a toast of Streamlit's own holds no button."""


@dataclass(frozen=True, slots=True)
class _Deletion:
    """What this visitor moved to the trash last, and when (seconds, monotonic)."""

    instance_id: str = ""
    name: str = ""
    running: bool = False
    at: float = 0.0
    turn: int = 0
    """Another one than that of the deletion before."""


@dataclass(slots=True)
class Undo:
    """What can be undone. Changed in place: see ``prepare_undo``."""

    _last: _Deletion = field(default_factory=_Deletion)

    def move_to_trash(self, view: InstanceView, *, unlinked: bool = False) -> None:
        """Move the instance to the trash; the list then says so, with a way back to how it was before.

        One that was ``unlinked`` from its phone comes back as it would from the trash: not started.
        Raises AppError; none when another visitor was faster, for then it is done.
        """
        with contextlib.suppress(UnknownInstanceError):
            instances.delete_instance(view.id)
        running = view.state.running and not unlinked
        turn = 1 - self._last.turn
        self._last = _Deletion(view.id, view.name, running, time.monotonic(), turn)

    def take(self, last: _Deletion) -> bool:
        """Return whether ``last`` can still be undone; only the first call says so."""
        found = self._last == last
        if found:
            self._last = _Deletion(turn=last.turn)
        return found

    @property
    def last(self) -> _Deletion:
        """Return the last deletion; an empty one when there is none."""
        return self._last


_UNDO: Final = Slot("undo-deletion", Undo)


def prepare_undo() -> Undo:
    """Return what notes a deletion of this visitor's. Call it before that begins.

    Any use of Streamlit's session after a long step may end the draw of a page that was told of a change
    meanwhile; what was done would not be noted then.
    """
    return _UNDO.keep()


def draw_undo() -> None:
    """Draw the note of the last deletion while it is fresh; nothing else."""
    last = _UNDO.get().last
    if not last.instance_id or time.monotonic() - last.at > _SHOWN_S:
        return
    words = escape_html(_("“{name}” is in the trash.")).replace("{name}", isolated_html(last.name))
    with st.container(key="undo", horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
        st.html(f'<div role="status" class="wa-note" data-turn="{last.turn}">{words}</div>')
        # A callback: a press counts though the time is up by the moment that the page is drawn again.
        st.button(
            _("Undo"),
            key="undo-trash",
            icon=":material/undo:",
            type="tertiary",
            on_click=_restore,
            args=(last,),
        )


def _restore(last: _Deletion) -> None:
    if not _UNDO.get().take(last):
        return
    problem = alert.problem_of(lambda: _take_back(last))
    back = _("“{name}” is back.").format(name=isolated_markdown(last.name))
    toast_after_rerun(problem or back, failed=bool(problem))
    redraw()


def _take_back(last: _Deletion) -> None:
    """Restore the instance as it was: one that ran is started. Raises AppError."""
    found = next((item for item in instances.deleted_instances() if item.id == last.instance_id), None)
    if found is None:
        raise UnknownInstanceError(last.instance_id)
    restored = instances.restore_instance(found.trash_name)
    if last.running:
        instances.start_instance(restored.id)
