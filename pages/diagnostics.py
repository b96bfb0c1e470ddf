"""The diagnostics page: self-checks, network and report; for the server, settings, starts and log."""

from __future__ import annotations

import streamlit as st

from pages.ui.diagnostics.log import draw_log
from pages.ui.diagnostics.report import draw_report
from pages.ui.diagnostics.self_checks import draw_engine_check, draw_network_check, draw_self_checks
from pages.ui.diagnostics.settings import draw_settings
from pages.ui.diagnostics.starts import draw_starts
from pages.ui.i18n import _
from pages.ui.live import live_fragment

st.title(_("Checks"), anchor=False)
live_fragment(draw_self_checks, part="self-checks", every=None)
live_fragment(draw_network_check, part="network", every=None)
live_fragment(draw_engine_check, part="engine", every=None)
live_fragment(draw_report, part="report", every=None)
st.subheader(_("For whoever runs the server"), anchor=False)
draw_settings()
draw_starts()
live_fragment(draw_log, part="log", every=10.0)
