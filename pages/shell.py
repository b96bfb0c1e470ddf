"""The frame of every page: language, navigation, the state of storage; then the page that was asked for."""

from __future__ import annotations

import streamlit as st

from core.services import instances
from pages.ui.i18n import _
from pages.ui.layout.frame import (
    draw_engine_warning,
    draw_footer,
    draw_header,
    draw_notices,
    draw_storage_trouble,
    wait_for_storage,
)
from pages.ui.layout.persistence_banner import draw_persistence
from pages.ui.live import ARRIVED, PAGE
from pages.ui.widgets.document import set_document_language
from pages.ui.widgets.streamlit_words import draw_streamlit_words
from pages.ui.widgets.toast import draw_note

# An icon of its own: that of a page would be fetched from a server of Google as favicon.
st.set_page_config(page_icon="💬", layout="centered")
draw_header()
draw_note()

page = st.navigation(
    [
        st.Page("instances.py", title=_("Instances"), icon=":material/smartphone:", default=True),
        st.Page("instance.py", title=_("Instance"), url_path="instance", visibility="hidden"),
        st.Page("messages.py", title=_("Messages"), icon=":material/send:", url_path="messages"),
        st.Page("storage.py", title=_("Storage"), icon=":material/database:", url_path="storage"),
        st.Page("guide.py", title=_("Guide"), icon=":material/menu_book:", url_path="guide"),
        st.Page(
            "diagnostics.py", title=_("Diagnostics"), icon=":material/troubleshoot:", url_path="diagnostics"
        ),
        st.Page("audit.py", title=_("Access log"), icon=":material/policy:", url_path="audit"),
    ],
    position="top",
)

if PAGE.get() != page.url_path:
    PAGE.set(page.url_path)
    ARRIVED.set(True)
body, foot = st.container(), st.container()
with foot:
    draw_footer()
    set_document_language(f"{page.url_path}?{st.query_params}")
    draw_streamlit_words()
with body:
    draw_persistence()
    storage = instances.storage()
    if storage.ready:
        draw_storage_trouble()
        draw_notices(storage)
        draw_engine_warning()
        page.run()
    else:
        wait_for_storage(storage.problem)
