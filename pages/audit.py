"""The access log page: who did what, from where, when; and who tried to sign in."""

from __future__ import annotations

import streamlit as st

from pages.ui.audit.audit_log import draw_audit_log
from pages.ui.i18n import _
from pages.ui.layout.account import draw_sign_out_everywhere

st.title(_("Who got in"), anchor=False)
draw_audit_log()
draw_sign_out_everywhere()
