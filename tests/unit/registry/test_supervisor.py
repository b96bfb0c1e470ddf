"""A supervisor without a network: starts that fail, waits that grow, records that cannot be stored."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.errors import StorageUnavailableError, WorkerLostError
from core.models.events import SendText
from core.models.instance import InstanceRecord, InstanceState
from core.models.message import SendState, SentMessage
from core.models.storage import Notice
from core.registry.backoff import Backoff
from core.registry.outbox import Outbox
from core.registry.supervisor import Supervisor, Surroundings
from tests.support.polling import eventually
from tests.unit.store.conftest import make_store

S = InstanceState
ID = "loja-k7m2xq"


@dataclass
class Surrounded:
    """What a supervisor would get from the registry: no worker can be started here."""

    auth_dir: Path
    error: Exception
    now: float = 1_000.0
    launches: list[WorkerSpec] = field(default_factory=list)
    saved: list[InstanceRecord] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    disk_full: bool = False
    outbox: Outbox = field(default_factory=lambda: Outbox(clock=lambda: 1.0))
    waits: tuple[float, float] = (60.0, 300.0)
    made: list[Supervisor] = field(default_factory=list)

    def launch(self, spec: WorkerSpec) -> Worker:
        self.launches.append(spec)
        raise self.error

    def save(self, record: InstanceRecord) -> None:
        if self.disk_full:
            raise StorageUnavailableError("disk-full")
        self.saved.append(record)

    def supervisor(self, *, linked: bool = False) -> Supervisor:
        record = InstanceRecord(ID, "Loja", 1.0, wanted=False, linked=linked)
        self.made.append(
            Supervisor(
                record,
                Surroundings(
                    auth_dir=self.auth_dir,
                    launch=self.launch,
                    save=self.save,
                    changed=lambda: None,
                    notice=self.notices.append,
                    outbox=self.outbox,
                    clock=lambda: self.now,
                    chance=lambda: 0.0,
                    backoff=Backoff(*self.waits),
                ),
            )
        )
        return self.made[-1]


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Surrounded]:
    """Ends the supervisors and their threads with the test."""
    (tmp_path / ID).mkdir()
    surrounded = Surrounded(tmp_path, error=WorkerLostError("worker-lost", detail="preloader"))
    yield surrounded
    for supervisor in surrounded.made:
        supervisor.close()
        supervisor.join(5)
    assert not [thread for thread in threading.enumerate() if thread.name == f"supervisor-{ID}"]


def until(supervisor: Supervisor, test: Callable[[], bool]) -> None:
    """Wait until the supervisor's thread came so far."""
    eventually(test, timeout=5, seen=lambda: (supervisor.status, supervisor.record))


def test_it_stands_still_until_it_is_started(around: Surrounded) -> None:
    """Made is not started: nothing is launched, nothing is written."""
    supervisor = around.supervisor(linked=True)
    supervisor.close()
    supervisor.join(5)
    assert (supervisor.status.state, supervisor.status.linked) == (S.STOPPED, True)
    assert (around.launches, around.saved) == ([], [])


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (WorkerLostError("worker-lost", detail="preloader"), "worker-lost"),
        (StorageUnavailableError("session-unreadable"), "session-unreadable"),
        (OSError(24, "Too many open files"), "internal-error"),
        (RuntimeError("a bug"), "internal-error"),
    ],
)
def test_a_start_that_fails_in_any_way_is_planned_again(
    around: Surrounded, error: Exception, reason: str
) -> None:
    """Never stuck in starting: the reason is told and the next try has a time."""
    around.error = error
    supervisor = around.supervisor()
    supervisor.start()
    until(supervisor, lambda: supervisor.status.next_try_at is not None)
    status = supervisor.status
    assert (status.state, status.reason) == (S.RECONNECTING, reason)
    assert status.next_try_at == 1_000.0 + 30.0  # half of 60 s is certain, luck is 0 here
    assert supervisor.restarts == 1


def test_waits_grow_and_a_person_may_cut_them_short(around: Surrounded) -> None:
    """Each failure doubles the wait up to the ceiling; pressing start tries at once, without forgetting."""
    supervisor, waits = around.supervisor(), []
    for attempt in range(1, 6):
        supervisor.start()
        until(supervisor, lambda: supervisor.restarts == attempt)  # noqa: B023  # called before the next turn
        until(supervisor, lambda: supervisor.status.next_try_at is not None)
        assert supervisor.status.next_try_at is not None
        waits.append(supervisor.status.next_try_at - around.now)
    assert waits == [30, 60, 120, 150, 150]
    assert len(around.launches) == 5


def test_a_planned_try_happens_by_itself(around: Surrounded) -> None:
    """When its time comes, without anybody pressing anything."""
    around.waits = (0.02, 0.02)
    supervisor = around.supervisor()
    supervisor.start()
    until(supervisor, lambda: len(around.launches) == 1)
    around.now += 1
    until(supervisor, lambda: len(around.launches) > 1)


def test_stopping_ends_the_tries(around: Surrounded) -> None:
    """Stopped at once, for good, and stored as not wanted; waits begin anew afterwards."""
    supervisor = around.supervisor()
    supervisor.start()
    until(supervisor, lambda: supervisor.status.next_try_at is not None)
    supervisor.stop()
    until(supervisor, lambda: supervisor.status.state is S.STOPPED)
    assert (supervisor.status.next_try_at, supervisor.status.reason) == (None, "")
    assert [record.wanted for record in around.saved] == [True, False]
    supervisor.start()
    until(supervisor, lambda: supervisor.restarts == 1 and supervisor.status.next_try_at == 1_030.0)


def test_closing_is_not_stopping(around: Surrounded) -> None:
    """At the process's end what the owner wanted stays stored: it starts again with the next process."""
    supervisor = around.supervisor()
    supervisor.start()
    until(supervisor, lambda: supervisor.status.next_try_at is not None)
    supervisor.close()
    supervisor.join(5)
    assert [record.wanted for record in around.saved] == [True]


def test_a_worker_gets_the_store_and_the_name(around: Surrounded) -> None:
    """Its own folder's file, and what the phone is to show."""
    supervisor = around.supervisor()
    supervisor.start()
    until(supervisor, lambda: len(around.launches) == 1)
    (spec,) = around.launches
    assert spec == WorkerSpec(ID, device_name="Loja", store_path=str(around.auth_dir / ID / "session.db"))


def test_a_text_without_a_connection_fails_at_once(around: Surrounded) -> None:
    """Whoever waits for it is told, not left to the deadline."""
    supervisor = around.supervisor()
    around.outbox.open(SentMessage("r", ID, "5511912345678", "oi", SendState.SENDING, 1.0))
    supervisor.send(SendText(ID, "r", to="5511912345678", text="oi"))
    result = around.outbox.wait(ID, "r", timeout=5)
    assert (result.state, result.reason) == (SendState.FAILED, "not-connected")


def test_a_lost_session_is_told_and_stays_told(around: Surrounded) -> None:
    """Linked, and no device in the store: logged out, noticed, no worker; the next start pairs anew."""
    make_store(around.auth_dir / ID)
    supervisor = around.supervisor(linked=True)
    supervisor.start()
    until(supervisor, lambda: supervisor.status.state is S.LOGGED_OUT)
    assert (supervisor.status.reason, supervisor.status.linked) == ("session-missing", False)
    assert [notice.code for notice in around.notices] == ["session-missing"]
    assert around.launches == []
    assert not around.saved[-1].linked
    supervisor.start()
    until(supervisor, lambda: len(around.launches) == 1)


def test_a_damaged_session_is_set_aside_before_any_worker_sees_it(around: Surrounded) -> None:
    """Failed with the kept file's name; the next start begins with an empty store."""
    (around.auth_dir / ID / "session.db").write_bytes(b"garbage" * 1_000)
    supervisor = around.supervisor(linked=True)
    supervisor.start()
    until(supervisor, lambda: supervisor.status.state is S.FAILED)
    (kept,) = [path.name for path in (around.auth_dir / ID).iterdir()]
    assert (supervisor.status.reason, supervisor.status.detail) == ("session-corrupt", kept)
    assert [(notice.code, notice.detail) for notice in around.notices] == [("session-corrupt", kept)]
    assert around.launches == []
    supervisor.start()
    until(supervisor, lambda: len(around.launches) == 1)


def test_a_damaged_session_that_cannot_be_set_aside_is_tried_again(
    around: Surrounded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that refuses the rename: no worker opens the damaged file, and the instance is not stuck."""
    (around.auth_dir / ID / "session.db").write_bytes(b"garbage" * 1_000)

    def refused(_: Path) -> str:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("core.store.session.set_aside", refused)
    supervisor = around.supervisor(linked=True)
    supervisor.start()
    until(supervisor, lambda: supervisor.status.next_try_at is not None)
    assert supervisor.status.state is S.RECONNECTING
    assert around.launches == []


def test_a_record_that_could_not_be_stored_is_stored_later(around: Surrounded) -> None:
    """A full disk for a moment: what the owner wanted is not lost with the process."""
    around.disk_full = True
    supervisor = around.supervisor()
    supervisor.start()
    until(supervisor, lambda: len(around.launches) == 1)
    assert around.saved == []
    around.disk_full = False
    around.now += 60
    supervisor.start()  # wakes it; the check is due by its clock
    until(supervisor, lambda: [record.wanted for record in around.saved] == [True])
