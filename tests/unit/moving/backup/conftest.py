"""Instances on disk with the tables of the genuine core, and backups of them that cost next to nothing."""

from __future__ import annotations

import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from core.models.instance import InstanceRecord, InstanceState, InstanceView
from core.models.messages import SendState, SentMessage
from core.models.moving.backup import BackupProblem
from core.models.storage import StorageView
from core.models.timeline import HistoryKind
from core.moving import staging
from core.moving.backup import age, making, monitor
from core.moving.backup.daily import Schedule
from core.moving.backup.destination import NotStoredError
from core.moving.backup.monitor import BackupMonitor, Sources
from core.moving.backup.packing import Source
from core.store import outbox_table, timeline
from core.store.instance_file import create_folder
from core.store.layout import instance_dir
from tests.support.contents import words
from tests.unit.services.conftest import view

STORED: Final = Path(__file__).resolve().parents[3] / "support" / "stored" / "auth_dir_2026_11.tar.xz"
"""A folder of November 2026, with sessions that the genuine core wrote."""
PASSPHRASE: Final = "correta bateria cavalo grampo"
APP: Final = ("0.1.0", 1_700_000_000.5)
ID: Final = "loja-k7m2xq"
OTHER: Final = "outra-k7m2xq"
DAY_S: Final = 86_400.0
HOUR_S: Final = 3_600.0


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


@dataclass
class Place:
    """A destination that keeps what it is given, or refuses."""

    stored: dict[str, bytes] = field(default_factory=dict)
    refuses: bool = False
    keeps_old: bool = False
    """Refuse to list and to remove."""
    breaks: Exception | None = None
    mark: str = "/mnt"
    known: list[str] = field(default_factory=list)
    """What it was told to be known by."""
    tidied: list[str] = field(default_factory=list)

    def put(self, path: Path, name: str, *, before: str) -> str:
        self.known.append(before)
        if self.refuses:
            raise NotStoredError(BackupProblem.UNREACHABLE)
        if self.breaks:
            raise self.breaks
        self.stored[name] = path.read_bytes()
        return self.mark

    def remove_old(self, stored: str) -> None:
        if self.keeps_old:
            raise NotStoredError(BackupProblem.REFUSED)
        self.tidied.append(stored)


@dataclass
class Scene:
    """A monitor whose rounds the test makes, and what surrounds it."""

    auth_dir: Path
    views: list[InstanceView]
    place: Place = field(default_factory=Place)
    now: float = 1_700_000_000.0
    set_by: float = 0.0
    """By how much the clock was set, in seconds."""
    ready: bool = True
    flushed: list[str] = field(default_factory=list)

    def monitor(self, *, scheduled: bool = True) -> BackupMonitor:
        schedule = Schedule(destination=self.place, place="/copias", passphrase=PASSPHRASE, messages=True)
        sources = Sources(
            storage=lambda: StorageView(str(self.auth_dir), ready=self.ready),
            views=lambda: tuple(self.views),
            flush=self.flushed.append,
        )
        return BackupMonitor(
            self.auth_dir,
            sources=sources,
            app_version="0.1.0",
            schedule=schedule if scheduled else None,
            clock=lambda: self.now,
            uptime=lambda: self.now - self.set_by,
        )


@pytest.fixture
def scene(
    tmp_path: Path, make_instance: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    """Two linked instances, and one that is not."""
    monkeypatch.setattr(monitor, "SETTLE_S", 0.0)
    make_instance(ID, "Loja")
    make_instance(OTHER, "Outra")
    views = [view(id_=ID), view(id_=OTHER, name="Outra")]
    unlinked = replace(view(id_="nova-k7m2xq", state=InstanceState.PAIRING), linked=False)
    yield Scene(tmp_path / "auth", [*views, unlinked])
    making.close()


def left(scene: Scene) -> list[Path]:
    """Every file that is being prepared, or waits."""
    return [path for path in (scene.auth_dir / staging.STAGING_DIR).rglob("*") if path.is_file()]
