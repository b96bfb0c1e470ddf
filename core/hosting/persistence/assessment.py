"""The persistence status: what the mounts and the recorded starts say, weighed.

What proves what:

- The **mount** proves only the bad case: what lies on a container's own file system, in memory, in an image
  layer or in an emptyDir is gone with the container. That is certain at once, and nothing outweighs it: a
  marker found there can have come with the image.
- A mount of its own proves nothing good. It can be a volume that the next container does not get.
- A **restart** of the process on the same machine proves only that: files outlive processes everywhere.
- A marker written by **another machine, container or deploy**, on this disk, proves that what lies here
  outlives a replacement. Only this is green.
- On a **machine of one's own** nothing replaces the root file system, so it is never "covered by root"; there
  a changed boot id proves that the folder is on something that a reboot does not clear. That is all that such
  a machine can prove, and it has a reason code of its own.
- A folder **without marker and instances** is either new or was emptied (a disk made anew): nothing inside
  can tell the two apart, so both get ``empty_since``, which is true of both. It ends with the first instance.
- A folder **copied** to another disk brings its marker along: where the file system has an identity of its
  own, another one ends the old proof.

Reasons: ``PersistenceReason``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.hosting.persistence.host import Host
from core.hosting.persistence.mounts import MountEntry, is_below, mount_of
from core.hosting.persistence.start_history import StartHistory
from core.models.persistence import HostKind, Mount, PersistenceReason, PersistenceStatus, PersistenceView

_CLEARED: Final = (
    *("/tmp", "/var/tmp", "/dev/shm"),  # noqa: S108  # nothing is written there
    *("/private/tmp", "/private/var/tmp", "/private/var/folders"),  # macOS
)
_ANONYMOUS: Final = 64
"""Docker names a volume without a name by 64 hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class PersistenceFacts:
    """Everything that is known."""

    host: Host
    auth_dir: str
    """As the settings say it."""
    path: str
    """The same without links, once the folder was opened."""
    given: bool
    """False when ``AUTH_DIR`` was not set."""
    default_is_lost: bool
    """True when the default that is used then is one that a deploy clears."""
    mounts: tuple[MountEntry, ...] | None
    history: StartHistory | None
    """None until this start could be added to it."""
    opened: bool
    """True once the folder was opened, whether or not the start could be recorded."""
    recorded: bool
    """True when this start is in the history on the disk."""

    @property
    def mount(self) -> MountEntry | None:
        """Return the mount that covers the folder."""
        return None if self.mounts is None else mount_of(self.mounts, self.path)


def assess(facts: PersistenceFacts) -> PersistenceView:
    """Return the status with its evidence."""
    entry, history = facts.mount, facts.history
    status, reason = _assess(facts, entry)
    recorded = history if facts.opened else None
    return PersistenceView(
        status=status,
        reason=reason,
        host=facts.host.kind,
        auth_dir=facts.auth_dir,
        auth_dir_given=facts.given,
        mount=None if entry is None else Mount(entry.point, entry.file_system, entry.source),
        restarts=recorded.restarts if recorded else 0,
        deploys=recorded.deploys if recorded else 0,
        proven_since=recorded.first.at if recorded else None,
        empty_since=recorded.first.at
        if recorded and recorded.began_empty and status is not PersistenceStatus.RED
        else None,
    )


def lost_reason(facts: PersistenceFacts) -> PersistenceReason | None:
    """Return why what lies there is certainly lost with the next deploy or reboot; None when it is not."""
    entry, own = facts.mount, facts.host.kind is HostKind.LOCAL
    if facts.default_is_lost and not facts.given:
        return PersistenceReason.AUTH_DIR_NOT_SET
    if entry is not None and entry.point == "/" and not own:
        return PersistenceReason.COVERED_BY_ROOT
    if entry is not None and "systemd-private-" in entry.root:
        return PersistenceReason.TEMPORARY_FOLDER
    if own and _in_cleared_folder(facts.path, entry):
        return PersistenceReason.TEMPORARY_FOLDER
    if entry is not None and entry.temporary:
        return PersistenceReason.TEMPORARY_FILE_SYSTEM
    return None


def is_anonymous_volume(entry: MountEntry) -> bool:
    """Return whether it is a Docker volume that has no name."""
    *_, volumes, name, data = ("", "", *entry.root.split("/"))
    return volumes == "volumes" and data == "_data" and len(name) == _ANONYMOUS and _is_hexadecimal(name)


def _assess(facts: PersistenceFacts, entry: MountEntry | None) -> tuple[PersistenceStatus, PersistenceReason]:
    history = facts.history
    own = facts.host.kind is HostKind.LOCAL
    if reason := lost_reason(facts):
        return PersistenceStatus.RED, reason
    if not facts.opened:
        return PersistenceStatus.UNKNOWN, PersistenceReason.OPENING
    if history is not None and history.deploys:
        return (
            PersistenceStatus.GREEN,
            PersistenceReason.OUTLIVED_REBOOT if own else PersistenceReason.OUTLIVED_DEPLOY,
        )
    if entry is None and not own:
        return PersistenceStatus.UNKNOWN, PersistenceReason.MOUNTS_UNREADABLE
    if not facts.recorded:
        return PersistenceStatus.AMBER, PersistenceReason.NOT_RECORDED
    if history is not None and history.moved:
        return PersistenceStatus.AMBER, PersistenceReason.DISK_CHANGED
    if entry is None:
        return PersistenceStatus.AMBER, PersistenceReason.OWN_MACHINE_UNREAD
    if own:
        return PersistenceStatus.AMBER, PersistenceReason.OWN_MACHINE
    if is_anonymous_volume(entry):
        return PersistenceStatus.AMBER, PersistenceReason.ANONYMOUS_VOLUME
    return (
        PersistenceStatus.AMBER,
        PersistenceReason.RESTARTS_ONLY
        if history is not None and history.restarts
        else PersistenceReason.NOT_PROVEN,
    )


def _in_cleared_folder(path: str, entry: MountEntry | None) -> bool:
    """Return whether it is below a folder that systems clear, and on no disk mounted deeper inside it."""
    return any(
        is_below(path, folder) and (entry is None or len(entry.point) <= len(folder)) for folder in _CLEARED
    )


def _is_hexadecimal(text: str) -> bool:
    return all(char in "0123456789abcdef" for char in text)
