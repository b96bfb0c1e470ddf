"""One message at a time, without a thread: where each kind of event goes, and what is published when."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from core.engine.launcher import Worker
from core.engine.protocol import WorkerSpec
from core.errors import NotConnectedError, StorageUnavailableError
from core.models.instance import InstanceRecord, InstanceState, PresenceMode
from core.models.messages import SendState, SentMessage
from core.models.profile.commands import RejectCall
from core.models.profile.events import CallOffered, CallRejected
from core.models.timeline import HistoryKind
from core.models.topic import Topic
from core.models.worker_commands import (
    CheckNumber,
    LogOut,
    Query,
    SendMessage,
    ShowPresence,
    StopWorker,
    UseSecret,
    WorkerCommand,
)
from core.models.worker_events import (
    ChatEvent,
    Connected,
    ConnectionEvent,
    DataReceived,
    Disconnected,
    GroupNamed,
    InboxEvent,
    LoginOutcome,
    MemoryUsed,
    MessageSent,
    NumberChecked,
    PhoneSeen,
    PresenceShown,
    QrCode,
    QueryReply,
    SecretWanted,
    SendEvent,
    TemporaryBan,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from core.registry.commands import (
    ENDED,
    Close,
    Command,
    Deliver,
    FromWorker,
    MarkMovedOut,
    Move,
    NoteMovedOut,
    RemoveSession,
    Rename,
    Restart,
    Resumed,
    SetCallRejection,
    SetPresence,
    Start,
    Stop,
    StorageChanged,
    Tick,
)
from core.registry.health.monitor import LOOK_S
from core.registry.instance_controller import LONGEST_WAIT_S, UNANSWERED_S, InstanceController
from core.registry.worker_runner import LEAVE_DEADLINE_S, MOVE_DEADLINE_S
from core.registry.workers import WorkerSlot
from core.store import timeline
from tests.support.contents import words
from tests.unit.registry.conftest import ID, FakeContext, ScriptedWorker
from tests.unit.store.conftest import make_store

S = InstanceState
CURRENT, GONE = 1, -1
"""Numbers of workers: the first one that was started, and none that ever was."""


class Instance:
    """A controller that the test gives its messages, and what it told the pages."""

    def __init__(self, context: FakeContext) -> None:
        self.topics: list[Topic] = []
        self.seen: list[S] = []
        """The published state, each time the pages were woken."""
        context.publish = self._publish
        record = InstanceRecord(ID, "Loja", 1.0, wanted=False)
        self.controller = InstanceController(record, context.real(), post=lambda _: None)

    def _publish(self, topic: Topic) -> None:
        self.topics.append(topic)
        self.seen.append(self.controller.snapshot.status.state)

    def take(self, *messages: Command) -> None:
        for message in messages:
            self.controller.handle(message)

    def hear(self, *events: WorkerEvent, generation: int = CURRENT) -> None:
        """Handle events as if they came from the worker of that number."""
        self.take(*(FromWorker(generation, event) for event in events))


@pytest.fixture
def instance(scripted: FakeContext) -> Instance:
    return Instance(scripted)


@pytest.fixture
def started(instance: Instance) -> Instance:
    instance.take(Start())
    instance.topics.clear()
    instance.seen.clear()
    return instance


def test_the_families_are_all_events_and_each_event_is_of_one() -> None:
    """A kind of event without a family, or in two, would go nowhere or to the wrong place."""
    families = [
        set(get_args(family)) for family in (ConnectionEvent, SendEvent, InboxEvent, ChatEvent, QueryReply)
    ]
    assert set.union(*families) == set(get_args(WorkerEvent))
    assert sum(map(len, families)) == len(get_args(WorkerEvent))


def test_what_is_published_is_what_the_woken_pages_read(started: Instance) -> None:
    """The snapshot is replaced before they are woken: one that looks once must not see the old state."""
    started.hear(QrCode(ID, "2@1", 1, at=1.0))
    started.hear(Connected(ID, "5511912345678"))
    assert started.seen == [S.PAIRING, S.CONNECTED]
    started.take(Stop())
    assert started.seen[-1] is S.STOPPED


def test_a_start_is_shown_before_the_worker_is_there(scripted: FakeContext) -> None:
    """A process takes its time; the page says at once that it starts."""
    shown: list[S] = []

    def launch(spec: WorkerSpec) -> Worker:
        shown.append(controller.snapshot.status.state)
        return scripted.launch(spec)

    record = InstanceRecord(ID, "Loja", 1.0, wanted=False)
    context = replace(scripted.real(), launch=launch)
    controller = InstanceController(record, context, post=lambda _: None)
    controller.handle(Start())
    assert shown == [S.STARTING]


def test_life_signs_wake_no_page(started: Instance) -> None:
    """They come by the thousand; who reads the snapshot has them all the same."""
    started.hear(DataReceived(ID, at=1_234.5), MemoryUsed(ID, bytes=17))
    assert started.topics == []
    snapshot = started.controller.snapshot
    assert (snapshot.last_data_at, snapshot.worker_bytes) == (1_234.5, 17)


def test_what_comes_another_way_makes_no_room(started: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never took any: else the worker would be let tell more than its bound."""
    left: list[WorkerEvent] = []
    monkeypatch.setattr(WorkerSlot, "handled", lambda _, event: left.append(event))
    late, usual = (GroupNamed(ID, f"{number}@g.us", name="Time") for number in (1, 2))
    started.hear(late, generation=ENDED)
    started.hear(usual)
    assert left == [usual]


@pytest.mark.parametrize("generation", [CURRENT, GONE, ENDED])
def test_sends_arrivals_and_replies_count_from_any_worker(
    started: Instance, scripted: FakeContext, generation: int
) -> None:
    """Also the last words of a worker that was replaced: they settle what is open."""
    scripted.outbox.record(SentMessage("r", ID, "5511987654321", words(), SendState.SENDING, 1.0))
    started.hear(MessageSent(ID, "r", "3EB0"), GroupNamed(ID, "1@g.us", name="Time"), generation=generation)
    assert started.topics == [Topic.MESSAGES, Topic.MESSAGES]
    assert scripted.outbox.recent(ID)[0].state is SendState.SENT
    assert scripted.inbox.group_names(ID) == {"1@g.us": "Time"}
    reply = NumberChecked(ID, "q", exists=True)

    def send(_: Query) -> None:
        started.hear(reply, generation=generation)

    assert scripted.queries.ask(CheckNumber(ID, "q", "5511987654321"), send=send, timeout=5) == reply


def test_the_account_is_shown_once_it_is_connected_and_never_without_a_worker(
    started: Instance, scripted: FakeContext
) -> None:
    """First as not there. What was planned ends with the connection."""
    (worker,) = scripted.workers
    started.hear(QrCode(ID, "2@1", 1, at=1.0), LoginOutcome(ID, "success"))
    assert worker.presences == []
    started.hear(Connected(ID, "5511912345678"), PresenceShown(ID, available=False, receipts=False))
    assert [command.available for command in worker.presences] == [False, True]
    started.hear(PresenceShown(ID, available=True, receipts=False))
    assert started.controller.snapshot.as_view().last_shown == scripted.now
    left = started.controller.time_left()
    assert left is not None
    assert left <= 60
    started.take(Stop())
    scripted.now += 60
    started.take(Tick())
    started.take(SetPresence(PresenceMode.ALWAYS))
    assert len(worker.presences) == 2
    left = started.controller.time_left()
    assert left is None or left > 0


def test_a_choice_of_presence_is_stored_shown_and_told(started: Instance, scripted: FakeContext) -> None:
    """The pages that are open hear of it."""
    (worker,) = scripted.workers
    started.hear(Connected(ID, "5511912345678"), PresenceShown(ID, available=False, receipts=False))
    started.hear(PresenceShown(ID, available=True, receipts=False))
    started.topics.clear()
    started.take(SetPresence(PresenceMode.NEVER, receipts=True))
    assert worker.presences[-1] == ShowPresence(ID, available=False, receipts=True)
    assert started.topics == [Topic.INSTANCES]
    view = started.controller.snapshot.as_view()
    assert (view.presence, view.receipts) == (PresenceMode.NEVER, True)
    assert scripted.saved[-1].presence is PresenceMode.NEVER


def test_a_call_is_rejected_once_its_owner_wants_that(started: Instance, scripted: FakeContext) -> None:
    """The switch is stored, shown and told; a call that a worker of before told of is not answered."""
    (worker,) = scripted.workers
    started.hear(Connected(ID, "5511912345678"))
    started.hear(CallOffered(ID, "C1", at=scripted.now))
    started.topics.clear()
    started.take(SetCallRejection(on=True, text="Escreva, por favor."))
    assert started.topics == [Topic.INSTANCES]
    view = started.controller.snapshot.as_view()
    assert (view.reject_calls, view.reject_calls_text) == (True, "Escreva, por favor.")
    assert scripted.saved[-1].reject_calls
    started.hear(CallOffered(ID, "C2", at=scripted.now), generation=GONE)
    started.hear(CallOffered(ID, "C3", at=scripted.now))
    assert worker.commands == [RejectCall(ID, "C3")]


def test_a_rejected_call_is_noted_and_passed_on(instance: Instance, scripted: FakeContext) -> None:
    """In the timeline at a quiet moment; to what sends its caller the text at once."""
    instance.take(Start(), SetCallRejection(on=True, text="Escreva, por favor."))
    call = CallRejected(ID, "C1", "77@lid", "5511987654321", at=scripted.now)
    instance.hear(call)
    assert scripted.calls == [call]
    instance.take(Tick())
    newest = timeline.entries(scripted.auth_dir / ID, limit=1)
    assert [(entry.kind, entry.detail) for entry in newest] == [("call_rejected", "…4321")]


def test_a_sign_of_the_phone_is_in_the_view(started: Instance, scripted: FakeContext) -> None:
    """Pairing is the first one."""
    started.hear(QrCode(ID, "2@1", 1, at=1.0), LoginOutcome(ID, "success"))
    assert started.controller.snapshot.as_view().phone_silent_since == scripted.now
    started.hear(Connected(ID, "5511912345678"))
    scripted.now += 50_000
    started.hear(PhoneSeen(ID, at=scripted.now - 5))
    assert started.controller.snapshot.as_view().phone_silent_since == scripted.now - 5


def test_weeks_offline_are_no_silence_even_for_a_moment(scripted: FakeContext) -> None:
    """What the pages see first of a new connection is right already."""
    days: list[int] = []

    def look(_: Topic) -> None:
        days.append(controller.snapshot.as_view().phone_silent_days(now=scripted.now))

    scripted.publish = look
    record = InstanceRecord(ID, "Loja", 1.0, wanted=False, phone_silent_since=1.0, listened_at=1.0)
    controller = InstanceController(record, scripted.real(), post=lambda _: None)
    scripted.now += 20 * 86_400
    controller.handle(Start())
    days.clear()
    controller.handle(FromWorker(CURRENT, Connected(ID, "5511912345678")))
    assert controller.snapshot.status.state is S.CONNECTED
    assert days
    assert not any(days)


def test_another_worker_changes_no_state(started: Instance) -> None:
    """One that was replaced may still say that it connected, or that it ended."""
    before = started.controller.snapshot
    started.hear(WorkerStarted(ID, pid=9), Connected(ID, ""), WorkerExited(ID, pid=9), generation=GONE)
    assert (started.controller.snapshot, started.topics) == (before, [])


def test_a_reply_that_comes_too_late_wakes_no_page(started: Instance) -> None:
    """Its caller has given up; it means nothing for the instance."""
    before = started.controller.snapshot
    started.hear(NumberChecked(ID, "q", exists=True))
    assert (started.controller.snapshot, started.topics) == (before, [])


def test_a_query_without_a_connection_fails_at_once(instance: Instance, scripted: FakeContext) -> None:
    """The caller need not wait for the deadline."""
    query = CheckNumber(ID, "q", "5511987654321")
    with pytest.raises(NotConnectedError):
        scripted.queries.ask(query, send=lambda query: instance.take(Deliver(query)), timeout=60)


def test_the_timeline_is_written_in_a_quiet_moment(instance: Instance, scripted: FakeContext) -> None:
    """Not while messages come: the disk must not delay them; then the pages are told."""
    instance.take(Rename("Outra"))
    assert timeline.entries(scripted.auth_dir / ID, limit=9) == ()
    assert instance.controller.time_left() == 0.2
    instance.take(Tick())
    assert [entry.detail for entry in timeline.entries(scripted.auth_dir / ID, limit=9)] == ["Outra"]
    assert instance.topics == [Topic.INSTANCES, Topic.TIMELINE]
    assert instance.controller.time_left() is None


def test_closing_ends_the_worker_and_keeps_the_wish(started: Instance, scripted: FakeContext) -> None:
    """It starts again with the next process; the snapshot names no process any more."""
    started.hear(WorkerStarted(ID, pid=7))
    assert started.controller.snapshot.worker_pid == 7
    started.take(Close())
    assert started.controller.snapshot.worker_pid is None
    assert started.controller.snapshot.record.wanted
    assert [type(command) for command in scripted.workers[0].commands] == [StopWorker]


# -- from one worker to another ------------------------------------------------------------------------------


def press(context: FakeContext, request_id: str) -> Deliver:
    """A send that is written down, on its way to the worker."""
    context.outbox.record(SentMessage(request_id, ID, "5511987654321", words(), SendState.SENDING, 1.0))
    return Deliver(SendMessage(ID, request_id, to="5511987654321", content=words(), secret=""))


def sent_by(worker: ScriptedWorker) -> list[str]:
    """The sends that a worker was given."""
    return [command.request_id for command in worker.commands if isinstance(command, SendMessage)]


@pytest.fixture
def connected(started: Instance, scripted: FakeContext) -> Instance:
    """Linked and connected, in a first worker; what the pages were told is forgotten."""
    started.hear(WorkerStarted(ID, pid=7), Connected(ID, "5511912345678"))
    make_store(scripted.auth_dir / ID, devices=1)
    started.topics.clear()
    started.seen.clear()
    return started


@pytest.mark.parametrize("press", [Start(), Restart()], ids=["start", "restart"])
def test_one_that_was_moved_away_starts_only_when_that_is_confirmed(
    connected: Instance, scripted: FakeContext, press: Command
) -> None:
    """Marking it stops it, whatever was pressed meanwhile; no press, and no start of the process, wipes the
    mark. A confirmed start does.
    """
    connected.take(MarkMovedOut(on=True))
    snapshot = connected.controller.snapshot
    assert (snapshot.status.state, snapshot.record.wanted) == (S.STOPPED, False)
    assert snapshot.record.moved_out_at == scripted.now
    before = len(scripted.workers)
    connected.take(press, StorageChanged(None, resume=True), Resumed(), Tick())
    assert len(scripted.workers) == before
    assert connected.controller.snapshot.record == snapshot.record
    assert scripted.saved[-1] == snapshot.record
    connected.take(Start(confirmed=True))
    assert len(scripted.workers) == before + 1
    assert connected.controller.snapshot.record.moved_out_at == 0
    assert connected.controller.snapshot.record.wanted


def test_a_start_of_the_process_does_not_start_what_was_moved_away(scripted: FakeContext) -> None:
    """Whatever its record says that its owner wants."""
    record = InstanceRecord(
        ID, "Loja", 1.0, wanted=True, phone="5511912345678", linked=True, moved_out_at=5.0
    )
    make_store(scripted.auth_dir / ID, devices=1)
    controller = InstanceController(record, scripted.real(), post=lambda _: None)
    controller.loaded()
    controller.handle(Start())
    assert scripted.launches == []
    assert controller.snapshot.as_view().is_moved_out


def test_a_mark_is_taken_back_and_ends_with_the_session(connected: Instance) -> None:
    """What could not be handed out starts as ever; so does one that has no session any more."""
    connected.take(MarkMovedOut(on=True), MarkMovedOut(on=False))
    assert connected.controller.snapshot.record.moved_out_at == 0
    connected.take(MarkMovedOut(on=True), RemoveSession(), Start())
    assert connected.controller.snapshot.status.state is S.STARTING


def test_what_was_started_while_it_was_handed_out_is_stopped(
    connected: Instance, scripted: FakeContext
) -> None:
    """The other system has the session by then; the timeline says when."""
    connected.take(MarkMovedOut(on=True), Start(confirmed=True), NoteMovedOut(), Close())
    record = connected.controller.snapshot.record
    assert (connected.controller.snapshot.status.state, record.wanted) == (S.STOPPED, False)
    assert record.moved_out_at
    kinds = [entry.kind for entry in timeline.entries(scripted.auth_dir / ID, limit=9)]
    assert HistoryKind.MOVED_OUT in kinds


def test_a_move_is_seen_by_nobody(connected: Instance, scripted: FakeContext) -> None:
    """Connected all the while, since the same moment; the old worker is told to stop, in order."""
    before = connected.controller.snapshot.status
    connected.take(Move())
    connected.hear(WorkerStarted(ID, pid=8), generation=2)
    connected.hear(Connected(ID, "5511912345678"), generation=2)
    assert connected.controller.snapshot.status == before
    assert set(connected.seen) <= {S.CONNECTED}
    assert connected.controller.snapshot.worker_pid == 8
    assert [type(command) for command in scripted.workers[0].commands] == [StopWorker]
    assert [spec.paired for spec in scripted.launches] == [False, True]
    connected.take(Tick())
    assert not [entry for entry in timeline.entries(scripted.auth_dir / ID, limit=9) if entry.reason]


def test_what_is_pressed_during_a_move_waits_for_its_end(connected: Instance, scripted: FakeContext) -> None:
    """In order, once, by the new worker."""
    connected.take(Move())
    connected.take(press(scripted, "1"), press(scripted, "2"))
    old, new = scripted.workers
    assert (sent_by(old), sent_by(new)) == ([], [])
    connected.hear(Connected(ID, "5511912345678"), generation=2)
    connected.take(press(scripted, "3"))
    assert (sent_by(old), sent_by(new)) == ([], ["1", "2", "3"])


def test_nothing_moves_while_anything_is_under_way(connected: Instance, scripted: FakeContext) -> None:
    """An answer that is awaited would be lost; the next request finds it settled."""
    connected.take(press(scripted, "1"), Move())
    assert len(scripted.workers) == 1
    connected.hear(MessageSent(ID, "1", "3EB0"))
    connected.take(Move())
    assert len(scripted.workers) == 2


def test_a_query_is_answered_before_a_move(connected: Instance, scripted: FakeContext) -> None:
    """Its caller waits."""

    def send(query: Query) -> None:
        connected.take(Deliver(query), Move())
        assert len(scripted.workers) == 1
        connected.hear(NumberChecked(ID, "q", exists=True))

    scripted.queries.ask(CheckNumber(ID, "q", "5511987654321"), send=send, timeout=5)
    connected.take(Move())
    assert len(scripted.workers) == 2


@pytest.mark.parametrize(
    ("message", "command"),
    [
        (Deliver(LogOut(ID)), LogOut(ID)),
        (FromWorker(CURRENT, CallOffered(ID, "C1", at=1_000.0)), RejectCall(ID, "C1")),
        (FromWorker(CURRENT, SecretWanted(ID, "3A", "3B")), UseSecret(ID, "3A", ())),
    ],
)
def test_what_has_no_certain_answer_holds_a_move_up_for_a_while(
    connected: Instance, scripted: FakeContext, message: Command, command: WorkerCommand
) -> None:
    """The link's end, a call or a sealed message would be left half done."""
    connected.take(SetCallRejection(on=True), message)
    assert scripted.workers[0].commands == [command]
    scripted.now += UNANSWERED_S - 1
    connected.take(Move())
    assert len(scripted.workers) == 1
    scripted.now += 1
    connected.take(Move())
    assert len(scripted.workers) == 2


@pytest.mark.parametrize(("message", "waits"), [(Move(), LEAVE_DEADLINE_S), (Stop(), None)])
def test_a_move_leaves_its_worker_more_time(
    connected: Instance, monkeypatch: pytest.MonkeyPatch, message: Command, waits: float | None
) -> None:
    """Others are in it; a person who stops one is not made to wait for them."""
    given: list[float | None] = []

    def stop(_: WorkerSlot, *, deadline_s: float | None = None) -> bool:
        given.append(deadline_s)
        return False

    with monkeypatch.context() as patch:
        patch.setattr(WorkerSlot, "stop", stop)
        connected.take(message)
    assert given == [waits]


@pytest.mark.parametrize("state", ["starting", "moving", "stopped"])
def test_only_a_connected_instance_moves(started: Instance, scripted: FakeContext, state: str) -> None:
    """Not one that is on its way, nor one that stands still."""
    if state == "moving":
        started.hear(Connected(ID, "5511912345678"))
        make_store(scripted.auth_dir / ID, devices=1)
        started.take(Move())
    if state == "stopped":
        started.take(Stop())
    before = len(scripted.workers)
    started.take(Move())
    assert len(scripted.workers) == before


def test_a_move_that_does_not_connect_is_told(connected: Instance, scripted: FakeContext) -> None:
    """Reconnecting then, as after a lost connection; what waited is not sent."""
    connected.take(Move())
    connected.take(press(scripted, "1"))
    scripted.now += MOVE_DEADLINE_S
    connected.take(Tick())
    status = connected.controller.snapshot.status
    assert (status.state, status.reason) == (S.RECONNECTING, "wa-no-answer")
    assert scripted.outbox.recent(ID)[0].state is SendState.FAILED


def test_a_connection_that_breaks_during_a_move_is_told(connected: Instance, scripted: FakeContext) -> None:
    """What waited is settled, not kept for an hour."""
    connected.take(Move())
    connected.take(press(scripted, "1"))
    connected.hear(Disconnected(ID), generation=2)
    assert connected.controller.snapshot.status.state is S.RECONNECTING
    assert scripted.outbox.recent(ID)[0].reason == "not-connected"
    assert sent_by(scripted.workers[1]) == []


def test_a_worker_that_was_ended_for_another_instance_is_replaced_unseen(
    connected: Instance, scripted: FakeContext
) -> None:
    """What it was to send is open; what it was not given yet must not go out after that was told."""
    connected.take(press(scripted, "given"))
    waiting = press(scripted, "waiting")
    connected.hear(WorkerExited(ID, pid=7, shared=True, replaced=True))
    connected.take(waiting)
    connected.hear(Connected(ID, "5511912345678"), generation=2)
    assert set(connected.seen) <= {S.CONNECTED}
    assert [(one.request_id, one.state) for one in scripted.outbox.recent(ID)] == [
        ("waiting", SendState.FAILED),
        ("given", SendState.UNCERTAIN),
    ]
    assert (sent_by(scripted.workers[0]), sent_by(scripted.workers[1])) == (["given"], [])
    assert connected.controller.snapshot.restarts == 0


@pytest.mark.parametrize("event", [None, Disconnected(ID)])
def test_one_that_was_not_connected_starts_anew(
    started: Instance, scripted: FakeContext, event: WorkerEvent | None
) -> None:
    """In the state it was in, without a wait."""
    if event is not None:
        started.hear(Connected(ID, "5511912345678"), event)
    make_store(scripted.auth_dir / ID, devices=1)
    before = started.controller.snapshot.status.state
    started.hear(WorkerExited(ID, pid=7, shared=True, replaced=True))
    assert started.controller.snapshot.status.state is before
    assert len(scripted.workers) == 2


def test_a_shared_crash_is_retried_at_once_and_is_no_crash_of_its_own(
    connected: Instance, scripted: FakeContext
) -> None:
    """Whatever happens to the others, it is never left alone for ten minutes because of them."""
    for generation in range(1, 8):
        connected.hear(WorkerExited(ID, pid=7, shared=True), generation=generation)
        status = connected.controller.snapshot.status
        assert (status.state, status.reason) == (S.RECONNECTING, "worker-exited")
        assert status.next_try_at == scripted.now if generation == 1 else status.next_try_at
        scripted.now = status.next_try_at or scripted.now
        connected.take(Tick())
        connected.hear(Connected(ID, "5511912345678"), generation=generation + 1)
    assert connected.controller.snapshot.status.state is S.CONNECTED


def test_who_runs_well_awaits_no_check_of_the_disk(started: Instance, scripted: FakeContext) -> None:
    """A hundred are not woken every few seconds; a session that was taken away is seen all the same."""
    make_store(scripted.auth_dir / ID, devices=1)
    started.hear(WorkerStarted(ID, pid=7), Connected(ID, "5511912345678"))
    assert not started.controller.awaits_disk_check
    for path in (scripted.auth_dir / ID).glob("session.db*"):
        path.unlink()
    assert started.controller.awaits_disk_check


def test_who_waits_for_the_disk_awaits_its_check(connected: Instance, scripted: FakeContext) -> None:
    """A stopped one does not, since nothing is to be removed there."""
    full = StorageUnavailableError("disk-full")
    scripted.trouble = full
    connected.take(StorageChanged(full, resume=False))
    assert connected.controller.awaits_disk_check
    scripted.trouble = None
    connected.take(StorageChanged(None, resume=True), Stop())
    assert not connected.controller.awaits_disk_check


def test_the_health_is_looked_at_by_the_clock_only_when_something_is_told(
    connected: Instance, scripted: FakeContext
) -> None:
    """An instance at rest is not woken for it, once what a connection begins with is done."""
    for _ in range(3):
        scripted.now += LONGEST_WAIT_S
        connected.take(Tick())
    at_rest = connected.controller.time_left()
    assert at_rest is None or at_rest > LOOK_S
    connected.hear(TemporaryBan(ID, code=101, expires_in_s=3600))
    told = connected.controller.time_left()
    assert told is not None
    assert told <= LOOK_S
