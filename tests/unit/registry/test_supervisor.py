"""A supervisor without a network: starts that fail, waits that grow, records that cannot be stored."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.errors import AppError, InvalidInputError, StorageUnavailableError, WorkerLostError
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.models.instance import InstanceRecord, InstanceState
from core.models.messages import SendState, SentMessage
from core.models.storage import Notice
from core.models.topic import Topic
from core.models.worker_events import (
    AskPairingCode,
    ClientOutdated,
    Connected,
    DataReceived,
    Disconnected,
    LoggedOut,
    LoginOutcome,
    LogOut,
    LogOutResult,
    MessageSent,
    PairingCode,
    QrCode,
    SendMessage,
    StopWorker,
    TemporaryBan,
    WorkerCommand,
    WorkerEvent,
    WorkerStarted,
)
from core.registry.backoff import Backoff
from core.registry.context import SupervisorContext
from core.registry.instance_controller import START_DEADLINE_S
from core.registry.pending_queries import PendingQueries
from core.registry.registry import Registry
from core.registry.supervisor import Supervisor
from core.settings import Settings
from core.store import outbox_table
from core.store import timeline as history
from core.store.history_db import HISTORY_FILE
from core.store.session import has_device
from tests.support.contents import words
from tests.support.polling import eventually
from tests.unit.store.conftest import make_store

S = InstanceState
ID = "loja-k7m2xq"


class Script:
    """A worker that says what the test tells it to; ends when it is stopped, closed or told to."""

    def __init__(self) -> None:
        self.commands: list[WorkerCommand] = []
        self.answers: list[LogOutResult] = []
        """What it says to each `Unlink`, first to last; then nothing more."""
        self._words: queue.SimpleQueue[WorkerEvent | None] = queue.SimpleQueue()

    def say(self, *events: WorkerEvent) -> None:
        for event in events:
            self._words.put(event)

    def end(self) -> None:
        self._words.put(None)

    def events(self) -> Iterator[WorkerEvent]:
        while (event := self._words.get()) is not None:
            yield event

    def send(self, command: WorkerCommand) -> None:
        self.commands.append(command)
        if isinstance(command, LogOut) and self.answers:
            self.say(self.answers.pop(0))
        if isinstance(command, StopWorker):
            self.end()

    def kill(self) -> None:
        self.end()

    def close(self) -> None:
        self.end()


@dataclass
class Surrounded:
    """What a supervisor would get from the registry: scripted workers, or none that can be started."""

    auth_dir: Path
    error: Exception | None
    now: float = 1_000.0
    launches: list[WorkerSpec] = field(default_factory=list)
    workers: list[Script] = field(default_factory=list)
    saved: list[InstanceRecord] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    disk_full: bool = False
    trouble: StorageUnavailableError | None = None
    waits: tuple[float, float] = (60.0, 300.0)
    made: list[Supervisor] = field(default_factory=list)
    changed: Callable[[Topic], None] = lambda _: None

    def __post_init__(self) -> None:
        self.outbox = Outbox(clock=lambda: 1.0, folder_of=self.auth_dir.joinpath)
        self.arrivals = Inbox(folder_of=self.auth_dir.joinpath, clock=lambda: self.now)

    def launch(self, spec: WorkerSpec) -> Worker:
        self.launches.append(spec)
        if self.error is not None:
            raise self.error
        self.workers.append(Script())
        return self.workers[-1]

    def save(self, record: InstanceRecord) -> None:
        if self.disk_full:
            raise StorageUnavailableError("disk-full")
        self.saved.append(record)

    def require_sound(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def supervisor(self, *, linked: bool = False) -> Supervisor:
        record = InstanceRecord(ID, "Loja", 1.0, wanted=False, linked=linked)
        self.made.append(
            Supervisor(
                record,
                SupervisorContext(
                    auth_dir=self.auth_dir,
                    launch=self.launch,
                    save=self.save,
                    recreate_folder=lambda _: None,
                    changed=self.changed,
                    add_notice=self.notices.append,
                    outbox=self.outbox,
                    arrivals=self.arrivals,
                    inquiries=PendingQueries(),
                    require_sound=self.require_sound,
                    clock=lambda: self.now,
                    random=lambda: 0.0,
                    backoff=Backoff(*self.waits),
                ),
                loaded=True,
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


@pytest.fixture
def scripted(around: Surrounded) -> Surrounded:
    """As `around`, and workers can be started: they do what the test says."""
    around.error = None
    return around


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
    folder = around.auth_dir / ID
    assert spec == WorkerSpec(
        ID, device_name="Loja", store_path=str(folder / "session.db"), log_path=str(folder / "worker.log")
    )


def test_a_text_without_a_connection_fails_at_once(around: Surrounded) -> None:
    """Whoever waits for it is told, not left to the deadline."""
    supervisor = around.supervisor()
    around.outbox.record(SentMessage("r", ID, "5511912345678", words(), SendState.SENDING, 1.0))
    supervisor.send(SendMessage(ID, "r", to="5511912345678", content=words().to_json(), secret=""))
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
    (kept,) = [path.name for path in (around.auth_dir / ID).glob("session*")]
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


# -- with a worker that does what the test says ----------------------------------------------------------


def start(scripted: Surrounded, supervisor: Supervisor) -> Script:
    """Start it and give the worker it launched."""
    count = len(scripted.workers)
    supervisor.start()
    until(supervisor, lambda: len(scripted.workers) == count + 1)
    return scripted.workers[-1]


def test_a_batch_that_nobody_scanned_stops_the_instance_for_good(scripted: Surrounded) -> None:
    """Six QRs, no scan: stopped with the reason, worker ended, and not started with the next process."""
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    for index in range(1, 7):
        worker.say(QrCode(ID, f"2@{index}", index, at=scripted.now))
        until(supervisor, lambda: supervisor.status.qr is not None and supervisor.status.qr.index == index)  # noqa: B023
        scripted.now += 60 if index == 1 else 20
    worker.say(LoginOutcome(ID, "timeout"))
    until(supervisor, lambda: supervisor.status.state is S.STOPPED)
    assert supervisor.status.reason == "qr-expired"
    assert [record.wanted for record in scripted.saved] == [True, False]
    assert isinstance(worker.commands[-1], StopWorker)
    assert len(scripted.workers) == 1
    start(scripted, supervisor)
    assert scripted.saved[-1].wanted


def test_a_worker_that_says_nothing_is_given_up(scripted: Surrounded) -> None:
    """At the deadline it is ended and the next try planned; one that shows a QR has no deadline."""
    supervisor = scripted.supervisor()
    silent = start(scripted, supervisor)
    scripted.now += START_DEADLINE_S
    silent.say(WorkerStarted(ID, pid=7))  # wakes the supervisor; it is no sign of WhatsApp
    until(supervisor, lambda: supervisor.status.reason == "wa-no-answer")
    assert supervisor.status.state is S.RECONNECTING
    assert isinstance(silent.commands[-1], StopWorker)
    showing = start(scripted, supervisor)
    showing.say(QrCode(ID, "2@1", 1, at=scripted.now))
    until(supervisor, lambda: supervisor.status.state is S.PAIRING)
    scripted.now += START_DEADLINE_S + 5
    showing.say(WorkerStarted(ID, pid=8))
    until(supervisor, lambda: supervisor.worker_pid == 8)
    assert (supervisor.status.state, showing.commands) == (S.PAIRING, [])


def test_late_words_of_an_old_worker_change_nothing(scripted: Surrounded) -> None:
    """Only its answers to sends count: they settle what was uncertain. The new worker decides the state."""
    make_store(scripted.auth_dir / ID, devices=1)
    supervisor = scripted.supervisor()
    old = start(scripted, supervisor)
    old.say(WorkerStarted(ID, pid=7), Connected(ID, "5511912345678"))
    until(supervisor, lambda: supervisor.status.state is S.CONNECTED)
    scripted.outbox.record(SentMessage("r", ID, "5511987654321", words(), SendState.SENDING, 1.0))
    generation = supervisor._keeper._slot._generation
    supervisor.stop()
    until(supervisor, lambda: supervisor.status.state is S.STOPPED)
    new = start(scripted, supervisor)
    late = QrCode(ID, "2@old", 1, at=scripted.now), MessageSent(ID, "r", "3EB0"), Disconnected(ID)
    for word in late:
        supervisor._inbox.put((generation, word))
    new.say(WorkerStarted(ID, pid=8))
    until(supervisor, lambda: supervisor.worker_pid == 8)
    assert (supervisor.status.state, supervisor.status.qr) == (S.STARTING, None)
    assert scripted.outbox.recent(ID)[0].state is SendState.SENT


def test_what_is_known_of_a_send_is_written_before_the_end(scripted: Surrounded) -> None:
    """A process that stops in order leaves no send behind as if it were still under way."""
    make_store(scripted.auth_dir / ID, devices=1)
    supervisor = scripted.supervisor()
    start(scripted, supervisor).say(WorkerStarted(ID, pid=7), Connected(ID, "5511912345678"))
    until(supervisor, lambda: supervisor.status.state is S.CONNECTED)
    scripted.outbox.record(SentMessage("r", ID, "5511987654321", words(), SendState.SENDING, 1.0))
    supervisor.close()
    supervisor.join(5)
    (found,) = outbox_table.read(scripted.auth_dir / ID, limit=9)
    assert (found.state, found.reason) == (SendState.UNCERTAIN, "worker-lost")


def test_only_a_stable_connection_makes_the_waits_short_again(scripted: Surrounded) -> None:
    """A minute connected proves that the trouble is over, once: later failures wait longer again."""
    make_store(scripted.auth_dir / ID, devices=1)
    supervisor, waits = scripted.supervisor(), []
    worker = start(scripted, supervisor)
    for connected_s in (0, 59, 60, None, None):
        if connected_s is not None:
            worker.say(Connected(ID, "5511912345678"))
            until(supervisor, lambda: supervisor.status.state is S.CONNECTED)
            scripted.now += connected_s
        worker.end()
        until(supervisor, lambda: supervisor.status.next_try_at is not None)
        assert supervisor.status.next_try_at is not None
        waits.append(supervisor.status.next_try_at - scripted.now)
        worker = start(scripted, supervisor)
    assert waits == [30, 60, 30, 60, 120]


def test_a_pairing_is_put_into_the_file_at_once(scripted: Surrounded) -> None:
    """With the clock standing still, the word "success" alone folds the write-ahead log into the file."""
    path = make_store(scripted.auth_dir / ID)
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    log = path.with_name("session.db-wal")
    with closing(sqlite3.connect(path)) as core:
        core.execute("INSERT INTO whatsmeow_device VALUES ('new', zeroblob(32))")
        core.commit()
        worker.say(WorkerStarted(ID, pid=7))
        until(supervisor, lambda: supervisor.worker_pid == 7)
        assert log.stat().st_size > 0
        worker.say(LoginOutcome(ID, "success"))
        until(supervisor, lambda: log.stat().st_size == 0)
    assert supervisor.record.linked
    assert scripted.saved[-1].linked


def test_commands_reach_the_worker_only_while_connected(scripted: Surrounded) -> None:
    """Not before, and not the one after."""
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    oi = words().to_json()
    first, second = (SendMessage(ID, name, "5511912345678", oi, secret="") for name in ("1", "2"))
    supervisor.send(first)
    worker.say(Connected(ID, "5511912345678"))
    until(supervisor, lambda: supervisor.status.state is S.CONNECTED)
    supervisor.send(second)
    until(supervisor, lambda: bool(worker.commands))
    assert worker.commands == [second]


def test_a_command_that_is_too_large_fails_and_nothing_else(
    scripted: Surrounded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The send is settled with the reason; the connection stays."""

    def refuse(_self: Script, _command: WorkerCommand) -> None:
        raise InvalidInputError("message-too-large")

    supervisor = scripted.supervisor()
    connect(scripted, supervisor)
    with monkeypatch.context() as large:
        large.setattr(Script, "send", refuse)
        scripted.outbox.record(SentMessage("r", ID, "5511987654321", words(), SendState.SENDING, 1.0))
        supervisor.send(SendMessage(ID, "r", "5511987654321", words().to_json(), secret=""))
        settled = scripted.outbox.wait(ID, "r", timeout=5)
    assert (settled.state, settled.reason) == (SendState.FAILED, "message-too-large")
    assert supervisor.status.state is S.CONNECTED


def connect(scripted: Surrounded, supervisor: Supervisor) -> Script:
    """Start it with a stored session and let its worker connect; gives the worker."""
    if not (scripted.auth_dir / ID / "session.db").exists():
        make_store(scripted.auth_dir / ID, devices=1)
    worker = start(scripted, supervisor)
    worker.say(Connected(ID, "5511912345678"))
    until(supervisor, lambda: supervisor.status.state is S.CONNECTED)
    return worker


def catch_up(supervisor: Supervisor) -> None:
    """Wake it, and wait until it has looked at the clock twice and done what was due."""
    for name in ("woken", "Loja"):
        supervisor.rename(name)
        until(supervisor, lambda: supervisor.record.name == name)  # noqa: B023  # called before the next turn


def timeline(scripted: Surrounded) -> list[tuple[str, str, str]]:
    """Kind, reason and detail, oldest first, without what `catch_up` leaves."""
    found = reversed(history.entries(scripted.auth_dir / ID, limit=1_000))
    return [(one.kind.value, one.reason, one.detail) for one in found if one.kind.value != "renamed"]


# -- a worker that dies again and again ------------------------------------------------------------------


def crash(scripted: Surrounded, supervisor: Supervisor, *, times: int, apart_s: float) -> None:
    """Let the worker die, that often, each time after so many seconds; waits for its successor."""
    for _ in range(times):
        scripted.now += apart_s
        count = len(scripted.workers)
        scripted.workers[-1].end()
        until(supervisor, lambda: len(scripted.workers) == count + 1)  # noqa: B023


def test_five_crashes_within_a_minute_are_left_alone_for_ten(scripted: Surrounded) -> None:
    """Failed, with the place of its last words and the time of the next try; then it does try again."""
    scripted.waits = (0.0, 0.0)
    supervisor = scripted.supervisor()
    start(scripted, supervisor)
    crash(scripted, supervisor, times=4, apart_s=15)
    scripted.workers[-1].end()
    until(supervisor, lambda: supervisor.status.state is S.FAILED)
    status = supervisor.status
    assert (status.reason, status.detail) == ("worker-crashed", "worker.log")
    assert status.next_try_at == scripted.now + 600
    assert supervisor.record.wanted
    scripted.now += 599
    catch_up(supervisor)
    assert len(scripted.workers) == 5
    scripted.now += 1
    supervisor.on_resume_from_suspend()  # only wakes it: nothing runs
    until(supervisor, lambda: len(scripted.workers) == 6)
    assert (supervisor.status.state, supervisor.status.next_try_at) == (S.STARTING, None)
    crash(scripted, supervisor, times=4, apart_s=1)
    assert supervisor.status.state is not S.FAILED
    until(supervisor, lambda: ("failed", "worker-crashed", "worker.log") in timeline(scripted))


def test_crashes_over_more_than_a_minute_are_only_retried(scripted: Surrounded) -> None:
    """Five in 61 s, and then one every 16 s for ever: it never gives up."""
    scripted.waits = (0.0, 0.0)
    supervisor = scripted.supervisor()
    start(scripted, supervisor)
    crash(scripted, supervisor, times=1, apart_s=0)
    crash(scripted, supervisor, times=4, apart_s=15.25)
    crash(scripted, supervisor, times=6, apart_s=16)
    assert (supervisor.status.state, supervisor.status.reason) == (S.RECONNECTING, "worker-exited")
    assert "worker-crashed" not in {reason for _, reason, _ in timeline(scripted)}


def test_a_stop_between_forgets_the_crashes(scripted: Surrounded) -> None:
    """Started by a person it has five more."""
    scripted.waits = (0.0, 0.0)
    supervisor = scripted.supervisor()
    for _ in range(2):
        start(scripted, supervisor)
        crash(scripted, supervisor, times=4, apart_s=1)
        supervisor.stop()
        until(supervisor, lambda: supervisor.status.state is S.STOPPED)


def test_a_person_need_not_wait_for_a_crashed_one(scripted: Surrounded) -> None:
    """Start or restart tries at once; stop ends the planned try."""
    scripted.waits = (0.0, 0.0)
    supervisor = scripted.supervisor()
    for press in (supervisor.start, supervisor.restart):
        if not scripted.workers:
            start(scripted, supervisor)
        crash(scripted, supervisor, times=4, apart_s=1)
        scripted.workers[-1].end()
        until(supervisor, lambda: supervisor.status.reason == "worker-crashed")
        count = len(scripted.workers)
        press()
        until(supervisor, lambda: len(scripted.workers) == count + 1)  # noqa: B023
    crash(scripted, supervisor, times=4, apart_s=1)
    scripted.workers[-1].end()
    until(supervisor, lambda: supervisor.status.reason == "worker-crashed")
    supervisor.stop()
    until(supervisor, lambda: supervisor.status.state is S.STOPPED)
    assert supervisor.status.next_try_at is None


# -- a ban -----------------------------------------------------------------------------------------------


def test_a_ban_is_waited_for_and_tried_once_at_its_end(scripted: Surrounded) -> None:
    """Not before; refused again, nothing more is tried until a person acts."""
    supervisor = scripted.supervisor()
    connect(scripted, supervisor).say(TemporaryBan(ID, code=101, expires_in_s=3600))
    until(supervisor, lambda: supervisor.status.reason == "wa-temporary-ban")
    assert (supervisor.status.state, supervisor.status.next_try_at) == (S.FAILED, scripted.now + 3600)
    scripted.now += 3599
    catch_up(supervisor)
    assert len(scripted.workers) == 1
    scripted.now += 1
    catch_up(supervisor)
    until(supervisor, lambda: len(scripted.workers) == 2)
    scripted.workers[-1].say(TemporaryBan(ID, code=101, expires_in_s=3600))
    until(supervisor, lambda: supervisor.status.reason == "wa-banned-again")
    scripted.now += 100_000
    catch_up(supervisor)
    assert (len(scripted.workers), supervisor.status.next_try_at) == (2, None)
    assert supervisor.status.linked
    supervisor.start()
    until(supervisor, lambda: len(scripted.workers) == 3)
    scripted.workers[-1].say(TemporaryBan(ID, code=101, expires_in_s=3600))
    until(supervisor, lambda: supervisor.status.next_try_at == scripted.now + 3600)


def test_a_ban_of_centuries_leaves_a_supervisor_that_listens(scripted: Surrounded) -> None:
    """No timer holds that long; the instance can still be renamed and stopped."""
    supervisor = scripted.supervisor()
    connect(scripted, supervisor).say(TemporaryBan(ID, code=101, expires_in_s=1e10))
    until(supervisor, lambda: supervisor.status.reason == "wa-temporary-ban")
    catch_up(supervisor)
    supervisor.stop()
    until(supervisor, lambda: supervisor.status.state is S.STOPPED)


def test_an_outdated_core_says_which_one_is_installed(
    scripted: Surrounded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version and date are the fact for the sentence; nothing is tried again."""
    monkeypatch.setattr(
        "core.registry.instance_controller.installed_core", lambda: ("0.5.2", date(2026, 9, 21))
    )
    supervisor = scripted.supervisor()
    connect(scripted, supervisor).say(ClientOutdated(ID))
    until(supervisor, lambda: supervisor.status.reason == "wa-client-outdated")
    assert (supervisor.status.detail, supervisor.status.next_try_at) == ("0.5.2, 2026-09-21", None)


# -- verbs -----------------------------------------------------------------------------------------------


def test_restart_replaces_the_worker_and_begins_anew(scripted: Surrounded) -> None:
    """The old one is told to stop before the new one is there; restarts count from 0; it is wanted."""
    supervisor = scripted.supervisor()
    old = connect(scripted, supervisor)
    supervisor.restart()
    until(supervisor, lambda: len(scripted.workers) == 2)
    assert [type(command) for command in old.commands] == [StopWorker]
    assert (supervisor.status.state, supervisor.restarts) == (S.STARTING, 0)
    supervisor.stop()
    until(supervisor, lambda: supervisor.status.state is S.STOPPED)
    supervisor.restart()
    until(supervisor, lambda: len(scripted.workers) == 3)
    assert supervisor.record.wanted


def test_restart_cuts_a_wait_short_and_forgets_it(around: Surrounded) -> None:
    """At once, and the next wait is the first again."""
    supervisor = around.supervisor()
    for attempt in (1, 2):
        supervisor.start()
        until(supervisor, lambda: supervisor.restarts == attempt)  # noqa: B023
        until(supervisor, lambda: supervisor.status.next_try_at is not None)
    supervisor.restart()
    until(supervisor, lambda: len(around.launches) == 3)
    until(supervisor, lambda: supervisor.status.next_try_at == around.now + 30)


def test_a_new_name_is_stored_and_noted_and_disturbs_nothing(scripted: Surrounded) -> None:
    """Connected stays connected; the phone learns the name with the next pairing; a number is masked."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    for name in ("Outra", "Loja 5511912345678"):
        supervisor.rename(name)
        until(supervisor, lambda: supervisor.record.name == name)  # noqa: B023
    assert (supervisor.status.state, worker.commands, len(scripted.workers)) == (S.CONNECTED, [], 1)
    assert [record.name for record in scripted.saved[-2:]] == ["Outra", "Loja 5511912345678"]
    eventually(
        lambda: (
            [
                one.detail
                for one in history.entries(scripted.auth_dir / ID, limit=9)
                if one.kind.value == "renamed"
            ]
            == ["Loja …5678", "Outra"]
        ),
        timeout=5,
        seen=lambda: history.entries(scripted.auth_dir / ID, limit=9),
    )
    supervisor.restart()
    until(supervisor, lambda: len(scripted.launches) == 2)
    assert scripted.launches[-1].device_name == "Loja 5511912345678"


def test_a_name_that_cannot_be_stored_is_not_lost(scripted: Surrounded) -> None:
    """Shown at once, written when the disk works again, although nothing runs."""
    supervisor = scripted.supervisor()
    scripted.disk_full = True
    supervisor.rename("Outra")
    until(supervisor, lambda: supervisor.record.name == "Outra")
    scripted.disk_full = False
    scripted.now += 30
    supervisor.on_resume_from_suspend()  # only wakes it
    until(supervisor, lambda: [record.name for record in scripted.saved] == ["Outra"])


def test_forgetting_removes_the_session_and_stays_off(scripted: Surrounded) -> None:
    """The worker ends first; not started with the next process; pressed twice it is told once."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    for _ in range(2):
        supervisor.forget()
        catch_up(supervisor)
        assert (supervisor.status.state, supervisor.status.reason) == (S.LOGGED_OUT, "removed-here")
    assert [type(command) for command in worker.commands] == [StopWorker]
    assert not list((scripted.auth_dir / ID).glob("session.db*"))
    assert (supervisor.record.linked, supervisor.record.wanted, supervisor.status.linked) == (
        False,
        False,
        False,
    )
    until(supervisor, lambda: [kind for kind, _, _ in timeline(scripted)].count("logged_out") == 1)
    start(scripted, supervisor)
    assert scripted.notices == []


def test_a_session_that_cannot_be_removed_is_not_said_to_be(
    scripted: Surrounded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that refuses: still linked, and a stopped instance stays stopped."""
    supervisor = scripted.supervisor(linked=True)
    make_store(scripted.auth_dir / ID, devices=1)

    def refused(_: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("core.store.session.remove_session", refused)
    supervisor.forget()
    catch_up(supervisor)
    assert (supervisor.status.state, supervisor.status.linked, supervisor.record.linked) == (
        S.STOPPED,
        True,
        True,
    )
    assert has_device(scripted.auth_dir / ID)


def test_after_a_sleep_the_connection_is_made_anew(scripted: Surrounded) -> None:
    """A dead socket looks alive: reconnecting and said why, with another worker, not counted as a crash."""
    supervisor = scripted.supervisor()
    old = connect(scripted, supervisor)
    supervisor.on_resume_from_suspend()
    until(supervisor, lambda: len(scripted.workers) == 2)
    assert (supervisor.status.state, supervisor.status.reason) == (S.RECONNECTING, "machine-slept")
    assert [type(command) for command in old.commands] == [StopWorker]
    scripted.workers[-1].say(Connected(ID, ""))
    until(supervisor, lambda: supervisor.status.state is S.CONNECTED)
    assert (supervisor.restarts, supervisor.status.reason) == (0, "")
    told = [("reconnecting", "machine-slept", ""), ("connected", "", "")]
    until(supervisor, lambda: timeline(scripted)[-2:] == told)


def test_a_sleep_does_not_disturb_what_is_not_connected(scripted: Surrounded) -> None:
    """A QR that shows, and an instance that stands still, are left as they are."""
    supervisor = scripted.supervisor()
    supervisor.on_resume_from_suspend()
    catch_up(supervisor)
    assert (supervisor.status.state, scripted.workers) == (S.STOPPED, [])
    worker = start(scripted, supervisor)
    worker.say(QrCode(ID, "2@1", 1, at=scripted.now))
    until(supervisor, lambda: supervisor.status.state is S.PAIRING)
    before = supervisor.status
    supervisor.on_resume_from_suspend()
    catch_up(supervisor)
    assert (supervisor.status, worker.commands, len(scripted.workers)) == (before, [], 1)


# -- commands --------------------------------------------------------------------------------------------


def test_a_pairing_code_is_asked_for_only_while_a_qr_shows(scripted: Surrounded) -> None:
    """Before and after, the core would refuse or hang; the code appears in the status."""
    supervisor = scripted.supervisor()
    ask = AskPairingCode(ID, number="5511912345678")
    supervisor.send(ask)
    worker = start(scripted, supervisor)
    supervisor.send(ask)
    catch_up(supervisor)
    assert worker.commands == []
    worker.say(QrCode(ID, "2@1", 1, at=scripted.now))
    until(supervisor, lambda: supervisor.status.qr is not None)
    supervisor.send(ask)
    until(supervisor, lambda: worker.commands == [ask])
    worker.say(PairingCode(ID, "ABCD1234", ask.number))
    until(supervisor, lambda: supervisor.status.pairing_code is not None)
    worker.say(Connected(ID, "5511912345678"))
    until(supervisor, lambda: supervisor.status.state is S.CONNECTED)
    supervisor.send(ask)
    catch_up(supervisor)
    assert worker.commands == [ask]


def test_a_device_is_unlinked_only_while_connected(scripted: Surrounded) -> None:
    """WhatsApp must hear it. Its word removes the session from the record; its refusal does not."""
    supervisor = scripted.supervisor()
    supervisor.send(LogOut(ID))
    worker = connect(scripted, supervisor)
    supervisor.send(LogOut(ID))
    until(supervisor, lambda: worker.commands == [LogOut(ID)])
    worker.say(LogOutResult(ID, error="timed out"))
    until(supervisor, lambda: supervisor.status.reason == "log-out-failed")
    assert (supervisor.status.state, supervisor.record.linked) == (S.CONNECTED, True)
    worker.say(LogOutResult(ID, error=""))
    until(supervisor, lambda: supervisor.status.state is S.LOGGED_OUT)
    assert (supervisor.status.reason, supervisor.record.linked) == ("logged-out-here", False)
    assert isinstance(worker.commands[-1], StopWorker)


def test_a_second_log_out_waits_for_its_own_answer(scripted: Surrounded) -> None:
    """The refusal of the first one is not taken for it: what worked is not said to have failed."""
    registry = Registry(Settings(scripted.auth_dir, True, "en", "INFO", 50))
    scripted.changed = registry._changed.publish
    supervisor = registry._roster._supervisors[ID] = scripted.supervisor()
    worker = connect(scripted, supervisor)
    worker.answers = [LogOutResult(ID, "timed out"), LogOutResult(ID, "again"), LogOutResult(ID, "")]
    for refusal in ("timed out", "again"):
        with pytest.raises(AppError, match=f"log-out-failed: {refusal}"):
            registry.unlink(ID, timeout=5)
    registry.unlink(ID, timeout=5)
    assert supervisor.status.state is S.LOGGED_OUT


def test_proof_of_life_is_kept_and_wakes_no_page(scripted: Surrounded) -> None:
    """It comes every few seconds from each instance: nothing else may change with it."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    before = supervisor.status
    assert supervisor.last_data_at == scripted.now
    worker.say(DataReceived(ID, at=1_234.5))
    until(supervisor, lambda: supervisor.last_data_at == 1_234.5)
    assert supervisor.status is before


# -- the timeline ----------------------------------------------------------------------------------------


def test_the_timeline_tells_causes_and_no_secret(scripted: Surrounded) -> None:
    """From the process's start to the logout, each change once; no QR, no code, no number."""
    make_store(scripted.auth_dir / ID)
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    for index in (1, 2):
        worker.say(QrCode(ID, f"2@SECRETSECRETSECRET{index}", index, at=scripted.now))
    worker.say(PairingCode(ID, "ABCD1234", "5511912345678"), LoginOutcome(ID, "success"))
    worker.say(Connected(ID, "5511912345678"), Disconnected(ID), Disconnected(ID))
    worker.say(Connected(ID, "5511912345678"), LoggedOut(ID))
    until(supervisor, lambda: supervisor.status.state is S.LOGGED_OUT)
    until(supervisor, lambda: "logged_out" in [kind for kind, _, _ in timeline(scripted)])
    assert timeline(scripted) == [
        ("process_started", "", ""),
        ("starting", "", ""),
        ("pairing", "", ""),
        ("linked", "", ""),
        ("connected", "", ""),
        ("reconnecting", "wa-disconnected", ""),
        ("connected", "", ""),
        ("logged_out", "wa-logged-out", ""),
    ]
    content = (scripted.auth_dir / ID / HISTORY_FILE).read_bytes()
    assert not any(secret in content for secret in (b"SECRET", b"ABCD1234", b"5511912345678"))


# -- a disk that takes nothing -----------------------------------------------------------------------------

FULL = StorageUnavailableError("disk-full", detail="No space left on device")


def test_it_waits_offline_while_nothing_can_be_stored(scripted: Surrounded) -> None:
    """The worker is stopped, the reason is the disk's, nothing is tried; with room it goes on at once."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    scripted.trouble = FULL
    supervisor.check_storage(FULL, resume=False)
    until(supervisor, lambda: supervisor.status.reason == "disk-full")
    assert (supervisor.status.state, supervisor.status.linked) == (S.RECONNECTING, True)
    assert (supervisor.status.detail, supervisor.status.next_try_at) == ("No space left on device", None)
    assert [type(command) for command in worker.commands] == [StopWorker]
    since = supervisor.status
    supervisor.check_storage(FULL, resume=False)
    scripted.now += 100_000
    catch_up(supervisor)
    assert (supervisor.status, len(scripted.workers)) == (since, 1)
    scripted.trouble = None
    supervisor.check_storage(None, resume=True)
    until(supervisor, lambda: len(scripted.workers) == 2)
    assert supervisor.restarts == 0


def test_a_start_on_a_full_disk_waits_too(scripted: Surrounded) -> None:
    """No worker opens a session that it could not write; a later look, without a press, starts it."""
    scripted.trouble = FULL
    supervisor = scripted.supervisor()
    supervisor.start()
    until(supervisor, lambda: supervisor.status.reason == "disk-full")
    assert (supervisor.status.state, scripted.launches) == (S.RECONNECTING, [])
    scripted.trouble = None
    supervisor.check_storage(None, resume=False)
    until(supervisor, lambda: len(scripted.workers) == 1)


@pytest.mark.parametrize("problem", [FULL, None])
def test_what_stands_still_is_not_moved_by_the_disk(
    scripted: Surrounded, problem: StorageUnavailableError | None
) -> None:
    """Stopped stays stopped, and says nothing of the disk."""
    supervisor = scripted.supervisor(linked=True)
    before = supervisor.status
    supervisor.check_storage(problem, resume=problem is None)
    catch_up(supervisor)
    assert (supervisor.status, scripted.launches) == (before, [])


def test_a_session_taken_away_under_a_worker_is_noticed(scripted: Surrounded) -> None:
    """The core would go on in a file that nobody can open; told as missing, and the worker is ended."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    supervisor.check_storage(None, resume=False)
    catch_up(supervisor)
    assert worker.commands == []
    for path in (scripted.auth_dir / ID).glob("session.db*"):
        path.unlink()
    supervisor.check_storage(None, resume=False)
    until(supervisor, lambda: supervisor.status.state is S.LOGGED_OUT)
    assert supervisor.status.reason == "session-missing"
    assert [type(command) for command in worker.commands] == [StopWorker]
    assert [notice.code for notice in scripted.notices] == ["session-missing"]


def test_a_pairing_that_the_disk_refused_is_offered_again(scripted: Surrounded) -> None:
    """The core says only "error"; the disk explains it, and another QR comes when it can be stored."""
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    worker.say(QrCode(ID, "2@1", 1, at=scripted.now))
    until(supervisor, lambda: supervisor.status.state is S.PAIRING)
    scripted.trouble = FULL
    worker.say(LoginOutcome(ID, outcome="error"))
    until(supervisor, lambda: supervisor.status.reason == "disk-full")
    assert (supervisor.status.state, supervisor.status.qr) == (S.RECONNECTING, None)
