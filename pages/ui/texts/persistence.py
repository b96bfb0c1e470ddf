"""Why the persistence pill is as it is, in plain words, by the reasons of ``core.models.persistence``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.models.persistence import HostKind
from pages.ui.i18n import N_
from pages.ui.texts.message import Message

_LOST: Final = N_("Updating or restarting the app will disconnect every phone.")
_NEEDS_DISK: Final = N_("Give the app a disk that lasts.")

REASONS: Final[Mapping[str, Message]] = {
    "auth-dir-not-set": Message(_LOST, _NEEDS_DISK),
    "covered-by-root": Message(_LOST, _NEEDS_DISK),
    "temporary-file-system": Message(N_("Restarting the app will disconnect every phone."), _NEEDS_DISK),
    "temporary-folder": Message(
        N_("The system clears this folder from time to time. Every phone is disconnected then."),
        N_("Keep the connections in another folder."),
    ),
    "not-proven": Message(N_("There is a disk."), N_("Deploy once more to confirm.")),
    "restarts-only": Message(
        N_("The connections survived restarts, but no deploy yet."), N_("Deploy once more to confirm.")
    ),
    "own-machine": Message(
        N_("The connections are on this computer’s disk."),
        N_("The next restart of the computer will confirm that they stay."),
    ),
    "own-machine-unread": Message(
        N_("The connections are on this computer’s disk."),
        N_("This system gives no way to confirm that they stay."),
    ),
    "anonymous-volume": Message(
        N_("The Docker volume has no name, so the next container may start empty."),
        N_("Give the volume a name."),
    ),
    "disk-changed": Message(N_("The folder came from another disk. This one is not confirmed yet.")),
    "not-recorded": Message(N_("This start could not be noted: the disk is full or read-only.")),
    "outlived-deploy": Message(N_("The connections survived a deploy.")),
    "outlived-reboot": Message(N_("The connections survived a restart of this computer.")),
    "opening": Message(N_("The connections are still being opened.")),
    "mounts-unreadable": Message(N_("This system does not tell where the connections are kept.")),
}
_HERE: Final[Mapping[str, Message]] = {
    **REASONS,
    "temporary-file-system": Message(
        N_("Restarting this computer will disconnect every phone."),
        N_("Keep the connections in another folder."),
    ),
}
"""On a computer of one's own, where nothing is deployed."""


def reasons(host: HostKind) -> Mapping[str, Message]:
    """Return the table for where the app runs."""
    return _HERE if host is HostKind.LOCAL else REASONS
