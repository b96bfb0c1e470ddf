"""What an upload turned out to be: each kind lists its devices, and makes the session of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Protocol

from core.models.moving.codes import MoveCode
from core.models.moving.converted import Lost
from core.models.moving.device import MoveRefusedError
from core.models.moving.upload import FoundUpload, PreparedSession, UploadKind
from core.moving.key_checks import check_keys
from core.moving.whatsmeow_file import WhatsmeowFile
from core.moving.whatsmeow_postgres import WhatsmeowPostgres, parse_address
from core.moving.whatsmeow_rows import (
    StoredDevice,
    Tables,
    copy_device,
    describe,
    device_keys,
    stored_devices,
)
from core.store.layout import SESSION_FILE

MOST_FILES: Final = 4
"""Databases in one zip; GoWA has two that matter."""


class Source(Protocol):
    """An upload of a known kind. Everything raises MoveRefusedError."""

    def found(self) -> FoundUpload:
        """Return what it holds; what can be checked is checked."""

    def prepare(self, index: int, target: Path, *, jid: str = "") -> PreparedSession:
        """Write ``session.db``, and what else comes along, of one of its devices into ``target``.

        With a ``jid``, of no device but that one.
        """


class WhatsmeowSource:
    """Tables of whatsmeow: those of the first that has devices count, the others add keys."""

    def __init__(self, tables: Sequence[Tables], *, log_missing: bool = False) -> None:
        """Raises MoveRefusedError (move-no-device, move-never-paired, move-damaged)."""
        self._log_missing = log_missing
        self._tables, self._devices = _with_devices(tables)

    def found(self) -> FoundUpload:
        """Return the devices; a single one is checked at once, of many the one that is chosen."""
        if len(self._devices) == 1:
            check_keys(device_keys(self._tables[0], self._devices[0]))
        found = tuple(
            max(
                (describe(tables, index, device) for tables in self._tables),
                key=lambda one: (one.keys, one.conversations),
            )
            for index, device in enumerate(self._devices)
        )
        return FoundUpload(
            kind=UploadKind.WHATSMEOW,
            devices=found,
            lost=tuple(Lost(everyone=not each.conversations) for each in found),
            log_missing=self._log_missing,
        )

    def prepare(self, index: int, target: Path, *, jid: str = "") -> PreparedSession:
        """Check the device's keys, then copy its rows. Raises MoveRefusedError."""
        device = self._device(index, jid)
        check_keys(device_keys(self._tables[0], device))
        copy_device(self._tables, device, target / SESSION_FILE)
        known = sum(describe(tables, index, device).conversations for tables in self._tables)
        return PreparedSession(number=device.number, lost=Lost(everyone=not known))

    def _device(self, index: int, jid: str) -> StoredDevice:
        """Return the device of that address, wherever it stands by now; without one, that at ``index``."""
        if jid:
            device = next((each for each in self._devices if each.jid == jid), None)
            if device is None:
                raise MoveRefusedError(MoveCode.CHANGED)
            return device
        if not 0 <= index < len(self._devices):
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        return self._devices[index]


@contextmanager
def whatsmeow_files(paths: Sequence[Path], *, deadline: float) -> Iterator[WhatsmeowSource]:
    """Yield the devices of one or more files that belong together; those without any table are ignored.

    Raises MoveRefusedError.
    """
    if len(paths) > MOST_FILES:
        raise MoveRefusedError(MoveCode.TOO_LARGE, str(MOST_FILES))
    with ExitStack() as opened:
        tables: list[WhatsmeowFile] = []
        for path in paths:
            try:
                tables.append(opened.enter_context(WhatsmeowFile(path, deadline=deadline)))
            except MoveRefusedError as refused:
                if refused.code != MoveCode.NO_DEVICE:
                    raise
        yield WhatsmeowSource(tables, log_missing=any(table.log_missing for table in tables))


@contextmanager
def whatsmeow_database(address: str, *, deadline: float) -> Iterator[WhatsmeowSource]:
    """Yield the devices in a PostgreSQL database. Raises MoveRefusedError."""
    with WhatsmeowPostgres(parse_address(address), deadline=deadline) as tables:
        yield WhatsmeowSource([tables])


def _with_devices(tables: Sequence[Tables]) -> tuple[list[Tables], tuple[StoredDevice, ...]]:
    """Return the tables, those with devices first, and the devices of the first."""
    refusal = MoveRefusedError(MoveCode.NO_DEVICE)
    for place, one in enumerate(tables):
        try:
            devices = stored_devices(one)
        except MoveRefusedError as refused:
            refusal = refused if refused.code != MoveCode.NO_DEVICE else refusal
            continue
        return [one, *tables[:place], *tables[place + 1 :]], devices
    raise refusal
