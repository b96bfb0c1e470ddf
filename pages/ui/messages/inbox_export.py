"""The inbox as a file."""

from __future__ import annotations

import csv
import io
from datetime import datetime, tzinfo
from functools import partial
from typing import Final

import streamlit as st

from core.errors import AppError
from core.models.messages import InboxEntry
from core.services import inbox
from core.services.phone_numbers import show_number
from pages.ui.dates import zone
from pages.ui.i18n import _, language, use_language
from pages.ui.instance.timeline import escape_formula
from pages.ui.texts.inbox import facts, label

ALL: Final = 100_000
"""As many as can be kept."""


def draw_export(instance_id: str) -> None:
    """The button that downloads everything. Not for a part that redraws itself: each costs a handle."""
    st.download_button(
        _("Download (CSV)"),
        partial(export, instance_id, chosen=language(), zone=zone()),
        file_name=f"{instance_id}-inbox.csv",
        mime="text/csv",
        key="inbox-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def export(instance_id: str, *, chosen: str, zone: tzinfo) -> bytes:
    """All that arrived as CSV in the language ``chosen``, with times of ``zone``; empty when it is gone.

    As the timeline's. Threading: safe from any thread; needs no session.
    """
    try:
        entries = inbox.conversation(instance_id, limit=ALL)
    except AppError:
        entries = ()
    out = io.StringIO()
    with use_language(chosen):
        rows = [_heads(), *(_cells(entry, zone) for entry in entries)]
    csv.writer(out, delimiter=";" if chosen == "pt_BR" else ",").writerows(
        [escape_formula(cell) for cell in row] for row in rows
    )
    return out.getvalue().encode("utf-8-sig", "replace")


def _heads() -> tuple[str, ...]:
    return (
        *(_("Time"), _("Name"), _("Number"), _("Group"), _("From the phone"), _("Kind"), _("Text")),
        *(_("File"), _("In answer to"), _("What became of it"), _("Reactions")),
    )


def _cells(entry: InboxEntry, zone: tzinfo) -> tuple[str, ...]:
    content, changes = entry.content, entry.changes
    became = _("deleted") if changes.deleted else _("edited") if changes.edited else ""
    place = (
        f"{content.latitude:.6f}, {content.longitude:.6f}" if content.latitude or content.longitude else ""
    )
    phone = show_number(content.phone)
    words = (content.text, content.name, content.address, place, phone, " | ".join(content.options))
    return (
        datetime.fromtimestamp(entry.at, zone).strftime("%Y-%m-%d %H:%M:%S"),
        entry.name,
        show_number(entry.contact),
        entry.group_name or (_("Group") if entry.group else ""),
        _("yes") if entry.from_me else "",
        label(content),
        "\n".join(filter(None, words)),
        facts(content),
        content.about.text if content.about else "",
        became,
        " ".join(mark.text for mark in changes.reactions),
    )
