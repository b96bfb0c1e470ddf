"""Choosing the file, and its passphrase where it needs one."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from core.models.moving.codes import MoveCode
from core.services.moving import imports
from pages.ui.formats import MEGABYTE
from pages.ui.i18n import _
from pages.ui.kept_choice import keep_choice
from pages.ui.moving.under_way import UNDER_WAY, UnderWay, refusal_of
from pages.ui.uploads import drop_upload, was_dropped
from pages.ui.widgets import alert
from pages.ui.widgets.document import focus

PASSPHRASE: Final = frozenset({MoveCode.PASSPHRASE_MISSING, MoveCode.WRONG_PASSPHRASE})
"""Refusals that a passphrase may mend."""


def draw_file() -> None:
    """Draw what a file is chosen with; the page is drawn anew once it is known what is in it."""
    state = UNDER_WAY.keep()
    key = f"import-file-{state.turn}"
    with st.container(key="import-file"):
        chosen = st.file_uploader(
            _("Backup, database or zip"), key=key, max_upload_size=imports.UPLOAD_LIMIT // MEGABYTE
        )
    keep_choice(key, answer=state.file_id)
    st.caption(
        _(
            "A backup of this app, a whatsmeow database, or a zip of a Baileys folder. Such are those of "
            "GoWA, wuzapi, WAHA, Evolution and many others. At most {most} MB. Zip a "
            "database or folder that is larger."
        ).format(most=imports.UPLOAD_LIMIT // MEGABYTE)
    )
    if chosen is None and not was_dropped(key):
        if state.file_id:  # the person took it away again
            _forget(state)
        return
    if chosen is not None and chosen.file_id != state.file_id:
        _look_at(state, chosen)
    if state.database or state.stored_name:
        return  # what is to be said is said beside those
    if state.code in PASSPHRASE:
        draw_passphrase(state)
    else:
        alert.show(state.problem)


def _forget(state: UnderWay) -> None:
    if state.upload:
        alert.problem_of(lambda: imports.discard_upload(state.upload))
    UNDER_WAY.set(UnderWay(turn=state.turn))


def _look_at(state: UnderWay, chosen: Any) -> None:
    if state.upload:
        alert.problem_of(lambda: imports.discard_upload(state.upload))
    state.file_id, state.upload, state.passphrase = chosen.file_id, "", ""
    state.database = state.stored_name = ""

    def keep() -> None:
        state.upload = imports.keep_upload(chosen)

    with st.spinner(_("Looking at what is in the file…")):
        failed = refusal_of(state, keep)
        # It lies on the disk now, or is not wanted: its memory is free before a look that may take a minute.
        chosen.close()
        drop_upload(chosen.file_id)
        if failed or inspect(state):
            erase_refused(state)
            return
    st.rerun()


def inspect(state: UnderWay) -> bool:
    """Find out what the upload holds; return whether that failed."""

    def look() -> None:
        state.found = imports.inspect_upload(state.upload, passphrase=state.passphrase)

    return refusal_of(state, look)


def erase_refused(state: UnderWay) -> None:
    """Erase at once what was refused: a session that is of no use here, unless a passphrase may open it."""
    if state.upload and state.code not in PASSPHRASE:
        alert.problem_of(lambda: imports.discard_upload(state.upload))
        state.upload = ""


def draw_passphrase(state: UnderWay) -> None:
    """Draw the field for the passphrase of a backup, and what is wrong with the last one."""
    with st.form("import-open-form", border=False):
        st.text_input(
            _("Passphrase of the backup"), key="import-passphrase", type="password", autocomplete="off"
        )
        alert.show(state.problem)
        pressed = st.form_submit_button(_("Open the backup"), key="import-open", type="primary")
    focus("import-passphrase")
    if not pressed:
        return
    state.passphrase = st.session_state["import-passphrase"]
    with st.spinner(_("Looking at what is in the file…")):
        if inspect(state):
            erase_refused(state)
    st.rerun()
