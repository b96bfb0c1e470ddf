"""The table of instances, twenty rows to a page."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from core.services import instances
from core.services.phone_numbers import show_number
from pages.ui.badge import badge_html
from pages.ui.escape import escape_html, isolated_html
from pages.ui.formats import format_time
from pages.ui.i18n import _
from pages.ui.instances.create_form import creating, draw_new_button
from pages.ui.links import go_to_instance

ROWS: Final = 20
_BUTTON_WIDTH: Final = 80


def draw_instances(*, empty: bool) -> None:
    """Draw all instances as they are now, or an invitation.

    The whole page is drawn anew when the list is no longer ``empty``, or no longer not.
    """
    views = instances.list_instances()
    if empty != (not views):
        st.rerun()
    if not views:
        _draw_invitation()
        return
    pages = -(-len(views) // ROWS)
    shown = min(st.session_state.get("instances-page", 1), pages)
    with st.container(key="instances-table", gap=None):
        _draw_header()
        for view in views[(shown - 1) * ROWS : shown * ROWS]:
            _draw_row(view, now=time.time())
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key="instances-page")


def _draw_header() -> None:
    heads = (_("Name"), _("State"), _("Number"), _("Since"))
    cells = "".join(f"<span>{escape_html(head)}</span>" for head in heads)
    with st.container(horizontal=True, wrap=False, gap="small", key="instances-head"):
        st.html(f'<div class="wa-head"><div class="wa-row">{cells}</div></div>')
        st.space(_BUTTON_WIDTH)


def _draw_row(view: InstanceView, *, now: float) -> None:
    cells = (
        f'<span class="wa-name">{isolated_html(view.name)}</span>'
        f"<span>{badge_html(view.state, view.reason)}</span>"
        f'<span class="wa-number">{escape_html(show_number(view.phone)) or "—"}</span>'
        f'<span class="wa-since">{escape_html(format_time(view.since, now=now))}</span>'
    )
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"row-{view.id}"
    ):
        st.html(f'<div class="wa-row">{cells}</div>')
        if st.button(_("Open"), key=f"open-{view.id}", width=_BUTTON_WIDTH):
            go_to_instance(view.id)


def _draw_invitation() -> None:
    if creating():
        return
    with st.container(border=True, key="invitation"):
        st.subheader(_("Connect your first WhatsApp"), anchor=False)
        st.markdown(
            _(
                "An instance is one WhatsApp account that you own, connected to this app as a linked device. "
                "It stays connected by itself, even with this page closed."
            )
        )
        steps = (
            _("Give it a name"),
            _("Scan the QR code with the phone"),
            _("Try it with a test message"),
        )
        st.markdown("\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)))
        draw_new_button(width="stretch")
