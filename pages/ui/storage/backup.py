"""What saves the instances when the disk is lost: a backup of all of them, beside what the host saves."""

from __future__ import annotations

import streamlit as st

from core.services import instances
from core.services.moving import backup
from pages.ui.escape import isolated_markdown
from pages.ui.i18n import _
from pages.ui.widgets.backup_form import draw_backup_form, draw_daily, is_under_way


def draw_backups() -> None:
    """Draw what a backup saves and what the host's copies do, and one of all instances."""
    st.subheader(_("If the disk is lost"), anchor=False)
    st.markdown(
        _(
            "**A backup of this app** has each number with its session, its history and, if you like, its "
            "messages. It opens here or on another server, and the numbers connect without a new QR code. "
            "The password of this page, alerts and other settings are not in it."
        )
    )
    st.markdown(
        _(
            "**The host’s own copies** bring back the whole disk or nothing, and stay with that host. Render "
            "makes one a day: it may be 24 hours old."
        )
    )
    draw_daily(backup.backups())
    views = [view for view in instances.list_instances() if view.linked]
    linked = [view.id for view in views if not view.is_moved_out]
    _draw_left_out([view.name for view in views if view.is_moved_out])
    label, going = _("Make a backup of all instances"), is_under_way(linked)
    with st.expander(label, key="backup-all", icon=":material/backup:", expanded=going):
        if linked:
            draw_backup_form(linked)
        else:
            st.caption(_("There is nothing to save yet: no phone is linked."))


def _draw_left_out(names: list[str]) -> None:
    if names:
        said = _("Left out of backups of all, since they were moved to another system: {names}.")
        st.caption(said.format(names=", ".join(map(isolated_markdown, names))))
