"""The settings in force."""

from __future__ import annotations

import streamlit as st

from core.services import diagnostics
from pages.ui.i18n import _
from pages.ui.widgets.table import draw_table


def draw_settings() -> None:
    """Draw each setting with the value that is used now."""
    with st.expander(_("Settings in force"), key="settings", icon=":material/tune:"):
        st.caption(_("From the environment of the server. Secrets are shown as dots."))
        draw_table(
            (_("Variable"), _("Value")),
            [(name, value or _("not set")) for name, value in diagnostics.settings_in_force()],
            key="settings-table",
            caption=_("Settings in force"),
        )
