"""The guide page: steps to sessions that last, with live ticks, costs, warnings, and checks for failures."""

from __future__ import annotations

import streamlit as st

from core.models.topic import Topic
from core.services import persistence, usage
from pages.ui.guide import background
from pages.ui.guide.steps import draw_log_lines, draw_steps
from pages.ui.guide.troubleshooting import draw_troubles
from pages.ui.i18n import _
from pages.ui.layout.persistence_pill import draw_evidence
from pages.ui.live import live_fragment

st.title(_("Guide: sessions that last"), anchor=False)
with st.container(key="persistence-proof"):
    draw_evidence(persistence.persistence())
background.draw_problem()
live_fragment(draw_steps, part="guide", every=15.0, topics=[Topic.INSTANCES, Topic.STORAGE])
draw_log_lines()
cost = usage.costs()
background.draw_before_after()
background.draw_price(cost)
background.draw_cautions()
background.draw_without()
live_fragment(draw_troubles, part="troubles", every=None)
background.draw_claims(cost)
background.draw_documents()
