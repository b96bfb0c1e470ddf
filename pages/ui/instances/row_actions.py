"""What can be done with an instance from its row: stop or start, restart, rename, move to the trash."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from core.services import instances
from pages.ui.awaited import Awaited
from pages.ui.escape import escape_html, isolated_html, isolated_markdown
from pages.ui.i18n import N_, _
from pages.ui.instances.standing import may_not_start
from pages.ui.links import go_to_instance
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.document import focus
from pages.ui.widgets.undo import prepare_undo


@dataclass(slots=True)
class _Step:
    """The action that is open, on one row. Changed in place: a second press finds it closed."""

    instance_id: str = ""
    name: str = ""
    """Of the action; empty for none."""
    problem: str = ""
    """Why it failed, as Markdown."""


FAILURE: Final = Slot("list-failure", str)
"""Why the last verb of a row failed, as Markdown."""
_LEAD: Final = Slot("list-lead", str)
"""The instance whose page the last verb leads to."""
_STEP: Final = Slot("list-step", _Step)
_LABELS: Final = {
    "stop": N_("Stop"),
    "start": N_("Start"),
    "restart": N_("Restart"),
    "rename": N_("Rename"),
    "trash": N_("Move to the trash"),
}
_TRASHING: Final[Awaited[None]] = Awaited("list-trashing")


def draw_menu(view: InstanceView) -> None:
    """Draw the menu at the end of the row."""
    now: tuple[str, ...] = ("stop", "restart") if view.state.running else ("start",)
    if may_not_start(view):
        now = ()
    st.menu_button(
        _("More about {name}").format(name=isolated_markdown(view.name)),
        [*now, "rename", "trash"],
        format_func=lambda action: _(_LABELS[action]),
        key=f"menu-{view.id}",
        icon=":material/more_vert:",
        type="tertiary",
        on_click=_pick,
        args=(view.id, view.name),
    )


def start(instance_id: str, *, then_open: bool = False) -> None:
    """Start the instance, for callbacks; or lead to its page, which says first why that does not help now."""
    view, problem = None, ""

    def act() -> None:
        nonlocal view
        view = instances.get_instance(instance_id)
        if not may_not_start(view):
            instances.start_instance(instance_id)

    problem = alert.problem_of(act)
    FAILURE.set(problem)
    if not problem and (then_open or (view is not None and may_not_start(view))):
        _LEAD.set(instance_id)


def lead_to(instance_id: str) -> None:
    """Have the page of the instance opened, for callbacks."""
    _LEAD.set(instance_id)


def follow() -> None:
    """Go to the page of the instance whose verb was pressed, if that leads there."""
    if instance_id := _LEAD.pop():
        go_to_instance(instance_id)


def finish_trashing(views: Collection[InstanceView]) -> None:
    """Wait until one that has left the list already is in the trash; then the page is drawn anew."""
    for instance_id in _TRASHING.about:
        if all(view.id != instance_id for view in views):
            _finish(instance_id, _STEP.get())


def draw_failure() -> None:
    """Draw why the last verb failed, once."""
    alert.show(FAILURE.pop())


def draw_open_action(view: InstanceView) -> None:
    """Draw the rename or the question that is open on this instance."""
    step = _STEP.get()
    _finish(view.id, step)
    if step.instance_id != view.id or not step.name:
        return
    with st.container(key="list-action", gap="small"):
        if step.name == "rename":
            _draw_rename(view, step)
        else:
            _draw_question(view, step)
        alert.show(step.problem)


def _pick(instance_id: str, name: str) -> None:
    action = st.session_state[f"menu-{instance_id}"]
    _STEP.clear()
    match action:
        case "stop":
            FAILURE.set(alert.problem_of(lambda: instances.stop_instance(instance_id)))
        case "start":
            start(instance_id)
        case "restart":
            FAILURE.set(alert.problem_of(lambda: instances.restart_instance(instance_id)))
        case "rename" | "trash":
            _STEP.set(_Step(instance_id, action))
            st.session_state["list-rename-name"] = name


def _close() -> None:
    _STEP.clear()


def _draw_rename(view: InstanceView, step: _Step) -> None:
    with st.form("list-rename-form", border=False):
        st.text_input(_("New name of the instance"), key="list-rename-name", autocomplete="off")
        with st.container(horizontal=True):
            st.form_submit_button(
                _("Save"), key="list-rename-save", type="primary", on_click=_rename, args=(view.id, step)
            )
            st.form_submit_button(_("Cancel"), key="list-rename-cancel", on_click=_close)
    focus("list-rename-name")


def _rename(instance_id: str, step: _Step) -> None:
    name = str(st.session_state["list-rename-name"])
    step.problem = alert.problem_of(lambda: instances.rename_instance(instance_id, name))
    if not step.problem:
        _close()


def _what_follows(view: InstanceView) -> str:
    if view.is_moved_out:  # its session is at work elsewhere: nothing starts it here by itself
        return _("It stays in the trash for 7 days. Restored from there, it stays stopped: it was moved.")
    if view.linked:
        return _("It stops, and stays in the trash for 7 days. Restored from there, it connects again.")
    return _("It stays in the trash for 7 days, and can be restored.")


def _draw_question(view: InstanceView, step: _Step) -> None:
    question = escape_html(_("Move “{name}” to the trash?"))
    st.html(f'<p class="wa-ask">{question.replace("{name}", isolated_html(view.name))}</p>')
    st.markdown(_what_follows(view))
    with st.container(horizontal=True):
        st.button(
            _("Move to the trash"),
            key="list-trash-confirm",
            icon=":material/delete:",
            on_click=_move_to_trash,
            args=(view, step),
        )
        st.button(_("Cancel"), key="list-trash-cancel", on_click=_close)


def _move_to_trash(view: InstanceView, step: _Step) -> None:
    if not step.name or _TRASHING.about == (view.id,):
        return  # the second half of a double press
    undo, step.problem = prepare_undo(), ""
    _TRASHING.begin((view.id,), lambda: undo.move_to_trash(view))


def _finish(instance_id: str, step: _Step) -> None:
    """Wait until the instance is in the trash, if that was confirmed; then the page is drawn anew.

    ``step`` is of another instance where an action was opened there meanwhile: it stays open.
    """
    if _TRASHING.about != (instance_id,):
        return
    done, own = [], step.instance_id == instance_id

    def keep(_none: None) -> None:
        if own:
            step.name = ""
        done.append(instance_id)

    problem = _TRASHING.take((instance_id,), _("Stopping it…"), keep)
    if problem and own and step.name:
        step.problem = problem
    elif problem:
        FAILURE.set(problem)
        st.rerun()
    elif done:
        st.rerun()
