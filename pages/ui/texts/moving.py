"""Why a session cannot be brought here, and what stayed behind, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.converted import Lost
from core.models.moving.device import MoveRefusedError
from pages.ui.escape import isolated_markdown
from pages.ui.i18n import N_, _, ngettext
from pages.ui.presentation import shown_number
from pages.ui.texts.message import Message, plain, text_for
from pages.ui.texts.moving_parts import WHOLE_FILE, ZIP, part_words

MOVES: Final[Mapping[str, Message]] = {
    MoveCode.UNKNOWN_FORMAT: Message(
        N_("This file holds no session that can be brought here."),
        N_(
            "What works: a backup of this app, a whatsmeow database, or a zip of a Baileys folder. "
            "Other archives than zip are not opened."
        ),
    ),
    MoveCode.BROWSER_PROFILE: Message(
        N_("This is a browser's profile, as whatsapp-web.js and WPPConnect keep it."),
        N_(
            "Its session cannot be read outside of that browser. Create a new instance here and scan its "
            "QR code."
        ),
    ),
    MoveCode.NEVER_PAIRED: Message(
        N_("The other system never finished connecting this number, so there is nothing to bring."),
        N_("Create a new instance here and scan its QR code."),
    ),
    MoveCode.NO_DEVICE: Message(
        N_("No connected number was found in it."),
        N_("Check that it is the database or folder in which the other system keeps its session."),
    ),
    MoveCode.ALREADY_HERE: Message(
        N_("This number's device is here already, as “{detail}”."), N_("Open that instance instead.")
    ),
    MoveCode.IN_TRASH: Message(
        N_("This number's device is in the trash, as “{detail}”."),
        N_("Restore it there, at the end of the list of instances."),
    ),
    MoveCode.SCHEMA_TOO_NEW: Message(
        N_("The other system is newer than what this app can read (version {detail})."),
        N_("Update this app, then try again."),
    ),
    MoveCode.WRONG_PASSPHRASE: Message(
        N_("This passphrase does not open the backup."), N_("Type the one that it was made with.")
    ),
    MoveCode.PASSPHRASE_MISSING: Message(
        N_("This backup is locked with a passphrase."), N_("Type the one that it was made with.")
    ),
    MoveCode.DAMAGED: Message(
        N_("A part of it is damaged or missing: {detail}."),
        N_("Stop the other system, copy its files again, and choose the new copy."),
    ),
    MoveCode.BACKUP_DAMAGED: Message(
        N_("This backup is damaged or incomplete: {detail}."),
        N_("Choose another copy of it, or an older backup."),
    ),
    MoveCode.KEYS_WRONG: Message(
        N_("Its keys do not belong together ({detail}), so WhatsApp would refuse it."),
        N_(
            "Stop the other system and copy its files again. If that does not help, create a new instance "
            "and scan its QR code."
        ),
    ),
    MoveCode.ARCHIVE_UNSAFE: Message(
        N_("This zip holds links or unusual paths, so it was not opened."),
        N_("Zip the folder again with the ordinary program of your computer."),
    ),
    MoveCode.ARCHIVE_LOCKED: Message(
        N_("This zip is locked with a password."), N_("Zip the folder again without one.")
    ),
    MoveCode.TOO_LARGE: Message(
        N_("It is larger than what can be brought this way (at most {detail})."),
        N_(
            "Choose only the session's own folder or database. A large backup is brought from where the "
            "daily ones go."
        ),
    ),
    MoveCode.TOO_SLOW: Message(
        N_("Reading it took too long and was stopped."), N_("Try again when the server has less to do.")
    ),
    MoveCode.BUSY: Message(
        N_("The app is still reading another session."), N_("Try again in a few minutes.")
    ),
    MoveCode.GONE: Message(
        N_("The file is no longer here: it waited for too long, or the app was restarted."),
        N_("Choose it again."),
    ),
    MoveCode.CHANGED: Message(
        N_("The number that you chose is no longer there, so nothing was brought."),
        N_("Look again, and choose from what is there now."),
    ),
    MoveCode.STORED_UNREADABLE: Message(
        N_("The place where the backups go could not be read."),
        N_("Try again. If it goes on, ask whoever looks after the server to check BACKUP_TO."),
    ),
    MoveCode.ADDRESS_WRONG: Message(
        N_("This is not the address of a PostgreSQL database."),
        N_("It looks like postgres://user:password@server:5432/database."),
    ),
    MoveCode.UNREACHABLE: Message(
        N_("The database did not answer, or it refused to be read."),
        N_("Check server, user and password in the address, and try again."),
    ),
    MoveCode.DISK_FULL: Message(
        N_("There is not enough space on the disk to bring it here."), N_("Free some space, then try again.")
    ),
}
"""For every MoveCode."""
WHOLE: Final[Mapping[str, Message]] = {
    MoveCode.DAMAGED: Message(
        N_("The file is damaged or incomplete."),
        N_("Stop the other system, copy its files again, and choose the new copy."),
    ),
    MoveCode.BACKUP_DAMAGED: Message(
        N_("This backup is damaged or incomplete."), N_("Choose another copy of it, or an older backup.")
    ),
    MoveCode.KEYS_WRONG: Message(
        N_("Its keys do not belong together, so WhatsApp would refuse it."),
        N_(
            "Stop the other system and copy its files again. If that does not help, create a new instance "
            "and scan its QR code."
        ),
    ),
    MoveCode.TOO_LARGE: Message(
        N_("It is larger than what can be brought this way."),
        N_(
            "Choose only the session's own folder or database. A large backup is brought from where the "
            "daily ones go."
        ),
    ),
}
"""Where no part is named."""
_DAMAGED_ZIP: Final = Message(
    N_("The zip is damaged or incomplete."), N_("Zip the files of the other system again, and choose that.")
)
_OF_PARTS: Final = frozenset({MoveCode.DAMAGED, MoveCode.BACKUP_DAMAGED, MoveCode.KEYS_WRONG})


def move_message(refused: MoveRefusedError) -> Message:
    """Return the message for what cannot be moved."""
    code, detail = refused.code, refused.detail
    if code == MoveCode.DAMAGED and detail == ZIP:
        return text_for({code: _DAMAGED_ZIP}, code)
    if code in _OF_PARTS and detail not in WHOLE_FILE:
        part = part_words(detail, of_backup=code == MoveCode.BACKUP_DAMAGED)
        return text_for(MOVES, code, part, quote=plain)
    return text_for(WHOLE if code in WHOLE and detail in WHOLE_FILE else MOVES, code, detail)


def lost_lines(lost: Lost) -> list[str]:
    """Return, as Markdown, a line for each thing that stayed behind; none when everything came along."""
    lines = []
    people = len(lost.contacts) + lost.unnamed_contacts
    if lost.everyone:
        lines.append(
            _("People you already talk with: their first message may come late, once their phone repeats it.")
        )
    elif people:
        words = ngettext(
            "{count} person: the first message may come late, once that phone repeats it.",
            "{count} people: their first message may come late, once their phone repeats it.",
            people,
        )
        lines.append(words.format(count=people) + _named(lost.contacts))
    if lost.groups:
        words = ngettext(
            "{count} group: each member's first message may come late in the same way.",
            "{count} groups: each member's first message may come late in the same way.",
            lost.groups,
        )
        lines.append(words.format(count=lost.groups))
    if lost.damaged:
        names = ", ".join(map(isolated_markdown, lost.damaged[:_MOST_NAMES]))
        more = len(lost.damaged) - _MOST_NAMES
        lines.append(
            _("Could not be read: {names}").format(names=names) + (f" (+{more})" if more > 0 else "")
        )
    return lines


_MOST_NAMES: Final = 5


def _named(numbers: Sequence[str]) -> str:
    """Return the first of these numbers in brackets; nothing where none is known."""
    shown = ", ".join(shown_number(number) for number in numbers[:_MOST_NAMES])
    return f" ({shown}{'…' if len(numbers) > _MOST_NAMES else ''})" if shown else ""
