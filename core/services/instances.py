"""Instances: list, create, start, stop. Threading: everything here is safe from any thread."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from core.errors import InvalidInputError
from core.models.audit import Action
from core.models.codes import InputCode
from core.models.diagnostics import EngineRelease
from core.models.instance import DeletedInstance, InstanceView, PresenceMode
from core.models.storage import StorageView
from core.models.timeline import HistoryEntry, HistoryKind
from core.services import audit
from core.services.pairing.links import revoke_link
from core.services.phone_numbers import parse_number
from core.services.runtime import current
from core.services.visible import seen
from core.store.conversations.words import folded, search_term

NAME_LIMIT: Final = 60
"""Characters; what a phone's list of linked devices still shows on one line or two."""
_STOP_WAIT_S: Final = 5.0
_UNLINK_WAIT_S: Final = 10.0


def storage() -> StorageView:
    """Return whether the folder of the sessions can be used, and what happened to stored files."""
    return current().registry.storage()


def version() -> int:
    """Return a number that grows with every change of any topic, across restarts too.

    Read it before what is drawn from it: open pages hear of each newer one.
    """
    return current().registry.version()


def list_instances() -> tuple[InstanceView, ...]:
    """Return every instance, oldest first; empty while the storage is not ready."""
    return current().registry.views()


def find(views: Sequence[InstanceView], text: str) -> list[InstanceView]:
    """Return the instances that ``text`` finds by name or number; all of them for an empty one.

    Accents and case do not count, nor how a number is written.
    """
    words, digits = folded(text), search_term(text)
    by_number = digits if digits.isdecimal() else ""
    return [view for view in views if words in folded(view.name) or (by_number and by_number in view.phone)]


def get_instance(instance_id: str) -> InstanceView:
    """Return one instance. Raises UnknownInstanceError."""
    return current().registry.view(instance_id)


def create_instance(name: str, *, history: bool = False, request_id: str = "") -> InstanceView:
    """Create an instance and start it; its QR follows within moments.

    With ``history``, the recent chats that the phone hands over when it is linked appear in it, as read.
    The same ``request_id`` never creates twice: a double press gets the one instance.
    Raises InvalidInputError (name-empty, name-too-long, name-taken), LimitReachedError (instance-limit),
    StorageUnavailableError.
    """
    made = current().registry.create(clean_name(name), history=history, request_id=request_id)
    audit.note(Action.CREATED, made.id)
    return made


def clean_name(name: str) -> str:
    """Return ``name`` as it is stored: free text, but one line, without invisible control characters.

    Raises InvalidInputError (name-empty, name-too-long).
    """
    cleaned = on_one_line(name)
    if not seen(cleaned):
        raise InvalidInputError(InputCode.NAME_EMPTY)
    if len(cleaned) > NAME_LIMIT:
        raise InvalidInputError(InputCode.NAME_TOO_LONG, detail=str(NAME_LIMIT))
    return cleaned


def on_one_line(text: str) -> str:
    """Return ``text`` on one line, without control characters and what no font can show."""
    visible = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in unicodedata.normalize("NFC", text)
        if unicodedata.category(char) not in ("Cs", "Co") and not _is_noncharacter(char)
    )
    return " ".join(visible.split())


def _is_noncharacter(char: str) -> bool:
    """True for the 66 code points that Unicode will never give a meaning."""
    return 0xFDD0 <= ord(char) <= 0xFDEF or ord(char) & 0xFFFE == 0xFFFE


def start_instance(instance_id: str, *, confirmed: bool = False) -> None:
    """Let it run; shows new QRs when it is not linked. Idempotent.

    One that was moved to another system starts only when its owner has ``confirmed`` that; it counts as moved
    no longer. Raises UnknownInstanceError, AppError (moved-out).
    """
    current().registry.start_instance(instance_id, confirmed=confirmed)
    audit.note(Action.STARTED, instance_id)


def stop_instance(instance_id: str) -> None:
    """Stop it and keep it stopped; the session stays. Waits up to 5 s. Raises UnknownInstanceError.

    Its pairing link, if there is one, does not work any more: it would start the instance again.
    """
    revoke_link(instance_id)
    current().registry.stop_instance(instance_id, timeout=_STOP_WAIT_S)
    audit.note(Action.STOPPED, instance_id)


def restart_instance(instance_id: str) -> None:
    """End its connection, if any, and open another at once. Idempotent.

    Raises UnknownInstanceError, AppError (moved-out).
    """
    current().registry.restart_instance(instance_id)
    audit.note(Action.RESTARTED, instance_id)


def rename_instance(instance_id: str, name: str) -> None:
    """Give it another name; a phone shows it from the next pairing on.

    Raises UnknownInstanceError, InvalidInputError (name-empty, name-too-long, name-taken).
    """
    current().registry.rename(instance_id, clean_name(name))
    audit.note(Action.RENAMED, instance_id)


def set_presence_mode(instance_id: str, mode: PresenceMode) -> None:
    """Set when it shows WhatsApp that its account is there. Idempotent. Raises UnknownInstanceError."""
    current().registry.set_presence(instance_id, mode=mode)
    audit.note(Action.PRESENCE, instance_id)


def set_receipts(instance_id: str, on: bool) -> None:
    """Set whether senders see ✓✓ as soon as a message is here, though the phone is off.

    Idempotent. Raises UnknownInstanceError.
    """
    current().registry.set_presence(instance_id, receipts=on)
    audit.note(Action.RECEIPTS, instance_id)


def log_out_instance(instance_id: str) -> None:
    """Unlink it at WhatsApp and remove its session; waits up to 10 s for WhatsApp's word.

    Raises UnknownInstanceError, NotConnectedError (``forget_session`` is what is left then), AppError
    (log-out-failed).
    """
    current().registry.unlink(instance_id, timeout=_UNLINK_WAIT_S)
    audit.note(Action.LOGGED_OUT, instance_id)


def forget_session(instance_id: str) -> None:
    """Remove its session here only: the phone's list shows the device until it is removed there.

    Idempotent. Raises UnknownInstanceError.
    """
    current().registry.forget(instance_id)
    audit.note(Action.SESSION_REMOVED, instance_id)


def delete_instance(instance_id: str) -> None:
    """Stop it and keep it in the trash for seven days, with its session whole; nothing is unlinked.

    Raises UnknownInstanceError, StorageUnavailableError.
    """
    current().registry.trash.delete(instance_id)
    current().faces.forget(instance_id)
    audit.note(Action.DELETED, instance_id)


def deleted_instances() -> tuple[DeletedInstance, ...]:
    """Return what lies in the trash, newest first."""
    return current().registry.trash.deleted()


def restore_instance(trash_name: str) -> InstanceView:
    """Take an instance out of the trash; it is stopped. Its name gets a number when another one has it now.

    Raises UnknownInstanceError, AppError (device-here), StorageUnavailableError.
    """
    restored = current().registry.trash.restore(trash_name)
    audit.note(Action.RESTORED, restored.id)
    return restored


def purge_instance(trash_name: str) -> None:
    """Erase a deleted instance for good. Raises UnknownInstanceError, StorageUnavailableError."""
    current().registry.trash.purge(trash_name)
    audit.note(Action.ERASED, trash_name)


def request_pairing_code(instance_id: str, number_text: str) -> None:
    """Ask WhatsApp for a code to type on the phone with that number; it appears in the instance's view.

    Raises UnknownInstanceError, InvalidInputError (number-…), AppError (not-pairing) when no QR is showing.
    """
    current().registry.ask_pairing_code(instance_id, parse_number(number_text).digits)
    audit.note(Action.PAIRING_CODE, instance_id)


def timeline(
    instance_id: str, *, limit: int, kinds: Collection[HistoryKind] = ()
) -> tuple[HistoryEntry, ...]:
    """Return what happened to it, newest first, at most ``limit`` entries. Raises UnknownInstanceError."""
    return current().registry.timeline(instance_id, limit=limit, kinds=kinds)


def app_name() -> str:
    """Return what the product calls itself: free text on one line, at most 40 characters, never empty."""
    return current().settings.app_name


def engine_release() -> EngineRelease:
    """Return which WhatsApp core is installed, and how old it is. WhatsApp refuses old ones."""
    version, built = current().registry.installed_core()
    return EngineRelease.of(version, built, today=datetime.now(UTC).date())


def default_language() -> str:
    """Return the language that a visitor sees before choosing: ``pt_BR``, ``en`` or ``es``."""
    return current().settings.language
