"""Stable codes in plain words: what happened, and what to do next.

The tables hold the English message ids; ``text_for`` gives the sentence in the session's language, as
Markdown in which every detail is literal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.errors import AppError
from core.models.instance import InstanceState
from pages.ui.dates import date_shown
from pages.ui.escape import isolated_markdown
from pages.ui.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened and what to do; ``{detail}`` in either stands for the fact that came with the code."""

    what: str
    todo: str = ""


STATES: Final[Mapping[str, Sentence]] = {
    InstanceState.STOPPED: Sentence(
        N_("This instance is stopped: it neither sends nor receives."), N_("Press “Start” to connect it.")
    ),
    InstanceState.STARTING: Sentence(N_("Opening the connection to WhatsApp. It takes a few seconds.")),
    InstanceState.PAIRING: Sentence(N_("Link the phone that owns the account.")),
    InstanceState.CONNECTED: Sentence(
        N_("All good: this instance stays connected by itself, even with this page closed.")
    ),
    InstanceState.RECONNECTING: Sentence(
        N_("The connection to WhatsApp dropped."), N_("Nothing to do: it keeps trying by itself.")
    ),
    InstanceState.LOGGED_OUT: Sentence(
        N_("The phone is no longer linked to this instance."),
        N_("Press “Start” to get a new QR code and link it again."),
    ),
    InstanceState.FAILED: Sentence(
        N_("Something went wrong and this instance stopped."), N_("Press “Start” to try again.")
    ),
}
"""By state, for when there is no reason to explain."""

REASONS: Final[Mapping[str, Sentence]] = {
    "qr-expired": Sentence(
        N_("Nobody scanned the codes in time, so they expired."),
        N_("Have the phone at hand and press “Generate new codes”."),
    ),
    "wa-unreachable": Sentence(
        N_("WhatsApp cannot be reached: there is no internet here, or its servers refused the connection."),
        N_("Nothing to do: it keeps trying by itself."),
    ),
    "wa-no-answer": Sentence(
        N_("WhatsApp did not answer in time."), N_("Nothing to do: it keeps trying by itself.")
    ),
    "wa-disconnected": Sentence(
        N_("The connection to WhatsApp dropped."), N_("Nothing to do: it keeps trying by itself.")
    ),
    "wa-keepalive-timeout": Sentence(
        N_("WhatsApp went silent, so the connection is being opened again."),
        N_("Nothing to do: it keeps trying by itself."),
    ),
    "worker-exited": Sentence(
        N_("The part of this app that runs the instance ended unexpectedly and is being started again."),
        N_("Nothing to do: it comes back by itself."),
    ),
    "wa-logged-out": Sentence(
        N_("The account was disconnected on the phone, or the phone stayed offline for too long."),
        N_("Press “Start” to get a new QR code and link it again."),
    ),
    "wa-stream-replaced": Sentence(
        N_("The same session was opened somewhere else, and WhatsApp allows it in one place only."),
        N_("Close it in the other place, then press “Start”."),
    ),
    "wa-temporary-ban": Sentence(
        N_("WhatsApp restricted this account for some time."),
        N_(
            "Avoid writing to people who do not know this number. After the end it tries once more by "
            "itself; if that is refused too, press “Start” later."
        ),
    ),
    "wa-banned-again": Sentence(
        N_("WhatsApp restricted this account for some time, again."),
        N_(
            "Avoid writing to people who do not know this number. Nothing more is tried by itself: press "
            "“Start” when the restriction is over."
        ),
    ),
    "wa-client-outdated": Sentence(
        N_("WhatsApp no longer accepts the connection component installed here ({detail})."),
        N_("Ask whoever looks after this app to update it, then press “Start”."),
    ),
    "wa-connect-refused": Sentence(
        N_("WhatsApp refused the connection (code {detail})."),
        N_("Wait a few minutes and press “Start”. If it goes on, check on the phone that the account works."),
    ),
    "passkey-required": Sentence(
        N_(
            "WhatsApp asked for a passkey before linking this account: a key kept on the phone and opened "
            "with a fingerprint, a face or the screen lock. Only WhatsApp's own apps can answer that, this "
            "one cannot."
        ),
        N_(
            "What can be done today: link another account here; press “Start” later, since WhatsApp does not "
            "always ask; or see on the phone, under Settings > Account > Passkeys, whether WhatsApp lets you "
            "remove it. None of these is certain to work."
        ),
    ),
    "pairing-failed": Sentence(
        N_("The phone read the code, but the linking was not completed."),
        N_("Check the phone's internet and press “Start” for a new code."),
    ),
    "pairing-no-multidevice": Sentence(
        N_("The WhatsApp on this phone is too old to link devices."),
        N_("Update WhatsApp on the phone, then press “Start”."),
    ),
    "pairing-code-failed": Sentence(
        N_("WhatsApp did not give a code for this number."),
        N_("Check the number, wait a minute and ask again; or scan the QR code."),
    ),
    "log-out-failed": Sentence(
        N_("WhatsApp did not confirm that the device was disconnected."),
        N_("Try again, or remove the session only here."),
    ),
    "logged-out-here": Sentence(
        N_("This instance was disconnected from the phone on this page."),
        N_("Press “Start” to get a new QR code and link it again."),
    ),
    "removed-here": Sentence(
        N_("The session was removed from here only; the phone may still list this device."),
        N_("On the phone, remove it under “Linked devices”. Press “Start” to link again."),
    ),
    "worker-crashed": Sentence(
        N_(
            "The part of this app that runs the instance ended 5 times within a minute. What it said last is "
            "kept in the file {detail}."
        ),
        N_(
            "It tries again by itself in a while. If this goes on, show that file to whoever looks after the "
            "app."
        ),
    ),
    "machine-slept": Sentence(
        N_("The computer that runs this app was asleep, so the connection is being opened again."),
        N_("Nothing to do: it keeps trying by itself."),
    ),
    "internal-error": Sentence(
        N_("This app stumbled over an error of its own."), N_("Nothing to do: it keeps trying by itself.")
    ),
    "session-replaced": Sentence(
        N_("The stored session was deleted or replaced by another one while the instance was running."),
        N_("It is opened anew; if it is gone, link the phone again."),
    ),
    "session-unreadable": Sentence(
        N_("The stored session cannot be opened now ({detail})."),
        N_("Ask whoever looks after the server to check the disk."),
    ),
    "worker-lost": Sentence(
        N_("The part of this app that runs the instance could not be started."),
        N_("Nothing to do: it comes back by itself."),
    ),
    "session-corrupt": Sentence(
        N_("The stored session could not be read. It was kept aside as {detail}."),
        N_("Press “Start” to get a new QR code and link it again."),
    ),
    "session-missing": Sentence(
        N_("This instance was linked before, but its stored session is gone."),
        N_("Press “Start” to get a new QR code and link it again."),
    ),
}
"""Why an instance is in its state."""

INPUT_ERRORS: Final[Mapping[str, Sentence]] = {
    "name-empty": Sentence(N_("Give the instance a name.")),
    "name-too-long": Sentence(N_("This name is too long: use at most {detail} characters.")),
    "name-taken": Sentence(N_("There is already an instance with this name. Choose another one.")),
    "number-empty": Sentence(N_("Type the recipient's number.")),
    "number-letters": Sentence(
        N_("A phone number has no letters. Type digits only, such as +55 11 91234-5678.")
    ),
    "number-no-country": Sentence(
        N_("The country code is missing. For Brazil, start with +55 and the area code: +55 11 91234-5678.")
    ),
    "number-too-short": Sentence(N_("This number is too short. Check the area code and the digits.")),
    "number-too-long": Sentence(N_("This number is too long. Type a single number.")),
    "number-invalid": Sentence(N_("This number does not exist as a phone number. Check the digits.")),
    "group-missing": Sentence(N_("Choose the group.")),
    "text-empty": Sentence(N_("Write the message.")),
    "text-too-long": Sentence(N_("This message is too long: use at most {detail} characters.")),
    "kind-unknown": Sentence(N_("This kind of message cannot be sent here.")),
    "file-missing": Sentence(N_("Choose the file first.")),
    "file-empty": Sentence(N_("This file is empty.")),
    "file-too-large": Sentence(N_("This file is too large: it may have at most {detail}.")),
    "file-still-too-large": Sentence(
        N_("Converted, this file is still larger than WhatsApp takes ({detail})."), N_("Use a smaller one.")
    ),
    "file-too-wide": Sentence(N_("This image has too many pixels: at most {detail}.")),
    "file-too-long": Sentence(N_("This is too long to be sent: at most {detail} minutes.")),
    "file-damaged": Sentence(N_("This file is damaged or not whole.")),
    "file-not-image": Sentence(N_("This is no image that can be read, whatever it is called.")),
    "file-not-video": Sentence(N_("This is no video, whatever it is called.")),
    "file-not-audio": Sentence(N_("This is no sound, whatever it is called.")),
    "file-not-opus": Sentence(N_("This Ogg file holds something else than one Opus stream.")),
    "file-needs-ffmpeg": Sentence(
        N_("This file would have to be converted, and the program ffmpeg is not on this server.")
    ),
    "file-too-slow": Sentence(N_("Converting this file takes too long here."), N_("Use a shorter one.")),
    "file-unwritable": Sentence(
        N_("There is no room for the file on the server ({detail})."),
        N_("Ask whoever looks after the server to make room."),
    ),
    "link-invalid": Sentence(N_("This is no link that can be previewed.")),
    "link-private": Sentence(N_("This link leads to no public address, so there is no preview of it.")),
    "link-unreachable": Sentence(
        N_("The page behind the link did not answer, so there is no preview of it.")
    ),
    "link-no-page": Sentence(N_("There is no page behind this link, so there is no preview of it.")),
    "poll-question-empty": Sentence(N_("Write the question of the poll.")),
    "poll-question-too-long": Sentence(N_("The question is too long: use at most {detail} characters.")),
    "poll-options": Sentence(N_("A poll has {detail} options.")),
    "poll-option-empty": Sentence(N_("One of the options is empty: write it or take it out.")),
    "poll-option-too-long": Sentence(N_("One of the options is too long: use at most {detail} characters.")),
    "poll-options-same": Sentence(N_("Two options say the same: change one of them.")),
    "poll-choices": Sentence(N_("Nobody can choose more options than there are.")),
    "place-invalid": Sentence(
        N_("This place does not exist: latitude goes from -90 to 90, longitude from -180 to 180.")
    ),
    "place-name-too-long": Sentence(
        N_("The name of the place is too long: use at most {detail} characters.")
    ),
    "contact-name-empty": Sentence(N_("Write the name of the contact.")),
    "contact-name-too-long": Sentence(N_("The name is too long: use at most {detail} characters.")),
    "contact-number": Sentence(
        N_(
            "The contact's number is not valid: write it with country and area code, for example "
            "+55 11 91234-5678."
        )
    ),
    "reaction-no-emoji": Sentence(N_("A reaction is one emoji.")),
    "about-missing": Sentence(N_("Choose the message that this is about.")),
    "about-unknown": Sentence(
        N_("The message that this is about is not here any more, so nothing was sent.")
    ),
    "about-elsewhere": Sentence(
        N_("The message that this is about stands in another chat, so nothing was sent.")
    ),
    "file-elsewhere": Sentence(
        N_("This file was chosen for {detail}: say first that it may go to this chat, or choose another.")
    ),
    "edit-not-ours": Sentence(N_("Only a message that this number sent can be edited.")),
    "edit-not-text": Sentence(N_("Only a text can be edited.")),
    "edit-too-late": Sentence(N_("WhatsApp accepts edits for 15 minutes only, and this message is older.")),
    "delete-not-ours": Sentence(N_("Only a message that this number sent can be deleted for everybody.")),
    "delete-too-late": Sentence(
        N_("WhatsApp deletes a message for everybody within two and a half days only, and this one is older.")
    ),
    "resend-unknown": Sentence(N_("This message is too old to be sent again from here.")),
    "resend-kind": Sentence(N_("A reaction, an edit or a deletion cannot be sent again.")),
    "resend-file": Sentence(N_("The file is no longer there: choose it again.")),
}
"""What is wrong with what was typed, shown beside it."""

LIMITED: Final[Mapping[str, Sentence]] = {
    "no-ffmpeg-video": Sentence(
        N_("The program ffmpeg is not on this server: only MP4 with H.264 and AAC can be sent.")
    ),
    "no-ffmpeg-audio": Sentence(
        N_("The program ffmpeg is not on this server: only M4A (AAC) and Ogg/Opus can be sent.")
    ),
    "no-ffmpeg-voice": Sentence(
        N_(
            "The program ffmpeg is not on this server: nothing can be recorded here, and only Ogg/Opus with "
            "one channel can be sent as a voice note."
        )
    ),
}
"""Why not every file of a kind can be sent here."""

REFUSALS: Final[Mapping[str, Sentence]] = {
    "file-none": Sentence(N_("This message came without what it takes to fetch its file.")),
    "file-gone": Sentence(
        N_("WhatsApp no longer keeps this file on its servers."), N_("Ask whoever sent it to send it again.")
    ),
    "file-damaged": Sentence(
        N_("The file arrived damaged and was not kept."), N_("Ask whoever sent it to send it again.")
    ),
    "file-unreachable": Sentence(
        N_("WhatsApp's servers did not give the file: the network here may be down."),
        N_("Try again in a moment."),
    ),
    "file-not-kept": Sentence(
        N_("There is no room here to put the file for a moment."),
        N_("Ask whoever looks after the server to check the disk."),
    ),
    "not-marked-read": Sentence(N_("WhatsApp did not take the read receipt."), N_("Try again in a moment.")),
    "instance-limit": Sentence(
        N_("The limit of {detail} instances was reached."), N_("Use one that already exists.")
    ),
    "send-rate": Sentence(
        N_("Too many messages in a short time; this protects the account."),
        N_("Wait {detail} s and send again."),
    ),
    "new-contact-rate": Sentence(
        N_("That was several people this number never wrote to before. Wait {detail} s and try again."),
        N_("WhatsApp restricts numbers that write to many strangers (error 463); this limit protects yours."),
    ),
    "new-contact-day": Sentence(
        N_("Enough new people for one day. The next one can be written to in {detail} h."),
        N_(
            "WhatsApp restricts numbers that write to many strangers (error 463); this limit protects yours. "
            "Whoever writes to you first can be answered at once."
        ),
    ),
    "no-answer": Sentence(N_("WhatsApp did not answer in time."), N_("Try again in a moment.")),
    "send-day": Sentence(
        N_(
            "This instance has sent as many messages in the last 24 hours as it may; this protects the "
            "account."
        ),
        N_("You can send again in {detail} h at the latest."),
    ),
    "not-connected": Sentence(
        N_("This instance is not connected, so nothing was sent."), N_("Open it, connect it and send again.")
    ),
    "sender-missing": Sentence(N_("Choose whose number sends: nothing was sent.")),
    "account-changed": Sentence(
        N_("This instance is linked to another number now, so nothing was sent."),
        N_("Look whose number sends, and press again."),
    ),
    "instance-unknown": Sentence(N_("This instance does not exist (any more).")),
    "log-out-failed": REASONS["log-out-failed"],
    "not-pairing": Sentence(
        N_("A code can only be asked for while a QR code is shown."),
        N_("Wait for the QR code and ask again."),
    ),
}
"""Why something that was asked for is not done now."""

SENDS: Final[Mapping[str, Sentence]] = {
    "wa-not-on-whatsapp": Sentence(
        N_("This number has no WhatsApp."), N_("Check the number and send again.")
    ),
    "send-timeout": Sentence(
        N_("WhatsApp did not confirm in time: the message may have gone out, or not."),
        N_("Look on the phone before you send it again."),
    ),
    "wa-send-refused": Sentence(
        N_("WhatsApp did not accept the message."),
        N_("Wait a little; if it happens again, check the account on the phone."),
    ),
    "wa-error": Sentence(
        N_("WhatsApp did not accept the message (code {detail})."),
        N_("Wait a little; if it happens again, check the account on the phone."),
    ),
    "media-unreachable": Sentence(
        N_("The file could not be brought to WhatsApp: its media host did not answer."),
        N_("Check the internet connection of the server, then send it again."),
    ),
    "media-too-large": Sentence(
        N_("WhatsApp did not take the file: it is too large."), N_("Send a smaller one.")
    ),
    "message-too-large": Sentence(N_("This message is too large to be sent."), N_("Send a shorter one.")),
    "media-refused": Sentence(
        N_("WhatsApp's media host did not take the file."), N_("Wait a little, then send it again.")
    ),
    "file-gone": Sentence(N_("The file was no longer there when it was to be sent."), N_("Choose it again.")),
    "wa-group-left": Sentence(
        N_("This number is not in the group, or the group no longer exists."),
        N_("Ask an admin of the group to add it."),
    ),
    "wa-group-admins-only": Sentence(
        N_("Only admins may write in this group."),
        N_("Ask one of them to make this number an admin, or to open the group."),
    ),
    "wa-error-479": Sentence(
        N_("WhatsApp refused this message for this person (code 479)."),
        N_("Write to this person once from the phone, then try again here."),
    ),
    "wa-error-463": Sentence(
        N_("WhatsApp did not let this account write to this person (code 463)."),
        N_("It is common with new contacts. Ask the person to write first, or wait some hours."),
    ),
    "disk-full": Sentence(
        N_("The disk is full, so the message was not sent."),
        N_("Ask whoever looks after the server to make room, then send it again."),
    ),
    "auth-dir-read-only": Sentence(
        N_("The disk cannot be written to, so the message was not sent."),
        N_("Ask whoever looks after the server to check the disk, then send it again."),
    ),
    "session-unreadable": Sentence(
        N_("The stored session could not be read or written, so the message was not sent."),
        N_("Ask whoever looks after the server to check the disk, then send it again."),
    ),
    "worker-lost": Sentence(
        N_("The connection ended in the middle of the send: the message may have gone out, or not."),
        N_("Look on the phone before you send it again."),
    ),
    "process-restarted": Sentence(
        N_("The app restarted in the middle of the send: the message may have gone out, or not."),
        N_("Look on the phone before you send it again."),
    ),
    "session-ended": Sentence(
        N_("The session ended before WhatsApp confirmed: the message may have gone out, or not."),
        N_("Look on the phone before you send it again."),
    ),
    "never-left": Sentence(
        N_("The send was interrupted before the message left: it did not go out."), N_("Send it again.")
    ),
    "not-connected": REFUSALS["not-connected"],
}
"""Why a send failed, or why its end is not known."""

STORAGE: Final[Mapping[str, Sentence]] = {
    "": Sentence(N_("Opening the folder where the sessions are kept…")),
    "auth-dir-locked": Sentence(
        N_("Another copy of this app is using the folder of the sessions ({detail})."),
        N_(
            "During an update this is normal: the old copy closes in a moment. Otherwise, close the other "
            "copy."
        ),
    ),
    "auth-dir-read-only": Sentence(
        N_("The folder of the sessions is read-only, so nothing can be stored in it."),
        N_("Ask whoever looks after the server to allow writing to it."),
    ),
    "auth-dir-not-a-folder": Sentence(
        N_("The place set up for the sessions is a file, not a folder."),
        N_("Ask whoever looks after the server to correct AUTH_DIR."),
    ),
    "auth-dir-denied": Sentence(
        N_("This app has no permission to use the folder of the sessions."),
        N_("Ask whoever looks after the server to give it permission."),
    ),
    "history-unwritable": Sentence(
        N_("The message could not be written down, so it was not sent."),
        N_("Ask whoever looks after the server to check the disk, then send it again."),
    ),
    "disk-full": Sentence(
        N_("The disk is full, so nothing can be stored."),
        N_("Ask whoever looks after the server to make room."),
    ),
    "auth-dir-gone": Sentence(
        N_("The folder of the sessions is gone: it was deleted, moved or renamed while the app was running."),
        N_(
            "Ask whoever looks after the server to put it back; do not restart the app before, or it begins "
            "with an empty folder."
        ),
    ),
    "auth-dir-replaced": Sentence(
        N_(
            "Another folder is in the place of the sessions, or an empty one: the disk was probably detached."
        ),
        N_(
            "Ask whoever looks after the server to attach the disk again; nothing is written to the folder "
            "that is there now. If it is meant to be used, restart the app."
        ),
    ),
    "auth-dir-error": Sentence(
        N_("The folder of the sessions cannot be used ({detail})."),
        N_("Ask whoever looks after the server to check the disk."),
    ),
}
"""Why the stored sessions cannot be used now."""

NOTICES: Final[Mapping[str, Sentence]] = {
    "record-corrupt": Sentence(
        N_("The record of this instance could not be read. It was kept aside as {detail} and made anew."),
        N_("Check the instance's name."),
    ),
    "record-unreadable": Sentence(
        N_("This instance cannot be shown: its record cannot be read ({detail})."),
        N_("Ask whoever looks after the server to check the disk."),
    ),
    "session-corrupt": Sentence(
        N_("The session of this instance could not be read. It was kept aside as {detail}."),
        N_("Open the instance and link it again."),
    ),
    "session-missing": Sentence(
        N_("The stored session of this instance is gone."), N_("Open the instance and link it again.")
    ),
}
"""What happened to stored data."""

UNKNOWN: Final = Sentence(
    N_("Something unexpected happened (code {detail})."),
    N_("Try again; if it goes on, tell whoever looks after this app."),
)


def plain(text: str) -> str:
    """``text`` as it is, for places that interpret nothing (a CSV) or escape by themselves (HTML)."""
    return text


def text_for(
    table: Mapping[str, Sentence],
    code: str,
    detail: str = "",
    *,
    quote: Callable[[str], str] = isolated_markdown,
) -> Sentence:
    """The sentence for ``code``, translated, its detail passed through ``quote``: as Markdown if not said
    otherwise. A general one when the table has none for it."""
    sentence = table.get(code)
    if sentence is None:
        sentence, detail = UNKNOWN, code
    # A rule of use may come without its figure; a sentence never shows a hole.
    shown = quote(detail) or "?"
    return Sentence(
        what=_(sentence.what).replace("{detail}", shown),
        todo=_(sentence.todo).replace("{detail}", shown) if sentence.todo else "",
    )


def say_state(
    state: InstanceState, reason: str, detail: str, *, quote: Callable[[str], str] = isolated_markdown
) -> Sentence:
    """Why an instance is in ``state``, and what its owner should do."""
    if not reason:
        return text_for(STATES, state)
    if reason == "wa-client-outdated":
        detail = _version_shown(detail)
    said = text_for(REASONS if reason in REASONS else STORAGE, reason, detail, quote=quote)
    # The same reason may end the attempts or not; while they go on, nobody has to press anything.
    return replace(said, todo=text_for(STATES, state).todo) if state is InstanceState.RECONNECTING else said


def _version_shown(detail: str) -> str:
    """``0.5.2, 2026-05-01`` with the day in the order of the session's language."""
    version, comma, released = detail.partition(", ")
    try:
        return f"{version}{comma}{date_shown(date.fromisoformat(released))}"
    except ValueError:
        return detail


def say_send(reason: str) -> Sentence:
    """What became of a send that did not simply reach the server."""
    if reason not in SENDS and reason.startswith("wa-error-"):
        return text_for(SENDS, "wa-error", reason.removeprefix("wa-error-"))
    return text_for(SENDS, reason)


def error_message(error: AppError) -> Sentence:
    """The sentence for an error that a service raised."""
    for table in (INPUT_ERRORS, REFUSALS, STORAGE):
        if error.code in table:
            return text_for(table, error.code, error.detail)
    return text_for({}, error.code)
