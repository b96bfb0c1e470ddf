"""Measuring a move from Baileys: a zip as people upload it becomes a store that the core can open."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

from core.moving.baileys.folder import convert_folder
from core.moving.baileys.sources import find_sessions
from core.moving.session_writer import write_session
from tests.bench.table import Row, row
from tests.support.baileys.samples import folder_of
from tests.support.moving_keys import made_device

RUNS = 5
FILES = 816
SESSIONS = 140
_PER_SESSION = 4
"""The session, number and LID either way, the list of devices."""


def measure(folder: Path) -> list[Row]:
    """A zip of 816 files: 140 contacts, and one-time keys."""
    archive = _zip()
    figures = [_convert(archive, folder / f"session-{run}.db") for run in range(RUNS)]
    return [row(f"Baileys zip of {FILES} files → session.db on the disk", 2, "s", *figures)]


def _zip() -> bytes:
    files = folder_of(made_device(), sessions=SESSIONS, one_time_keys=FILES - 1 - _PER_SESSION * SESSIONS)
    assert len(files) == FILES
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"auth_info/{name}", data)
    return packed.getvalue()


def _convert(packed: bytes, target: Path) -> float:
    begin = time.perf_counter()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (found,) = find_sessions(files)
    converted = convert_folder(found)
    write_session(target, converted.keys, converted.conversations)
    took = time.perf_counter() - begin
    assert len(converted.conversations.sessions) == SESSIONS
    return took
