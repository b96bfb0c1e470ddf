"""The frame of every page: language, navigation, the state of storage; then the page that was asked for."""

from __future__ import annotations

import streamlit as st

from core.services import instances
from pages.ui.layout.account import know_visitor
from pages.ui.layout.frame import (
    draw_engine_warning,
    draw_footer,
    draw_notices,
    draw_storage_trouble,
    draw_style,
    wait_for_storage,
)
from pages.ui.layout.navigation import (
    RAIL_TOPICS,
    draw_bar,
    draw_links,
    draw_live,
    draw_rail,
    keep_title,
    keys_of,
    pages,
)
from pages.ui.layout.streamlit_words import draw_streamlit_words
from pages.ui.links import IMPORT
from pages.ui.live import ARRIVED, PAGE, forget_parts, live_fragment
from pages.ui.moving.left import draw_left
from pages.ui.moving.under_way import forget_left
from pages.ui.widgets.document import tell_document
from pages.ui.widgets.toast import draw_note

# Icon and name come with the page that is served, before any of this runs: core/web/index_page.py.
st.set_page_config(layout="wide")
know_visitor()
draw_style()
rail = draw_rail()
draw_note()

page = st.navigation(pages(), position="hidden")

if PAGE.get() != page.url_path:
    PAGE.set(page.url_path)
    ARRIVED.set(True)
    forget_parts()
keep_title(page)
if page.url_path != IMPORT:
    forget_left()
storage = instances.storage()
with rail.links:
    draw_links(page)
with rail.live:
    if storage.ready:
        live_fragment(draw_live, part="rail", every=60.0, topics=RAIL_TOPICS, unseen=True)
    else:
        draw_live()
head = st.container(key="head")
body = st.container(key=f"page-{page.url_path or 'instances'}")
foot = st.container(key="foot")
draw_bar()
with foot:
    draw_footer()
    tell_document(f"{page.url_path}?{st.query_params}", links=keys_of(page))
    draw_streamlit_words()
if storage.ready:
    with head:
        draw_storage_trouble()
        draw_left()
        draw_notices(storage)
        draw_engine_warning()
with body:
    if storage.ready:
        page.run()
    else:
        wait_for_storage(storage.problem)
