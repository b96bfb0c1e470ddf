"""Why a send failed, or why its outcome is not known, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.models.codes import SERVER_ERROR
from core.models.messages import SendState, Tick
from pages.ui.i18n import N_
from pages.ui.texts.errors import INPUT_ERRORS, REFUSALS
from pages.ui.texts.message import Message, text_for

TICKS: Final = {
    Tick.QUEUED: (N_("Queued"), ""),
    Tick.SERVER: (N_("Sent"), "✓"),
    Tick.DELIVERED: (N_("Delivered"), "✓✓"),
    Tick.READ: (N_("Read"), "✓✓"),
    Tick.PLAYED: (N_("Played"), "✓✓"),
}
"""What each step of a send is called, and its sign."""
PROBLEMS: Final = {
    SendState.FAILED: (N_("Not sent"), "red"),
    SendState.UNCERTAIN: (N_("Not known"), "orange"),
}
"""What a send is called that did not simply go out, and its colour."""
SENDS: Final[Mapping[str, Message]] = {
    "wa-not-on-whatsapp": Message(N_("This number has no WhatsApp."), N_("Check the number and send again.")),
    "send-timeout": Message(
        N_("WhatsApp did not confirm in time: the message may have gone out, or not."),
        N_("Look on the phone before you send it again."),
    ),
    "wa-send-refused": Message(
        N_("WhatsApp did not accept the message."),
        N_("Wait a little; if it happens again, check the account on the phone."),
    ),
    "wa-error": Message(
        N_("WhatsApp did not accept the message (code {detail})."),
        N_("Wait a little; if it happens again, check the account on the phone."),
    ),
    "media-unreachable": Message(
        N_("The file did not reach WhatsApp: its file server did not answer."),
        N_("Check the internet connection of the server, then send it again."),
    ),
    "media-too-large": Message(
        N_("WhatsApp did not take the file: it is too large."), N_("Send a smaller one.")
    ),
    "message-too-large": INPUT_ERRORS["message-too-large"],
    "media-refused": Message(
        N_("WhatsApp's file server did not accept the file."), N_("Wait a little, then send it again.")
    ),
    "file-gone": Message(N_("The file was no longer there when it was to be sent."), N_("Choose it again.")),
    "wa-group-left": REFUSALS["wa-group-left"],
    "wa-group-admins-only": Message(
        N_("Only admins may write in this group."),
        N_("Ask one of them to make this number an admin, or to open the group."),
    ),
    "wa-error-479": Message(
        N_("WhatsApp refused this message for this person (code 479)."),
        N_("Write to this person once from the phone, then try again here."),
    ),
    "wa-error-463": Message(
        N_("WhatsApp did not let this account write to this person (code 463)."),
        N_("It is common with new contacts. Ask the person to write first, or wait some hours."),
    ),
    "disk-full": Message(
        N_("The disk is full, so the message was not sent."),
        N_("Ask whoever looks after the server to make room, then send it again."),
    ),
    "auth-dir-read-only": Message(
        N_("The disk cannot be written to, so the message was not sent."),
        N_("Ask whoever looks after the server to check the disk, then send it again."),
    ),
    "session-unreadable": Message(
        N_("The stored session could not be read or written, so the message was not sent."),
        N_("Ask whoever looks after the server to check the disk, then send it again."),
    ),
    "worker-lost": Message(
        N_("The connection ended in the middle of the send: the message may have gone out, or not."),
        N_("Look on the phone before you send it again."),
    ),
    "process-restarted": Message(
        N_("The app restarted in the middle of the send: the message may have gone out, or not."),
        N_("Look on the phone before you send it again."),
    ),
    "session-ended": Message(
        N_("The session ended before WhatsApp confirmed: the message may have gone out, or not."),
        N_("Look on the phone before you send it again."),
    ),
    "never-left": Message(
        N_("The send was interrupted before the message left: it did not go out."), N_("Send it again.")
    ),
    "not-connected": REFUSALS["not-connected"],
}
"""Why a send failed, or why its outcome is not known."""


def outcome_message(reason: str) -> Message:
    """Return what happened to a send that did not simply reach the server."""
    if reason not in SENDS and reason.startswith(SERVER_ERROR):
        return text_for(SENDS, "wa-error", reason.removeprefix(SERVER_ERROR))
    return text_for(SENDS, reason)
