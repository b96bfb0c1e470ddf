"""The rare actions on an instance: rename, log out, delete. Each asks first, by name, where it matters."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.errors import NotConnectedError
from core.models.instance import InstanceState, InstanceView
from core.services import instances
from pages.ui.awaited import Awaited
from pages.ui.escape import escape_html, isolated_html
from pages.ui.i18n import N_, _
from pages.ui.links import go_to_instances
from pages.ui.live import redraw
from pages.ui.state import Slot
from pages.ui.widgets import alert
from pages.ui.widgets.menu import open_menu, shut_menu
from pages.ui.widgets.undo import prepare_undo


@dataclass(slots=True)
class _Step:
    """The action that is open. Changed in place: a press that arrives while it runs finds it closed."""

    instance_id: str = ""
    name: str = ""
    """Of the action; empty for none."""
    problem: str = ""
    """Why it failed, as Markdown."""
    offline: bool = False
    """WhatsApp could not be told, so that only removing the session here is left."""

    def close(self) -> None:
        """Leave the action."""
        self.name, self.problem, self.offline = "", "", False


@dataclass(slots=True)
class _Deletion:
    """The instance that this visitor deleted last, and when (seconds, monotonic). Changed in place."""

    instance_id: str = ""
    at: float = 0.0


_STEP: Final = Slot("action-step", _Step)
_LAST: Final = Slot("deleted-last", _Deletion)
_CONFIRMED: Final[Awaited[Exception | None]] = Awaited("action-confirmed")
"""What was confirmed, done beside the page; gives why WhatsApp could not be told, where that stopped it."""
_LOG_OUT: Final = "log-out"
_FORGET: Final = "forget"
_DELETE: Final = "delete"
_UNLINK: Final = "unlink"
"""Disconnect it from the phone, then delete it."""
_DOING: Final = {
    _LOG_OUT: N_("Telling WhatsApp to disconnect…"),
    _FORGET: N_("Stopping it…"),
    _DELETE: N_("Stopping it…"),
    _UNLINK: N_("Telling WhatsApp to disconnect…"),
}
_MENU: Final = "more-actions"
"""Key of the menu, which an action that was carried out shuts."""
_DOUBLE_PRESS_S: Final = 15.0
TRASH_DAYS: Final = 7


def draw_actions(instance_id: str) -> None:
    """Draw the menu of actions, or the one that is open. Raises UnknownInstanceError when it is gone."""
    view = instances.get_instance(instance_id)
    step = _STEP.get()
    if step.instance_id != instance_id:
        step = _Step()
    with open_menu(_("More actions"), key=_MENU, icon=":material/more_vert:"):
        _finish(instance_id, step)
        match step.name:
            case "rename":
                _draw_rename(view, step)
            case "log-out":
                _draw_log_out(view, step)
            case "delete":
                _draw_delete(view, step)
            case _:
                _draw_buttons(view)


def resume_double_press(instance_id: str) -> None:
    """Go on to the list, once, when this visitor has just deleted ``instance_id``."""
    _finish(instance_id, _STEP.get())
    last = _LAST.pop()
    if last.instance_id == instance_id and time.monotonic() - last.at < _DOUBLE_PRESS_S:
        go_to_instances()


def _begin(kind: str, instance_id: str, step: _Step, do: Callable[[], Exception | None]) -> None:
    """Have done what was confirmed, for callbacks; ``_finish`` waits for it."""
    step.problem = ""
    _CONFIRMED.begin((kind, instance_id), do)


def _finish(instance_id: str, step: _Step) -> None:
    """Wait for what was confirmed of the instance, if anything, and go on; or ``step`` says why it failed."""
    about = _CONFIRMED.about
    if about[1:] != (instance_id,):
        return
    kind, done = about[0], []

    def keep(untold: Exception | None) -> None:
        if untold is not None:
            _note_untold(kind, untold, step)
            return
        step.close()
        done.append(kind)
        shut_menu(_MENU)

    if problem := _CONFIRMED.take(about, _(_DOING[kind]), keep):
        step.problem = problem
    elif done:
        if kind in (_DELETE, _UNLINK) and not _is_here(instance_id):
            go_to_instances()
        st.rerun()


def _is_here(instance_id: str) -> bool:
    """Whether it is, though it was deleted: taken out of the trash before its page was opened again."""
    return any(view.id == instance_id for view in instances.list_instances())


def _note_untold(kind: str, untold: Exception, step: _Step) -> None:
    offline = isinstance(untold, NotConnectedError)
    step.offline = offline and kind == _LOG_OUT
    if step.offline:
        return
    step.problem = "" if offline else alert.reason(untold)
    if kind == _UNLINK:
        kept = _(
            "It was not disconnected from the phone, and so not deleted. Untick the box to delete it only "
            "here."
        )
        step.problem = f"{step.problem} {kept}".strip()


def _draw_buttons(view: InstanceView) -> None:
    with st.container(key="actions", gap="xsmall"):
        _opener("rename", _("Rename"), ":material/edit:", view)
        if view.linked:
            _opener("log-out", _("Disconnect from the phone"), ":material/link_off:", view)
        _opener("delete", _("Move to the trash"), ":material/delete:", view)


def _opener(name: str, label: str, icon: str, view: InstanceView) -> None:
    st.button(label, key=name, icon=icon, width="stretch", on_click=_open, args=(name, view.id, view.name))


def _open(name: str, instance_id: str, current_name: str) -> None:
    _STEP.set(_Step(instance_id, name))
    if name == "rename":
        st.session_state["rename-name"] = current_name


def _close() -> None:
    _STEP.set(_Step())


def _cancel_button() -> None:
    st.button(_("Cancel"), key="cancel-action", on_click=_close)


def _ask(question: str, name: str) -> None:
    """Draw ``question`` with ``{name}`` in it, the name exactly as typed."""
    shown = escape_html(question).replace("{name}", isolated_html(name))
    st.html(f'<p class="wa-ask">{shown}</p>')


def _draw_rename(view: InstanceView, step: _Step) -> None:
    with st.form("rename-form", border=False):
        st.text_input(
            _("New name of the instance"),
            key="rename-name",
            help=_(
                "In the phone's list of linked devices the old name stays until the phone is linked again."
            ),
            autocomplete="off",
        )
        problem = st.container()
        with st.container(horizontal=True):
            st.form_submit_button(
                _("Save"), key="rename-save", type="primary", on_click=_rename, args=(view.id, step)
            )
            st.form_submit_button(_("Cancel"), key="rename-cancel", on_click=_close)
    with problem:
        alert.show(step.problem)


def _rename(instance_id: str, step: _Step) -> None:
    name = str(st.session_state["rename-name"])
    step.problem = alert.problem_of(lambda: instances.rename_instance(instance_id, name))
    if not step.problem:
        step.close()
        shut_menu(_MENU)
        redraw()


def _draw_log_out(view: InstanceView, step: _Step) -> None:
    if view.state is not InstanceState.CONNECTED or step.offline:
        _draw_remove_here(view, step)
        return
    _ask(_("Disconnect “{name}” from the phone?"), view.name)
    st.markdown(
        _(
            "It stops sending and receiving, and leaves the list of linked devices on the phone. To use it "
            "again, link the phone with a new QR code. This cannot be undone."
        )
    )
    with st.container(horizontal=True):
        st.button(
            _("Disconnect"),
            key="log-out-confirm",
            icon=":material/link_off:",
            on_click=_log_out,
            args=(view.id, step),
        )
        _cancel_button()
    if step.problem:
        alert.show(step.problem)
        _remove_here_button(view, step)


def _log_out(instance_id: str, step: _Step) -> None:
    _begin(_LOG_OUT, instance_id, step, lambda: _untold(instance_id))


def _untold(instance_id: str) -> Exception | None:
    """Log out at WhatsApp; return why that was not possible, if so. For any thread."""
    try:
        instances.log_out_instance(instance_id)
    except Exception as error:  # said in the page's thread
        return error
    return None


def _draw_remove_here(view: InstanceView, step: _Step) -> None:
    _ask(_("“{name}” is not connected now, so WhatsApp cannot be told."), view.name)
    st.markdown(
        _(
            "You can start it, wait until it is connected and disconnect it then. Or remove the session only "
            "here: this app forgets the account, but **the phone goes on listing this device** until you "
            "remove it there, under “Linked devices”. This cannot be undone."
        )
    )
    with st.container(horizontal=True):
        _remove_here_button(view, step)
        _cancel_button()
    alert.show(step.problem)


def _remove_here_button(view: InstanceView, step: _Step) -> None:
    st.button(
        _("Remove only here"),
        key="log-out-here",
        icon=":material/delete_sweep:",
        on_click=_forget,
        args=(view.id, step),
    )


def _forget(instance_id: str, step: _Step) -> None:
    def forget() -> None:
        instances.forget_session(instance_id)

    _begin(_FORGET, instance_id, step, forget)


def _what_follows(view: InstanceView) -> str:
    if view.is_moved_out:  # its session is at work elsewhere: nothing starts it here by itself
        return _(
            "It goes to the trash, where it stays for {days} days: restored from there, it stays stopped, "
            "since it was moved to another system. After that it is erased for good."
        )
    return _(
        "It stops and goes to the trash, where it stays for {days} days with its session intact: "
        "restored from there, it connects again without a new QR code. After that it is erased for good."
    )


def _draw_delete(view: InstanceView, step: _Step) -> None:
    _ask(_("Delete “{name}”?"), view.name)
    st.markdown(_what_follows(view).format(days=TRASH_DAYS))
    connected = view.state is InstanceState.CONNECTED
    if view.linked:
        st.checkbox(
            _("Disconnect it from the phone too"),
            key="delete-unlink",
            disabled=not connected,
            help=None if connected else _("It is not connected now, so WhatsApp cannot be told."),
        )
        st.caption(
            _(
                "Then it also leaves the phone's list of linked devices, and after a restore needs a new QR "
                "code."
            )
        )
    with st.container(horizontal=True):
        st.button(
            _("Move to the trash"),
            key="delete-confirm",
            icon=":material/delete:",
            on_click=_delete,
            args=(view, step),
        )
        _cancel_button()
    alert.show(step.problem)


def _delete(view: InstanceView, step: _Step) -> None:
    last, undo = _LAST.keep(), prepare_undo()
    unlink = view.state is InstanceState.CONNECTED and bool(st.session_state.get("delete-unlink"))

    def delete() -> Exception | None:
        if unlink and (untold := _untold(view.id)) is not None:
            return untold
        undo.move_to_trash(view, unlinked=unlink)
        last.instance_id, last.at = view.id, time.monotonic()
        return None

    _begin(_UNLINK if unlink else _DELETE, view.id, step, delete)
