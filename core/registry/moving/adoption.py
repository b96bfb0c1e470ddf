"""A session that was prepared becomes an instance: whole or not at all, and never beside its twin."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.errors import CorruptFileError
from core.models.instance import InstanceRecord, InstanceView
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.models.timeline import HistoryKind
from core.moving import staging
from core.registry.admission import Admission
from core.registry.commands import Start
from core.registry.moving.devices import Devices, number_of
from core.registry.supervisors import Supervisors
from core.store import outbox_table, session, timeline
from core.store.history_db import HISTORY_FILE
from core.store.instance_file import read_facts, write_record_in
from core.store.layout import SESSION_FILE, new_id
from core.store.owner_lock import storage_error

log = logging.getLogger(__name__)


class Adoption:
    """Takes prepared folders in. Threading: safe from any thread; one at a time."""

    def __init__(
        self,
        auth_dir: Path,
        supervisors: Supervisors,
        admission: Admission,
        devices: Devices,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._auth_dir = auth_dir
        self._supervisors = supervisors
        self._admission = admission
        self._devices = devices
        self._clock = clock

    def adopt(
        self, folder: Path, name: str, *, as_it_was: bool = False, request_id: str = ""
    ) -> InstanceView:
        """Make a prepared ``folder`` a new instance and start it; for a ``request_id`` seen before, that one.

        It stays stopped when it was moved to another system before it was saved; with ``as_it_was``, also
        when its owner had stopped it.

        ``folder`` comes from ``core.moving.staging.staging_folder``, or lies in such a one. It holds a
        ``session.db`` of one device that no process has open; an ``instance.json`` (its settings are kept)
        and a ``history.db`` may lie beside it. On an error it stays where it is.

        Raises MoveRefusedError (``move-already-here`` and ``move-in-trash`` with the name of the instance,
        ``move-no-device``, ``move-damaged``), InvalidInputError (name-taken), LimitReachedError
        (instance-limit), StorageUnavailableError.
        """
        if not staging.is_staged(self._auth_dir, folder):
            raise ValueError("not a staging folder")
        with self._devices.moving:
            with self._supervisors.changes:
                self._admission.require_open()
                if existing := self._supervisors.find_by_request(request_id):
                    return existing
            jid = self._only_device(folder)
            self.require_absent(jid)  # first: another name would not help
            with self._supervisors.changes:
                self._admission.require_place(name)
            return self._take_in(folder, self._record(folder, name, jid, as_it_was=as_it_was), request_id)

    def require_absent(self, jid: str) -> None:
        """Raise MoveRefusedError when the device of that address is here, or in the trash.

        Raises StorageUnavailableError when an instance that may have it cannot be read now.
        """
        if name := self._devices.holder(jid):
            raise MoveRefusedError(MoveCode.ALREADY_HERE, name)
        if name := self._devices.holder_in_trash(jid):
            raise MoveRefusedError(MoveCode.IN_TRASH, name)

    def _take_in(self, folder: Path, record: InstanceRecord, request_id: str) -> InstanceView:
        try:
            staging.keep_only(folder, (SESSION_FILE, HISTORY_FILE))
            write_record_in(folder, record)
            if (folder / HISTORY_FILE).exists():
                outbox_table.forget_boot(folder)
            timeline.append(folder, HistoryKind.MOVED_IN, at=record.created_at)
            with self._supervisors.changes:
                self._admission.require_open()
                self._admission.require_place(record.name)
                staging.put_in_place(folder, self._auth_dir, record.id)
                supervisor = self._supervisors.add(record)
                self._supervisors.remember_request(request_id, record.id)
        except OSError as error:
            raise storage_error(error) from error
        log.info("took in a session that was prepared", extra={"instance": record.id})
        if record.wanted:
            supervisor.post(Start())
        return supervisor.snapshot().as_view()

    def _only_device(self, folder: Path) -> str:
        try:
            session.checkpoint(folder)
            found = session.devices(folder)
        except CorruptFileError as error:
            raise MoveRefusedError(MoveCode.DAMAGED, SESSION_FILE) from error
        if not found:
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        if len(found) > 1:
            raise MoveRefusedError(MoveCode.DAMAGED, SESSION_FILE)
        return found[0]

    def _record(self, folder: Path, name: str, jid: str, *, as_it_was: bool) -> InstanceRecord:
        """Return the record of the new instance, with the settings of the one that was prepared."""
        new = InstanceRecord(
            id=new_id(name),
            name=name,
            created_at=self._clock(),
            wanted=True,
            phone=number_of(jid),
            linked=True,
        )
        try:
            before = read_facts(folder)
        except (CorruptFileError, OSError):
            return new
        # What was heard of the phone, and when, says nothing about a connection that begins now.
        return replace(
            before,
            id=new.id,
            name=name,
            created_at=new.created_at,
            wanted=not before.moved_out_at and (before.wanted or not as_it_was),
            phone=new.phone,
            linked=True,
            phone_silent_since=None,
            listened_at=None,
            moved_out_at=self._past(before.moved_out_at),
        )

    def _past(self, at: float) -> float:
        """Return ``at`` (0 for never); now for a time that cannot be: strangers may have written it."""
        return at if not at or 0 < at <= self._clock() else self._clock()
