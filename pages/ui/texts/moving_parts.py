"""Which part of a session is damaged, in plain words: a file, a table, a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pages.ui.escape import isolated_markdown
from pages.ui.i18n import N_, _

WHOLE_FILE: Final = frozenset({"", "tar", "header", "content"})
"""Parts that are all of a file to its owner: nothing in it has a name that they know."""
ZIP: Final = "zip"
PARTS: Final[Mapping[str, str]] = {
    "session.db": N_("the session (session.db)"),
    "history.db": N_("the history and the messages (history.db)"),
    "instance.json": N_("the settings of the instance (instance.json)"),
    "manifest.json": N_("the list of contents (manifest.json)"),
    "conversations": N_("the keys of the conversations"),
    "noise key": N_("the key of the connection"),
    "identity key": N_("the identity key"),
    "signed pre-key": N_("the signed pre-key"),
    "signed pre-key id": N_("the number of the signed pre-key"),
    "signed pre-key signature": N_("the signature of the pre-key"),
    "pairing secret": N_("the secret of the pairing"),
    "registration id": N_("the registration number"),
    "account key": N_("the key of the account"),
    "account signature": N_("the signature of the account"),
    "account details": N_("the details of the account"),
    "device signature": N_("the signature of the device"),
    "hidden address": N_("the hidden address"),
    "name": N_("the name"),
}
"""Those that have a name of our own."""
_TABLE: Final = re.compile(r"whatsmeow_\w+(?:\.\w+)?")
_OF_HISTORY: Final = re.compile(r"[a-z_]+\.[a-z_]+")
"""Table and column. Of a stranger's upload, this may be a file."""
_LONGEST: Final = 60
"""Characters of a stranger's file name; its end says more than its beginning."""


def part_words(part: str, *, of_backup: bool = False) -> str:
    """Return, as Markdown, what a part is called; ``of_backup``: of what this app sealed."""
    if part in PARTS:
        return _(PARTS[part])
    table = _TABLE.fullmatch(part) or (of_backup and _OF_HISTORY.fullmatch(part))
    words = _("the table {name}") if table else _("the file {name}")
    shown = part if len(part) <= _LONGEST else f"…{part[1 - _LONGEST :]}"
    return words.replace("{name}", isolated_markdown(shown))
