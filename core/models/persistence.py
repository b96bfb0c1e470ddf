"""Whether what is stored outlives a restart or a deploy, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PersistenceStatus(StrEnum):
    """The verdict on the folder of the sessions."""

    RED = "red"
    """Ephemeral: a deploy takes everything along."""
    AMBER = "amber"
    """Looks persistent, not proven yet."""
    GREEN = "green"
    """Proven: what was stored here outlived a change of machine or container."""
    UNKNOWN = "unknown"
    """This system does not tell."""


class PersistenceReason(StrEnum):
    """Why the persistence status is what it is."""

    AUTH_DIR_NOT_SET = "auth-dir-not-set"
    """Red: on Render without AUTH_DIR; a folder in /tmp is used."""
    COVERED_BY_ROOT = "covered-by-root"
    """Red: the folder lies on the container's own file system; no disk is mounted there."""
    TEMPORARY_FILE_SYSTEM = "temporary-file-system"
    """Red: it lies in memory (tmpfs), in an image layer or in a Kubernetes emptyDir."""
    TEMPORARY_FOLDER = "temporary-folder"
    """Red: it lies in a folder that the system clears (/tmp, a service's private /tmp)."""
    NOT_PROVEN = "not-proven"
    """Amber: a disk is mounted there; this is the first start that it knows of."""
    RESTARTS_ONLY = "restarts-only"
    """Amber: earlier starts are on record, all of the same container and deploy."""
    OWN_MACHINE = "own-machine"
    """Amber: the disk of a machine of one's own; it has not been rebooted since."""
    OWN_MACHINE_UNREAD = "own-machine-unread"
    """Amber: the same on a system that names neither mounts nor boots (macOS, Windows)."""
    ANONYMOUS_VOLUME = "anonymous-volume"
    """Amber: a Docker volume without a name; the next container may get another one."""
    DISK_CHANGED = "disk-changed"
    """Amber: copied here from another disk; this disk has not proven itself."""
    NOT_RECORDED = "not-recorded"
    """Amber: the start could not be written down (full or read-only disk)."""
    OUTLIVED_DEPLOY = "outlived-deploy"
    """Green: what was stored outlived a change of machine, container or deploy."""
    OUTLIVED_REBOOT = "outlived-reboot"
    """Green: the same for a reboot, on a machine of one's own."""
    OPENING = "opening"
    """Unknown: the folder is not open yet."""
    MOUNTS_UNREADABLE = "mounts-unreadable"
    """Unknown: a container whose mounts cannot be read."""


class GuideCheck(StrEnum):
    """The questions of the guide. Each says what its ``Check.value`` holds; moments are ISO 8601, UTC."""

    DISK_ATTACHED = "disk-attached"
    """Type and device."""
    MOUNTED_WHERE = "mounted-where"
    """Mount point."""
    AUTH_DIR_SET = "auth-dir-set"
    """The folder. Good without AUTH_DIR on one's own machine."""
    AUTH_DIR_ON_DISK = "auth-dir-on-disk"
    """Mount point of the disk that it is on; with a disk elsewhere, where that is."""
    WRITABLE = "writable"
    """Time of one durable write."""
    REDEPLOYED = "redeployed"
    """How many deploys were outlived; on one's own machine, reboots."""
    SESSIONS_RESTORED = "sessions-restored"
    """How many linked sessions this start found."""
    PATH_IN_USE = "path-in-use"
    """The folder that the log lines name; with a link, where it leads."""
    MARKER_KEPT = "marker-kept"
    """When the first start on record was."""
    UNLINKED_BY_PHONE = "unlinked-by-phone"
    """How many instances WhatsApp or the phone has logged out."""
    SINGLE_OWNER = "single-owner"
    """The process that has the folder, or how many instances were opened in another place."""
    FOLDER_EXISTS = "folder-exists"
    """The folder, or the first part of its path that is missing, a file, or closed to this process."""
    FOLDER_OWNER = "folder-owner"
    """The user of this process and the folder's owner (``uid 1000, folder 0:0 0755``)."""
    MOUNT_WRITABLE = "mount-writable"
    """Mount point."""
    MOUNT_PATH = "mount-path"
    """Mount point, or AUTH_DIR as typed when it ends with a slash."""
    DISK_ROOM = "disk-room"
    """Free bytes as text."""


class GuideReason(StrEnum):
    """Why a check of the guide is not good, besides a ``PersistenceReason`` or a storage problem."""

    NO_DISK = "no-disk"
    DISK_ELSEWHERE = "disk-elsewhere"
    """A disk is there, but the sessions are not on it."""
    AUTH_DIR_DEFAULT = "auth-dir-default"
    """A container without AUTH_DIR: the default folder is used."""
    NOT_REDEPLOYED = "not-redeployed"
    """This is the first start."""
    NOT_REBOOTED = "not-rebooted"
    """The same on one's own machine."""
    MACHINE_UNKNOWN = "machine-unknown"
    """This system names no boot or container."""
    INSTANCES_GONE = "instances-gone"
    """Instances that were here before are neither here nor in the trash; the value says how many."""
    SESSION_MISSING = "session-missing"
    """Instances have lost their session file; the value says how many."""
    FOLDER_EMPTY = "folder-empty"
    """This start or an earlier one found nothing, and nothing was made since; the value says when."""
    NOTHING_TO_RESTORE = "nothing-to-restore"
    """No linked session existed before this start."""
    PATH_IS_LINK = "path-is-link"
    """The path leads elsewhere."""
    FIRST_START = "first-start"
    """No earlier start is on record, though instances are here."""
    MARKER_DAMAGED = "marker-damaged"
    """The record of starts was set aside: the count began anew."""
    UNLINKED_BY_PHONE = "unlinked-by-phone"
    """No disk can prevent that."""
    REPLACED_ELSEWHERE = "replaced-elsewhere"
    """Instances were opened in another place."""
    OWNED_BY_OTHER = "owned-by-other"
    """The folder is another user's."""
    PATH_ENDS_WITH_SLASH = "path-ends-with-slash"
    """Harmless in AUTH_DIR, but not in a host's mount path."""
    INODES_FULL = "inodes-full"
    """No more files fit on the disk."""


class HostKind(StrEnum):
    """Where the process runs, as far as its environment tells."""

    RENDER = "render"
    FLY = "fly"
    RAILWAY = "railway"
    KUBERNETES = "kubernetes"
    DOCKER = "docker"
    LOCAL = "local"
    """A machine of one's own: laptop, server, virtual machine."""


@dataclass(frozen=True, slots=True)
class Mount:
    """The mount that covers a path: the one with the longest mount point that is a prefix of it."""

    point: str
    file_system: str
    """Type as the kernel names it (``ext4``, ``overlay``, ``tmpfs``)."""
    source: str
    """Device or share, as the kernel names it; may be empty."""


@dataclass(frozen=True, slots=True)
class PersistenceView:
    """The persistence status with its evidence."""

    status: PersistenceStatus
    reason: PersistenceReason
    host: HostKind
    auth_dir: str
    auth_dir_given: bool
    """False when ``AUTH_DIR`` was not set and a default is used."""
    mount: Mount | None
    """None when the mounts cannot be read."""
    restarts: int
    """Starts of the process that found what earlier ones had stored."""
    deploys: int
    """Of them, those with another machine, container or deploy than the start before."""
    proven_since: float | None
    """When the oldest start that is still on record was, in seconds since the epoch."""
    empty_since: float | None
    """When a start found this folder new although a sign says that there was another; None otherwise."""
