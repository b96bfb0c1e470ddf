"""Why a session cannot be moved, as codes that pages have sentences for."""

from __future__ import annotations

from enum import StrEnum


class MoveCode(StrEnum):
    """Why an upload, a database or a backup is refused."""

    UNKNOWN_FORMAT = "move-unknown-format"
    """Nothing that holds a session as we know it."""
    BROWSER_PROFILE = "move-browser-profile"
    """A browser's profile (whatsapp-web.js, WPPConnect): its keys cannot be read outside of that browser."""
    NEVER_PAIRED = "move-never-paired"
    """The other system never finished pairing."""
    NO_DEVICE = "move-no-device"
    """A database without any device."""
    ALREADY_HERE = "move-already-here"
    """The device is here; detail: the name of its instance."""
    IN_TRASH = "move-in-trash"
    """The device is in the trash, where its session is kept; detail: the name of its instance."""
    SCHEMA_TOO_NEW = "move-schema-too-new"
    """Written by a newer version than this one can read; detail: which."""
    WRONG_PASSPHRASE = "move-wrong-passphrase"  # noqa: S105  # a code, no secret
    """The backup opens with another passphrase."""
    PASSPHRASE_MISSING = "move-passphrase-missing"  # noqa: S105  # a code, no secret
    """The backup is encrypted, and no passphrase was given."""
    DAMAGED = "move-damaged"
    """A part is missing or wrong; detail: which part."""
    BACKUP_DAMAGED = "move-backup-damaged"
    """The same in a sealed file that this app made: no other system can copy it again; detail: which part."""
    KEYS_WRONG = "move-keys-wrong"
    """A key or a signature does not fit the others; detail: which."""
    ARCHIVE_UNSAFE = "move-archive-unsafe"
    """A zip with links, with names that lead out of it, or packed in a way that is not opened here."""
    ARCHIVE_LOCKED = "move-archive-locked"
    """A zip with a password."""
    TOO_LARGE = "move-too-large"
    """Larger than a session can be, packed or unpacked; detail: the limit."""
    TOO_SLOW = "move-too-slow"
    """Reading it took longer than any session takes."""
    GONE = "move-gone"
    """The upload is here no more: nothing was asked about it for long, or the app was started again."""
    CHANGED = "move-changed"
    """The device that was chosen is not there any more; another one may lie in its place."""
    STORED_UNREADABLE = "move-stored-unreadable"
    """The place where the daily backups go does not answer, or refuses to be read."""
    ADDRESS_WRONG = "move-address-wrong"
    """What was typed is no address of a PostgreSQL database."""
    UNREACHABLE = "move-unreachable"
    """A database that does not answer, or refuses the sign-in."""
    DISK_FULL = "move-disk-full"
    """There is no room to write it here."""
