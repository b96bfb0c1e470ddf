"""Why something that was asked for is not done, in plain words, by the code of the error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.errors import AppError
from core.models.codes import SERVER_ERROR, DamageCode
from pages.ui.i18n import N_
from pages.ui.texts.instance_states import REASONS
from pages.ui.texts.message import Message, text_for
from pages.ui.texts.storage import NOTICES, STORAGE

INPUT_ERRORS: Final[Mapping[str, Message]] = {
    "name-empty": Message(N_("Give the instance a name.")),
    "name-too-long": Message(N_("This name is too long: use at most {detail} characters.")),
    "name-taken": Message(N_("There is already an instance with this name. Choose another one.")),
    "number-empty": Message(N_("Type the recipient's number.")),
    "number-letters": Message(N_("Use digits only, with country and area code: +55 11 91234-5678.")),
    "number-no-country": Message(
        N_("The country code is missing. For Brazil, start with +55 and the area code: +55 11 91234-5678.")
    ),
    "number-too-short": Message(N_("This number is too short. Check the area code and the digits.")),
    "number-too-long": Message(N_("This number is too long. Type a single number.")),
    "number-invalid": Message(N_("This number does not exist as a phone number. Check the digits.")),
    "group-missing": Message(N_("Choose the group.")),
    "text-empty": Message(N_("Write the message.")),
    "text-too-long": Message(N_("This message is too long: use at most {detail} characters.")),
    "message-too-large": Message(N_("This message is too large to be sent."), N_("Send a shorter one.")),
    "kind-unknown": Message(N_("This kind of message cannot be sent here.")),
    "file-missing": Message(N_("Choose the file first.")),
    "file-empty": Message(N_("This file is empty.")),
    "file-too-large": Message(N_("This file is too large: it may have at most {detail}.")),
    "file-still-too-large": Message(
        N_("Even converted, this file is larger than WhatsApp accepts ({detail})."), N_("Use a smaller one.")
    ),
    "file-too-wide": Message(N_("This image has too many pixels: at most {detail}.")),
    "file-too-long": Message(N_("This is too long to send: at most {detail} minutes.")),
    "file-damaged": Message(N_("This file is damaged or incomplete.")),
    "file-not-image": Message(N_("This file does not contain an image that can be read.")),
    "file-not-video": Message(N_("This file does not contain a video.")),
    "file-not-audio": Message(N_("This file does not contain audio.")),
    "file-not-opus": Message(N_("This Ogg file does not contain exactly one Opus recording.")),
    "file-needs-ffmpeg": Message(
        N_("This file must be converted first, and ffmpeg is missing on this server.")
    ),
    "file-old-ffmpeg": Message(
        N_("This file must be converted first, and the ffmpeg on this server is too old.")
    ),
    "file-moving-needs-ffmpeg": Message(
        N_("This picture moves. To send it as a GIF, this server needs ffmpeg."),
        N_("Send it as a document."),
    ),
    "file-moving-too-long": Message(
        N_("This moving picture is too long to become a GIF."), N_("Send it as a document.")
    ),
    "file-too-slow": Message(N_("Converting this file takes too long here."), N_("Use a shorter one.")),
    "file-unwritable": Message(
        N_("There is no room for the file on the server ({detail})."),
        N_("Ask whoever looks after the server to make room."),
    ),
    "link-invalid": Message(N_("This link cannot be previewed.")),
    "link-private": Message(N_("This link leads to no public address, so there is no preview of it.")),
    "link-unreachable": Message(N_("The page behind the link did not answer, so there is no preview of it.")),
    "link-no-page": Message(N_("There is no page behind this link, so there is no preview of it.")),
    "poll-question-empty": Message(N_("Write the question of the poll.")),
    "poll-question-too-long": Message(N_("The question is too long: use at most {detail} characters.")),
    "poll-options": Message(N_("A poll has {detail} options.")),
    "poll-option-empty": Message(N_("One of the options is blank: fill it in or remove it.")),
    "poll-option-too-long": Message(N_("One of the options is too long: use at most {detail} characters.")),
    "poll-options-same": Message(N_("Two options say the same: change one of them.")),
    "poll-choices": Message(N_("There are not that many options to choose.")),
    "place-invalid": Message(
        N_("This place does not exist: latitude goes from -90 to 90, longitude from -180 to 180.")
    ),
    "place-empty": Message(N_("Say where the place is.")),
    "place-unreadable": Message(
        N_("No place is recognised here."), N_("Paste two numbers, as in -23.561414, -46.655881.")
    ),
    "place-ambiguous": Message(
        N_("This can be read in two ways."),
        N_("Write two numbers with points, as in -23.561414, -46.655881."),
    ),
    "place-short-link": Message(
        N_("This short link does not say where it leads, and it is not opened from here."),
        N_("Open it, and copy the numbers of the place."),
    ),
    "place-name-too-long": Message(N_("The name of the place is too long: use at most {detail} characters.")),
    "contact-name-empty": Message(N_("Write the name of the contact.")),
    "contact-name-too-long": Message(N_("The name is too long: use at most {detail} characters.")),
    "contact-number": Message(
        N_("The contact's number is not valid. Write it with country and area code: +55 11 91234-5678.")
    ),
    "reaction-no-emoji": Message(N_("A reaction is one emoji.")),
    "about-missing": Message(N_("Choose the message that this is about.")),
    "about-unknown": Message(N_("The message that this is about is not here any more, so nothing was sent.")),
    "about-elsewhere": Message(
        N_("The message that this is about stands in another chat, so nothing was sent.")
    ),
    "file-elsewhere": Message(
        N_("This file was chosen for {detail}. Confirm that it may go to this chat, or choose another.")
    ),
    "edit-not-ours": Message(N_("Only a message that this number sent can be edited.")),
    "edit-not-text": Message(N_("Only a text can be edited.")),
    "edit-too-late": Message(N_("WhatsApp accepts edits for 15 minutes only, and this message is older.")),
    "delete-not-ours": Message(N_("Only a message that this number sent can be deleted for everybody.")),
    "delete-too-late": Message(
        N_("WhatsApp deletes a message for everybody within two and a half days only, and this one is older.")
    ),
    "passphrase-too-short": Message(
        N_("This passphrase is too short: use at least {detail} characters."),
        N_("Four words that do not belong together are easy to keep and hard to guess."),
    ),
    "resend-unknown": Message(N_("This message is too old to be sent again from here.")),
    "resend-kind": Message(N_("A reaction, an edit or a deletion cannot be sent again.")),
    "resend-file": Message(N_("The file is no longer there: choose it again.")),
    "profile-name-empty": Message(N_("Write the name that others are to see.")),
    "profile-too-long": Message(N_("This is too long: use at most {detail} characters.")),
    "alert-address": Message(
        N_("No service is known for this address, or something in it is missing."),
        N_("Compare it with the examples."),
    ),
    "alert-address-taken": Message(N_("This address is there already.")),
    "alert-addresses": Message(N_("There are {detail} addresses already: remove one first.")),
}
"""What is wrong with what was typed, shown beside it."""

LIMITED: Final[Mapping[str, Message]] = {
    "old-ffmpeg": Message(
        N_("Files cannot be converted: the ffmpeg on this server is too old."),
        N_("Ask whoever looks after the server to install a newer one."),
    ),
    "no-ffmpeg-video": Message(
        N_("Only MP4 with H.264 and AAC can be sent: ffmpeg is missing on this server.")
    ),
    "no-ffmpeg-audio": Message(
        N_("Only M4A (AAC) and Ogg/Opus can be sent: ffmpeg is missing on this server.")
    ),
    "no-ffmpeg-voice": Message(
        N_(
            "Nothing can be recorded, and only Ogg/Opus with one channel can be sent: ffmpeg is "
            "missing on this server."
        )
    ),
}
"""Why not every file of a kind can be sent here."""

REFUSALS: Final[Mapping[str, Message]] = {
    "backup-nothing": Message(
        N_("There is nothing to save: no phone is linked here."), N_("Link a phone first.")
    ),
    "backup-gone": Message(N_("This backup is not here any more."), N_("Make another one.")),
    "device-here": Message(
        N_("This number's device is here already, as “{detail}”."), N_("Open that instance instead.")
    ),
    "moved-out": Message(
        N_("It was not started: this number was moved to another system."),
        N_("Open the instance: it says what to do."),
    ),
    "backup-full": Message(
        N_("{detail} backups already wait to be downloaded: no room is left for another."),
        N_("Each is removed an hour after it was made. Try again then."),
    ),
    "export-running": Message(
        N_("Nothing was taken out: the instance is still being stopped."), N_("Try again in a moment.")
    ),
    "backup-session": Message(
        N_("The backup was not made: the session of an instance is damaged."),
        N_("Open the instance: it says what to do."),
    ),
    "file-none": Message(N_("WhatsApp sent no address for this file, so it cannot be downloaded.")),
    "file-gone": Message(
        N_("WhatsApp no longer keeps this file on its servers."), N_("Ask whoever sent it to send it again.")
    ),
    "file-damaged": Message(
        N_("The file arrived damaged and was not kept."), N_("Ask whoever sent it to send it again.")
    ),
    "file-unreachable": Message(
        N_("WhatsApp's servers did not give the file: the network here may be down."),
        N_("Try again in a moment."),
    ),
    "file-not-kept": Message(
        N_("There is no room here to put the file for a moment."),
        N_("Ask whoever looks after the server to check the disk."),
    ),
    "not-marked-read": Message(N_("WhatsApp did not take the read receipt."), N_("Try again in a moment.")),
    "instance-limit": Message(
        N_("The limit of {detail} instances was reached."), N_("Use one that already exists.")
    ),
    "send-rate": Message(
        N_("Too many messages in a short time; this protects the account."),
        N_("Wait {detail} s and send again."),
    ),
    "new-contact-rate": Message(
        N_("Too many new contacts in a short time. Wait {detail} s and try again."),
        N_("WhatsApp restricts numbers that write to many strangers (error 463); this limit protects yours."),
    ),
    "new-contact-day": Message(
        N_("Daily limit for new contacts reached. You can write to the next one in {detail} h."),
        N_(
            "WhatsApp restricts numbers that write to many strangers (error 463); this limit protects yours. "
            "Whoever writes to you first can be answered at once."
        ),
    ),
    "new-contact-paused": Message(
        N_("Messages to new contacts are paused, to protect this number."),
        N_(
            "It ends by itself in {detail} h, or on the page of the instance before. Whoever writes to you "
            "first can be answered at once."
        ),
    ),
    "no-answer": Message(N_("WhatsApp did not answer in time."), N_("Try again in a moment.")),
    "send-day": Message(
        N_("Daily limit reached; this protects the account."),
        N_("You can send again in at most {detail} h."),
    ),
    "not-connected": Message(
        N_("This instance is not connected, so nothing was sent."), N_("Open it, connect it and send again.")
    ),
    "sender-missing": Message(N_("Nothing was sent: choose the sending number.")),
    "account-changed": Message(
        N_("This instance is linked to another number now, so nothing was sent."),
        N_("Check the sending number, then press again."),
    ),
    "instance-unknown": Message(N_("This instance no longer exists.")),
    "conversation-unknown": Message(
        N_("This conversation is not here any more."), N_("Choose another one in the list.")
    ),
    "log-out-failed": REASONS["log-out-failed"],
    "worker-lost": Message(
        N_("The connection ended before WhatsApp answered."), N_("Try again in a moment.")
    ),
    "wa-send-refused": Message(
        N_("WhatsApp did not accept the request."),
        N_("Wait a little; if it happens again, check the account on the phone."),
    ),
    "wa-error": Message(
        N_("WhatsApp did not accept the request (code {detail})."),
        N_("Wait a little; if it happens again, check the account on the phone."),
    ),
    "wa-group-left": Message(
        N_("This number is not in the group, or the group no longer exists."),
        N_("Ask an admin of the group to add it."),
    ),
    "profile-no-key": Message(
        N_("The phone has not yet given this instance what it takes to change the name."),
        N_("Open WhatsApp on the phone, wait a minute and try again; or change the name there."),
    ),
    "profile-refused": Message(
        N_("WhatsApp did not accept the change."), N_("Try again in a moment, or change it on the phone.")
    ),
    "not-pairing": Message(
        N_("A code can only be asked for while a QR code is shown."),
        N_("Wait for the QR code and ask again."),
    ),
}
"""Why something that was asked for is not done now."""


_FILES: Final[Mapping[str, Message]] = dict.fromkeys(
    (
        DamageCode.STARTS_CORRUPT,
        DamageCode.SIGN_INS_CORRUPT,
        DamageCode.USAGE_CORRUPT,
        DamageCode.ALERTS_CORRUPT,
        DamageCode.BACKUPS_CORRUPT,
    ),
    Message(N_("One of the app's own files could not be read. It was kept aside and is created again.")),
)
_TABLES: Final = (INPUT_ERRORS, REFUSALS, STORAGE, REASONS, NOTICES, _FILES)
"""In this order: a code that several families have means here what was asked for."""


def error_message(error: AppError) -> Message:
    """Return the message for an error that a service raised."""
    if error.code.startswith(SERVER_ERROR):
        return text_for(REFUSALS, "wa-error", error.code.removeprefix(SERVER_ERROR))
    table = next((table for table in _TABLES if error.code in table), {})
    return text_for(table, error.code, error.detail)
