"""The list of instances: how they stand, those that need the owner, the others; twenty rows to a page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.models.instance import InstanceView
from core.services import conversations, inbox, instances
from pages.ui.escape import escape_html
from pages.ui.i18n import _
from pages.ui.instances.create_form import creating, draw_import_button, draw_new_button
from pages.ui.instances.narrowing import PAGE, clear, narrow
from pages.ui.instances.row import draw_row
from pages.ui.instances.row_actions import draw_failure, finish_trashing, follow
from pages.ui.instances.standing import needs_you, summary_html

ROWS: Final = 20


def draw_instances(*, empty: bool) -> None:
    """Draw all instances as they are now, or an invitation.

    The whole page is drawn anew when the list is no longer ``empty``, or no longer not.
    """
    views = instances.list_instances()
    finish_trashing(views)
    if empty != (not views):
        st.rerun()
    if not views:
        _draw_invitation()
        return
    st.html(summary_html(views))
    latest, unread = inbox.latest(), conversations.unread_counts()
    shown = narrow(views, latest)
    if not shown:
        _draw_nothing()
        return
    follow()
    draw_failure()
    pages = -(-len(shown) // ROWS)
    page = min(st.session_state.get(PAGE, 1), pages)
    now = time.time()
    with st.container(key="instances-table", gap="xsmall"):
        for key, heading, group in _groups(shown, shown[(page - 1) * ROWS : page * ROWS]):
            if heading:
                st.html(f'<h2 class="wa-list-group">{escape_html(heading)}</h2>')
            with st.container(key=key, gap=None):
                for view in group:
                    draw_row(view, latest.get(view.id), unread.get(view.id, 0), now=now)
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key=PAGE)


def _groups(
    shown: Sequence[InstanceView], on_page: Sequence[InstanceView]
) -> list[tuple[str, str, list[InstanceView]]]:
    """Return key, heading and rows of each group on this page; no headings where there is one group only."""
    both = len({needs_you(view) for view in shown}) == 2
    needy = [view for view in on_page if needs_you(view)]
    others = [view for view in on_page if not needs_you(view)]
    groups = [("instances-needy", _("Need you"), needy), ("instances-others", _("All good"), others)]
    return [(key, heading if both else "", group) for key, heading, group in groups if group]


def _draw_nothing() -> None:
    with st.container(key="instances-none", horizontal_alignment="center"):
        words = escape_html(_("No instance found. Try other words."))
        st.html(f'<p class="wa-empty">{words}</p>')
        st.button(_("Show all"), key="instances-clear", icon=":material/filter_alt_off:", on_click=clear)


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
        draw_import_button(width="stretch")
