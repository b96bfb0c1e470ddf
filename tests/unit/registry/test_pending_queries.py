"""Queries: each gets its own reply, or its own error, and never waits without end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from core.errors import AppError, NotConnectedError, WorkerLostError
from core.models.worker_commands import CheckNumber, Query
from core.models.worker_events import NumberChecked, QueryFailed
from core.registry.pending_queries import PendingQueries


def question(request_id: str = "q", instance_id: str = "a") -> CheckNumber:
    return CheckNumber(instance_id, request_id, number="5511912345678")


def answer(request_id: str = "q", instance_id: str = "a") -> NumberChecked:
    return NumberChecked(instance_id, request_id, exists=True)


def failed(reason: str) -> QueryFailed:
    return QueryFailed("a", "q", reason=reason)


def test_a_question_gets_its_own_answer() -> None:
    """Others' answers, and those of another instance, are none, before it and after it."""
    queries = PendingQueries()
    others = answer("other"), answer("q", "b")

    def send(asked: Query) -> None:
        for reply in (*others, answer("q"), *others):
            queries.resolve(reply)
        assert asked == question()

    assert queries.ask(question(), send=send, timeout=5) == answer()
    queries.resolve(answer())  # no caller waits any more


@pytest.mark.parametrize("other", [answer("other"), answer("q", "b")])
def test_an_answer_to_another_question_ends_no_wait(other: NumberChecked) -> None:
    """The caller gets nothing of it, not even its arrival."""
    queries = PendingQueries()
    with pytest.raises(AppError, match="no-answer"):
        queries.ask(question(), send=lambda _: queries.resolve(other), timeout=0.05)


@pytest.mark.parametrize(
    ("happens", "error", "code"),
    [
        (
            lambda queries: queries.resolve(QueryFailed("a", "q", reason="not-connected")),
            NotConnectedError,
            "not-connected",
        ),
        (lambda queries: queries.fail(question(), "not-connected"), NotConnectedError, "not-connected"),
        (lambda queries: queries.resolve(failed("wa-error-429")), AppError, "wa-error-429"),
        (lambda queries: queries.worker_lost("a"), WorkerLostError, "worker-lost"),
        (lambda queries: queries.worker_lost("b"), AppError, "no-answer"),
        (lambda _: None, AppError, "no-answer"),
    ],
)
def test_no_answer_has_its_reason(
    happens: Callable[[PendingQueries], object], error: type[AppError], code: str
) -> None:
    """Refused, lost with its worker, or nothing in time."""
    queries = PendingQueries()

    def send(_: Query) -> None:
        happens(queries)

    with pytest.raises(error) as caught:
        queries.ask(question(), send=send, timeout=0.05)
    assert (type(caught.value), caught.value.code) == (error, code)


def test_two_who_ask_at_once_get_one_answer_each() -> None:
    """In whatever order they come."""
    queries, both = PendingQueries(), threading.Barrier(3)
    got: dict[str, object] = {}

    def send(_: Query) -> None:
        both.wait(5)

    def ask(request_id: str) -> None:
        got[request_id] = queries.ask(question(request_id), send=send, timeout=5)

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("1", "2")]
    for thread in threads:
        thread.start()
    both.wait(5)
    for name in ("2", "1"):
        queries.resolve(answer(name))
    for thread in threads:
        thread.join(5)
    assert got == {"1": answer("1"), "2": answer("2")}


def test_it_is_known_whether_a_caller_waits() -> None:
    """For that instance; no longer once it has its reply."""
    queries = PendingQueries()
    seen: list[tuple[bool, bool]] = []

    def send(_: Query) -> None:
        seen.append((queries.has_pending("a"), queries.has_pending("b")))
        queries.resolve(answer())

    queries.ask(question(), send=send, timeout=5)
    assert seen == [(True, False)]
    assert not queries.has_pending("a")
