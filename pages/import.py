"""The page where sessions of other systems, and backups of this one, become instances without a QR code."""  # noqa: N999  # its address, and the name by which tests open it

from __future__ import annotations

import streamlit as st

from pages.ui.i18n import _
from pages.ui.moving.choice import draw_choice
from pages.ui.moving.database import draw_database
from pages.ui.moving.file import draw_file
from pages.ui.moving.left import wait_for_left
from pages.ui.moving.stored import draw_stored
from pages.ui.moving.under_way import UNDER_WAY, wait_for_answer

with st.container(key="import-page"):
    st.page_link("instances.py", label=_("All instances"), icon=":material/arrow_back:")
    st.title(_("Bring from another system"), anchor=False)
    st.caption(
        _("A number that is connected elsewhere goes on here, with its conversations, without a new QR code.")
    )
    under_way = UNDER_WAY.get()
    if under_way.arrived is not None:
        under_way.arrived()
    if under_way.found is None:
        st.info(
            _(
                "Stop the other system first. Only then copy its file: a copy of one that runs may be "
                "incomplete."
            ),
            icon=":material/stop_circle:",
        )
        draw_stored()
        draw_file()
        draw_database()
    else:
        draw_choice(under_way.found)
    wait_for_answer(UNDER_WAY.get())
    wait_for_left()
