"""The page of one instance (``?id=``): its state, its pairing, its actions, and what happened to it."""

from __future__ import annotations

import streamlit as st

from core.errors import UnknownInstanceError
from core.models.topic import Topic
from core.services import instances
from pages.ui.escape import isolated_html
from pages.ui.i18n import _
from pages.ui.instance.actions import draw_actions, resume_double_press
from pages.ui.instance.backup import draw_backup
from pages.ui.instance.export import draw_export
from pages.ui.instance.panel import draw_instance, frame_of, pace
from pages.ui.instance.profile.panel import draw_profile
from pages.ui.instance.self_test import forget_result
from pages.ui.instance.timeline import draw_timeline, history
from pages.ui.links import INSTANCE_ID
from pages.ui.live import ARRIVED, live_fragment
from pages.ui.texts.errors import error_message
from pages.ui.texts.instance_states import shows_codes
from pages.ui.widgets.arrival import draw_arrival

instance_id = st.query_params.get(INSTANCE_ID, "")
try:
    view = instances.get_instance(instance_id)
except UnknownInstanceError as error:
    resume_double_press(instance_id)
    st.page_link("instances.py", label=_("All instances"), icon=":material/arrow_back:")
    st.title(_("Instance not found"), anchor=False)
    st.info(error_message(error).what, icon=":material/search_off:")
    if any(item.id == instance_id for item in instances.deleted_instances()):
        st.markdown(_("It was deleted and is still in the trash, at the end of the list of instances."))
else:
    if ARRIVED.pop():
        forget_result()
    frame = frame_of(view)
    with st.container(key="instance-page"):
        with st.container(
            horizontal=True, wrap=False, vertical_alignment="center", gap="small", key="instance-head"
        ):
            with st.container(key="back", width="content"):
                st.page_link("instances.py", label=_("All instances"), icon=":material/arrow_back:")
            st.html(f'<h1 class="wa-title">{isolated_html(view.name)}</h1>')
            with st.container(key="instance-menu", width="content"):
                live_fragment(lambda: draw_actions(instance_id), part="actions", every=None)
        draw_arrival(view)
        live_fragment(lambda: draw_instance(instance_id, frame=frame), part="panel", every=pace(frame.state))
        if frame.linked:
            live_fragment(lambda: draw_profile(instance_id), part="profile", every=10.0)
        live_fragment(lambda: draw_backup(instance_id), part="backup", every=None)
        live_fragment(lambda: draw_export(instance_id), part="export", every=10.0)
        with history(instance_id, folded=frame.linking or shows_codes(view)):
            live_fragment(
                lambda: draw_timeline(instance_id), part="timeline", every=10.0, topics=[Topic.TIMELINE]
            )
