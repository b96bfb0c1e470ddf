"""The page of alerts: what is wrong now, where that is told, and what is told."""

from __future__ import annotations

import streamlit as st

from core.models.topic import Topic
from pages.ui.alerts.addresses import PART, draw_addresses, draw_form
from pages.ui.alerts.choices import draw_choices
from pages.ui.alerts.incidents import draw_deliveries, draw_incidents
from pages.ui.i18n import _
from pages.ui.layout.notifications import draw_notification_switch
from pages.ui.live import live_fragment

SELDOM_S = 60.0
"""Changes are drawn at once; this is for the ages of things."""

st.title(_("Alerts"), anchor=False)
st.caption(
    _(
        "This app tells you when an instance is disconnected, has a problem or stays offline. It also tells "
        "you when the disk is nearly full, and when all is well again."
    )
)
live_fragment(draw_incidents, part="incidents", every=SELDOM_S, topics=[Topic.ALERTS])
st.subheader(_("Where to tell you"), anchor=False)
live_fragment(draw_addresses, part=PART, every=SELDOM_S, topics=[Topic.ALERTS])
draw_form()
draw_notification_switch(key="alert-browser")
st.subheader(_("What to tell you"), anchor=False)
draw_choices()
live_fragment(draw_deliveries, part="deliveries", every=SELDOM_S, topics=[Topic.ALERTS])
