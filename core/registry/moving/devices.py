"""Which instance has a linked device: two instances with one would throw each other off."""

from __future__ import annotations

import threading
from pathlib import Path

from core.errors import CorruptFileError
from core.registry.supervisors import Supervisors
from core.store import session, trash
from core.store.layout import instance_dir, instance_ids
from core.store.owner_lock import storage_error


class Devices:
    """The linked devices of all instances, as their sessions say. Threading: safe from any thread."""

    def __init__(self, auth_dir: Path, supervisors: Supervisors) -> None:
        self._auth_dir = auth_dir
        self._supervisors = supervisors
        self.moving = threading.Lock()
        """Hold it while a device comes in, goes to the trash or comes back: on its way it is found nowhere,
        and its twin would be let in. A deletion takes up to 6 s."""

    def holder(self, jid: str) -> str:
        """Return the name of the instance that has the device of that address; empty when none has.

        Raises StorageUnavailableError when one that may have it cannot be read now.
        """
        candidates = self._candidates(number_of(jid))
        return next((name for folder, name in candidates if jid in _addresses(folder)), "")

    def holder_of_same(self, folder: Path, phone: str) -> str:
        """Return the name of the instance that has a device of the session in ``folder``; empty for none.

        ``phone``: the number that the session was last linked to, empty where it is not known. Raises as
        ``holder``.
        """
        candidates = self._candidates(phone)
        if not candidates:
            return ""  # nothing is read then: a full disk may be one on which no session can be opened
        return next((name for jid in _addresses(folder) if (name := self.holder(jid))), "")

    def holder_in_trash(self, jid: str) -> str:
        """Return the name of the deleted instance that has the device; empty for none.

        Raises as ``holder``.
        """
        number = number_of(jid)
        for item in trash.deleted(self._auth_dir):
            folder = self._auth_dir / trash.TRASH_DIR / item.trash_name
            if _may_hold(number, item.phone) and jid in _addresses(folder):
                return item.name
        return ""

    def _candidates(self, number: str) -> list[tuple[Path, str]]:
        """Return folder and name of each instance that may have a device of ``number``, which may be empty.

        All on the disk, and not those in the table: one whose record could not be read when the process
        started has its session still.
        """
        records = [supervisor.snapshot().record for supervisor in self._supervisors.all()]
        known = {record.id: record for record in records}
        try:
            ids = instance_ids(self._auth_dir)
        except OSError as error:
            raise storage_error(error) from error
        return [
            (instance_dir(self._auth_dir, each), known[each].name if each in known else _name_in(each))
            for each in ids
            if each not in known or _may_hold(number, known[each].phone)
        ]


def number_of(jid: str) -> str:
    """Return the digits of the number in a device's address (``5511999990000:7@s.whatsapp.net``)."""
    return jid.partition("@")[0].partition(":")[0].partition(".")[0]


def _addresses(folder: Path) -> tuple[str, ...]:
    try:
        return session.devices(folder)
    except CorruptFileError:
        return ()  # it connects nothing: its start sets it aside


def _may_hold(number: str, phone: str) -> bool:
    """Return whether an instance last linked to ``phone`` may have a device of ``number``."""
    return not number or phone in (number, "")


def _name_in(instance_id: str) -> str:
    """Return the nearest thing to a name that an id has: it is the name's slug and a tail."""
    return instance_id.rpartition("-")[0] or instance_id
