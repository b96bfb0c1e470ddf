"""What is wrong now, and the last alerts that were sent."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.services.alerts import addresses
from pages.ui.escape import escape_html, isolated, isolated_html
from pages.ui.formats import format_time
from pages.ui.i18n import _
from pages.ui.texts.alerts import notice_text, result_text, trouble_text
from pages.ui.widgets.table import draw_table

SHOWN: Final = 20
"""Of the last deliveries."""


def draw_incidents() -> None:
    """Draw every incident that has not ended, oldest first."""
    view, now = addresses.overview(), time.time()
    with st.container(key="alert-incidents"):
        if not view.open:
            st.success(_("All is well now: there is nothing to tell."), icon=":material/check_circle:")
        for each in view.open:
            since = _("since {when}").format(when=format_time(each.opened_at, now=now))
            name = isolated_html(each.name)
            told = escape_html(trouble_text(each.trouble, "{name}" if each.name else ""))
            st.html(
                f'<div class="wa-name">{told.replace("{name}", name)}</div>'
                f'<div class="wa-muted">{escape_html(since)}</div>'
            )
        if view.damaged:
            st.warning(
                _("The stored addresses could not be read and were kept aside. Add them again."),
                icon=":material/warning:",
            )
        if view.unsaved:
            st.warning(
                _("Alerts cannot be stored now, so some may be sent twice after a restart. Check the disk."),
                icon=":material/warning:",
            )


def draw_deliveries() -> None:
    """Draw the last alerts with where they went and how that ended; nothing before the first."""
    view, now = addresses.overview(), time.time()
    if not view.recent:
        return
    st.subheader(_("Last alerts"), anchor=False)
    labels = {each.id: each.label for each in view.addresses}
    draw_table(
        (_("When"), _("What"), _("Where"), _("Result")),
        [
            (
                format_time(each.notice.at, now=now),
                isolated(notice_text(each.notice)),
                labels.get(each.address_id, _("removed address")),
                result_text(each),
            )
            for each in view.recent[:SHOWN]
        ],
        key="alert-table",
        caption=_("The last alerts, newest first"),
    )
