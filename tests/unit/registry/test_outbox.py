"""Sends: never twice, settled once, and never waited for without end."""

from __future__ import annotations

import threading
import time

import pytest

from core.errors import LimitReachedError
from core.models.message import SendState, SentMessage
from core.registry.outbox import KEPT_PER_INSTANCE, Outbox

SECRET = "o texto de uma pessoa"


def message(request_id: str, *, instance_id: str = "a", text: str = SECRET) -> SentMessage:
    return SentMessage(request_id, instance_id, "5511912345678", text, SendState.SENDING, created_at=1.0)


@pytest.fixture
def outbox() -> Outbox:
    """An outbox whose clock always says 5."""
    return Outbox(clock=lambda: 5.0)


def state_of(outbox: Outbox, request_id: str, *, instance_id: str = "a") -> SendState:
    return next(m.state for m in outbox.recent(instance_id) if m.request_id == request_id)


def test_a_request_id_is_taken_once(outbox: Outbox) -> None:
    """The second send with an id gets the first one back, other text or not; nothing is added."""
    first = message("r")
    assert outbox.open(first) == (first, True)
    assert outbox.open(message("r", text="another")) == (first, False)
    assert outbox.recent("a") == (first,)


def test_what_is_not_admitted_does_not_get_in(outbox: Outbox) -> None:
    """The rule sees the sends so far, newest first; what it says no to leaves no trace. Known ids pass."""
    seen: list[tuple[SentMessage, ...]] = []

    def refuse(sends: tuple[SentMessage, ...]) -> None:
        seen.append(sends)
        raise LimitReachedError("send-rate")

    outbox.open(message("1"))
    outbox.open(message("2"))
    with pytest.raises(LimitReachedError):
        outbox.open(message("3"), admit=refuse)
    assert seen == [(message("2"), message("1"))]
    assert outbox.recent("a") == (message("2"), message("1"))
    assert outbox.open(message("1"), admit=refuse) == (message("1"), False)


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
            outbox.open(message(str(number)), admit=admit)
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
    outbox.open(message("r", instance_id="a"))
    assert outbox.open(message("r", instance_id="b"))[1]
    outbox.settle("a", "r", SendState.SENT)
    assert state_of(outbox, "r", instance_id="b") is SendState.SENDING


def test_only_one_of_many_threads_sends(outbox: Outbox) -> None:
    """A button pressed in twenty tabs at once is one send."""
    gate, taken = threading.Barrier(20), []

    def press() -> None:
        gate.wait(5)
        taken.append(outbox.open(message("r"))[1])

    threads = [threading.Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sorted(taken) == [False] * 19 + [True]


def test_an_answer_settles_with_its_facts(outbox: Outbox) -> None:
    """State, reason, message id and time are kept; recipient and text stay."""
    outbox.open(message("r"))
    outbox.settle("a", "r", SendState.SENT, message_id="3EB0")
    (sent,) = outbox.recent("a")
    assert (sent.state, sent.message_id, sent.settled_at, sent.reason) == (SendState.SENT, "3EB0", 5.0, "")
    assert (sent.to, sent.text) == ("5511912345678", SECRET)


@pytest.mark.parametrize("first", [SendState.SENT, SendState.FAILED])
@pytest.mark.parametrize("second", list(SendState))
def test_what_is_settled_stays(outbox: Outbox, first: SendState, second: SendState) -> None:
    """A sent text never becomes failed by a second word, nor the other way round."""
    outbox.open(message("r"))
    outbox.settle("a", "r", first, reason="first")
    before = outbox.recent("a")
    outbox.settle("a", "r", second, reason="second")
    outbox.worker_lost("a")
    assert outbox.recent("a") == before


@pytest.mark.parametrize("late", [SendState.SENT, SendState.FAILED])
def test_a_late_answer_settles_an_uncertain_send(outbox: Outbox, late: SendState) -> None:
    """No answer in time is not the last word."""
    outbox.open(message("r"))
    assert outbox.wait("a", "r", timeout=0).state is SendState.UNCERTAIN
    outbox.settle("a", "r", late)
    assert state_of(outbox, "r") is late


def test_a_wait_ends_with_the_answer(outbox: Outbox) -> None:
    """A waiting thread gets the answer when it comes, not at its deadline."""
    outbox.open(message("r"))
    results: list[SentMessage] = []
    waiting = threading.Thread(target=lambda: results.append(outbox.wait("a", "r", timeout=30)))
    waiting.start()
    outbox.settle("a", "r", SendState.FAILED, reason="wa-error-463")
    waiting.join(5)
    assert [(m.state, m.reason) for m in results] == [(SendState.FAILED, "wa-error-463")]


def test_a_wait_without_an_answer_ends_uncertain(outbox: Outbox) -> None:
    """At the deadline the send is uncertain, for everybody who looks, and never failed."""
    outbox.open(message("r"))
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
        outbox.open(message(request_id, instance_id=instance_id))
    outbox.settle("a", "1", SendState.SENT)
    outbox.worker_lost("a")
    assert [(m.request_id, m.state, m.reason) for m in outbox.recent("a")] == [
        ("2", SendState.UNCERTAIN, "worker-lost"),
        ("1", SendState.SENT, ""),
    ]
    assert state_of(outbox, "3", instance_id="b") is SendState.SENDING


def test_it_remembers_the_last_200_newest_first(outbox: Outbox) -> None:
    """Memory is bounded for each instance by itself."""
    for number in range(KEPT_PER_INSTANCE + 50):
        outbox.open(message(str(number)))
    outbox.open(message("other", instance_id="b"))
    kept = [m.request_id for m in outbox.recent("a")]
    assert kept == [str(number) for number in range(KEPT_PER_INSTANCE + 49, 49, -1)]
    assert len(outbox.recent("b")) == 1


def test_an_unknown_instance_has_sent_nothing(outbox: Outbox) -> None:
    """Looking, settling and losing a worker are no errors there."""
    outbox.settle("nobody", "r", SendState.SENT)
    outbox.worker_lost("nobody")
    assert outbox.recent("nobody") == ()
