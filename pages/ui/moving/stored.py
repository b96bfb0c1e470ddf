"""Backups that lie where the daily ones go: brought back from there, without an upload."""

from __future__ import annotations

import time

import streamlit as st

from core.models.moving.backup import StoredBackup
from core.models.moving.device import MoveRefusedError
from core.services.moving import imports, stored
from pages.ui.escape import escape_markdown, small
from pages.ui.formats import format_size, format_time
from pages.ui.i18n import _
from pages.ui.moving.file import PASSPHRASE, draw_passphrase, erase_refused, inspect
from pages.ui.moving.under_way import UNDER_WAY, UnderWay, refusal_of
from pages.ui.texts.moving import move_message
from pages.ui.widgets import alert


def draw_stored() -> None:
    """Draw the list of those backups, and what brings one; nothing where no daily backup is set up."""
    place = stored.stored_place()
    if not place:
        return
    state = UNDER_WAY.keep()
    with st.container(key="import-stored", border=True):
        st.subheader(_("Backups of this app"), anchor=False)
        if state.stored is None:
            _look(state)
        if state.stored:
            _draw_list(state, state.stored, place)
        else:
            _draw_none(state, place)
        if state.stored_name and state.code in PASSPHRASE:
            draw_passphrase(state)
        elif state.stored_name:
            alert.show(state.problem)


def _look(state: UnderWay) -> None:
    """Find out what lies there, once in a visit: a service may take seconds."""
    state.stored = ()
    with st.spinner(_("Looking for backups…")):
        try:
            state.stored = stored.list_stored()
        except MoveRefusedError as refused:
            state.stored_problem = move_message(refused).text


def _draw_none(state: UnderWay, place: str) -> None:
    if state.stored_problem:
        alert.show(state.stored_problem)
    else:
        st.markdown(_("No backup lies in {place} yet.").format(place=escape_markdown(place)))
    st.button(_("Look again"), key="import-stored-again", on_click=lambda: _look_again(state))


def _look_again(state: UnderWay) -> None:
    state.stored, state.stored_problem = None, ""


def _draw_list(state: UnderWay, found: tuple[StoredBackup, ...], place: str) -> None:
    st.markdown(
        small(
            _("These lie in {place}, the newest first. Nothing has to be uploaded.").format(
                place=escape_markdown(place)
            )
        )
    )
    now = time.time()

    def label(number: int) -> str:
        return f"{format_time(found[number].made_at, now=now)}, {format_size(found[number].size)}"

    number = st.selectbox(
        _("Which backup?"), range(len(found)), format_func=label, key=f"import-stored-which-{state.turn}"
    )
    chosen = found[min(number or 0, len(found) - 1)]
    st.markdown(small(escape_markdown(chosen.name)))
    if st.button(_("Open this backup"), key="import-stored-open", icon=":material/restore_page:"):
        _open(state, chosen.name)


def _open(state: UnderWay, name: str) -> None:
    if state.upload:
        alert.problem_of(lambda: imports.discard_upload(state.upload))
    state.upload = state.passphrase = state.database = ""
    state.stored_name = name
    bar = st.progress(0.0, text=_("Fetching the backup…"))

    def show(share: float) -> None:
        bar.progress(share, text=_("Fetching the backup… {percent}%").format(percent=int(100 * share)))

    def fetch() -> None:
        state.upload = stored.keep_stored(name, on_progress=show)

    failed = refusal_of(state, fetch)
    bar.empty()
    if not failed:
        with st.spinner(_("Opening the backup. A large one takes some minutes…")):
            if inspect(state):
                erase_refused(state)
    st.rerun()
