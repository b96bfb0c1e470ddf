"""The list of instances: see how they are, open one, create one."""

from __future__ import annotations

import streamlit as st

from pages.ui.create_form import creating, draw_create_form, draw_new_button, resume_double_press
from pages.ui.i18n import _
from pages.ui.instance_table import draw_instances
from pages.ui.live import follow

resume_double_press()
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title(_("Instances"), anchor=False, width="content")
    if not creating():
        draw_new_button()
if creating():
    draw_create_form()
follow(draw_instances, every=2.0)
