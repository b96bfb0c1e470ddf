"""Rejected calls: handed on one at a time, also those that came before anything could take them."""

from __future__ import annotations

import threading

import pytest

from core.errors import LimitReachedError
from core.models.profile.events import CallRejected
from core.services.state.rejected_calls import WAITING, RejectedCalls
from tests.support.polling import eventually


def call(number: int) -> CallRejected:
    return CallRejected("a", f"C{number}", "77@lid", "", at=1.0)


def test_calls_that_waited_are_handed_on_too() -> None:
    """In their order, when the process is ready for them; the oldest of too many are dropped."""
    calls, seen = RejectedCalls(), list[str]()
    for number in range(WAITING + 2):
        calls.put(call(number))
    calls.serve(lambda one: seen.append(one.call_id))
    eventually(lambda: len(seen) == WAITING, timeout=5, seen=lambda: seen)
    assert (seen[0], seen[-1]) == ("C2", f"C{WAITING + 1}")


def test_one_at_a_time_and_the_caller_does_not_wait() -> None:
    """While one is worked on, others are put and wait; the thread ends with the last one."""
    calls, begun, go_on, seen = RejectedCalls(), threading.Event(), threading.Event(), list[str]()

    def answer(one: CallRejected) -> None:
        begun.set()
        assert go_on.wait(5)
        seen.append(one.call_id)

    calls.serve(answer)
    calls.put(call(1))
    assert begun.wait(5)
    calls.put(call(2))
    assert [thread.name for thread in threading.enumerate()].count("call-texts") == 1
    assert seen == []
    go_on.set()
    eventually(lambda: seen == ["C1", "C2"], timeout=5, seen=lambda: seen)
    names = [thread.name for thread in threading.enumerate()]
    eventually(
        lambda: "call-texts" not in [thread.name for thread in threading.enumerate()],
        timeout=5,
        seen=lambda: names,
    )
    calls.put(call(3))
    eventually(lambda: seen[2:] == ["C3"], timeout=5, seen=lambda: seen)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (LimitReachedError("send-day", detail="3"), "no text after a call: send-day"),
        (RuntimeError("the registry is not running"), "no text after a call: RuntimeError"),
        (ValueError("a bug"), "no text after a call"),
    ],
)
def test_a_text_that_cannot_be_sent_stops_no_other(
    error: Exception, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says why; the next call is handed on."""
    calls, seen = RejectedCalls(), list[str]()

    def answer(one: CallRejected) -> None:
        seen.append(one.call_id)
        if one.call_id == "C1":
            raise error

    calls.serve(answer)
    calls.put(call(1))
    calls.put(call(2))
    eventually(lambda: seen == ["C1", "C2"], timeout=5, seen=lambda: seen)
    assert words in caplog.text
