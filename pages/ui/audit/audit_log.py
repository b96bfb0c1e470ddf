"""The audit log as a table, and as a file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from functools import partial
from typing import Final

import streamlit as st

from core.models.access import SignInMethod
from core.models.audit import Action, AuditEntry
from core.services import audit, instances
from pages.ui.escape import isolated
from pages.ui.formats import format_time, format_timestamp
from pages.ui.i18n import N_, _
from pages.ui.state import Slot
from pages.ui.widgets.csv_download import dated_name, draw_csv_download
from pages.ui.widgets.table import draw_table

STEP: Final = 50
ALL: Final = 20_000
"""As many as are kept."""
_SHOWN: Final = Slot("audit-shown", lambda: STEP)
_ACTIONS: Final = {
    Action.SIGNED_IN: N_("signed in"),
    Action.SIGN_IN_REFUSED: N_("was refused: wrong password, used link, or not on the list"),
    Action.LOCKED_OUT: N_("was blocked after too many wrong passwords"),
    Action.SIGNED_OUT: N_("signed out"),
    Action.SIGNED_OUT_EVERYWHERE: N_("signed everybody out"),
    Action.CREATED: N_("created an instance"),
    Action.STARTED: N_("started an instance"),
    Action.STOPPED: N_("stopped an instance"),
    Action.RESTARTED: N_("restarted an instance"),
    Action.RENAMED: N_("renamed an instance"),
    Action.PRESENCE: N_("changed when an instance appears as online"),
    Action.RECEIPTS: N_("changed the delivery ticks of an instance"),
    Action.PROFILE: N_("changed the profile of a number"),
    Action.CALL_REJECTION: N_("changed what happens with calls"),
    Action.PAIRING_CODE: N_("asked for a pairing code"),
    Action.PAIRING_LINK_MADE: N_("made a link for pairing"),
    Action.PAIRING_LINK_OPENED: N_("opened the link for pairing"),
    Action.PAIRING_LINK_USED: N_("connected a phone after opening the link"),
    Action.PAIRING_LINK_REVOKED: N_("took the link for pairing back"),
    Action.PAIRING_LINK_REFUSED: N_("was refused: the link for pairing was wrong, or open elsewhere"),
    Action.LOGGED_OUT: N_("disconnected it from the phone too"),
    Action.SESSION_REMOVED: N_("removed its session here"),
    Action.DELETED: N_("moved an instance to the trash"),
    Action.RESTORED: N_("restored an instance"),
    Action.MOVED_IN: N_("brought an instance here with its session"),
    Action.MOVED_OUT: N_("took the session of an instance out, for another system"),
    Action.BACKED_UP: N_("made a backup of an instance"),
    Action.ERASED: N_("erased an instance for good"),
    Action.SENT: N_("sent a message"),
    Action.NEW_CONTACTS_ALLOWED: N_("ended the pause of new contacts"),
    Action.ALERT_ADDED: N_("added an address for alerts"),
    Action.ALERT_REMOVED: N_("removed an address for alerts"),
}
_METHODS: Final = {
    SignInMethod.PASSWORD: N_("with the password"),
    SignInMethod.OIDC: N_("organisation account"),
    SignInMethod.LINK: N_("with the sign-in link"),
    SignInMethod.PAIRING_LINK: N_("person with a link for pairing"),
    SignInMethod.LOCAL: N_("this computer"),
}


def draw_audit_log() -> None:
    """Draw the newest entries, a button for more, and one that downloads all."""
    shown = _SHOWN.get()
    entries = audit.entries(limit=shown + 1)
    st.caption(_("Who signed in and what was done, newest first. Texts and numbers are never kept here."))
    if not entries:
        st.info(_("Nothing happened yet."))
        return
    names = {view.id: view.name for view in instances.list_instances()}
    now = time.time()
    draw_table(
        (_("When"), _("Who"), _("What")),
        [_together(entry, names, now=now) for entry in entries[:shown]],
        key="audit-table",
        caption=_("Who did what, newest first"),
    )
    with st.container(horizontal=True):
        if len(entries) > shown:
            st.button(_("Show more"), key="audit-more", on_click=_more, args=(shown,))
        draw_csv_download(partial(rows, names), file_name=dated_name(_("accesses")), key="audit-csv")


def rows(names: Mapping[str, str], zone: tzinfo) -> Iterator[tuple[str, ...]]:
    """Yield heads, then all entries with times of ``zone``; ``names`` of instances by id."""
    yield _("Time"), _("Who"), _("From"), _("What"), _("Instance")
    for entry in audit.entries(limit=ALL):
        yield format_timestamp(entry.at, zone), *_cells(entry, names)


def _cells(entry: AuditEntry, names: Mapping[str, str]) -> tuple[str, str, str, str]:
    who = entry.who or _(_METHODS[entry.how])
    instance = names.get(entry.instance_id, entry.instance_id)
    return who, entry.address, _(_ACTIONS[entry.action]), instance


def _together(entry: AuditEntry, names: Mapping[str, str], *, now: float) -> tuple[str, ...]:
    """Return three columns of the five, for which a phone has room."""
    who, address, what, instance = _cells(entry, names)
    return (
        format_time(entry.at, now=now),
        " · ".join(filter(None, (isolated(who), address))),
        f"{what} · {isolated(instance)}" if instance else what,
    )


def _more(shown: int) -> None:
    _SHOWN.set(shown + STEP)
