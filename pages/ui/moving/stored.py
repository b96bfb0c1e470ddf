"""Backups that lie where the daily ones go: brought back from there, without an upload."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.models.moving.backup import StoredBackup
from core.models.moving.device import MoveRefusedError
from core.services.moving import stored
from pages.ui.escape import escape_markdown, small
from pages.ui.formats import format_size, format_time
from pages.ui.i18n import _
from pages.ui.moving.file import PASSPHRASE, Looked, discard, draw_passphrase, look_into, take
from pages.ui.moving.under_way import UNDER_WAY, UnderWay, begin, let_go, wait_for_answer
from pages.ui.texts.moving import move_message
from pages.ui.widgets import alert


@dataclass(frozen=True, slots=True)
class _There:
    """What lies there, or why that is not known."""

    backups: tuple[StoredBackup, ...] = ()
    refused: MoveRefusedError | None = None


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
            draw_passphrase(state, words=_opening())
        elif state.stored_name:
            alert.show(state.problem)


def _look(state: UnderWay) -> None:
    """Find out what lies there, once in a visit: a service may take seconds."""

    def look() -> _There:
        try:
            return _There(stored.list_stored())
        except MoveRefusedError as refused:
            return _There(refused=refused)

    def take_list(there: _There) -> None:
        state.stored_problem = move_message(there.refused).text if there.refused else ""
        state.stored = there.backups

    begin(state, ("list",), look, words=_("Looking for backups…"), take=take_list)
    wait_for_answer(state)


def _draw_none(state: UnderWay, place: str) -> None:
    if state.stored_problem:
        alert.show(state.stored_problem)
    else:
        words = _(
            "No backup lies in {place} yet. If there should be one, ask whoever looks after the server to "
            "check BACKUP_TO."
        )
        st.markdown(words.format(place=escape_markdown(place)))
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

    key = f"import-stored-which-{state.turn}"
    number = st.selectbox(_("Which backup?"), range(len(found)), format_func=label, key=key)
    chosen = found[min(number or 0, len(found) - 1)]
    st.markdown(small(escape_markdown(chosen.name)))
    st.button(
        _("Open this backup"),
        key="import-stored-open",
        icon=":material/restore_page:",
        on_click=_open,
        args=(state, found, key),
    )
    wait_for_answer(state, "stored")


def _open(state: UnderWay, found: tuple[StoredBackup, ...], key: str) -> None:
    name = found[min(st.session_state.get(key) or 0, len(found) - 1)].name
    let_go(state)
    state.stored_name = name
    shares = [0.0]

    def fetch() -> Looked:
        upload = stored.keep_stored(name, on_progress=shares.append)
        shares.append(1.0)
        return look_into(upload)

    def show(place: DeltaGenerator) -> None:
        share = shares[-1]
        if share < 1.0:
            words = _("Fetching the backup… {percent}%")
            place.progress(share, text=words.format(percent=int(100 * share)))
        else:
            place.empty()

    begin(
        state,
        ("stored", name),
        fetch,
        words=_opening(),
        take=lambda looked: take(state, looked),
        unwanted=discard,
        show=show,
    )


def _opening() -> str:
    return _("Opening the backup. A large one takes some minutes…")
