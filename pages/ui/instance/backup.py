"""A backup of one instance: when it was last saved, and another one in one press."""

from __future__ import annotations

import time

import streamlit as st

from core.services import instances
from core.services.moving import backup
from pages.ui.escape import escape_markdown, small
from pages.ui.formats import format_time
from pages.ui.i18n import _
from pages.ui.widgets.backup_form import draw_backup_form, draw_daily, is_under_way


def draw_backup(instance_id: str) -> None:
    """Draw the backup of an instance. Raises UnknownInstanceError."""
    view = instances.get_instance(instance_id)
    if not view.linked:
        return
    backups = backup.backups()
    with st.container(key="backup-age"):
        st.markdown(small(escape_markdown(_age(backups.saved.get(instance_id)))))
    going = is_under_way([instance_id])
    with st.expander(_("Backup"), key="backup", icon=":material/backup:", expanded=going):
        st.markdown(
            _(
                "If the disk is lost, a backup brings this number back without a new QR code. It opens here "
                "or on another server."
            )
        )
        draw_backup_form([instance_id])
        draw_daily(backups)


def _age(saved_at: float | None) -> str:
    if saved_at is None:
        return _("This instance has no backup yet.")
    return _("Last backup: {when}").format(when=format_time(saved_at, now=time.time()))
