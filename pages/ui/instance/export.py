"""The session of an instance as a file for another system: people may leave."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from core.models.moving.backup import MadeBackup
from core.services import instances
from core.services.moving import backup, export
from pages.ui.awaited import Awaited
from pages.ui.file_link import draw_file_link
from pages.ui.formats import format_clock, format_time
from pages.ui.i18n import _
from pages.ui.state import Slot, nothing
from pages.ui.widgets import alert

_MADE: Final[Slot[MadeBackup | None]] = Slot("export-made", nothing)
_MAKING: Final[Awaited[MadeBackup]] = Awaited(
    "export-making", unwanted=lambda made: backup.discard(made.token)
)
_PASSPHRASE: Final = "export-passphrase"  # noqa: S105  # the name of a field
_PLAIN: Final = "export-plain"


def draw_export(instance_id: str) -> None:
    """Draw what hands out the session of an instance. Raises UnknownInstanceError."""
    view = instances.get_instance(instance_id)
    if not view.linked:
        return
    problem = _MAKING.take((instance_id,), _("Stopping the instance and writing the file…"), _keep)
    view = instances.get_instance(instance_id)
    _draw_moved_out(view)
    with st.expander(_("Take this number to another system"), key="export", icon=":material/output:"):
        st.markdown(
            _(
                "You get the session as a whatsmeow SQLite file, which many systems open. The number "
                "connects there without a new QR code."
            )
        )
        st.markdown(
            _(
                "The instance here is stopped for this. **Never start it again**: two systems with one "
                "session take it from each other, and messages get lost."
            )
        )
        _draw_form(view)
        alert.show(problem)
        _draw_made(view)


def _draw_form(view: InstanceView) -> None:
    plain = st.toggle(_("Without encryption"), key=_PLAIN)
    if plain:
        sure = st.checkbox(
            _("I know that anybody who gets this file can write and read as this number."),
            key="export-plain-sure",
        )
    else:
        sure = True
        st.text_input(
            _("Passphrase for the file"),
            type="password",
            key=_PASSPHRASE,
            autocomplete="new-password",
            help=_("The file is in the age format: the program age opens it with this passphrase."),
        )
    stopped = st.checkbox(_("This number will not be started here again."), key="export-sure")
    st.button(
        _("Stop it here and make the file"),
        key="export-make",
        icon=":material/output:",
        disabled=not (sure and stopped),
        on_click=_begin,
        args=(view.id,),
    )


def _begin(instance_id: str) -> None:
    plain = bool(st.session_state.get(_PLAIN))
    passphrase = None if plain else str(st.session_state.get(_PASSPHRASE, ""))
    _MAKING.begin((instance_id,), lambda: export.export(instance_id, passphrase))


def _keep(made: MadeBackup) -> None:
    if before := _MADE.pop():
        backup.discard(before.token)
    _MADE.set(made)
    if _PASSPHRASE in st.session_state:
        st.session_state[_PASSPHRASE] = ""


def _draw_made(view: InstanceView) -> None:
    made, now = _MADE.get(), time.time()
    if made is None or made.instances != (view.id,):
        return
    if made.gone_at <= now or not view.moved_out_at:
        backup.discard(made.token)  # started here again, it must not go to another system any more
        _MADE.clear()
        return
    draw_file_link(_("Download the session"), made.token, key="export-download")
    until = format_clock(made.gone_at, now=now)
    st.caption(_("It can be downloaded until {time}; then it is removed from here.").format(time=until))


def _draw_moved_out(view: InstanceView) -> None:
    if view.moved_out_at:
        when = format_time(view.moved_out_at, now=time.time())
        st.warning(
            _("The session was taken out for another system ({when}). Do not start it here again.").format(
                when=when
            ),
            icon=":material/output:",
        )
