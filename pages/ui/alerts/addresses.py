"""Where alerts go: the list, the field for another one, and the button that tries them."""

from __future__ import annotations

import time
from functools import partial
from typing import Final

import streamlit as st

from core.errors import AppError
from core.models.alerts.deliveries import DeliveryFailure, DeliveryState
from core.models.alerts.views import AddressView
from core.services import instances
from core.services.alerts import addresses, choices
from pages.ui.alerts.names import names_of
from pages.ui.escape import escape_html
from pages.ui.formats import format_time
from pages.ui.i18n import N_, _, ngettext
from pages.ui.live import redraw
from pages.ui.state import Slot
from pages.ui.texts.alerts import FAILURES, result_text
from pages.ui.widgets import alert
from pages.ui.widgets.table import draw_table
from pages.ui.widgets.toast import toast_after_rerun

FIELD: Final = "alert-address"
PART: Final = "addresses"
_FAILURE: Final = Slot("alert-failure", str)
_ASKED: Final = Slot("alert-asked", str)
"""Id of the address that the visitor was asked about."""
_EXAMPLES: Final = (
    ("ntfy", "ntfys://minha-loja-7k2m9x"),
    ("Telegram", "tgram://123456789:ABCdef…/246802468"),
    ("E-mail", "mailtos://ana:senha@example.com?to=ana@example.com"),
    ("Discord", "discord://123456789/AbCdEf…"),
    ("Webhook", "jsons://example.com/…"),
)
_PLACEHOLDER: Final = "ntfys://…"
_REMOVED: Final = N_("Removed. Nothing is sent there any more.")


def draw_addresses() -> None:
    """Draw every address with its last result; an invitation when there is none."""
    shown = addresses.overview().addresses
    if not shown:
        st.info(
            _("No address yet: alerts are only shown here. Add one, and they reach you anywhere."),
            icon=":material/notifications_off:",
        )
    names = names_of(instances.list_instances())
    for each in shown:
        with st.container(key=f"alert-{each.id}", border=True):
            _draw_address(each, names)
    if shown:
        st.button(_("Send a test"), key="alert-test", icon=":material/send:", on_click=_test, width="content")


def draw_form() -> None:
    """Draw the field for another address, and what addresses look like."""
    st.text_input(
        _("Address"),
        key=FIELD,
        type="password",
        max_chars=2_000,
        autocomplete="off",
        placeholder=_PLACEHOLDER,
        help=_("It is a secret: it is stored for this app only and never shown again."),
    )
    alert.show(_FAILURE.pop())
    st.button(_("Add address"), key="alert-add", type="primary", icon=":material/add:", on_click=_add)
    with st.expander(_("What does an address look like?"), key="alert-examples"):
        st.markdown(
            _(
                "The easiest one needs no account. Install the ntfy app on your phone, subscribe there "
                "to a name that is hard to guess, and add it here."
            )
        )
        draw_table(
            (_("Service"), _("Address")),
            _EXAMPLES,
            key="alert-example-table",
            caption=_("Examples of addresses"),
        )
        st.caption(_("Over 100 other services work too: see the documentation of apprise."))


def _draw_address(each: AddressView, names: dict[str, str]) -> None:
    place = _("from the setting ALERT_URLS") if each.from_setting else ""
    facts = " · ".join(filter(None, (place, *_results(each))))
    st.html(
        f'<div class="wa-name">{escape_html(each.label)}</div>'
        f'<div class="wa-muted" role="status">{escape_html(facts)}</div>'
    )
    if each.from_setting:
        return
    known = [instance_id for instance_id in each.instances if instance_id in names]
    if names:
        st.multiselect(
            _("Only about these instances (all, if none is chosen)"),
            list(names),
            default=known,
            key=f"alert-about-{each.id}",
            format_func=names.__getitem__,
            on_change=_limit,
            args=(each.id,),
            placeholder=_("All instances"),
        )
    with st.container(horizontal=True):
        if _ASKED.get() != each.id:
            st.button(_("Remove"), key=f"alert-remove-{each.id}", on_click=_ask, args=(each.id,))
            return
        st.markdown(_("Remove this address? To use it again you have to type it."))
        st.button(
            _("Yes, remove it"),
            key=f"alert-remove-confirm-{each.id}",
            icon=":material/delete:",
            on_click=_remove,
            args=(each.id,),
        )
        st.button(_("Cancel"), key="alert-remove-cancel", on_click=_ask, args=("",))


def _results(each: AddressView) -> list[str]:
    """Return how the last attempt went, and how much waits."""
    facts = []
    if each.last is not None and each.last.tried_at is not None:
        when = format_time(each.last.tried_at, now=time.time())
        facts.append(f"{when}: {result_text(each.last)}")
    elif each.unrecognised:
        facts.append(_(FAILURES[DeliveryFailure.ADDRESS]))
    if each.waiting and not (each.last and each.last.state is DeliveryState.WAITING and each.waiting == 1):
        facts.append(
            ngettext("{count} on its way", "{count} on their way", each.waiting).format(count=each.waiting)
        )
    return facts or [_("nothing sent yet")]


def _add() -> None:
    url = str(st.session_state.get(FIELD, ""))
    try:
        service = addresses.add_address(url, zone=st.context.timezone or "")
    except AppError as error:
        _FAILURE.set(alert.text(error))
        return
    st.session_state[FIELD] = ""
    toast_after_rerun(_("{service} added. Send a test to see whether it arrives.").format(service=service))


def _test() -> None:
    if problem := alert.problem_of(addresses.send_test):
        _FAILURE.set(problem)
        redraw()


def _ask(identity: str) -> None:
    _ASKED.set(identity)


def _remove(identity: str) -> None:
    if _ASKED.get() != identity:
        return
    _ASKED.set("")
    if problem := alert.problem_of(partial(addresses.remove_address, identity)):
        _FAILURE.set(problem)
    else:
        toast_after_rerun(_(_REMOVED))


def _limit(identity: str) -> None:
    chosen = st.session_state.get(f"alert-about-{identity}", [])
    if problem := alert.problem_of(partial(choices.limit_address, identity, chosen)):
        _FAILURE.set(problem)
