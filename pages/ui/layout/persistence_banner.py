"""The persistence status on every page: whether sessions outlive a deploy, and how that is known."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.persistence import HostKind, PersistenceStatus, PersistenceView
from core.services import persistence
from pages.ui.escape import escape_markdown
from pages.ui.formats import format_time
from pages.ui.i18n import N_, _, ngettext
from pages.ui.texts.message import text_for
from pages.ui.texts.persistence import REASONS


@dataclass(frozen=True, slots=True)
class StatusLabel:
    """A status as people see it: icon and word beside the colour, so that none of them is needed alone."""

    icon: str
    word: str


LABELS: Final[Mapping[PersistenceStatus, StatusLabel]] = {
    PersistenceStatus.RED: StatusLabel(":material/cancel:", N_("Ephemeral")),
    PersistenceStatus.AMBER: StatusLabel(":material/schedule:", N_("Not proven yet")),
    PersistenceStatus.GREEN: StatusLabel(":material/check_circle:", N_("Persistent")),
    PersistenceStatus.UNKNOWN: StatusLabel(":material/help:", N_("Not known")),
}


def draw_persistence() -> None:
    """Draw one line: colour, icon, word, the reason, and the way to the guide."""
    view = persistence.persistence()
    label = LABELS[view.status]
    with (
        st.container(key="persistence"),
        st.container(
            key=f"light-{view.status}",
            horizontal=True,
            wrap=False,
            vertical_alignment="center",
            horizontal_alignment="distribute",
        ),
    ):
        st.markdown(f"{label.icon} **{_(label.word)}** · {explain(view)}", width="stretch")
        st.page_link(
            "guide.py", label=_("Guide"), icon=":material/arrow_forward:", icon_position="right", width=80
        )


def explain(view: PersistenceView) -> str:
    """Return why the status is as it is, as Markdown: proof first, then what looks wrong."""
    if view.status is PersistenceStatus.GREEN:
        return _proof(view)
    reason = text_for(REASONS, view.reason, _cover(view)).text
    return reason if view.empty_since is None else f"{_empty(view.empty_since)} {reason}"


def _proof(view: PersistenceView) -> str:
    restarts = ngettext("{count} restart", "{count} restarts", view.restarts).format(count=view.restarts)
    if view.host is HostKind.LOCAL:
        reboots = ngettext("{count} reboot of the machine", "{count} reboots of the machine", view.deploys)
        deploys = reboots.format(count=view.deploys)
    else:
        deploys = ngettext("{count} deploy", "{count} deploys", view.deploys).format(count=view.deploys)
    survived = _("what is stored here survived {restarts} and {deploys}").format(
        restarts=restarts, deploys=deploys
    )
    if view.proven_since is None:
        return f"{survived}."
    since = escape_markdown(format_time(view.proven_since, now=time.time()))
    return _("{survived}; the oldest since {since}.").format(survived=survived, since=since)


def _empty(since: float) -> str:
    when = escape_markdown(format_time(since, now=time.time()))
    return _("**The disk is empty since {when}.**").format(when=when)


def _cover(view: PersistenceView) -> str:
    """Return the folder, and what covers it: mount point and type of file system."""
    mount = view.mount
    if mount is None:
        return view.auth_dir
    return _("{folder} ({point}, {system})").format(
        folder=view.auth_dir, point=mount.point, system=mount.file_system
    )
