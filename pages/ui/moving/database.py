"""Naming a database instead of choosing a file: for systems that keep their sessions in PostgreSQL."""

from __future__ import annotations

import streamlit as st

from core.models.moving.codes import MoveCode
from core.models.moving.upload import FoundUpload
from core.services.moving import imports
from pages.ui.i18n import _
from pages.ui.moving.under_way import UNDER_WAY, UnderWay, begin, let_go, wait_for_answer
from pages.ui.widgets import alert


def draw_database() -> None:
    """Draw the field for a database's address, folded up; nothing where databases are not read."""
    if not imports.databases_offered():
        return
    state = UNDER_WAY.keep()
    failed = bool(state.problem) and state.database is not None
    with (
        st.expander(
            _("From a database"), key="import-databases", icon=":material/database:", expanded=failed
        ),
        st.form("import-database-form", border=False),
    ):
        st.text_input(
            _("Address of the PostgreSQL database"),
            key="import-database",
            type="password",
            help=_(
                "Of GoWA, wuzapi, Evolution Go and others that keep their sessions there. It is only read, "
                "and the address is not kept."
            ),
            autocomplete="off",
        )
        if failed:
            alert.show(state.problem)
        if not failed or state.code != MoveCode.ADDRESS_WRONG:  # which says it too
            # Beneath the field: inside, a phone cuts it off, and it goes with the first letter.
            st.caption(_("It looks like postgres://user:password@server:5432/database."))
        st.form_submit_button(
            _("Look into the database"), key="import-database-open", on_click=_look, args=(state,)
        )
        wait_for_answer(state, "database")


def _look(state: UnderWay) -> None:
    address = str(st.session_state["import-database"])
    let_go(state)
    state.database = address

    def take(found: FoundUpload) -> None:
        state.found = found

    begin(
        state,
        ("database", address),
        lambda: imports.inspect_database(address),
        words=_("Looking at what is in the database…"),
        take=take,
    )
