"""How an instance stands: whether the owner has to act, the one verb that helps, and its trouble in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.models.health.sending import RestrictionLight
from core.models.instance import InstanceState, InstanceView, PhoneSilence
from pages.ui.escape import escape_html, isolated
from pages.ui.formats import format_iso_time
from pages.ui.i18n import N_, _, ngettext
from pages.ui.texts.instance_states import (
    BANS,
    BY_HAND,
    VERBS,
    Verb,
    moved_out,
    state_message,
    verb_of,
)
from pages.ui.texts.phone_silence import phone_is_silent
from pages.ui.widgets.face import Dot
from pages.ui.widgets.symbol import symbol_html

S: Final = InstanceState
QR_EXPIRED: Final = "qr-expired"
_READ_FIRST: Final = BANS | {"wa-client-outdated", "passkey-required"}
"""Reasons that pressing start again does not help against: the page of the instance says what does."""


@dataclass(frozen=True, slots=True)
class RowVerb:
    """The button of a row."""

    label: str
    """A message id."""
    starts: bool
    leads: bool
    """To the page of the instance, where it goes on."""


def needs_you(view: InstanceView) -> bool:
    """Return whether the instance goes on only when its owner acts, and was not put there by hand."""
    if view.sending.trouble is not None:
        return True
    match view.state:
        case S.PAIRING | S.FAILED:
            return True
        case S.LOGGED_OUT:
            return view.reason not in BY_HAND
        case S.STOPPED:
            return view.reason == QR_EXPIRED
    return False


def is_suspected(view: InstanceView) -> bool:
    """Return whether the instance is connected, sends, and WhatsApp may be restricting it all the same."""
    suspected = view.sending.restriction.light is RestrictionLight.SUSPECTED
    return suspected and view.state is S.CONNECTED and view.sending.trouble is None


def may_not_start(view: InstanceView) -> bool:
    """Return whether a start does not help, or harms: the page of the instance says what to do instead."""
    return moved_out(view) or (view.state is S.FAILED and view.reason in _READ_FIRST)


def is_stopped(view: InstanceView) -> bool:
    """Return whether the instance stands still because it was stopped by hand."""
    return not view.state.running and not needs_you(view)


def row_verb(view: InstanceView) -> RowVerb | None:
    """Return what the button of the row says and does; None for an instance that runs."""
    verb = verb_of(view)
    if verb is Verb.NONE:
        return None
    if may_not_start(view):
        return RowVerb(VERBS[Verb.WAIT], starts=False, leads=True)
    label = VERBS[verb]
    if verb is Verb.SCAN:
        # What its page calls reading a code is, seen from the list, what brings the instance back.
        label = VERBS[Verb.RECONNECT if view.state is S.LOGGED_OUT else Verb.SEE_QR]
    return RowVerb(label, starts=verb is not Verb.SEE_QR, leads=verb in (Verb.SEE_QR, Verb.SCAN))


def dot_of(view: InstanceView) -> Dot:
    """Return the colour of the dot at its face."""
    if view.sending.trouble is not None:
        return "bad"
    if view.state is S.CONNECTED:
        return "waits" if is_suspected(view) else "ok"
    if view.state in (S.LOGGED_OUT, S.FAILED) and needs_you(view):
        return "bad"
    return "off" if is_stopped(view) else "waits"


def trouble_html(view: InstanceView, *, now: float) -> str:
    """Return in one line why the instance is not connected, or what is wrong although it is."""
    if view.sending.trouble is not None:
        first, then = _("Messages do not go out."), _("Open it to see what to do.")
        return f"<b>{escape_html(first)}</b> {escape_html(then)}"
    if is_suspected(view):
        first, then = _("New people are refused."), _("Who you already talk with can be written to.")
        return f"<b>{escape_html(first)}</b> {escape_html(then)}"
    if moved_out(view):
        first, then = _("Moved to another system."), _("Open it to see what to do.")
        return f"<b>{escape_html(first)}</b> {escape_html(then)}"
    if view.state is S.LOGGED_OUT and needs_you(view):
        first, then = _("The phone disconnected."), _("Scan the QR code again to come back.")
        return f"<b>{escape_html(first)}</b> {escape_html(then)}"
    if view.reason in BANS:
        until = format_iso_time(view.detail, now=now)
        some_day = _("Restricted by WhatsApp.")
        when = _("Restricted by WhatsApp until {when}.").format(when=until)
        return f"<b>{escape_html(when if until else some_day)}</b>"
    if view.reason == QR_EXPIRED:
        return escape_html(_("The QR code expired. Ask for another one."))
    if not view.reason and view.state in _PLAIN:
        return escape_html(_(_PLAIN[view.state]))
    return escape_html(state_message(view.state, view.reason, view.detail, quote=isolated).what)


def silence_html(view: InstanceView, *, now: float) -> str:
    """Return in one line that the phone has given no sign for long; empty while it does."""
    words = phone_is_silent(view, now=now)
    if not words:
        return ""
    shown = f"{symbol_html('phone_android')}{escape_html(words)}"
    return f"<b>{shown}</b>" if view.phone_silence(now=now) is PhoneSilence.URGENT else shown


_PLAIN: Final = {
    S.PAIRING: N_("The QR code waits to be scanned with the phone."),
    S.STARTING: N_("Opening the connection…"),
    S.RECONNECTING: N_("The connection dropped. Coming back by itself…"),
    S.STOPPED: N_("Stopped: it neither sends nor receives."),
}


def summary_html(views: Sequence[InstanceView]) -> str:
    """Return how many instances stand how, in one line."""
    connected = sum(view.state is S.CONNECTED for view in views)
    returning = sum(view.state in (S.RECONNECTING, S.STARTING) for view in views)
    needy = sum(needs_you(view) for view in views)
    parts = [
        ngettext("{count} connected", "{count} connected", connected).format(count=connected),
        ngettext("{count} coming back", "{count} coming back", returning).format(count=returning),
    ]
    shown = [part for part, count in zip(parts, (connected, returning), strict=True) if count]
    if needy:
        words = ngettext("{count} needs you", "{count} need you", needy).format(count=needy)
        shown.append(f"<b>{escape_html(words)}</b>")
    if not shown:
        shown = [ngettext("{count} stopped", "{count} stopped", len(views)).format(count=len(views))]
    return f'<p class="wa-summary">{" · ".join(shown)}</p>'
