"""Questions: each gets its own answer, or its own error, and never waits without end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from core.errors import AppError, NotConnectedError, WorkerLostError
from core.models.worker_commands import CheckNumber, Query
from core.models.worker_events import Disconnected, NumberChecked, QueryFailed
from core.registry.pending_queries import PendingQueries


def question(request_id: str = "q", instance_id: str = "a") -> CheckNumber:
    return CheckNumber(instance_id, request_id, number="5511912345678")


def answer(request_id: str = "q", instance_id: str = "a") -> NumberChecked:
    return NumberChecked(instance_id, request_id, exists=True)


def failed(reason: str) -> QueryFailed:
    return QueryFailed("a", "q", reason=reason)


def test_a_question_gets_its_own_answer() -> None:
    """Others' answers, and those of another instance, are none; afterwards nobody waits."""
    inquiries = PendingQueries()
    heard: list[bool] = []

    def send(asked: Query) -> None:
        heard.extend(
            inquiries.resolve(event)
            for event in (Disconnected("a"), answer("other"), answer("q", "b"), answer("q"))
        )
        assert asked == question()

    assert inquiries.ask(question(), send=send, timeout=5) == answer()
    assert heard == [False, False, False, True]
    assert not inquiries.resolve(answer())


@pytest.mark.parametrize(
    ("happens", "error", "code"),
    [
        (
            lambda one: one.resolve(QueryFailed("a", "q", reason="not-connected")),
            NotConnectedError,
            "not-connected",
        ),
        (lambda one: one.fail(question(), "not-connected"), NotConnectedError, "not-connected"),
        (lambda one: one.resolve(failed("wa-error-429")), AppError, "wa-error-429"),
        (lambda one: one.worker_lost("a"), WorkerLostError, "worker-lost"),
        (lambda one: one.worker_lost("b"), AppError, "no-answer"),
        (lambda _: None, AppError, "no-answer"),
    ],
)
def test_no_answer_has_its_reason(
    happens: Callable[[PendingQueries], object], error: type[AppError], code: str
) -> None:
    """Refused, lost with its worker, or nothing in time."""
    inquiries = PendingQueries()

    def send(_: Query) -> None:
        happens(inquiries)

    with pytest.raises(error) as caught:
        inquiries.ask(question(), send=send, timeout=0.05)
    assert (type(caught.value), caught.value.code) == (error, code)


def test_two_who_ask_at_once_get_one_answer_each() -> None:
    """In whatever order they come."""
    inquiries, both = PendingQueries(), threading.Barrier(3)
    got: dict[str, object] = {}

    def send(_: Query) -> None:
        both.wait(5)

    def ask(request_id: str) -> None:
        got[request_id] = inquiries.ask(question(request_id), send=send, timeout=5)

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("1", "2")]
    for thread in threads:
        thread.start()
    both.wait(5)
    for name in ("2", "1"):
        inquiries.resolve(answer(name))
    for thread in threads:
        thread.join(5)
    assert got == {"1": answer("1"), "2": answer("2")}
