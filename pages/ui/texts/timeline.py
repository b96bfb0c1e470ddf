"""What happened to an instance, entry by entry, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from core.models.instance import InstanceState
from core.models.timeline import HistoryEntry, HistoryKind
from pages.ui.badge import Colour
from pages.ui.i18n import N_, _
from pages.ui.presentation import shown_number
from pages.ui.texts.health import SELF_TESTS, SUSPECTED
from pages.ui.texts.instance_states import BANS, RESTRICTED, state_message
from pages.ui.texts.message import Message, plain, text_for

K = HistoryKind

HAPPENED: Final[Mapping[str, Message]] = {
    K.CREATED: Message(N_("The instance was created.")),
    K.RENAMED: Message(N_("The instance got another name.")),
    K.RESTORED: Message(N_("The instance came back from the trash, with its session.")),
    K.MOVED_IN: Message(N_("The instance was brought here with its session, without a new QR code.")),
    K.MOVED_OUT: Message(
        N_("The session was taken out for another system."), N_("Do not start it here again.")
    ),
    K.PROCESS_STARTED: Message(N_("The app was started and took this instance up again.")),
    K.STARTING: Message(N_("The connection to WhatsApp is being opened.")),
    K.PAIRING: Message(N_("Waiting for the QR code to be scanned.")),
    K.LINKED: Message(N_("A phone was linked.")),
    K.CONNECTED: Message(N_("Connected to WhatsApp.")),
    K.RECONNECTING: Message(N_("The connection to WhatsApp dropped.")),
    K.STOPPED: Message(N_("The instance was stopped.")),
    K.LOGGED_OUT: Message(N_("The phone is no longer linked to this instance.")),
    K.FAILED: Message(N_("Something went wrong and this instance stopped.")),
    K.SELF_TEST: Message(N_("The instance was tested.")),
    K.SENDING_FAILS: Message(N_("Connected, but messages did not go out.")),
    K.SENDING_WORKS: Message(N_("Messages go out again.")),
    K.RESTRICTION_BEGAN: Message(
        N_("WhatsApp refused messages to several new people."),
        N_("Messages to people you already talk with can still be sent."),
    ),
    K.RESTRICTION_ENDED: Message(N_("Nothing speaks for a restriction by WhatsApp any more.")),
    K.CALL_REJECTED: Message(N_("A call was rejected automatically.")),
}
"""By kind, for when the entry has no reason to explain."""

_NAMED: Final[Mapping[str, Message]] = {
    K.CREATED: Message(N_("The instance was created with the name “{detail}”.")),
    K.RENAMED: Message(N_("The instance is now called “{detail}”.")),
    K.RESTORED: Message(N_("The instance came back from the trash as “{detail}”.")),
    K.LINKED: Message(N_("The phone {detail} was linked.")),
    K.CALL_REJECTED: Message(N_("A call from {detail} was rejected automatically.")),
}
"""The same for an entry that carries the name or number."""

LABELS: Final[Mapping[HistoryKind, tuple[str, Colour]]] = {
    K.CREATED: (N_("Created"), "gray"),
    K.RENAMED: (N_("Renamed"), "gray"),
    K.RESTORED: (N_("Restored"), "gray"),
    K.MOVED_IN: (N_("Brought here"), "gray"),
    K.MOVED_OUT: (N_("Taken out"), "gray"),
    K.PROCESS_STARTED: (N_("App started"), "gray"),
    K.STARTING: (N_("Starting"), "blue"),
    K.PAIRING: (N_("Linking"), "blue"),
    K.LINKED: (N_("Linked"), "green"),
    K.CONNECTED: (N_("Connected"), "green"),
    K.RECONNECTING: (N_("Reconnecting"), "orange"),
    K.STOPPED: (N_("Stopped"), "gray"),
    K.LOGGED_OUT: (N_("Disconnected"), "red"),
    K.FAILED: (N_("Has a problem"), "red"),
    K.SELF_TEST: (N_("Test"), "gray"),
    K.SENDING_FAILS: (N_("Does not send"), "red"),
    K.SENDING_WORKS: (N_("Sends again"), "green"),
    K.RESTRICTION_BEGAN: (SUSPECTED, "orange"),
    K.RESTRICTION_ENDED: (N_("Not restricted"), "green"),
    K.CALL_REJECTED: (N_("Call rejected"), "gray"),
}

GROUPS: Final[Mapping[str, tuple[str, frozenset[HistoryKind]]]] = {
    "problems": (N_("Problems"), frozenset({K.RECONNECTING, K.LOGGED_OUT, K.FAILED})),
    "connection": (N_("Connection"), frozenset({K.STARTING, K.CONNECTED, K.STOPPED})),
    "linking": (N_("Linking the phone"), frozenset({K.PAIRING, K.LINKED})),
    "changes": (N_("Name and trash"), frozenset({K.CREATED, K.RENAMED, K.RESTORED, K.MOVED_IN, K.MOVED_OUT})),
    "sending": (
        N_("Tests and sending"),
        frozenset(
            {
                K.SELF_TEST,
                K.SENDING_FAILS,
                K.SENDING_WORKS,
                K.RESTRICTION_BEGAN,
                K.RESTRICTION_ENDED,
            }
        ),
    ),
    "calls": (N_("Calls"), frozenset({K.CALL_REJECTED})),
    "app": (N_("App starts"), frozenset({K.PROCESS_STARTED})),
}
"""What a visitor filters by: each kind is in exactly one."""

_STATES: Final = frozenset(state.value for state in InstanceState)


def message_of(entry: HistoryEntry, *, quote: Callable[[str], str] = plain) -> Message:
    """Return cause and next step of ``entry`` in the session's language, as plain text."""
    if entry.reason and entry.kind.value in _STATES:
        return state_message(InstanceState(entry.kind.value), entry.reason, entry.detail, quote=quote)
    if entry.kind is K.SELF_TEST and entry.reason in SELF_TESTS:
        return text_for(SELF_TESTS, entry.reason)
    if entry.detail and entry.kind in _NAMED:
        detail = shown_number(entry.detail) if entry.detail.isdecimal() else entry.detail
        return text_for(_NAMED, entry.kind.value, detail, quote=quote)
    return text_for(HAPPENED, entry.kind.value, quote=quote)


def label(kind: HistoryKind, reason: str = "") -> tuple[str, Colour]:
    """Return a short word for an entry of ``kind`` with that ``reason``, and its colour."""
    word, colour = LABELS[kind]
    return _(RESTRICTED if reason in BANS else word), colour
