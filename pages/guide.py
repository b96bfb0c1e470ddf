"""The guide page: what to do, by task; what concerns the server is folded at the end."""

from __future__ import annotations

import streamlit as st

from core.models.content import Kind
from core.models.topic import Topic
from core.services import attachments, persistence, usage
from pages.ui.guide import background
from pages.ui.guide.steps import draw_log_lines, draw_steps, is_to_do
from pages.ui.guide.tasks import TASKS, draw_heading, draw_server_heading, draw_task, draw_tasks_links
from pages.ui.guide.troubleshooting import draw_trouble
from pages.ui.i18n import _
from pages.ui.layout.persistence_pill import draw_evidence
from pages.ui.live import live_fragment
from pages.ui.texts.errors import LIMITED
from pages.ui.texts.message import text_for


def _draw_proof() -> None:
    with st.container(key="persistence-proof"):
        draw_evidence(persistence.persistence())


def _draw_server() -> None:
    """Draw what the operator of the server needs, each part folded."""
    with st.expander(
        _("Keep the connections, in three steps"),
        key="server-steps",
        icon=":material/hard_drive:",
        expanded=is_to_do(),
    ):
        background.draw_problem()
        live_fragment(draw_steps, part="guide", every=60.0, topics=[Topic.STORAGE])
        draw_log_lines()
    live_fragment(lambda: draw_trouble("permission"), part="trouble-permission", every=None)
    cost = usage.costs()
    with st.expander(_("Before you touch the disk"), key="server-disk", icon=":material/warning:"):
        background.draw_cautions()
        background.draw_price(cost)
    with st.expander(_("With and without a disk"), key="server-about", icon=":material/info:"):
        background.draw_before_after()
        background.draw_without()
        background.draw_claims(cost)
        background.draw_documents()


def _draw_ffmpeg() -> None:
    """Say what is missing for videos and sounds, where something is."""
    if why := attachments.available(Kind.VIDEO):
        with st.container(key="guide-ffmpeg"):
            install = _("Install ffmpeg on the server, or run: pip install -r requirements-ffmpeg.txt")
            st.warning(f"{text_for(LIMITED, why).what} {install}", icon=":material/movie:")


st.title(_("Help and guide"), anchor=False)
draw_tasks_links()
for task in TASKS:
    with st.container(border=True, key=f"task-{task.name}", gap="small"):
        draw_heading(task)
        if task.name == "keep":
            _draw_proof()
        draw_task(task)
        if task.name == "keep":
            live_fragment(lambda: draw_trouble("lost"), part="trouble-lost", every=None)
draw_server_heading()
_draw_ffmpeg()
_draw_server()
