"""Baileys sessions in a zip, or in one file of JSON that Evolution API's exports are put together into."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.converted import ConvertedSession, Lost
from core.models.moving.device import FoundDevice, MoveRefusedError
from core.models.moving.upload import FoundUpload, PreparedSession, UploadKind
from core.moving.baileys.folder import convert_folder
from core.moving.baileys.sources import Files, find_sessions
from core.moving.disk_room import require_room
from core.moving.reader.archive import MEGABYTE, Archive
from core.moving.session_writer import write_session
from core.store.layout import SESSION_FILE

SUFFIX: Final = ".json"
MOST_OF_ONE: Final = 32 * MEGABYTE
"""Bytes of one file; an export of Evolution API holds all of a session in one."""
MOST_OF_ALL: Final = 96 * MEGABYTE
"""Bytes of all files together, which are held in memory; a session of years has some ten megabytes."""


class BaileysSource:
    """One or more sessions as Baileys writes them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """``files`` by path. Raises MoveRefusedError (move-unknown-format) without a session."""
        self._sessions: tuple[Files, ...] = find_sessions(files)
        if not self._sessions:
            raise MoveRefusedError(MoveCode.UNKNOWN_FORMAT)

    def found(self) -> FoundUpload:
        """Return the sessions that can be moved. Raises the refusal of the first when there is none."""
        devices: list[FoundDevice] = []
        lost: list[Lost] = []
        refusals: list[MoveRefusedError] = []
        for index, files in enumerate(self._sessions):
            try:
                converted = convert_folder(files)
            except MoveRefusedError as refused:
                refusals.append(refused)
                continue
            devices.append(_describe(index, converted))
            lost.append(converted.lost)
        if not devices:
            raise refusals[0]
        return FoundUpload(kind=UploadKind.BAILEYS, devices=tuple(devices), lost=tuple(lost))

    def prepare(self, index: int, target: Path, *, jid: str = "") -> PreparedSession:
        """Write the session at ``index``. Raises MoveRefusedError."""
        if not 0 <= index < len(self._sessions):
            raise MoveRefusedError(MoveCode.NO_DEVICE)
        converted = convert_folder(self._sessions[index])
        if jid not in ("", converted.keys.jid):
            raise MoveRefusedError(MoveCode.CHANGED)
        require_room(target, sum(map(len, self._sessions[index].values())))
        try:
            write_session(target / SESSION_FILE, converted.keys, converted.conversations)
        except OSError as error:
            raise MoveRefusedError(MoveCode.DISK_FULL) from error
        return PreparedSession(number=_describe(index, converted).number, lost=converted.lost)


def json_files(archive: Archive) -> dict[str, bytes]:
    """Return the files of JSON in a zip by path. Raises MoveRefusedError: move-damaged, move-too-large."""
    files: dict[str, bytes] = {}
    left = MOST_OF_ALL
    for name in archive.names:
        if name.endswith(SUFFIX):
            files[name] = archive.read(name, most=min(MOST_OF_ONE, left))
            left -= len(files[name])
    return files


def _describe(index: int, session: ConvertedSession) -> FoundDevice:
    number, _, device = session.keys.jid.partition("@")[0].partition(":")
    return FoundDevice(
        index=index,
        number=number,
        device=int(device),
        name=session.keys.push_name,
        keys=len(session.conversations.one_time_keys),
        conversations=len(session.conversations.sessions),
    )
