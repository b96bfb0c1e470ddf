"""The words of a message: what happened to what, when, and what to do; in the language of the settings.

No full telephone number and no text of a message is ever in it.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from babel.dates import format_datetime

from core.locale import translation
from core.models.alerts.incidents import Notice, NoticeKind, Trouble

_NUMBER: Final = re.compile(r"\+?\d(?:[\s().·/-]{0,3}\d){6,}")
_SHOWN_DIGITS: Final = 4


def N_(message: str) -> str:  # noqa: N802 - the name that extraction goes by
    """Mark a sentence that stands in a table, so that extraction finds it."""
    return message


_TROUBLES: Final[Mapping[Trouble, str]] = {
    Trouble.OFFLINE: N_(
        "“{name}” is offline. It keeps trying by itself; check the internet connection where the app runs."
    ),
    Trouble.PHONE_SILENT: N_(
        "The phone of “{name}” has not been online for a long time. Open WhatsApp on it, or the link ends."
    ),
    Trouble.NEW_REFUSED: N_(
        "WhatsApp seems to refuse messages of “{name}” to new people. Open the app: it says what still works."
    ),
    Trouble.CANNOT_SEND: N_(
        "“{name}” is connected, but its messages do not get out. Open the app: it says what to do."
    ),
    Trouble.FAILED: N_("“{name}” has a problem and is not connected. Open the app: it says what to do."),
    Trouble.RESTRICTED: N_(
        "WhatsApp restricted the account of “{name}”. Open the app: it says until when and what to do."
    ),
    Trouble.LOGGED_OUT: N_("“{name}” was disconnected on the phone. Open the app and scan a new QR code."),
    Trouble.DISK: N_(
        "The disk of the app is nearly full, or cannot be written. Make room: messages may be lost otherwise."
    ),
    Trouble.BACKUP: N_("The daily backup failed. Open the app: the page Space and cost says what to do."),
    Trouble.BACKUP_INSTANCES: N_(
        "Not in the daily backup: {name}. The others were saved. Open the app: the page Space and cost says "
        "what to do."
    ),
    Trouble.BACKUP_HISTORY: N_(
        "The daily backup was made, but without messages and history of: {name}. Open the app: the page "
        "Space and cost says what to do."
    ),
    Trouble.ENGINE: N_(
        "The component that talks to WhatsApp is old, and WhatsApp may refuse it any day. Ask whoever looks "
        "after the app to update it."
    ),
}
_WELL: Final[Mapping[Trouble, str]] = {
    Trouble.PHONE_SILENT: N_("The phone of “{name}” was online again."),
    Trouble.NEW_REFUSED: N_(
        "“{name}” can be used again to write to new people, as far as this app can tell."
    ),
    Trouble.CANNOT_SEND: N_("“{name}” sends messages again."),
    Trouble.DISK: N_("The disk of the app has room again."),
    Trouble.BACKUP: N_("The daily backup works again."),
    Trouble.BACKUP_INSTANCES: N_("The daily backup is complete again."),
    Trouble.BACKUP_HISTORY: N_("The daily backup is complete again."),
    Trouble.ENGINE: N_("The component that talks to WhatsApp is up to date again."),
}
_INSTANCE_WELL: Final = N_("“{name}” is connected again.")
_TEST: Final = N_("This is a test. Alerts of this app arrive here.")
_STILL: Final = N_("Still, since {when}: {what}")


def message_of(notices: Sequence[Notice], *, language: str, zone: tzinfo, app_name: str) -> tuple[str, str]:
    """Return the title and the text that tell these notices, one a line, each with its time in ``zone``."""
    words = translation(language)
    count = len(notices)
    if count == 1:
        name = masked(notices[0].name)
        title = f"{app_name} · {name}" if name else app_name
    else:
        ngettext = words.ngettext  # extraction looks for the name alone
        said = ngettext("{count} notice", "{count} notices", count).format(count=count)
        title = f"{app_name} · {said}"
    return title, "\n".join(_line(notice, words, language, zone) for notice in notices)


def masked(name: str) -> str:
    """Return the name of an instance; of a telephone number in it only the last four digits."""
    return _NUMBER.sub(lambda found: f"…{re.sub(r'[^0-9]', '', found[0])[-_SHOWN_DIGITS:]}", name)


def _line(notice: Notice, words: gettext.NullTranslations, language: str, zone: tzinfo) -> str:
    what = words.gettext(_sentence(notice)).replace("{name}", masked(notice.name))
    if notice.kind is NoticeKind.REMINDER:
        since = _when(notice.opened_at, language, zone)
        what = words.gettext(_STILL).replace("{when}", since).replace("{what}", what)
    return f"{_when(notice.at, language, zone)} · {what}"


def _sentence(notice: Notice) -> str:
    if notice.trouble is None:
        return _TEST
    if notice.kind is NoticeKind.CLOSED:
        return _WELL.get(notice.trouble, _INSTANCE_WELL)
    return _TROUBLES[notice.trouble]


def _when(at: float, language: str, zone: tzinfo) -> str:
    """Return day and time, with the name of the zone: a message may be read anywhere."""
    then = datetime.fromtimestamp(at, zone)
    return f"{format_datetime(then, 'short', locale=language)} {then.tzname() or ''}".strip()
