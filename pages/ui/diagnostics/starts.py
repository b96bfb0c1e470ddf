"""The starts of the app that are on record: what shows whether sessions were found again each time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.models.diagnostics import StartChange, StartView
from core.models.persistence import HostKind
from core.services import diagnostics, persistence
from pages.ui.formats import format_number, format_time
from pages.ui.i18n import N_, _
from pages.ui.widgets.table import draw_table

SHOWN: Final = 20
"""Starts; the newest."""
CHANGES: Final[Mapping[StartChange, str]] = {
    StartChange.FIRST: N_("First start on this disk"),
    StartChange.RESTART: N_("Restart of the app"),
    StartChange.REPLACED: N_("Deploy or new container"),
    StartChange.MOVED: N_("The folder came to another disk"),
    StartChange.NOT_KEPT: N_("Earlier ones are no longer listed"),
}
_REBOOT: Final = N_("Reboot of the machine")


def draw_starts() -> None:
    """Draw one row for each start, newest first: when, what had changed, and what it found."""
    starts = diagnostics.starts()
    own = persistence.persistence().host is HostKind.LOCAL
    with st.expander(_("Starts on record"), key="starts", icon=":material/restart_alt:"):
        if not starts:
            st.caption(_("No start is on record."))
            return
        heads = (_("When"), _("Kind of start"), _("Instances"), _("With a session"))
        draw_table(
            heads,
            [_row(start, own=own) for start in starts[:SHOWN]],
            key="starts-table",
            caption=_("Starts on record"),
            figures=(2, 3),
        )
        if len(starts) > SHOWN:
            text = _("The newest {shown} of {count} that are kept.")
            st.caption(text.format(shown=SHOWN, count=len(starts)))


def _row(start: StartView, *, own: bool) -> tuple[str, ...]:
    what = _REBOOT if own and start.change is StartChange.REPLACED else CHANGES[start.change]
    return (
        format_time(start.at, now=time.time()),
        _(what),
        format_number(start.instances),
        format_number(start.linked),
    )
