"""The storage page: what the sessions occupy on the disk, how that grows, and what it costs."""

from __future__ import annotations

import streamlit as st

from pages.ui.i18n import _
from pages.ui.live import live_fragment
from pages.ui.storage.costs import draw_cost
from pages.ui.storage.usage import draw_course, draw_usage
from pages.ui.storage.usage_export import draw_usage_file

st.title(_("Storage"), anchor=False)
live_fragment(draw_usage, part="usage", every=3.0)
draw_usage_file()
live_fragment(draw_course, part="course", every=60.0, topics=())
live_fragment(draw_cost, part="cost", every=10.0, topics=())
