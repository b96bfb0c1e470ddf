"""The page of one instance (``?id=``): its state, its pairing, its actions, and what happened to it."""

from __future__ import annotations

import streamlit as st

from core.errors import UnknownInstanceError
from core.models.topic import Topic
from core.services import instances
from pages.ui.escape import isolated_html
from pages.ui.i18n import _
from pages.ui.instance.actions import draw_actions, resume_double_press
from pages.ui.instance.panel import draw_instance, frame_of, pace
from pages.ui.instance.timeline import draw_export, draw_timeline
from pages.ui.links import INSTANCE_ID
from pages.ui.live import live_fragment
from pages.ui.texts.errors import error_message

instance_id = st.query_params.get(INSTANCE_ID, "")
st.page_link("instances.py", label=_("All instances"), icon=":material/arrow_back:")
try:
    view = instances.get_instance(instance_id)
except UnknownInstanceError as error:
    resume_double_press(instance_id)
    st.title(_("Instance not found"), anchor=False)
    st.info(error_message(error).what, icon=":material/search_off:")
    if any(item.id == instance_id for item in instances.deleted_instances()):
        st.markdown(_("It was deleted and is still in the trash, at the end of the list of instances."))
else:
    st.html(f'<h1 class="wa-title">{isolated_html(view.name)}</h1>')
    frame = frame_of(view)
    live_fragment(lambda: draw_instance(instance_id, frame=frame), part="panel", every=pace(frame.state))
    live_fragment(lambda: draw_actions(instance_id), part="actions", every=None)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(_("What happened"), anchor=False, width="content")
        draw_export(instance_id)
    live_fragment(lambda: draw_timeline(instance_id), part="timeline", every=10.0, topics=[Topic.TIMELINE])
