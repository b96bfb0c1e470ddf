"""Who did what, from where, when; and who tried to come in."""

from __future__ import annotations

import streamlit as st

from pages.ui.account import draw_sign_out_everywhere
from pages.ui.audit_log import draw_audit_log
from pages.ui.i18n import _

st.title(_("Access log"))
draw_audit_log()
draw_sign_out_everywhere()
