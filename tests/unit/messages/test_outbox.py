"""Sends: never twice, settled once, and never waited for without end."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from core.errors import LimitReachedError, StorageUnavailableError
from core.messages.outbox import KEPT_PER_INSTANCE, NEVER_LEFT, Outbox
from core.models.codes import SendCode
from core.models.content import Attachment, Content, Kind
from core.models.messages import SendState, SentMessage, Tick
from core.models.worker_events import FileUploaded, MessageFailed, MessageSent, Receipt
from core.store import inbox_table
from core.store import outbox_table as sent
from core.store.conversations import people
from tests.support.contents import words
from tests.support.polling import eventually

RUN = "this run of the machine"
SECRET = "o texto de uma pessoa"
ANA = "5511912345678"
BETO = "5521987654321"
LID = "123456789012345@lid"
OTHER_LID = "999999999999999@lid"
GROUP = "120363000000000001@g.us"


def message(request_id: str, *, instance_id: str = "a", text: str = SECRET) -> SentMessage:
    return SentMessage(request_id, instance_id, ANA, words(text), SendState.SENDING, 1.0, boot_id=RUN)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """An outbox whose clock always says 5, with folders for two instances."""
    for instance_id in ("a", "b"):
        (tmp_path / instance_id).mkdir()
    return Outbox(clock=lambda: 5.0, folder_of=tmp_path.joinpath, boot_id=RUN)


def state_of(outbox: Outbox, request_id: str, *, instance_id: str = "a") -> SendState:
    return next(m.state for m in outbox.recent(instance_id) if m.request_id == request_id)


def test_a_request_id_is_taken_once(outbox: Outbox) -> None:
    """The second send with an id gets the first one back, other text or not; nothing is added."""
    first = message("r")
    assert outbox.record(first) == (first, True)
    assert outbox.record(message("r", text="another")) == (first, False)
    assert outbox.recent("a") == (first,)


def test_what_is_not_admitted_does_not_get_in(outbox: Outbox) -> None:
    """The rule sees the sends so far, newest first; what it says no to leaves no trace. Known ids pass."""
    seen: list[tuple[SentMessage, ...]] = []

    def refuse(sends: tuple[SentMessage, ...]) -> None:
        seen.append(sends)
        raise LimitReachedError("send-rate")

    outbox.record(message("1"))
    outbox.record(message("2"))
    with pytest.raises(LimitReachedError):
        outbox.record(message("3"), admit=refuse)
    assert seen == [(message("2"), message("1"))]
    assert outbox.recent("a") == (message("2"), message("1"))
    assert outbox.record(message("1"), admit=refuse) == (message("1"), False)


def test_a_limit_holds_when_twenty_press_at_once(outbox: Outbox) -> None:
    """Between the look at the sends so far and the send no other one slips in."""
    gate, refused = threading.Barrier(20), []

    def admit(sends: tuple[SentMessage, ...]) -> None:
        time.sleep(0.001)  # whoever looked too may act now
        if len(sends) >= 5:
            raise LimitReachedError("send-rate")

    def press(number: int) -> None:
        gate.wait(5)
        try:
            outbox.record(message(str(number)), admit=admit)
        except LimitReachedError:
            refused.append(number)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert (len(outbox.recent("a")), len(refused)) == (5, 15)


def test_request_ids_of_two_instances_are_two(outbox: Outbox) -> None:
    """One instance's id never swallows another's send, nor settles it."""
    outbox.record(message("r", instance_id="a"))
    assert outbox.record(message("r", instance_id="b"))[1]
    outbox.set_outcome("a", "r", SendState.SENT)
    assert state_of(outbox, "r", instance_id="b") is SendState.SENDING


def test_only_one_of_many_threads_sends(outbox: Outbox) -> None:
    """A button pressed in twenty tabs at once is one send."""
    gate, taken = threading.Barrier(20), []

    def press() -> None:
        gate.wait(5)
        taken.append(outbox.record(message("r"))[1])

    threads = [threading.Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sorted(taken) == [False] * 19 + [True]


def test_an_answer_settles_with_its_facts(outbox: Outbox) -> None:
    """State, reason, message id and time are kept; recipient and text stay."""
    outbox.record(message("r"))
    outbox.set_outcome("a", "r", SendState.SENT, message_id="3EB0")
    (sent,) = outbox.recent("a")
    assert (sent.state, sent.message_id, sent.settled_at, sent.reason) == (SendState.SENT, "3EB0", 5.0, "")
    assert (sent.to, sent.content) == ("5511912345678", words(SECRET))


@pytest.mark.parametrize("first", [SendState.SENT, SendState.FAILED])
@pytest.mark.parametrize("second", list(SendState))
def test_what_is_settled_stays(outbox: Outbox, first: SendState, second: SendState) -> None:
    """A sent text never becomes failed by a second word, nor the other way round."""
    outbox.record(message("r"))
    outbox.set_outcome("a", "r", first, reason="first")
    before = outbox.recent("a")
    outbox.set_outcome("a", "r", second, reason="second")
    outbox.worker_lost("a")
    assert outbox.recent("a") == before


@pytest.mark.parametrize("late", [SendState.SENT, SendState.FAILED])
def test_a_late_answer_settles_an_uncertain_send(outbox: Outbox, late: SendState) -> None:
    """No answer in time is not the last word."""
    outbox.record(message("r"))
    assert outbox.wait("a", "r", timeout=0).state is SendState.UNCERTAIN
    outbox.set_outcome("a", "r", late)
    assert state_of(outbox, "r") is late


def test_a_wait_ends_with_the_answer(outbox: Outbox) -> None:
    """A waiting thread gets the answer when it comes, not at its deadline."""
    outbox.record(message("r"))
    results: list[SentMessage] = []
    waiting = threading.Thread(target=lambda: results.append(outbox.wait("a", "r", timeout=30)))
    waiting.start()
    outbox.set_outcome("a", "r", SendState.FAILED, reason="wa-error-463")
    waiting.join(5)
    assert [(m.state, m.reason) for m in results] == [(SendState.FAILED, "wa-error-463")]


def test_a_wait_without_an_answer_ends_uncertain(outbox: Outbox) -> None:
    """At the deadline the send is uncertain, for everybody who looks, and never failed."""
    outbox.record(message("r"))
    begin = time.monotonic()
    result = outbox.wait("a", "r", timeout=0.05)
    assert 0.04 < time.monotonic() - begin < 5
    assert (result.state, result.reason) == (SendState.UNCERTAIN, "send-timeout")
    assert outbox.recent("a") == (result,)


def test_a_wait_for_nothing_is_an_error(outbox: Outbox) -> None:
    """A bug of the caller is told at once, not after the time-out."""
    with pytest.raises(KeyError):
        outbox.wait("a", "never opened", timeout=60)


def test_a_lost_worker_leaves_its_open_sends_uncertain(outbox: Outbox) -> None:
    """They may have gone out. Other instances' sends are not touched."""
    for request_id, instance_id in (("1", "a"), ("2", "a"), ("3", "b")):
        outbox.record(message(request_id, instance_id=instance_id))
    outbox.set_outcome("a", "1", SendState.SENT)
    outbox.worker_lost("a")
    assert [(m.request_id, m.state, m.reason) for m in outbox.recent("a")] == [
        ("2", SendState.UNCERTAIN, "worker-lost"),
        ("1", SendState.SENT, ""),
    ]
    assert state_of(outbox, "3", instance_id="b") is SendState.SENDING


def test_it_remembers_the_last_200_newest_first(outbox: Outbox) -> None:
    """Memory is bounded for each instance by itself."""
    for number in range(KEPT_PER_INSTANCE + 50):
        outbox.record(message(str(number)))
    outbox.record(message("other", instance_id="b"))
    kept = [m.request_id for m in outbox.recent("a")]
    assert kept == [str(number) for number in range(KEPT_PER_INSTANCE + 49, 49, -1)]
    assert len(outbox.recent("b")) == 1


def test_an_unknown_instance_has_sent_nothing(outbox: Outbox) -> None:
    """Looking, settling and losing a worker are no errors there."""
    outbox.set_outcome("nobody", "r", SendState.SENT)
    outbox.worker_lost("nobody")
    assert outbox.recent("nobody") == ()


# -- the disk ------------------------------------------------------------------------------------------------
def again(tmp_path: Path, *, boot_id: str = RUN) -> Outbox:
    """The outbox of the next process."""
    return Outbox(clock=lambda: 9.0, folder_of=tmp_path.joinpath, boot_id=boot_id)


def core_store(folder: Path, secret: str, message_id: str) -> None:
    """A store into which the core wrote the id of a message that it sends."""
    with closing(sqlite3.connect(folder / "session.db")) as store:
        store.execute("CREATE TABLE IF NOT EXISTS whatsmeow_message_secrets (message_id TEXT, key BLOB)")
        store.execute(
            "INSERT INTO whatsmeow_message_secrets VALUES (?, ?)", (message_id, bytes.fromhex(secret))
        )
        store.commit()


def with_secret(request_id: str = "r") -> SentMessage:
    return replace(message(request_id), secret="ab" * 32)


def test_a_send_is_on_the_disk_before_anybody_may_send_it(outbox: Outbox, tmp_path: Path) -> None:
    """With all that the next process needs to know of it."""
    opened, _ = outbox.record(with_secret())
    assert sent.read(tmp_path / "a", limit=9) == (opened,)
    assert (opened.boot_id, opened.state) == (RUN, SendState.SENDING)


def test_what_cannot_be_written_is_not_sent(outbox: Outbox, tmp_path: Path) -> None:
    """The caller is told, and the send is not in the list; it can be tried again."""
    (tmp_path / "a").rmdir()
    with pytest.raises(StorageUnavailableError):
        outbox.record(message("r"))
    assert outbox.recent("a") == ()
    (tmp_path / "a").mkdir()
    assert outbox.record(message("r"))[1]


def test_the_next_process_never_sends_a_request_again(outbox: Outbox, tmp_path: Path) -> None:
    """Settled or not, shown or long pushed out of the list."""
    for number in range(KEPT_PER_INSTANCE + 10):
        outbox.record(message(str(number)))
        outbox.set_outcome("a", str(number), SendState.SENT, message_id=f"3EB{number}")
        outbox.flush("a")
    newer = again(tmp_path)
    for request_id in ("0", str(KEPT_PER_INSTANCE + 9)):
        known, new = newer.record(message(request_id))
        assert (known.message_id, new) == (f"3EB{request_id}", False)
        assert newer.wait("a", request_id, timeout=0) == known
    assert newer.recent("a") == outbox.recent("a")[:KEPT_PER_INSTANCE]


def test_an_open_send_of_an_earlier_process_is_uncertain(outbox: Outbox, tmp_path: Path) -> None:
    """With its id, if the core had begun; without one, a look proves that it never left."""
    outbox.record(with_secret("1"))
    outbox.record(replace(message("2"), secret="cd" * 32))
    core_store(tmp_path / "a", "ab" * 32, "3EB0")
    newer = again(tmp_path)
    never, begun = newer.recent("a")
    assert (begun.state, begun.reason, begun.message_id) == (
        SendState.UNCERTAIN,
        "process-restarted",
        "3EB0",
    )
    assert (never.state, never.message_id) == (SendState.UNCERTAIN, "")
    assert newer.verify("a", "1") == begun
    assert newer.verify("a", "2").reason == NEVER_LEFT
    assert [one.state for one in sent.read(tmp_path / "a", limit=9)] == [
        SendState.FAILED,
        SendState.UNCERTAIN,
    ]


@pytest.mark.parametrize("boot_id", ["", "another run"])
def test_after_a_crash_of_the_machine_a_missing_trace_proves_nothing(
    outbox: Outbox, tmp_path: Path, boot_id: str
) -> None:
    """The core's last writes may be lost with it, while the message went out."""
    outbox.record(with_secret())
    core_store(tmp_path / "a", "ef" * 32, "another")
    assert again(tmp_path, boot_id=boot_id).verify("a", "r").state is SendState.UNCERTAIN


def test_a_send_that_may_still_leave_is_not_called_off(outbox: Outbox, tmp_path: Path) -> None:
    """No answer in time, but the worker lives: it may send it later."""
    core_store(tmp_path / "a", "ef" * 32, "another")
    outbox.record(with_secret())
    outbox.wait("a", "r", timeout=0)
    assert outbox.verify("a", "r").state is SendState.UNCERTAIN
    outbox.worker_lost("a")
    assert outbox.verify("a", "r").reason == NEVER_LEFT


def test_a_store_that_cannot_be_read_proves_nothing(outbox: Outbox, tmp_path: Path) -> None:
    """Uncertain stays uncertain."""
    (tmp_path / "a" / "session.db").write_bytes(b"garbage" * 2_000)
    outbox.record(with_secret())
    outbox.worker_lost("a")
    assert outbox.verify("a", "r").state is SendState.UNCERTAIN


def test_where_a_file_lies_is_kept(outbox: Outbox, tmp_path: Path) -> None:
    """On the disk too; where it lay on this machine is not."""
    file = Attachment("f.jpg", "image/jpeg", path="/tmp/f")
    photo = Content(Kind.IMAGE, file=file)
    outbox.record(replace(message("r"), content=photo))
    outbox.handle_event(FileUploaded("a", "r", remote="{}"))
    outbox.handle_event(FileUploaded("a", "unknown", remote="{}"))
    outbox.set_outcome("a", "r", SendState.SENT)
    assert outbox.flush("a")
    (found,) = sent.read(tmp_path / "a", limit=9)
    assert found.content.file == replace(file, path="", remote="{}")
    assert found.state is SendState.SENT


@pytest.mark.parametrize("state", [SendState.SENT, SendState.UNCERTAIN])
def test_a_receipt_finds_its_send_by_id(outbox: Outbox, tmp_path: Path, state: SendState) -> None:
    """Also before the answer that would tell it: the core's store does."""
    outbox.record(with_secret())
    if state is SendState.SENT:
        outbox.set_outcome("a", "r", state, message_id="3EB0")
    else:
        core_store(tmp_path / "a", "ab" * 32, "3EB0")
    outbox.handle_event(Receipt("a", "not ours", (ANA,), tick=Tick.READ, at=6.0))
    outbox.handle_event(Receipt("a", "3EB0", (ANA,), tick=Tick.READ, at=7.0))
    outbox.handle_event(MessageSent("a", "r", message_id="3EB0"))
    assert outbox.flush("a")
    (found,) = sent.read(tmp_path / "a", limit=9)
    assert (found.tick, found.read_at, found.state) == (Tick.READ, 7.0, SendState.SENT)
    assert found.settled_at == 5.0  # by our clock, which orders all sends


def test_a_receipt_before_the_answer_waits_for_it(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is on its way to the page costs no look into the core's store."""
    looks: list[object] = []
    monkeypatch.setattr("core.messages.outbox.session.message_id_of", lambda *given: looks.append(given))
    for number in ("1", "2"):
        outbox.record(with_secret(number))
    outbox.handle_event(Receipt("a", "ID2", (ANA,), tick=Tick.DELIVERED, at=6.0))
    assert [each.tick for each in outbox.recent("a")] == [Tick.QUEUED] * 2
    outbox.handle_event(MessageSent("a", "1", message_id="ID1"))
    outbox.handle_event(MessageSent("a", "2", message_id="ID2"))
    assert [each.tick for each in outbox.recent("a")] == [Tick.DELIVERED, Tick.SERVER]
    assert looks == []


@pytest.mark.parametrize("end", ["late", "lost"])
def test_a_receipt_counts_though_the_answer_never_comes(outbox: Outbox, tmp_path: Path, end: str) -> None:
    """After the time for it is over, or the worker is gone, the core's store tells whose it is."""
    outbox.record(with_secret())
    core_store(tmp_path / "a", "ab" * 32, "3EB0")
    outbox.handle_event(Receipt("a", "3EB0", (ANA,), tick=Tick.READ, at=7.0))
    assert state_of(outbox, "r") is SendState.SENDING
    if end == "late":
        outbox.handle_event(MessageFailed("a", "r", reason=SendCode.TIMEOUT))
    else:
        outbox.worker_lost("a")
    (found,) = outbox.recent("a")
    assert (found.state, found.tick, found.message_id) == (SendState.SENT, Tick.READ, "3EB0")


def test_receipts_that_wait_are_bounded(outbox: Outbox) -> None:
    """Thousands for messages of other devices cost no memory; the newest count."""
    outbox.record(with_secret())
    for number in range(5_000):
        outbox.handle_event(Receipt("a", f"not ours {number}", (ANA,), tick=Tick.READ, at=6.0))
    outbox.handle_event(Receipt("a", "3EB0", (ANA,), tick=Tick.READ, at=7.0))
    assert len(outbox._buffer("a").early) <= 200
    outbox.handle_event(MessageSent("a", "r", message_id="3EB0"))
    assert outbox.recent("a")[0].tick is Tick.READ


class _Held:
    """A disk that takes its time over the first write; counts them all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, then: Exception | None = None) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()
        self.written: list[int] = []
        genuine = sent.write_new

        def write(folder: Path, *messages: SentMessage) -> None:
            self.written.append(len(messages))
            if len(self.written) == 1:
                self.began.set()
                assert self.go_on.wait(5)
            elif then:
                raise then
            genuine(folder, *messages)

        monkeypatch.setattr(sent, "write_new", write)


def _press_many(outbox: Outbox, held: _Held, ids: Sequence[str]) -> list[object]:
    """Record the first; while it is written, all others at once. Return what each got."""
    got: dict[int, object] = {}

    def press(position: int) -> None:
        try:
            got[position] = outbox.record(message(ids[position]))
        except StorageUnavailableError as error:
            got[position] = error.code

    threads = [threading.Thread(target=press, args=(position,)) for position in range(len(ids))]
    threads[0].start()
    assert held.began.wait(5)
    for thread in threads[1:]:
        thread.start()
    eventually(lambda: len(outbox._buffer("a").proposals) == len(ids) - 1, timeout=5, seen=lambda: got)
    held.go_on.set()
    for thread in threads:
        thread.join(5)
    return [got[position] for position in range(len(ids))]


def test_what_comes_while_the_disk_writes_is_written_in_one(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Two transactions for ten sends; the same request id twice among them is one send."""
    held = _Held(monkeypatch)
    got = _press_many(outbox, held, ["0", *"12345678", "8"])
    assert held.written == [1, 8]
    news = [new for _, new in cast("list[tuple[SentMessage, bool]]", got)]
    assert (news[:8], sorted(news[8:])) == ([True] * 8, [False, True])
    assert {each.request_id for each in sent.read(tmp_path / "a", limit=99)} == {*"012345678"}
    assert len(outbox.recent("a")) == 9


def test_a_disk_that_refuses_refuses_all_that_wait(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each caller is told; none of them is sent, nor stands in memory."""
    held = _Held(monkeypatch, then=StorageUnavailableError("disk-full"))
    first, *others = _press_many(outbox, held, [*"01234"])
    assert first == (message("0"), True)
    assert others == ["disk-full"] * 4
    assert [each.request_id for each in outbox.recent("a")] == ["0"]


@pytest.mark.parametrize(
    ("to", "addresses", "counts"),
    [
        (ANA, (ANA,), True),
        (ANA, ("551112345678",), False),
        ("5511987654321", ("551187654321", LID), True),  # by the number that it had before the 9
        ("551187654321", ("5511987654321",), True),
        (ANA, (BETO,), False),
        (ANA, (BETO, LID), False),
        (ANA, (LID,), True),  # a LID of which nothing is known
        (LID, (LID,), True),
        (LID, (ANA,), True),  # a number of which nothing is known
        (LID, (BETO, OTHER_LID), False),
        (GROUP, (ANA, LID), False),
    ],
)
def test_only_who_got_the_message_confirms_it(
    outbox: Outbox, to: str, addresses: tuple[str, ...], *, counts: bool
) -> None:
    """By number or LID, in either spelling; anybody else may send a receipt for its id, and it is nothing."""
    outbox.record(replace(message("r"), to=to))
    outbox.set_outcome("a", "r", SendState.UNCERTAIN, message_id="3EB0")
    outbox.handle_event(Receipt("a", "3EB0", addresses, tick=Tick.READ, at=7.0))
    (found,) = outbox.recent("a")
    assert found.tick is (Tick.READ if counts else Tick.QUEUED)
    assert found.state is (SendState.SENT if counts else SendState.UNCERTAIN)


def test_who_is_known_by_a_lid_is_not_taken_for_another(outbox: Outbox, tmp_path: Path) -> None:
    """Once the recipient's LID is known, no other one counts."""
    outbox.record(message("r"))
    outbox.set_outcome("a", "r", SendState.SENT, message_id="3EB0")
    keep = inbox_table.Retention(99)
    inbox_table.write(tmp_path / "a", [], names={}, pairs={LID: ANA}, keep=keep)
    outbox.handle_event(Receipt("a", "3EB0", (OTHER_LID,), tick=Tick.READ, at=7.0))
    assert outbox.recent("a")[0].read_at is None
    outbox.handle_event(Receipt("a", "3EB0", (LID,), tick=Tick.READ, at=8.0))
    assert outbox.recent("a")[0].read_at == 8.0


def test_a_disk_that_cannot_be_read_loses_no_receipt_by_a_lid(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be of the recipient; a number that is another one is not."""

    def refuse(*_: object) -> None:
        raise StorageUnavailableError("disk-unreadable")

    outbox.record(message("r"))
    outbox.set_outcome("a", "r", SendState.SENT, message_id="3EB0")
    monkeypatch.setattr(people, "is_recipient", refuse)
    outbox.handle_event(Receipt("a", "3EB0", (BETO, LID), tick=Tick.DELIVERED, at=6.0))
    outbox.handle_event(Receipt("a", "3EB0", (LID,), tick=Tick.READ, at=7.0))
    (found,) = outbox.recent("a")
    assert (found.delivered_at, found.read_at) == (None, 7.0)


def test_an_outcome_waits_for_a_disk_that_refuses(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known in memory, and written by the next try."""

    def refuse(*_: object, **__: object) -> None:
        raise StorageUnavailableError("disk-full")

    outbox.record(message("r"))
    outbox.set_outcome("a", "r", SendState.SENT)
    with monkeypatch.context() as broken:
        broken.setattr(sent, "write_outcomes", refuse)
        assert not outbox.flush("a")
    assert (state_of(outbox, "r"), outbox.unwritten("a")) == (SendState.SENT, 1)
    assert outbox.flush("a")
    assert outbox.unwritten("a") == 0
    assert sent.read(tmp_path / "a", limit=1)[0].state is SendState.SENT


def test_without_its_session_a_send_is_not_said_to_have_stayed(outbox: Outbox, tmp_path: Path) -> None:
    """The store that would know is gone, or another one is in its place: that proves nothing.

    A send with an id, and one that was settled, stay as they are; the next process says the same.
    """
    begun = replace(message("begun"), secret="cd" * 32)
    core_store(tmp_path / "a", "cd" * 32, "3EB0")
    for one in (with_secret("open"), begun, message("done")):
        outbox.record(one)
    outbox.set_outcome("a", "done", SendState.SENT, message_id="3EB1")
    outbox.worker_lost("a")
    outbox.session_ended("a")
    (tmp_path / "a" / "session.db").unlink()
    outbox.flush("a")
    for process in (outbox, again(tmp_path)):
        assert process.verify("a", "open").state is SendState.UNCERTAIN
        assert process.verify("a", "begun").message_id == "3EB0"
        assert state_of(process, "done") is SendState.SENT


def test_the_newest_send_is_known_without_reading_all(outbox: Outbox, tmp_path: Path) -> None:
    """Of earlier processes by one look at the disk; then from memory, whatever is sent meanwhile."""
    assert outbox.latest("a") is None
    outbox.record(message("1", text="primeira"))
    again = Outbox(clock=lambda: 5.0, folder_of=tmp_path.joinpath, boot_id=RUN)
    for _ in range(2):
        latest = again.latest("a")
        assert latest is not None
        assert latest.text == "primeira"
    again.record(message("2", text="segunda"))
    latest = again.latest("a")
    assert latest is not None
    assert latest.text == "segunda"
    assert again.latest("b") is None


def test_it_is_known_whether_a_send_waits(outbox: Outbox) -> None:
    """For its answer or its turn; one that is given up waits no more."""
    assert not outbox.is_sending("a")
    outbox.record(message("r"))
    assert (outbox.is_sending("a"), outbox.is_sending("b"), outbox.is_given_up("a", "r")) == (
        True,
        False,
        False,
    )
    outbox.worker_lost("a")
    assert (outbox.is_sending("a"), outbox.is_given_up("a", "r")) == (False, True)
    outbox.set_outcome("a", "r", SendState.FAILED, reason="not-connected")
    assert (outbox.is_given_up("a", "r"), outbox.is_given_up("a", "other")) == (False, False)


def test_a_send_that_waits_for_its_turn_outlives_a_worker_it_was_not_given_to(outbox: Outbox) -> None:
    """One whose answer did not come in time is given up with the worker that may have sent it."""
    outbox.record(message("late"))
    outbox.set_outcome("a", "late", SendState.UNCERTAIN, reason="send-timeout")
    outbox.record(message("turn"))
    outbox.worker_lost("a", but_sending=True)
    assert (outbox.is_given_up("a", "late"), state_of(outbox, "turn")) == (True, SendState.SENDING)
