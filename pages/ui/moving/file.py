"""Choosing the file, and its passphrase where it needs one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import FoundUpload
from core.services.moving import imports
from pages.ui.formats import MEGABYTE
from pages.ui.i18n import _
from pages.ui.kept_choice import keep_choice
from pages.ui.moving.under_way import UNDER_WAY, UnderWay, begin, let_go, wait_for_answer
from pages.ui.uploads import dropping, was_dropped
from pages.ui.widgets import alert
from pages.ui.widgets.document import focus

PASSPHRASE: Final = frozenset({MoveCode.PASSPHRASE_MISSING, MoveCode.WRONG_PASSPHRASE})
"""Refusals that a passphrase may mend."""
_OPENING: Final = "open"
"""What ``Asked`` is about while it is tried."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What an upload was found to hold, or why it was refused."""

    upload: str
    passphrase: str = field(repr=False)
    found: FoundUpload | None = None
    refused: Exception | None = None


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
    if state.database is not None or state.stored_name:
        return  # what is to be said is said beside those
    if state.code in PASSPHRASE:
        draw_passphrase(state, words=_("Looking at what is in the file…"))
    else:
        alert.show(state.problem)


def _forget(state: UnderWay) -> None:
    let_go(state)
    UNDER_WAY.set(UnderWay(turn=state.turn))


def _look_at(state: UnderWay, chosen: Any) -> None:
    let_go(state)
    state.file_id = chosen.file_id
    free_memory = dropping(chosen.file_id)

    def look() -> Looked:
        try:
            upload = imports.keep_upload(chosen)
        finally:
            # It lies on the disk now, or is not wanted: its memory is free before a look that may take a
            # minute.
            chosen.close()
            free_memory()
        return look_into(upload)

    begin(
        state,
        ("file", chosen.file_id),
        look,
        words=_("Looking at what is in the file…"),
        take=lambda looked: take(state, looked),
        unwanted=discard,
    )
    wait_for_answer(state)


def look_into(upload: str, passphrase: str = "") -> Looked:
    """Return what an upload holds, or why it is refused. For any thread; may take long."""
    try:
        return Looked(upload, passphrase, imports.inspect_upload(upload, passphrase=passphrase))
    except Exception as error:  # handed to the page's thread: the upload is erased there
        return Looked(upload, passphrase, refused=error)


def discard(looked: Looked) -> None:
    """Erase an upload whose look is not waited for."""
    imports.discard_upload(looked.upload)


def take(state: UnderWay, looked: Looked) -> None:
    """Note in ``state`` what was found. Raises why it was refused.

    What was refused is erased at once, a session that is of no use here, unless a passphrase may open it.
    """
    state.upload, state.passphrase, state.found = looked.upload, looked.passphrase, looked.found
    refused = looked.refused
    if refused is None:
        return
    if not isinstance(refused, MoveRefusedError) or refused.code not in PASSPHRASE:
        state.upload = ""
        alert.problem_of(lambda: discard(looked))
    raise refused


def draw_passphrase(state: UnderWay, *, words: str) -> None:
    """Draw the field for the passphrase of a backup, and what is wrong with the last one.

    ``words`` are said while it is opened.
    """
    with st.form("import-open-form", border=False):
        st.text_input(
            _("Passphrase of the backup"), key="import-passphrase", type="password", autocomplete="off"
        )
        if state.code == MoveCode.PASSPHRASE_MISSING:
            st.info(state.problem, icon=":material/lock:")  # nothing went wrong yet
        else:
            alert.show(state.problem)
        st.form_submit_button(
            _("Open the backup"), key="import-open", type="primary", on_click=_open, args=(state, words)
        )
    focus("import-passphrase")
    wait_for_answer(state, _OPENING)


def _open(state: UnderWay, words: str) -> None:
    upload, passphrase = state.upload, str(st.session_state["import-passphrase"])
    begin(
        state,
        (_OPENING, upload, passphrase),
        lambda: look_into(upload, passphrase),
        words=words,
        take=lambda looked: take(state, looked),
    )
