"""The trash: deleted instances, while they can still be restored."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import UnknownInstanceError
from core.models.instance import DeletedInstance, InstanceView
from core.services import instances
from pages.ui.escape import escape_html, isolated_html, isolated_markdown
from pages.ui.i18n import _, ngettext
from pages.ui.live import redraw
from pages.ui.presentation import shown_number
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.toast import toast_after_rerun

_ASKED: Final = Slot("purge-asked", str)
"""Name in the trash of the instance that the visitor was asked about."""
_FAILURE: Final = Slot("trash-failure", str)
_DAY_S: Final = 86_400


def draw_trash() -> None:
    """Draw the trash, folded up; nothing when it is empty."""
    items = instances.deleted_instances()
    if not items:
        return
    failure = _FAILURE.pop()
    with st.expander(
        _("Trash ({count})").format(count=len(items)),
        key="trash",
        icon=":material/delete:",
        expanded=bool(failure),
    ):
        st.caption(_("Instances stay here for 7 days, then they are erased for good."))
        alert.show(failure)
        now = time.time()
        for item in items:
            _draw_item(item, now=now)


def _draw_item(item: DeletedInstance, *, now: float) -> None:
    with st.container(key=f"trash-{item.trash_name}", gap="xsmall"):
        st.html(f'<div class="wa-trashed">{_facts(item, now=now)}</div>')
        with st.container(horizontal=True, vertical_alignment="center"):
            if _ASKED.get() == item.trash_name:
                _draw_question(item)
                return
            st.button(
                _("Restore"),
                key=f"restore-{item.trash_name}",
                icon=":material/restore_from_trash:",
                on_click=_restore,
                args=(item.trash_name,),
            )
            st.button(
                _("Erase for good"), key=f"purge-{item.trash_name}", on_click=_ask, args=(item.trash_name,)
            )


def _facts(item: DeletedInstance, *, now: float) -> str:
    days = max(0, math.ceil((item.purged_at - now) / _DAY_S))
    left = ngettext("erased in {count} day", "erased in {count} days", days).format(count=days)
    kept = _("needs a new QR code when restored")
    if item.linked:
        kept = _("moved to another system") if item.moved_out else _("connects again when restored")
    facts = " · ".join(escape_html(fact) for fact in (shown_number(item.phone), left, kept) if fact)
    return f'<div class="wa-name">{isolated_html(item.name)}</div><div class="wa-muted">{facts}</div>'


def _draw_question(item: DeletedInstance) -> None:
    question = escape_html(_("Erase “{name}” and its session for good? This cannot be undone."))
    st.html(f'<p class="wa-ask">{question.replace("{name}", isolated_html(item.name))}</p>')
    st.button(
        _("Yes, erase it"),
        key=f"purge-confirm-{item.trash_name}",
        icon=":material/delete_forever:",
        on_click=_purge,
        args=(item.trash_name,),
    )
    st.button(_("Cancel"), key="purge-cancel", on_click=_ask, args=("",))


def _ask(trash_name: str) -> None:
    _ASKED.set(trash_name)


def _restore(trash_name: str) -> None:
    _try(lambda: _note_restored(instances.restore_instance(trash_name)))
    redraw()


def _note_restored(view: InstanceView) -> None:
    back = _("“{name}” is back, and stopped. Open it and press “Start”.")
    if not view.linked:
        back = _("“{name}” is back. To use it, scan a new QR code.")
    toast_after_rerun(back.format(name=isolated_markdown(view.name)))


def _purge(trash_name: str) -> None:
    if _ASKED.get() != trash_name:
        return
    _ASKED.set("")
    _try(lambda: instances.purge_instance(trash_name))


def _try(action: Callable[[], object]) -> None:
    # Another visitor may have been faster with what is gone already; the list shows what there is.
    with contextlib.suppress(UnknownInstanceError):
        if problem := alert.problem_of(action, passing=(UnknownInstanceError,)):
            _FAILURE.set(problem)
