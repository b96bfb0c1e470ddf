"""Why the persistence light is as it is, in plain words, by the reasons of ``core.models.persistence``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pages.ui.i18n import N_
from pages.ui.texts.message import Message

REASONS: Final[Mapping[str, Message]] = {
    "auth-dir-not-set": Message(
        N_("The next deploy erases the sessions: without AUTH_DIR they are in a temporary folder, {detail}."),
    ),
    "covered-by-root": Message(
        N_("The next deploy erases the sessions: no disk under {detail}."),
    ),
    "temporary-file-system": Message(
        N_("The next restart erases the sessions: memory or a temporary layer is under {detail}."),
    ),
    "temporary-folder": Message(
        N_("The sessions will be lost: the system clears {detail}."),
    ),
    "not-proven": Message(N_("There is a disk. The next deploy will prove that the sessions stay.")),
    "restarts-only": Message(N_("Restarts were survived, a deploy not yet: only that proves the disk.")),
    "own-machine": Message(
        N_("The sessions are on this machine’s own disk. Its next reboot will prove that they stay.")
    ),
    "own-machine-unread": Message(
        N_("The sessions are on this machine’s own disk. This system gives no way to prove that they stay.")
    ),
    "anonymous-volume": Message(
        N_("The Docker volume has no name, so the next container may get an empty one."),
        N_("Give it a name."),
    ),
    "disk-changed": Message(
        N_("The folder came here from another disk, and this one has not proven itself yet.")
    ),
    "not-recorded": Message(
        N_("This start could not be written down, because the disk is full or read-only."),
    ),
    "outlived-deploy": Message(N_("What is stored here outlived a deploy.")),
    "outlived-reboot": Message(N_("What is stored here outlived a reboot of the machine.")),
    "opening": Message(N_("The folder of the sessions is not open yet.")),
    "mounts-unreadable": Message(N_("This system does not tell where the sessions are kept.")),
}
"""``{detail}`` is the folder and what covers it: mount point, type of file system. Last: it is long."""
