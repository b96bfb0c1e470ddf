"""Instances on disk with the tables of the genuine core, and backups of them that cost next to nothing."""

from __future__ import annotations

import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from core.models.instance import InstanceRecord
from core.models.messages import SendState, SentMessage
from core.models.timeline import HistoryKind
from core.moving.backup import age
from core.moving.backup.packing import Source
from core.store import outbox_table, timeline
from core.store.instance_file import create_folder
from core.store.layout import instance_dir
from tests.support.contents import words

STORED: Final = Path(__file__).resolve().parents[3] / "support" / "stored" / "auth_dir_2026_11.tar.xz"
"""A folder of November 2026, with sessions that the genuine core wrote."""
PASSPHRASE: Final = "correta bateria cavalo grampo"
APP: Final = ("0.1.0", 1_700_000_000.5)
ID: Final = "loja-k7m2xq"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess of the passphrase costs next to nothing here."""
    monkeypatch.setattr(age, "WORK_FACTOR", 10)


@pytest.fixture(scope="session")
def session_bytes() -> bytes:
    """A session.db as the genuine core left it."""
    with tarfile.open(STORED) as archive:
        for member in archive.getmembers():
            if member.name.endswith("/session.db") and "balcao" in member.name:
                file = archive.extractfile(member)
                assert file is not None
                return file.read()
    raise AssertionError("no session in the stored folder")


@pytest.fixture
def make_instance(tmp_path: Path, session_bytes: bytes) -> Callable[..., Source]:
    """Makes an instance with a session, two messages and a timeline; gives what a backup takes."""

    def make(instance_id: str = ID, name: str = "Loja") -> Source:
        auth_dir = tmp_path / "auth"
        auth_dir.mkdir(exist_ok=True)
        record = InstanceRecord(instance_id, name, 1.0, wanted=True, phone="5511912345678", linked=True)
        create_folder(auth_dir, record)
        folder = instance_dir(auth_dir, instance_id)
        (folder / "session.db").write_bytes(session_bytes)
        timeline.append(folder, HistoryKind.CREATED, at=1.0)
        for number in range(2):
            outbox_table.write_new(
                folder,
                SentMessage(
                    f"r-{number}", instance_id, "5511912345678", words("Segredo"), SendState.SENT, 2.0
                ),
            )
        return Source(name=name, folder=str(folder))

    return make


def count(path: Path, table: str) -> int:
    """How many rows that table has."""
    with closing(sqlite3.connect(path)) as file:
        (number,) = file.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(number)


def tables(path: Path) -> set[str]:
    """The names of the tables in a database."""
    with closing(sqlite3.connect(path)) as file:
        return {str(name) for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
