"""Why the daily backup was not made, in plain words, by ``core.models.moving.backup.BackupProblem``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.models.moving.backup import BackupProblem as P
from pages.ui.i18n import N_
from pages.ui.texts.message import Message

BACKUP_PROBLEMS: Final[Mapping[str, Message]] = {
    P.DISK_FULL: Message(
        N_("The daily backup was not made: the disk here has no room to put it together."),
        N_("Empty the trash, or enlarge the disk."),
    ),
    P.SESSION: Message(
        N_("The daily backup was not made: the session of no instance can be read."),
        N_("Open the list of instances and look for one that has a problem."),
    ),
    P.INSTANCES: Message(
        N_("Not in the daily backup: {detail}. The others were saved."),
        N_("What is stored of them is damaged or missing. Open them: they say what to do."),
    ),
    P.HISTORY: Message(
        N_("The daily backup was made, but without messages and history of: {detail}."),
        N_("These are damaged here, or larger than 2 GB. Show this to whoever looks after the server."),
    ),
    P.NOT_MADE: Message(
        N_("The daily backup was not made ({detail}). It is tried again every hour."),
        N_("If it goes on, show this to whoever looks after the server."),
    ),
    P.FOLDER: Message(
        N_("The daily backup was not stored: its folder does not take it ({detail})."),
        N_("Ask whoever looks after the server to check the folder in BACKUP_TO."),
    ),
    P.FOLDER_GONE: Message(
        N_("The daily backup was not stored: its folder is gone, or its disk is not mounted."),
        N_("Ask whoever looks after the server to mount it, or to name another folder in BACKUP_TO."),
    ),
    P.REFUSED: Message(
        N_("The daily backup was not stored: the storage service refused it."),
        N_("Ask whoever looks after the server to check the keys and the bucket in BACKUP_TO."),
    ),
    P.UNREACHABLE: Message(
        N_("The daily backup was not stored: the storage service does not answer. It is tried every hour."),
        N_("If it goes on, ask whoever looks after the server to check BACKUP_ENDPOINT."),
    ),
}
