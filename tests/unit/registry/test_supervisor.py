"""A supervisor without a network: starts that fail, waits that grow, records that cannot be stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from core.engine.protocol import WorkerSpec
from core.errors import AppError, InvalidInputError, StorageUnavailableError, WorkerLostError
from core.messages.inbox import Inbox
from core.models.instance import InstanceRecord, InstanceState
from core.models.messages import SendState, SentMessage
from core.models.worker_commands import AskPairingCode, LogOut, SendMessage, StopWorker, WorkerCommand
from core.models.worker_events import (
    ClientOutdated,
    Connected,
    DataReceived,
    Disconnected,
    GroupNamed,
    LoggedOut,
    LoginOutcome,
    LogOutResult,
    MessageSent,
    PairingCode,
    QrCode,
    TemporaryBan,
    WorkerStarted,
)
from core.registry.commands import (
    Close,
    Deliver,
    FromWorker,
    RemoveSession,
    Rename,
    Restart,
    Resumed,
    Start,
    Stop,
    StorageChanged,
)
from core.registry.lifecycle import Status
from core.registry.registry import Registry
from core.registry.supervisor import Supervisor
from core.registry.worker_runner import START_DEADLINE_S
from core.settings import Settings
from core.store import outbox_table
from core.store import timeline as history
from core.store.history_db import HISTORY_FILE
from core.store.session import has_device
from tests.support.contents import words
from tests.support.polling import eventually
from tests.unit.registry.conftest import ID, FakeContext, ScriptedWorker
from tests.unit.store.conftest import make_store

S = InstanceState


def status_of(supervisor: Supervisor) -> Status:
    return supervisor.snapshot().status


def record_of(supervisor: Supervisor) -> InstanceRecord:
    return supervisor.snapshot().record


def until(supervisor: Supervisor, test: Callable[[], bool]) -> None:
    """Wait until the supervisor's thread came so far."""
    eventually(test, timeout=5, seen=supervisor.snapshot)


def test_it_stands_still_until_it_is_started(context: FakeContext) -> None:
    """Made is not started: nothing is launched, nothing is written."""
    supervisor = context.supervisor(linked=True)
    supervisor.post(Close())
    supervisor.join(5)
    assert (status_of(supervisor).state, status_of(supervisor).linked) == (S.STOPPED, True)
    assert (context.launches, context.saved) == ([], [])


def test_what_a_worker_tells_while_all_is_closed_is_written(scripted: FakeContext) -> None:
    """The core has acknowledged it: nobody will tell it again."""
    supervisor = scripted.supervisor(linked=True)
    make_store(scripted.auth_dir / ID, devices=1)
    supervisor.post(Start())
    until(supervisor, lambda: len(scripted.workers) == 1)
    worker = scripted.workers[0]
    end = worker.end
    last = GroupNamed(ID, "1@g.us", name="Time")

    def tell_and_end() -> None:
        worker.say(last)
        end()

    worker.end = tell_and_end  # type: ignore[method-assign]
    supervisor.post(Close())
    supervisor.join(5)
    assert Inbox(folder_of=scripted.auth_dir.joinpath, clock=lambda: 1.0).group_names(ID) == {
        "1@g.us": "Time"
    }


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
    context: FakeContext, error: Exception, reason: str
) -> None:
    """Never stuck in starting: the reason is told and the next try has a time."""
    context.error = error
    supervisor = context.supervisor()
    supervisor.post(Start())
    until(supervisor, lambda: status_of(supervisor).next_try_at is not None)
    status = status_of(supervisor)
    assert (status.state, status.reason) == (S.RECONNECTING, reason)
    assert status.next_try_at == 1_000.0 + 30.0  # half of 60 s is certain, luck is 0 here
    assert supervisor.snapshot().restarts == 1


def test_waits_grow_and_a_person_may_cut_them_short(context: FakeContext) -> None:
    """Each failure doubles the wait up to the ceiling; pressing start tries at once, without forgetting."""
    supervisor, waits = context.supervisor(), []
    for attempt in range(1, 6):
        supervisor.post(Start())
        until(supervisor, lambda: supervisor.snapshot().restarts == attempt)  # noqa: B023  # called before the next turn
        until(supervisor, lambda: status_of(supervisor).next_try_at is not None)
        waits.append((status_of(supervisor).next_try_at or 0.0) - context.now)
    assert waits == [30, 60, 120, 150, 150]
    assert len(context.launches) == 5


def test_a_planned_try_happens_by_itself(context: FakeContext) -> None:
    """When its time comes, without anybody pressing anything."""
    context.waits = (0.02, 0.02)
    supervisor = context.supervisor()
    supervisor.post(Start())
    until(supervisor, lambda: supervisor.snapshot().status.next_try_at is not None)
    context.now += 1
    until(supervisor, lambda: len(context.launches) > 1)


def test_stopping_ends_the_tries(context: FakeContext) -> None:
    """Stopped at once, for good, and stored as not wanted; waits begin anew afterwards."""
    supervisor = context.supervisor()
    supervisor.post(Start())
    until(supervisor, lambda: status_of(supervisor).next_try_at is not None)
    supervisor.post(Stop())
    until(supervisor, lambda: status_of(supervisor).state is S.STOPPED)
    assert (status_of(supervisor).next_try_at, status_of(supervisor).reason) == (None, "")
    assert [record.wanted for record in context.saved] == [True, False]
    supervisor.post(Start())
    until(
        supervisor,
        lambda: supervisor.snapshot().restarts == 1 and status_of(supervisor).next_try_at == 1_030.0,
    )


def test_closing_is_not_stopping(context: FakeContext) -> None:
    """At the process's end what the owner wanted stays stored: it starts again with the next process."""
    supervisor = context.supervisor()
    supervisor.post(Start())
    until(supervisor, lambda: status_of(supervisor).next_try_at is not None)
    supervisor.post(Close())
    supervisor.join(5)
    assert [record.wanted for record in context.saved] == [True]


def test_a_worker_gets_the_store_and_the_name(context: FakeContext) -> None:
    """Its own folder's file, and what the phone is to show."""
    supervisor = context.supervisor()
    supervisor.post(Start())
    until(supervisor, lambda: len(context.launches) == 1)
    (spec,) = context.launches
    folder = context.auth_dir / ID
    assert spec == WorkerSpec(
        ID,
        device_name="Loja",
        store_path=str(folder / "session.db"),
        log_path=str(folder / "worker.log"),
        journal=spec.journal,
    )
    assert Path(spec.journal).parent == folder


def test_a_text_without_a_connection_fails_at_once(context: FakeContext) -> None:
    """Whoever waits for it is told, not left to the deadline."""
    supervisor = context.supervisor()
    context.outbox.record(SentMessage("r", ID, "5511912345678", words(), SendState.SENDING, 1.0))
    supervisor.post(Deliver(SendMessage(ID, "r", to="5511912345678", content=words(), secret="")))
    result = context.outbox.wait(ID, "r", timeout=5)
    assert (result.state, result.reason) == (SendState.FAILED, "not-connected")


def test_a_lost_session_is_told_and_stays_told(context: FakeContext) -> None:
    """Linked, and no device in the store: logged out, noticed, no worker; the next start pairs anew."""
    make_store(context.auth_dir / ID)
    supervisor = context.supervisor(linked=True)
    supervisor.post(Start())
    until(supervisor, lambda: status_of(supervisor).state is S.LOGGED_OUT)
    assert (status_of(supervisor).reason, status_of(supervisor).linked) == (
        "session-missing",
        False,
    )
    assert [notice.code for notice in context.notices] == ["session-missing"]
    assert context.launches == []
    assert not context.saved[-1].linked
    supervisor.post(Start())
    until(supervisor, lambda: len(context.launches) == 1)


def test_a_damaged_session_is_set_aside_before_any_worker_sees_it(context: FakeContext) -> None:
    """Failed with the kept file's name; the next start begins with an empty store."""
    (context.auth_dir / ID / "session.db").write_bytes(b"garbage" * 1_000)
    supervisor = context.supervisor(linked=True)
    supervisor.post(Start())
    until(supervisor, lambda: status_of(supervisor).state is S.FAILED)
    (kept,) = [path.name for path in (context.auth_dir / ID).glob("session*")]
    assert (status_of(supervisor).reason, status_of(supervisor).detail) == (
        "session-corrupt",
        kept,
    )
    assert [(notice.code, notice.detail) for notice in context.notices] == [("session-corrupt", kept)]
    assert context.launches == []
    supervisor.post(Start())
    until(supervisor, lambda: len(context.launches) == 1)


def test_a_damaged_session_that_cannot_be_set_aside_is_tried_again(
    context: FakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that refuses the rename: no worker opens the damaged file, and the instance is not stuck."""
    (context.auth_dir / ID / "session.db").write_bytes(b"garbage" * 1_000)

    def refused(_: Path) -> str:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("core.store.session.set_aside", refused)
    supervisor = context.supervisor(linked=True)
    supervisor.post(Start())
    until(supervisor, lambda: status_of(supervisor).next_try_at is not None)
    assert status_of(supervisor).state is S.RECONNECTING
    assert context.launches == []


def test_a_record_that_could_not_be_stored_is_stored_later(context: FakeContext) -> None:
    """A full disk for a moment: what the owner wanted is not lost with the process."""
    context.disk_full = True
    supervisor = context.supervisor()
    supervisor.post(Start())
    until(supervisor, lambda: len(context.launches) == 1)
    assert context.saved == []
    context.disk_full = False
    context.now += 60
    supervisor.post(Start())  # wakes it; the check is due by its clock
    until(supervisor, lambda: [record.wanted for record in context.saved] == [True])


# -- with a worker that does what the test says ----------------------------------------------------------


def start(scripted: FakeContext, supervisor: Supervisor) -> ScriptedWorker:
    """Start it and give the worker it launched."""
    count = len(scripted.workers)
    supervisor.post(Start())
    until(supervisor, lambda: len(scripted.workers) == count + 1)
    return scripted.workers[-1]


def test_a_batch_that_nobody_scanned_stops_the_instance_for_good(scripted: FakeContext) -> None:
    """Six QRs, no scan: stopped with the reason, worker ended, and not started with the next process."""
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    for index in range(1, 7):
        worker.say(QrCode(ID, f"2@{index}", index, at=scripted.now))
        until(supervisor, lambda: getattr(status_of(supervisor).qr, "index", 0) == index)  # noqa: B023
        scripted.now += 60 if index == 1 else 20
    worker.say(LoginOutcome(ID, "timeout"))
    until(supervisor, lambda: status_of(supervisor).state is S.STOPPED)
    assert status_of(supervisor).reason == "qr-expired"
    assert [record.wanted for record in scripted.saved] == [True, False]
    assert isinstance(worker.commands[-1], StopWorker)
    assert len(scripted.workers) == 1
    start(scripted, supervisor)
    assert scripted.saved[-1].wanted


def test_a_worker_that_says_nothing_is_given_up(scripted: FakeContext) -> None:
    """At the deadline it is ended and the next try planned; one that shows a QR has no deadline."""
    supervisor = scripted.supervisor()
    silent = start(scripted, supervisor)
    scripted.now += START_DEADLINE_S
    silent.say(WorkerStarted(ID, pid=7))  # wakes the supervisor; it is no sign of WhatsApp
    until(supervisor, lambda: status_of(supervisor).reason == "wa-no-answer")
    assert status_of(supervisor).state is S.RECONNECTING
    assert isinstance(silent.commands[-1], StopWorker)
    showing = start(scripted, supervisor)
    showing.say(QrCode(ID, "2@1", 1, at=scripted.now))
    until(supervisor, lambda: status_of(supervisor).state is S.PAIRING)
    scripted.now += START_DEADLINE_S + 5
    showing.say(WorkerStarted(ID, pid=8))
    until(supervisor, lambda: supervisor.snapshot().worker_pid == 8)
    assert (status_of(supervisor).state, showing.commands) == (S.PAIRING, [])


def test_late_words_of_an_old_worker_change_nothing(scripted: FakeContext) -> None:
    """Only its answers to sends count: they settle what was uncertain. The new worker decides the state."""
    make_store(scripted.auth_dir / ID, devices=1)
    supervisor = scripted.supervisor()
    old = start(scripted, supervisor)
    old.say(WorkerStarted(ID, pid=7), Connected(ID, "5511912345678"))
    until(supervisor, lambda: status_of(supervisor).state is S.CONNECTED)
    scripted.outbox.record(SentMessage("r", ID, "5511987654321", words(), SendState.SENDING, 1.0))
    generation = supervisor._controller._slot._generation
    supervisor.post(Stop())
    until(supervisor, lambda: status_of(supervisor).state is S.STOPPED)
    new = start(scripted, supervisor)
    late = QrCode(ID, "2@old", 1, at=scripted.now), MessageSent(ID, "r", "3EB0"), Disconnected(ID)
    for word in late:
        supervisor.post(FromWorker(generation, word))
    new.say(WorkerStarted(ID, pid=8))
    until(supervisor, lambda: supervisor.snapshot().worker_pid == 8)
    assert (status_of(supervisor).state, status_of(supervisor).qr) == (S.STARTING, None)
    assert scripted.outbox.recent(ID)[0].state is SendState.SENT


def test_what_is_known_of_a_send_is_written_before_the_end(scripted: FakeContext) -> None:
    """A process that stops in order leaves no send behind as if it were still under way."""
    make_store(scripted.auth_dir / ID, devices=1)
    supervisor = scripted.supervisor()
    start(scripted, supervisor).say(WorkerStarted(ID, pid=7), Connected(ID, "5511912345678"))
    until(supervisor, lambda: status_of(supervisor).state is S.CONNECTED)
    scripted.outbox.record(SentMessage("r", ID, "5511987654321", words(), SendState.SENDING, 1.0))
    supervisor.post(Close())
    supervisor.join(5)
    (found,) = outbox_table.read(scripted.auth_dir / ID, limit=9)
    assert (found.state, found.reason) == (SendState.UNCERTAIN, "worker-lost")


def test_only_a_stable_connection_makes_the_waits_short_again(scripted: FakeContext) -> None:
    """A minute connected proves that the trouble is over, once: later failures wait longer again."""
    make_store(scripted.auth_dir / ID, devices=1)
    supervisor, waits = scripted.supervisor(), []
    worker = start(scripted, supervisor)
    for connected_s in (0, 59, 60, None, None):
        if connected_s is not None:
            worker.say(Connected(ID, "5511912345678"))
            until(supervisor, lambda: status_of(supervisor).state is S.CONNECTED)
            scripted.now += connected_s
        worker.end()
        until(supervisor, lambda: status_of(supervisor).next_try_at is not None)
        waits.append((status_of(supervisor).next_try_at or 0.0) - scripted.now)
        worker = start(scripted, supervisor)
    assert waits == [30, 60, 30, 60, 120]


def test_a_pairing_is_put_into_the_file_at_once(scripted: FakeContext) -> None:
    """With the clock standing still, the word "success" alone folds the write-ahead log into the file."""
    path = make_store(scripted.auth_dir / ID)
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    log = path.with_name("session.db-wal")
    with closing(sqlite3.connect(path)) as core:
        core.execute("INSERT INTO whatsmeow_device VALUES ('new', zeroblob(32))")
        core.commit()
        worker.say(WorkerStarted(ID, pid=7))
        until(supervisor, lambda: supervisor.snapshot().worker_pid == 7)
        assert log.stat().st_size > 0
        worker.say(LoginOutcome(ID, "success"))
        until(supervisor, lambda: log.stat().st_size == 0)
    assert record_of(supervisor).linked
    assert scripted.saved[-1].linked


def test_commands_reach_the_worker_only_while_connected(scripted: FakeContext) -> None:
    """Not before, and not the one after."""
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    oi = words()
    first, second = (SendMessage(ID, name, "5511912345678", oi, secret="") for name in ("1", "2"))
    supervisor.post(Deliver(first))
    worker.say(Connected(ID, "5511912345678"))
    until(supervisor, lambda: status_of(supervisor).state is S.CONNECTED)
    supervisor.post(Deliver(second))
    until(supervisor, lambda: bool(worker.commands))
    assert worker.commands == [second]


def test_a_command_that_is_too_large_fails_and_nothing_else(
    scripted: FakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The send is settled with the reason; the connection stays."""

    def refuse(_self: ScriptedWorker, _command: WorkerCommand) -> None:
        raise InvalidInputError("message-too-large")

    supervisor = scripted.supervisor()
    connect(scripted, supervisor)
    with monkeypatch.context() as large:
        large.setattr(ScriptedWorker, "send", refuse)
        scripted.outbox.record(SentMessage("r", ID, "5511987654321", words(), SendState.SENDING, 1.0))
        supervisor.post(Deliver(SendMessage(ID, "r", "5511987654321", words(), secret="")))
        settled = scripted.outbox.wait(ID, "r", timeout=5)
    assert (settled.state, settled.reason) == (SendState.FAILED, "message-too-large")
    assert status_of(supervisor).state is S.CONNECTED


def connect(scripted: FakeContext, supervisor: Supervisor) -> ScriptedWorker:
    """Start it with a stored session and let its worker connect; gives the worker."""
    if not (scripted.auth_dir / ID / "session.db").exists():
        make_store(scripted.auth_dir / ID, devices=1)
    worker = start(scripted, supervisor)
    worker.say(Connected(ID, "5511912345678"))
    until(supervisor, lambda: status_of(supervisor).state is S.CONNECTED)
    return worker


def catch_up(supervisor: Supervisor) -> None:
    """Wake it, and wait until it has looked at the clock twice and done what was due."""
    for name in ("woken", "Loja"):
        supervisor.post(Rename(name))
        until(supervisor, lambda: record_of(supervisor).name == name)  # noqa: B023  # called before the next turn


def timeline(scripted: FakeContext) -> list[tuple[str, str, str]]:
    """Kind, reason and detail, oldest first, without what `catch_up` leaves."""
    found = reversed(history.entries(scripted.auth_dir / ID, limit=1_000))
    return [(one.kind.value, one.reason, one.detail) for one in found if one.kind.value != "renamed"]


# -- a worker that dies again and again ------------------------------------------------------------------


def crash(scripted: FakeContext, supervisor: Supervisor, *, times: int, apart_s: float) -> None:
    """Let the worker die, that often, each time after so many seconds; waits for its successor."""
    for _ in range(times):
        scripted.now += apart_s
        count = len(scripted.workers)
        scripted.workers[-1].end()
        until(supervisor, lambda: len(scripted.workers) == count + 1)  # noqa: B023


def test_five_crashes_within_a_minute_are_left_alone_for_ten(scripted: FakeContext) -> None:
    """Failed, with the place of its last words and the time of the next try; then it does try again."""
    scripted.waits = (0.0, 0.0)
    supervisor = scripted.supervisor()
    start(scripted, supervisor)
    crash(scripted, supervisor, times=4, apart_s=15)
    scripted.workers[-1].end()
    until(supervisor, lambda: status_of(supervisor).state is S.FAILED)
    status = status_of(supervisor)
    assert (status.reason, status.detail) == ("worker-crashed", "worker.log")
    assert status.next_try_at == scripted.now + 600
    assert record_of(supervisor).wanted
    scripted.now += 599
    catch_up(supervisor)
    assert len(scripted.workers) == 5
    scripted.now += 1
    supervisor.post(Resumed())  # only wakes it: nothing runs
    until(supervisor, lambda: len(scripted.workers) == 6)
    assert (status_of(supervisor).state, status_of(supervisor).next_try_at) == (
        S.STARTING,
        None,
    )
    crash(scripted, supervisor, times=4, apart_s=1)
    assert status_of(supervisor).state is not S.FAILED
    until(supervisor, lambda: ("failed", "worker-crashed", "worker.log") in timeline(scripted))


def test_crashes_over_more_than_a_minute_are_only_retried(scripted: FakeContext) -> None:
    """Five in 61 s, and then one every 16 s for ever: it never gives up."""
    scripted.waits = (0.0, 0.0)
    supervisor = scripted.supervisor()
    start(scripted, supervisor)
    crash(scripted, supervisor, times=1, apart_s=0)
    crash(scripted, supervisor, times=4, apart_s=15.25)
    crash(scripted, supervisor, times=6, apart_s=16)
    assert (status_of(supervisor).state, status_of(supervisor).reason) == (
        S.RECONNECTING,
        "worker-exited",
    )
    assert "worker-crashed" not in {reason for _, reason, _ in timeline(scripted)}


def test_a_stop_between_forgets_the_crashes(scripted: FakeContext) -> None:
    """Started by a person it has five more."""
    scripted.waits = (0.0, 0.0)
    supervisor = scripted.supervisor()
    for _ in range(2):
        start(scripted, supervisor)
        crash(scripted, supervisor, times=4, apart_s=1)
        supervisor.post(Stop())
        until(supervisor, lambda: status_of(supervisor).state is S.STOPPED)


def test_a_person_need_not_wait_for_a_crashed_one(scripted: FakeContext) -> None:
    """Start or restart tries at once; stop ends the planned try."""
    scripted.waits = (0.0, 0.0)
    supervisor = scripted.supervisor()
    for press in (Start(), Restart()):
        if not scripted.workers:
            start(scripted, supervisor)
        crash(scripted, supervisor, times=4, apart_s=1)
        scripted.workers[-1].end()
        until(supervisor, lambda: status_of(supervisor).reason == "worker-crashed")
        count = len(scripted.workers)
        supervisor.post(press)
        until(supervisor, lambda: len(scripted.workers) == count + 1)  # noqa: B023
    crash(scripted, supervisor, times=4, apart_s=1)
    scripted.workers[-1].end()
    until(supervisor, lambda: status_of(supervisor).reason == "worker-crashed")
    supervisor.post(Stop())
    until(supervisor, lambda: status_of(supervisor).state is S.STOPPED)
    assert status_of(supervisor).next_try_at is None


# -- a ban -----------------------------------------------------------------------------------------------


def test_a_ban_is_waited_for_and_tried_once_at_its_end(scripted: FakeContext) -> None:
    """Not before; refused again, nothing more is tried until a person acts."""
    supervisor = scripted.supervisor()
    connect(scripted, supervisor).say(TemporaryBan(ID, code=101, expires_in_s=3600))
    until(supervisor, lambda: status_of(supervisor).reason == "wa-temporary-ban")
    assert (status_of(supervisor).state, status_of(supervisor).next_try_at) == (
        S.FAILED,
        scripted.now + 3600,
    )
    scripted.now += 3599
    catch_up(supervisor)
    assert len(scripted.workers) == 1
    scripted.now += 1
    catch_up(supervisor)
    until(supervisor, lambda: len(scripted.workers) == 2)
    scripted.workers[-1].say(TemporaryBan(ID, code=101, expires_in_s=3600))
    until(supervisor, lambda: status_of(supervisor).reason == "wa-banned-again")
    scripted.now += 100_000
    catch_up(supervisor)
    assert (len(scripted.workers), status_of(supervisor).next_try_at) == (2, None)
    assert status_of(supervisor).linked
    supervisor.post(Start())
    until(supervisor, lambda: len(scripted.workers) == 3)
    scripted.workers[-1].say(TemporaryBan(ID, code=101, expires_in_s=3600))
    until(supervisor, lambda: status_of(supervisor).next_try_at == scripted.now + 3600)


def test_a_ban_of_centuries_leaves_a_supervisor_that_listens(scripted: FakeContext) -> None:
    """No timer holds that long; the instance can still be renamed and stopped."""
    supervisor = scripted.supervisor()
    connect(scripted, supervisor).say(TemporaryBan(ID, code=101, expires_in_s=1e10))
    until(supervisor, lambda: status_of(supervisor).reason == "wa-temporary-ban")
    catch_up(supervisor)
    supervisor.post(Stop())
    until(supervisor, lambda: status_of(supervisor).state is S.STOPPED)


def test_an_outdated_core_says_which_one_is_installed(
    scripted: FakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version and date are the fact for the sentence; nothing is tried again."""
    monkeypatch.setattr(
        "core.registry.instance_controller.installed_core", lambda: ("0.5.2", date(2026, 9, 21))
    )
    supervisor = scripted.supervisor()
    connect(scripted, supervisor).say(ClientOutdated(ID))
    until(supervisor, lambda: status_of(supervisor).reason == "wa-client-outdated")
    assert (status_of(supervisor).detail, status_of(supervisor).next_try_at) == (
        "0.5.2, 2026-09-21",
        None,
    )


# -- verbs -----------------------------------------------------------------------------------------------


def test_restart_replaces_the_worker_and_begins_anew(scripted: FakeContext) -> None:
    """The old one is told to stop before the new one is there; restarts count from 0; it is wanted."""
    supervisor = scripted.supervisor()
    old = connect(scripted, supervisor)
    supervisor.post(Restart())
    until(supervisor, lambda: len(scripted.workers) == 2)
    assert [type(command) for command in old.commands] == [StopWorker]
    assert (status_of(supervisor).state, supervisor.snapshot().restarts) == (S.STARTING, 0)
    supervisor.post(Stop())
    until(supervisor, lambda: status_of(supervisor).state is S.STOPPED)
    supervisor.post(Restart())
    until(supervisor, lambda: len(scripted.workers) == 3)
    assert record_of(supervisor).wanted


def test_restart_cuts_a_wait_short_and_forgets_it(context: FakeContext) -> None:
    """At once, and the next wait is the first again."""
    supervisor = context.supervisor()
    for attempt in (1, 2):
        supervisor.post(Start())
        until(supervisor, lambda: supervisor.snapshot().restarts == attempt)  # noqa: B023
        until(supervisor, lambda: status_of(supervisor).next_try_at is not None)
    supervisor.post(Restart())
    until(supervisor, lambda: len(context.launches) == 3)
    until(supervisor, lambda: status_of(supervisor).next_try_at == context.now + 30)


def test_a_new_name_is_stored_and_noted_and_disturbs_nothing(scripted: FakeContext) -> None:
    """Connected stays connected; the phone learns the name with the next pairing; a number is masked."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    for name in ("Outra", "Loja 5511912345678"):
        supervisor.post(Rename(name))
        until(supervisor, lambda: record_of(supervisor).name == name)  # noqa: B023
    assert (status_of(supervisor).state, worker.commands, len(scripted.workers)) == (
        S.CONNECTED,
        [],
        1,
    )
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
    supervisor.post(Restart())
    until(supervisor, lambda: len(scripted.launches) == 2)
    assert scripted.launches[-1].device_name == "Loja 5511912345678"


def test_a_name_that_cannot_be_stored_is_not_lost(scripted: FakeContext) -> None:
    """Shown at once, written when the disk works again, although nothing runs."""
    supervisor = scripted.supervisor()
    scripted.disk_full = True
    supervisor.post(Rename("Outra"))
    until(supervisor, lambda: record_of(supervisor).name == "Outra")
    scripted.disk_full = False
    scripted.now += 30
    supervisor.post(Resumed())  # only wakes it
    until(supervisor, lambda: [record.name for record in scripted.saved] == ["Outra"])


def test_forgetting_removes_the_session_and_stays_off(scripted: FakeContext) -> None:
    """The worker ends first; not started with the next process; pressed twice it is told once."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    for _ in range(2):
        supervisor.post(RemoveSession())
        catch_up(supervisor)
        assert (status_of(supervisor).state, status_of(supervisor).reason) == (
            S.LOGGED_OUT,
            "removed-here",
        )
    assert [type(command) for command in worker.commands] == [StopWorker]
    assert not list((scripted.auth_dir / ID).glob("session.db*"))
    assert (
        record_of(supervisor).linked,
        record_of(supervisor).wanted,
        status_of(supervisor).linked,
    ) == (
        False,
        False,
        False,
    )
    until(supervisor, lambda: [kind for kind, _, _ in timeline(scripted)].count("logged_out") == 1)
    start(scripted, supervisor)
    assert scripted.notices == []


def test_a_session_that_cannot_be_removed_is_not_said_to_be(
    scripted: FakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that refuses: still linked, and a stopped instance stays stopped."""
    supervisor = scripted.supervisor(linked=True)
    make_store(scripted.auth_dir / ID, devices=1)

    def refused(_: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("core.store.session.remove_session", refused)
    supervisor.post(RemoveSession())
    catch_up(supervisor)
    assert (
        status_of(supervisor).state,
        status_of(supervisor).linked,
        record_of(supervisor).linked,
    ) == (
        S.STOPPED,
        True,
        True,
    )
    assert has_device(scripted.auth_dir / ID)


def test_after_a_sleep_the_connection_is_made_anew(scripted: FakeContext) -> None:
    """A dead socket looks alive: reconnecting and said why, with another worker, not counted as a crash."""
    supervisor = scripted.supervisor()
    old = connect(scripted, supervisor)
    supervisor.post(Resumed())
    until(supervisor, lambda: len(scripted.workers) == 2)
    assert (status_of(supervisor).state, status_of(supervisor).reason) == (
        S.RECONNECTING,
        "machine-slept",
    )
    assert [type(command) for command in old.commands] == [StopWorker]
    scripted.workers[-1].say(Connected(ID, ""))
    until(supervisor, lambda: status_of(supervisor).state is S.CONNECTED)
    assert (supervisor.snapshot().restarts, status_of(supervisor).reason) == (0, "")
    told = [("reconnecting", "machine-slept", ""), ("connected", "", "")]
    until(supervisor, lambda: timeline(scripted)[-2:] == told)


def test_a_sleep_does_not_disturb_what_is_not_connected(scripted: FakeContext) -> None:
    """A QR that shows, and an instance that stands still, are left as they are."""
    supervisor = scripted.supervisor()
    supervisor.post(Resumed())
    catch_up(supervisor)
    assert (status_of(supervisor).state, scripted.workers) == (S.STOPPED, [])
    worker = start(scripted, supervisor)
    worker.say(QrCode(ID, "2@1", 1, at=scripted.now))
    until(supervisor, lambda: status_of(supervisor).state is S.PAIRING)
    before = status_of(supervisor)
    supervisor.post(Resumed())
    catch_up(supervisor)
    assert (status_of(supervisor), worker.commands, len(scripted.workers)) == (before, [], 1)


# -- commands --------------------------------------------------------------------------------------------


def test_a_pairing_code_is_asked_for_only_while_a_qr_shows(scripted: FakeContext) -> None:
    """Before and after, the core would refuse or hang; the code appears in the status."""
    supervisor = scripted.supervisor()
    ask = AskPairingCode(ID, number="5511912345678")
    supervisor.post(Deliver(ask))
    worker = start(scripted, supervisor)
    supervisor.post(Deliver(ask))
    catch_up(supervisor)
    assert worker.commands == []
    worker.say(QrCode(ID, "2@1", 1, at=scripted.now))
    until(supervisor, lambda: status_of(supervisor).qr is not None)
    supervisor.post(Deliver(ask))
    until(supervisor, lambda: worker.commands == [ask])
    worker.say(PairingCode(ID, "ABCD1234", ask.number))
    until(supervisor, lambda: status_of(supervisor).pairing_code is not None)
    worker.say(Connected(ID, "5511912345678"))
    until(supervisor, lambda: status_of(supervisor).state is S.CONNECTED)
    supervisor.post(Deliver(ask))
    catch_up(supervisor)
    assert worker.commands == [ask]


def test_a_device_is_unlinked_only_while_connected(scripted: FakeContext) -> None:
    """WhatsApp must hear it. Its word removes the session from the record; its refusal does not."""
    supervisor = scripted.supervisor()
    supervisor.post(Deliver(LogOut(ID)))
    worker = connect(scripted, supervisor)
    supervisor.post(Deliver(LogOut(ID)))
    until(supervisor, lambda: worker.commands == [LogOut(ID)])
    worker.say(LogOutResult(ID, error="timed out"))
    until(supervisor, lambda: status_of(supervisor).reason == "log-out-failed")
    assert (status_of(supervisor).state, record_of(supervisor).linked) == (S.CONNECTED, True)
    worker.say(LogOutResult(ID, error=""))
    until(supervisor, lambda: status_of(supervisor).state is S.LOGGED_OUT)
    assert (status_of(supervisor).reason, record_of(supervisor).linked) == (
        "logged-out-here",
        False,
    )
    assert isinstance(worker.commands[-1], StopWorker)


def test_a_second_log_out_waits_for_its_own_answer(scripted: FakeContext) -> None:
    """The refusal of the first one is not taken for it: what worked is not said to have failed."""
    registry = Registry(Settings(scripted.auth_dir, True, "en", "INFO", 50))
    scripted.publish = registry._changes.publish
    supervisor = registry._supervisors._supervisors[ID] = scripted.supervisor()
    worker = connect(scripted, supervisor)
    worker.answers = [LogOutResult(ID, "timed out"), LogOutResult(ID, "again"), LogOutResult(ID, "")]
    for refusal in ("timed out", "again"):
        with pytest.raises(AppError, match=f"log-out-failed: {refusal}"):
            registry.unlink(ID, timeout=5)
    registry.unlink(ID, timeout=5)
    assert status_of(supervisor).state is S.LOGGED_OUT


def test_proof_of_life_is_kept_and_wakes_no_page(scripted: FakeContext) -> None:
    """It comes every few seconds from each instance: nothing else may change with it."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    before = status_of(supervisor)
    assert supervisor.snapshot().last_data_at == scripted.now
    worker.say(DataReceived(ID, at=1_234.5))
    until(supervisor, lambda: supervisor.snapshot().last_data_at == 1_234.5)
    assert status_of(supervisor) is before


# -- the timeline ----------------------------------------------------------------------------------------


def test_the_timeline_tells_causes_and_no_secret(scripted: FakeContext) -> None:
    """From the process's start to the logout, each change once; no QR, no code, no number."""
    make_store(scripted.auth_dir / ID)
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    for index in (1, 2):
        worker.say(QrCode(ID, f"2@SECRETSECRETSECRET{index}", index, at=scripted.now))
    worker.say(PairingCode(ID, "ABCD1234", "5511912345678"), LoginOutcome(ID, "success"))
    worker.say(Connected(ID, "5511912345678"), Disconnected(ID), Disconnected(ID))
    worker.say(Connected(ID, "5511912345678"), LoggedOut(ID))
    until(supervisor, lambda: status_of(supervisor).state is S.LOGGED_OUT)
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


def test_it_waits_offline_while_nothing_can_be_stored(scripted: FakeContext) -> None:
    """The worker is stopped, the reason is the disk's, nothing is tried; with room it goes on at once."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    scripted.trouble = FULL
    supervisor.post(StorageChanged(FULL, resume=False))
    until(supervisor, lambda: status_of(supervisor).reason == "disk-full")
    assert (status_of(supervisor).state, status_of(supervisor).linked) == (S.RECONNECTING, True)
    assert (status_of(supervisor).detail, status_of(supervisor).next_try_at) == (
        "No space left on device",
        None,
    )
    assert [type(command) for command in worker.commands] == [StopWorker]
    since = status_of(supervisor)
    supervisor.post(StorageChanged(FULL, resume=False))
    scripted.now += 100_000
    catch_up(supervisor)
    assert (status_of(supervisor), len(scripted.workers)) == (since, 1)
    scripted.trouble = None
    supervisor.post(StorageChanged(None, resume=True))
    until(supervisor, lambda: len(scripted.workers) == 2)
    assert supervisor.snapshot().restarts == 0


def test_a_start_on_a_full_disk_waits_too(scripted: FakeContext) -> None:
    """No worker opens a session that it could not write; a later look, without a press, starts it."""
    scripted.trouble = FULL
    supervisor = scripted.supervisor()
    supervisor.post(Start())
    until(supervisor, lambda: status_of(supervisor).reason == "disk-full")
    assert (status_of(supervisor).state, scripted.launches) == (S.RECONNECTING, [])
    scripted.trouble = None
    supervisor.post(StorageChanged(None, resume=False))
    until(supervisor, lambda: len(scripted.workers) == 1)


@pytest.mark.parametrize("problem", [FULL, None])
def test_what_stands_still_is_not_moved_by_the_disk(
    scripted: FakeContext, problem: StorageUnavailableError | None
) -> None:
    """Stopped stays stopped, and says nothing of the disk."""
    supervisor = scripted.supervisor(linked=True)
    before = status_of(supervisor)
    supervisor.post(StorageChanged(problem, resume=problem is None))
    catch_up(supervisor)
    assert (status_of(supervisor), scripted.launches) == (before, [])


def test_a_session_taken_away_under_a_worker_is_noticed(scripted: FakeContext) -> None:
    """The core would go on in a file that nobody can open; told as missing, and the worker is ended."""
    supervisor = scripted.supervisor()
    worker = connect(scripted, supervisor)
    supervisor.post(StorageChanged(None, resume=False))
    catch_up(supervisor)
    assert worker.commands == []
    for path in (scripted.auth_dir / ID).glob("session.db*"):
        path.unlink()
    supervisor.post(StorageChanged(None, resume=False))
    until(supervisor, lambda: status_of(supervisor).state is S.LOGGED_OUT)
    assert status_of(supervisor).reason == "session-missing"
    assert [type(command) for command in worker.commands] == [StopWorker]
    assert [notice.code for notice in scripted.notices] == ["session-missing"]


def test_a_pairing_that_the_disk_refused_is_offered_again(scripted: FakeContext) -> None:
    """The core says only "error"; the disk explains it, and another QR comes when it can be stored."""
    supervisor = scripted.supervisor()
    worker = start(scripted, supervisor)
    worker.say(QrCode(ID, "2@1", 1, at=scripted.now))
    until(supervisor, lambda: status_of(supervisor).state is S.PAIRING)
    scripted.trouble = FULL
    worker.say(LoginOutcome(ID, outcome="error"))
    until(supervisor, lambda: status_of(supervisor).reason == "disk-full")
    assert (status_of(supervisor).state, status_of(supervisor).qr) == (S.RECONNECTING, None)
