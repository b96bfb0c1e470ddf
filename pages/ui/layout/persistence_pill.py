"""The persistence pill of every page: whether connections outlive a deploy; how that is known, on a press."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.models.persistence import HostKind, PersistenceStatus, PersistenceView
from core.services import instances, persistence
from pages.ui.escape import escape_markdown
from pages.ui.formats import format_time
from pages.ui.i18n import N_, _, ngettext
from pages.ui.texts.message import text_for
from pages.ui.texts.persistence import reasons

LABELS: Final[Mapping[PersistenceStatus, str]] = {
    PersistenceStatus.RED: N_("At risk"),
    PersistenceStatus.AMBER: N_("Not confirmed yet"),
    PersistenceStatus.GREEN: N_("Connections saved"),
    PersistenceStatus.UNKNOWN: N_("Not known"),
}
"""A word beside the colour, so that neither is needed alone."""


def draw_persistence() -> None:
    """Draw colour and word, and the evidence behind them; nothing while no connection can be lost."""
    if not _can_be_lost():
        return
    view = persistence.persistence()
    with (
        st.container(key="persistence"),
        st.container(key=f"light-{view.status}"),
        st.popover(_(LABELS[view.status]), key="persistence-open", width="stretch"),
        st.container(key="persistence-evidence"),
    ):
        draw_evidence(view)
        st.page_link("guide.py", label=_guide_label(view.status), icon=":material/arrow_forward:")


def draw_evidence(view: PersistenceView) -> None:
    """Draw why the status is as it is, and the folder that it is about."""
    st.markdown(f"**{_(LABELS[view.status])}.** {explain(view)}")
    st.caption(_("Folder: {path}").format(path=_folder(view)))


def explain(view: PersistenceView) -> str:
    """Return why the status is as it is, as Markdown: proof first, then what looks wrong."""
    if view.status is PersistenceStatus.GREEN:
        return _proof(view)
    reason = text_for(reasons(view.host), view.reason).text
    return reason if view.empty_since is None else f"{_empty(view.empty_since)} {reason}"


def _can_be_lost() -> bool:
    """Return whether anything is linked; with a folder that cannot be read, something may be."""
    storage = instances.storage()
    if not storage.ready:
        return bool(storage.problem)
    return any(view.linked for view in instances.list_instances())


def _guide_label(status: PersistenceStatus) -> str:
    return _("Open the guide") if status is PersistenceStatus.GREEN else _("See how to protect them")


def _proof(view: PersistenceView) -> str:
    if view.host is HostKind.LOCAL:
        restarts = ngettext("{count} restart of the app", "{count} restarts of the app", view.restarts)
        deploys = ngettext("{count} of this computer", "{count} of this computer", view.deploys)
    else:
        restarts = ngettext("{count} restart", "{count} restarts", view.restarts)
        deploys = ngettext("{count} deploy", "{count} deploys", view.deploys)
    parts = {
        "restarts": restarts.format(count=view.restarts),
        "deploys": deploys.format(count=view.deploys),
    }
    if view.proven_since is None:
        return _("They survived {restarts} and {deploys}.").format(**parts)
    since = escape_markdown(format_time(view.proven_since, now=time.time()))
    return _("They survived {restarts} and {deploys} since {since}.").format(since=since, **parts)


def _empty(since: float) -> str:
    when = escape_markdown(format_time(since, now=time.time()))
    return _("**The disk is empty since {when}.**").format(when=when)


def _folder(view: PersistenceView) -> str:
    """Return the folder, and what covers it: mount point and type of file system."""
    mount = view.mount
    if mount is None:
        return escape_markdown(view.auth_dir)
    return escape_markdown(
        _("{folder} ({point}, {system})").format(
            folder=view.auth_dir, point=mount.point, system=mount.file_system
        )
    )
