"""The audit log as a table, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import partial
from typing import Final

import streamlit as st

from core.models.access import SignInMethod
from core.models.audit import Action, AuditEntry
from core.services import audit, instances
from pages.ui.escape import isolated
from pages.ui.formats import visitor_zone
from pages.ui.i18n import N_, _, language, use_language
from pages.ui.instance.timeline import escape_formula
from pages.ui.widgets.table import draw_words

STEP: Final = 50
ALL: Final = 20_000
"""As many as are kept."""
_SHOWN: Final = "audit-shown"
_ACTIONS: Final = {
    Action.SIGNED_IN: N_("signed in"),
    Action.SIGN_IN_REFUSED: N_("was refused: wrong password, used link, or not on the list"),
    Action.LOCKED_OUT: N_("was locked out after wrong passwords"),
    Action.SIGNED_OUT: N_("signed out"),
    Action.SIGNED_OUT_EVERYWHERE: N_("signed everybody out"),
    Action.CREATED: N_("created an instance"),
    Action.STARTED: N_("started an instance"),
    Action.STOPPED: N_("stopped an instance"),
    Action.RESTARTED: N_("restarted an instance"),
    Action.RENAMED: N_("renamed an instance"),
    Action.PAIRING_CODE: N_("asked for a pairing code"),
    Action.LOGGED_OUT: N_("disconnected it from the phone too"),
    Action.SESSION_REMOVED: N_("removed its session here"),
    Action.DELETED: N_("moved an instance to the trash"),
    Action.RESTORED: N_("took an instance out of the trash"),
    Action.ERASED: N_("erased an instance for good"),
    Action.SENT: N_("sent a message"),
}
_WAYS: Final = {
    SignInMethod.PASSWORD: N_("with the password"),
    SignInMethod.OIDC: N_("organisation account"),
    SignInMethod.LINK: N_("with the sign-in link"),
    SignInMethod.LOCAL: N_("this computer"),
}


def draw_audit_log() -> None:
    """The newest entries, a button for more, and one that downloads all."""
    shown = st.session_state.get(_SHOWN, STEP)
    entries = audit.entries(limit=shown + 1)
    st.caption(
        _(
            "Sign-ins and everything that was done to instances: the last 10,000 of each. Texts of messages "
            "and numbers are not kept here."
        )
    )
    if not entries:
        st.info(_("Nothing happened yet."))
        return
    names = {each.id: each.name for each in instances.list_instances()}
    rows = [_together(_cells(entry, names, visitor_zone())) for entry in entries[:shown]]
    draw_words((_("Time"), _("Who"), _("What")), rows, key="audit-table")
    with st.container(horizontal=True):
        if len(entries) > shown:
            st.button(_("Show more"), key="audit-more", on_click=_more, args=(shown,))
        st.download_button(
            _("Download (CSV)"),
            partial(export, names, chosen=language(), zone=visitor_zone()),
            file_name="audit.csv",
            mime="text/csv",
            key="audit-csv",
            on_click="ignore",
            icon=":material/download:",
        )


def export(names: Mapping[str, str], *, chosen: str, zone: tzinfo) -> bytes:
    """All entries as CSV in the language ``chosen``; opens in columns in a spreadsheet.

    Threading: safe from any thread; needs no session.
    """
    out = io.StringIO()
    with use_language(chosen):
        rows = [_heads(), *(_cells(entry, names, zone) for entry in audit.entries(limit=ALL))]
    csv.writer(out, delimiter=";" if chosen == "pt_BR" else ",").writerows(
        [escape_formula(cell) for cell in row] for row in rows
    )
    return out.getvalue().encode("utf-8-sig", "replace")


def _heads() -> tuple[str, ...]:
    return _("Time"), _("Who"), _("From"), _("What"), _("Instance")


def _cells(entry: AuditEntry, names: Mapping[str, str], zone: tzinfo) -> tuple[str, ...]:
    when = datetime.fromtimestamp(entry.at, zone).strftime("%Y-%m-%d %H:%M:%S")
    instance = names.get(entry.instance_id, entry.instance_id)
    return when, entry.who or _(_WAYS[entry.how]), entry.address, _(_ACTIONS[entry.action]), instance


def _together(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Three columns of the five, which a phone has room for."""
    when, who, address, what, instance = cells
    return when, f"{isolated(who)} · {address}", f"{what} · {isolated(instance)}" if instance else what


def _more(shown: int) -> None:
    st.session_state[_SHOWN] = shown + STEP
