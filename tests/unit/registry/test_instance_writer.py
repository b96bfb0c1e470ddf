"""What a supervisor writes down: once, masked, and later when the disk refused."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from core.errors import StorageUnavailableError
from core.models.instance import InstanceRecord
from core.models.timeline import HistoryKind
from core.registry.instance_writer import EVERY_S, InstanceWriter
from core.store import session, timeline
from core.store.history_db import HISTORY_FILE
from tests.unit.store.conftest import make_store

K = HistoryKind
RECORD: Final = InstanceRecord("loja-k7m2xq", "Loja", 1.0, wanted=False)


@dataclass
class Disk:
    """A disk that can be full, and a clock."""

    folder: Path
    full: bool = False
    now: float = 1_000.0
    saved: list[InstanceRecord] = field(default_factory=list)

    def save(self, record: InstanceRecord) -> None:
        if self.full:
            raise StorageUnavailableError("disk-full")
        self.saved.append(record)

    def note(
        self, writer: InstanceWriter, kind: K, *, at: float = 1.0, reason: str = "", detail: str = ""
    ) -> None:
        """Note something at that time, and let the writer write."""
        before, self.now = self.now, at
        writer.add_timeline_entry(kind, reason=reason, detail=detail)
        self.now = before
        writer.flush_timeline()

    def told(self) -> list[tuple[str, str, str]]:
        """The timeline, oldest first."""
        found = timeline.entries(self.folder, limit=100)
        return [(one.kind.value, one.reason, one.detail) for one in reversed(found)]


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


@pytest.fixture
def writer(disk: Disk) -> InstanceWriter:
    return InstanceWriter(RECORD, disk.folder, save=disk.save, clock=lambda: disk.now)


def test_a_change_is_stored_and_nothing_else_is(disk: Disk, writer: InstanceWriter) -> None:
    """One write for one change; saying the same again writes nothing."""
    writer.update_record(wanted=False)
    assert disk.saved == []
    writer.update_record(wanted=True)
    writer.update_record(wanted=True)
    assert disk.saved == [replace(RECORD, wanted=True)] == [writer.record]


def test_a_refused_record_is_stored_when_the_disk_works_again(disk: Disk, writer: InstanceWriter) -> None:
    """Known at once, due again in 30 s, and stored whole with all that changed meanwhile."""
    disk.full = True
    writer.update_record(wanted=True)
    assert (writer.record.wanted, writer.unsaved, writer.due_at) == (True, True, disk.now + EVERY_S)
    disk.now += EVERY_S
    writer.checkpoint()
    assert (writer.unsaved, writer.due_at, disk.saved) == (True, disk.now + EVERY_S, [])
    writer.update_record(name="Outra")
    disk.full = False
    disk.now += EVERY_S
    writer.checkpoint()
    assert disk.saved == [replace(RECORD, wanted=True, name="Outra")]
    assert not writer.unsaved
    writer.checkpoint()
    assert len(disk.saved) == 1


def test_the_same_press_again_stores_a_late_record(disk: Disk, writer: InstanceWriter) -> None:
    """Whoever presses again after freeing the disk need not wait for the next look."""
    disk.full = True
    writer.update_record(wanted=True)
    disk.full = False
    writer.update_record(wanted=True)
    assert (disk.saved, writer.unsaved) == ([replace(RECORD, wanted=True)], False)


def test_what_was_just_said_is_not_said_again(disk: Disk, writer: InstanceWriter) -> None:
    """A flapping network fills no timeline; another reason, or the same one later, is told."""
    for detail in ("port 1", "port 2"):
        disk.note(writer, K.RECONNECTING, at=1.0, reason="wa-unreachable", detail=detail)
    disk.note(writer, K.RECONNECTING, at=1.0, reason="wa-disconnected")
    disk.note(writer, K.CONNECTED, at=1.0)
    disk.note(writer, K.RECONNECTING, at=1.0, reason="wa-disconnected")
    assert disk.told() == [
        ("reconnecting", "wa-unreachable", "port 1"),
        ("reconnecting", "wa-disconnected", ""),
        ("connected", "", ""),
        ("reconnecting", "wa-disconnected", ""),
    ]


def test_each_new_name_is_told(disk: Disk, writer: InstanceWriter) -> None:
    """Two renames in a row are two facts; the same one pressed twice is one."""
    for name in ("Um", "Dois", "Dois"):
        disk.note(writer, K.RENAMED, at=1.0, detail=name)
    assert [detail for _, _, detail in disk.told()] == ["Um", "Dois"]


def test_each_rejected_call_is_told(disk: Disk, writer: InstanceWriter) -> None:
    """Two in a row are two facts, though nothing but the time tells them apart."""
    for at in (1.0, 90.0):
        disk.note(writer, K.CALL_REJECTED, at=at, detail="5511912345678")
    assert disk.told() == [("call_rejected", "", "…5678")] * 2


def test_no_number_reaches_the_timeline(disk: Disk, writer: InstanceWriter) -> None:
    """An error text or a name that holds one keeps its last four digits."""
    text = "no 5511912345678@s.whatsapp.net, +55 11 91234-5678"
    disk.note(writer, K.FAILED, at=1.0, reason="wa-connect-refused", detail=text)
    [(_, _, detail)] = disk.told()
    assert detail == "no …5678@s.whatsapp.net, …5678"
    assert b"91234" not in (disk.folder / HISTORY_FILE).read_bytes()


def test_an_entry_tells_when_it_happened(disk: Disk, writer: InstanceWriter) -> None:
    """Not when it was written, which may be a little later."""
    disk.now = 1_235.0
    disk.note(writer, K.STOPPED, at=1_234.5)
    assert timeline.entries(disk.folder, limit=1)[0].at == 1_234.5


def test_a_damaged_session_stops_no_checkpoint(
    disk: Disk, writer: InstanceWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """The record is stored all the same, and the log says what is wrong."""
    make_store(disk.folder).write_bytes(b"garbage" * 2_000)
    (disk.folder / "session.db-wal").write_bytes(b"something new")
    disk.full = True
    writer.update_record(wanted=True)
    disk.full = False
    writer.checkpoint()
    assert disk.saved == [replace(RECORD, wanted=True)]
    assert "session-corrupt" in caplog.text


@pytest.mark.parametrize("problem", [None, StorageUnavailableError("session-unreadable")])
def test_a_checkpoint_that_was_not_made_is_made_the_next_time(
    disk: Disk, writer: InstanceWriter, monkeypatch: pytest.MonkeyPatch, problem: Exception | None
) -> None:
    """The worker was in the way, or the disk full: the log need not grow first. Once made, not made again."""
    log = disk.folder / "session.db-wal"
    log.write_bytes(b"something new")
    tries: list[Path] = []

    def checkpoint(folder: Path) -> bool:
        tries.append(folder)
        if len(tries) > 1:
            log.write_bytes(b"")
        elif problem is not None:
            raise problem
        return len(tries) > 1

    monkeypatch.setattr("core.store.session.checkpoint", checkpoint)
    for _ in range(4):
        writer.checkpoint()
    assert len(tries) == 2


def test_a_store_at_rest_is_opened_by_no_checkpoint(
    disk: Disk, writer: InstanceWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that finds nothing to do touches the log, which would look new the next time, for ever."""
    make_store(disk.folder)
    writer.checkpoint()
    monkeypatch.setattr("core.store.session.checkpoint", pytest.fail)
    for _ in range(3):
        writer.checkpoint()


# -- the end of a link ---------------------------------------------------------------------------------------
def files(disk: Disk) -> list[str]:
    return sorted(path.name for path in disk.folder.glob("session.db*"))


def test_the_session_of_an_ended_link_is_removed(disk: Disk, writer: InstanceWriter) -> None:
    """Store, log and index; once, and told to the caller."""
    make_store(disk.folder)
    for suffix in ("-wal", "-shm"):
        (disk.folder / f"session.db{suffix}").touch()
    assert not writer.remove_leftover(), "nobody said that a link had ended"
    writer.link_ended()
    assert writer.remove_leftover()
    assert files(disk) == []
    assert not writer.remove_leftover()


def test_a_store_with_a_device_is_never_removed(disk: Disk, writer: InstanceWriter) -> None:
    """Whatever the record says: it may be linked."""
    make_store(disk.folder, devices=1)
    writer.link_ended()
    assert not writer.remove_leftover()
    assert files(disk) == ["session.db"]


def test_a_damaged_store_is_left_for_a_rescue(disk: Disk, writer: InstanceWriter) -> None:
    """It is set aside by the next start, with a word about it."""
    make_store(disk.folder).write_bytes(b"garbage" * 2_000)
    writer.link_ended()
    assert not writer.remove_leftover()
    assert files(disk) == ["session.db"]


def test_a_removal_that_the_disk_refuses_is_tried_again(
    disk: Disk, writer: InstanceWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In half a minute, not at every look; one line in the log for each try."""
    make_store(disk.folder)
    writer.link_ended()
    with monkeypatch.context() as broken:
        broken.setattr(session, "remove_session", refused)
        assert not writer.remove_leftover()
        assert not writer.remove_leftover()
    assert caplog.text.count("session not removed") == 1
    disk.now += EVERY_S
    assert writer.remove_leftover()
    assert files(disk) == []


def refused(_: Path) -> None:
    raise OSError(30, "Read-only file system")


@pytest.mark.parametrize("devices", [0, 1])
def test_the_core_gets_a_moment_to_take_its_device_out(
    disk: Disk, writer: InstanceWriter, monkeypatch: pytest.MonkeyPatch, devices: int
) -> None:
    """No longer than that: a core that keeps it keeps it."""
    monkeypatch.setattr("core.registry.instance_writer.UNLINKED_S", 0.1)
    make_store(disk.folder, devices=devices)
    begin = time.monotonic()
    writer.await_unlinked()
    assert (time.monotonic() - begin > 0.1) is bool(devices)
    assert files(disk) == ["session.db"]
