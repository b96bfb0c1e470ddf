"""The page with the list of instances: their states, a way to each, and a form for a new one."""

from __future__ import annotations

import streamlit as st

from core.models.topic import Topic
from core.services import instances
from pages.ui.i18n import _
from pages.ui.instances.create_form import (
    creating,
    draw_create_form,
    draw_import_button,
    draw_new_button,
    go_on,
)
from pages.ui.instances.list import draw_instances
from pages.ui.instances.trash import draw_trash
from pages.ui.live import live_fragment
from pages.ui.widgets.undo import draw_undo


def _draw_deleted() -> None:
    """Draw what is in the trash, and for a moment a way back: also of what came there after the page."""
    draw_trash()
    draw_undo()


go_on()
with st.container(
    horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="list-head"
):
    st.title(_("Instances"), anchor=False, width="content")
    empty = not instances.list_instances()
    if not empty and not creating():
        with st.container(horizontal=True, width="content", key="list-ways-in"):
            draw_import_button()
            draw_new_button()
if creating():
    draw_create_form()
# The server tells of changes at once; this is for the days in it, and for a page that missed one.
live_fragment(
    lambda: draw_instances(empty=empty), part="list", every=60.0, topics=[Topic.INSTANCES, Topic.MESSAGES]
)
live_fragment(_draw_deleted, part="trash", every=30.0, topics=[Topic.TRASH])
