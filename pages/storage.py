"""The storage page: what the instances occupy on the disk, how that grows, and what it costs."""

from __future__ import annotations

import streamlit as st

from pages.ui.i18n import _
from pages.ui.live import live_fragment
from pages.ui.storage.backup import draw_backups
from pages.ui.storage.costs import draw_cost
from pages.ui.storage.course import draw_course
from pages.ui.storage.measuring import ask_on_arrival
from pages.ui.storage.usage import draw_usage
from pages.ui.storage.usage_export import draw_usage_file

st.title(_("Space and cost"), anchor=False)
ask_on_arrival()
live_fragment(draw_usage, part="usage", every=10.0)
draw_usage_file()
live_fragment(draw_backups, part="backups", every=10.0, topics=())
live_fragment(draw_course, part="course", every=60.0, topics=())
live_fragment(draw_cost, part="cost", every=60.0, topics=())
