"""The page behind “More” on a phone. The frame draws language and way out there; here, the other pages."""

from __future__ import annotations

import streamlit as st

from pages.ui.i18n import _
from pages.ui.layout.navigation import draw_rest

st.title(_("This app"), anchor=False)
draw_rest()
