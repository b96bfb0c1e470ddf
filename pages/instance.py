"""One instance (``?id=``): its state, its QR while it waits for a phone, start and stop."""

from __future__ import annotations

import streamlit as st

from core.errors import UnknownInstanceError
from core.services import instances
from pages.ui.i18n import _
from pages.ui.instance_panel import draw_instance, pace
from pages.ui.live import follow
from pages.ui.sentences import say_error
from pages.ui.text import literal_html

instance_id = st.query_params.get("id", "")
st.page_link("instances.py", label=_("All instances"), icon=":material/arrow_back:")
try:
    view = instances.get_instance(instance_id)
except UnknownInstanceError as error:
    st.title(_("Instance not found"), anchor=False)
    st.info(say_error(error).what, icon=":material/search_off:")
else:
    st.html(f'<h1 class="wa-title">{literal_html(view.name)}</h1>')
    every = pace(view.state)
    follow(lambda: draw_instance(instance_id, drawn_at=every), every=every)
