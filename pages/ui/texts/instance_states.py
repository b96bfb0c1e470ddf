"""Why an instance is in its state, in plain words, by the codes of ``core.models.codes``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Final

from core.models.instance import InstanceState, InstanceView
from pages.ui.escape import isolated_markdown
from pages.ui.formats import format_date, format_iso_time
from pages.ui.i18n import N_, _
from pages.ui.texts.message import Message, text_for
from pages.ui.texts.storage import STORAGE

BY_HAND: Final = frozenset({"logged-out-here", "removed-here"})
"""Reasons of a log-out that was asked for on these pages."""
BANS: Final = frozenset({"wa-temporary-ban", "wa-banned-again"})
"""Reasons of an account that WhatsApp restricted; their detail is the end, in ISO 8601, when it is known."""

RESTRICTED: Final = N_("Restricted by WhatsApp")
MOVED: Final = N_("Moved to another system")

LABELS: Final[Mapping[InstanceState, str]] = {
    InstanceState.STOPPED: N_("Stopped"),
    InstanceState.STARTING: N_("Starting"),
    InstanceState.PAIRING: N_("Waiting for the QR code"),
    InstanceState.CONNECTED: N_("Connected"),
    InstanceState.RECONNECTING: N_("Reconnecting"),
    InstanceState.LOGGED_OUT: N_("Disconnected on the phone"),
    InstanceState.FAILED: N_("Has a problem"),
}
"""A state in a word or two, for when no reason says it better: see ``state_label``."""


class Verb(StrEnum):
    """What its owner does next with an instance."""

    NONE = ""
    """Nothing: it runs."""
    SEE_QR = "see-qr"
    """Its codes are being shown."""
    SCAN = "scan"
    """A start would only show a QR code."""
    START = "start"
    RECONNECT = "reconnect"
    """It failed, and its session is still there."""
    MOVED_OUT = "moved-out"
    """Another system has its session: a start has to be confirmed."""
    WAIT = "wait"
    """WhatsApp restricted the account: trying again at once makes that worse."""


VERBS: Final[Mapping[Verb, str]] = {
    Verb.SEE_QR: N_("See QR code"),
    Verb.SCAN: N_("Scan a new QR code"),
    Verb.START: N_("Start"),
    Verb.RECONNECT: N_("Reconnect"),
    Verb.MOVED_OUT: N_("See what to do"),
    Verb.WAIT: N_("See what to do"),
}
"""What a button says that leads to it. Where a start harms it only leads to the page that explains it."""

STATES: Final[Mapping[str, Message]] = {
    InstanceState.STOPPED: Message(
        N_("This instance is stopped: it neither sends nor receives."), N_("Press “Start” to connect it.")
    ),
    InstanceState.STARTING: Message(N_("Opening the connection to WhatsApp. It takes a few seconds.")),
    InstanceState.PAIRING: Message(N_("Scan the QR code with the phone that has WhatsApp.")),
    InstanceState.CONNECTED: Message(
        N_("All good: this instance stays connected by itself, even with this page closed.")
    ),
    InstanceState.RECONNECTING: Message(
        N_("The connection to WhatsApp dropped."), N_("Nothing to do: it keeps trying by itself.")
    ),
    InstanceState.LOGGED_OUT: Message(
        N_("The phone is no longer linked to this instance."),
        N_("Press “Scan a new QR code” and link the phone again."),
    ),
    InstanceState.FAILED: Message(
        N_("Something went wrong and this instance stopped."), N_("Try again in a moment.")
    ),
}
"""By state, for when there is no reason to explain."""
UNLINKED: Final[Mapping[str, Message]] = {
    InstanceState.STOPPED: Message(
        N_("No phone is linked to this instance."), N_("Have it at hand and press “Scan a new QR code”.")
    )
}
"""The same for one that has no session to start with."""
MOVED_OUT: Final[Mapping[str, Message]] = {
    InstanceState.STOPPED: Message(
        N_("This number was moved to another system, so it stays stopped here."),
        N_("Start it here only if it will never run there again."),
    )
}
"""The same for one whose session another system has."""

_WORKER_ENDED: Final = Message(
    N_("The part of this app that runs the instance ended unexpectedly and is being started again."),
    N_("Nothing to do: it comes back by itself."),
)
REASONS: Final[Mapping[str, Message]] = {
    "qr-expired": Message(
        N_("Nobody scanned the codes in time, so they expired."),
        N_("Have the phone at hand and press “Scan a new QR code”."),
    ),
    "wa-unreachable": Message(
        N_("WhatsApp cannot be reached: there is no internet here, or its servers refused the connection."),
        N_("Nothing to do: it keeps trying by itself."),
    ),
    "wa-no-answer": Message(
        N_("WhatsApp did not answer in time."), N_("Nothing to do: it keeps trying by itself.")
    ),
    "wa-disconnected": Message(
        N_("The connection to WhatsApp dropped."), N_("Nothing to do: it keeps trying by itself.")
    ),
    "wa-keepalive-timeout": Message(
        N_("WhatsApp went silent, so the connection is being opened again."),
        N_("Nothing to do: it keeps trying by itself."),
    ),
    "worker-exited": _WORKER_ENDED,
    "protocol-broken": _WORKER_ENDED,
    "wa-logged-out": Message(
        N_("The account was disconnected on the phone, or the phone stayed offline for too long."),
        N_("Press “Scan a new QR code” and link the phone again."),
    ),
    "wa-stream-replaced": Message(
        N_("The same session was opened somewhere else, and WhatsApp allows it in one place only."),
        N_("Close it in the other place, then press “Reconnect”."),
    ),
    "wa-running-elsewhere": Message(
        N_("Another program runs with this very session, and it took the connection back at once."),
        N_(
            "Look for the system that this number came from, or for a copy of this one. Stop it for good and "
            "press “Reconnect”."
        ),
    ),
    "wa-temporary-ban": Message(
        N_("WhatsApp restricted this account for some time."),
        N_(
            "Wait for the end: this instance then tries again by itself. Meanwhile, do not write to people "
            "who do not know this number."
        ),
    ),
    "wa-banned-again": Message(
        N_("WhatsApp restricted this account for some time, again."),
        N_(
            "Wait for the end, then press “Try now”. Meanwhile, do not write to people who do not know this "
            "number."
        ),
    ),
    "wa-client-outdated": Message(
        N_("WhatsApp no longer accepts the connection component installed here ({detail})."),
        N_("Ask whoever looks after this app to update it, then try again."),
    ),
    "wa-connect-refused": Message(
        N_("WhatsApp refused the connection (code {detail})."),
        N_("Wait a few minutes and try again. If it goes on, check on the phone that the account works."),
    ),
    "passkey-required": Message(
        N_(
            "WhatsApp asked for a passkey before linking this account. That is a key kept on the "
            "phone and opened with a fingerprint, a face or the screen lock. Only WhatsApp's own apps"
            " can answer that, this one cannot."
        ),
        N_(
            "What can be done today: link another account here. Or try again later, since WhatsApp does not "
            "always ask. Or see on the phone, under Settings > Account > Passkeys, whether WhatsApp lets you "
            "remove it. None of these is certain to work."
        ),
    ),
    "pairing-failed": Message(
        N_("The phone read the code, but the linking was not completed."),
        N_("Check the phone's internet and press “Scan a new QR code”."),
    ),
    "pairing-no-multidevice": Message(
        N_("The WhatsApp on this phone is too old to link devices."),
        N_("Update WhatsApp on the phone, then press “Scan a new QR code”."),
    ),
    "pairing-code-failed": Message(
        N_("WhatsApp did not give a code for this number."),
        N_("Check the number, wait a minute and ask again; or scan the QR code."),
    ),
    "log-out-failed": Message(
        N_("WhatsApp did not confirm that the device was disconnected."),
        N_("Try again, or remove the session only here."),
    ),
    "logged-out-here": Message(
        N_("This instance was disconnected from the phone on this page."),
        N_("Press “Scan a new QR code” and link the phone again."),
    ),
    "removed-here": Message(
        N_("The session was removed from here only; the phone may still list this device."),
        N_("On the phone, remove it under “Linked devices”. To link again, press “Scan a new QR code”."),
    ),
    "worker-crashed": Message(
        N_(
            "The part of this app that runs the instance ended 5 times within a minute. What it said last is "
            "kept in the file {detail}."
        ),
        N_(
            "It tries again by itself in a while. If this goes on, show that file to whoever looks after the "
            "app."
        ),
    ),
    "machine-slept": Message(
        N_("The computer that runs this app was asleep, so the connection is being opened again."),
        N_("Nothing to do: it keeps trying by itself."),
    ),
    "internal-error": Message(
        N_("Something went wrong inside the app."), N_("Nothing to do: it keeps trying by itself.")
    ),
    "session-replaced": Message(
        N_("The stored session was deleted or replaced by another one while the instance was running."),
        N_("It is being opened again; if it is gone, link the phone again."),
    ),
    "session-unreadable": Message(
        N_("The stored session cannot be opened now ({detail})."),
        N_("Ask whoever looks after the server to check the disk."),
    ),
    "worker-lost": Message(
        N_("The part of this app that runs the instance could not be started."),
        N_("Nothing to do: it comes back by itself."),
    ),
    "session-corrupt": Message(
        N_("The stored session could not be read. It was kept aside as {detail}."),
        N_("Press “Scan a new QR code” and link the phone again."),
    ),
    "session-missing": Message(
        N_("This instance was linked before, but its stored session is gone."),
        N_("Press “Scan a new QR code” and link the phone again."),
    ),
}
"""Why an instance is in its state."""


def verb_of(view: InstanceView) -> Verb:
    """Return the one thing that ``view``'s owner does next."""
    if shows_codes(view):
        return Verb.SEE_QR
    if view.state.running:
        return Verb.NONE
    if moved_out(view):
        return Verb.MOVED_OUT
    if view.reason in BANS:
        return Verb.WAIT
    if view.state is InstanceState.LOGGED_OUT or not view.linked:
        return Verb.SCAN
    return Verb.RECONNECT if view.state is InstanceState.FAILED else Verb.START


def shows_codes(view: InstanceView) -> bool:
    """Return whether ``view`` is being linked: its codes are shown, or will be in a moment."""
    waits = view.state is InstanceState.STARTING and not view.linked
    return view.state is InstanceState.PAIRING or waits


def moved_out(view: InstanceView) -> bool:
    """Return whether ``view`` stands still because another system has its session."""
    return view.is_moved_out and view.state in MOVED_OUT


def view_message(view: InstanceView) -> Message:
    """Return why ``view`` is in its state, and what its owner should do, as Markdown."""
    if moved_out(view):
        return text_for(MOVED_OUT, view.state)
    if not (view.reason or view.linked) and view.state in UNLINKED:
        return text_for(UNLINKED, view.state)
    return state_message(view.state, view.reason, view.detail)


def state_label(state: InstanceState, reason: str = "", detail: str = "", *, now: float) -> str:
    """Return the state in a few words of the session's language, as plain text.

    A restriction carries its end, when ``detail`` knows it; ``now`` is in seconds since the epoch.
    """
    if reason in BY_HAND:
        return _("Disconnected here")
    if reason in BANS and not state.running:
        until = format_iso_time(detail, now=now)
        return _("Restricted by WhatsApp until {when}").format(when=until) if until else _(RESTRICTED)
    return _(LABELS[state])


def state_message(
    state: InstanceState, reason: str, detail: str, *, quote: Callable[[str], str] = isolated_markdown
) -> Message:
    """Return why an instance is in ``state``, and what its owner should do."""
    if not reason:
        return text_for(STATES, state)
    if reason == "wa-client-outdated":
        detail = _version_shown(detail)
    message = text_for(REASONS if reason in REASONS else STORAGE, reason, detail, quote=quote)
    if state is InstanceState.RECONNECTING:
        # The same reason may end the attempts or not; while they go on, the owner has nothing to press.
        return replace(message, next_step=text_for(STATES, state).next_step)
    return message


def _version_shown(detail: str) -> str:
    """Return ``0.5.2, 2026-05-01`` with the day in the order of the session's language."""
    version, comma, released = detail.partition(", ")
    try:
        return f"{version}{comma}{format_date(date.fromisoformat(released))}"
    except ValueError:
        return detail
