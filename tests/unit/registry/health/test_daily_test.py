"""The test once a day: at a random time, in a quiet moment, once, and only while connected."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

import pytest

from core.errors import StorageUnavailableError
from core.models.health.sending import SelfTest, SelfTestStep, SendingHealth
from core.models.instance import InstanceState, InstanceView
from core.registry.health.daily_test import DAY_S, LONGEST_WAIT_S, DailyTests, due_at, is_due, request_id
from tests.unit.services.conftest import ID, view

DAY: Final = 20_000
DUE: Final = due_at(ID, DAY)


def wanting(*, since: float = DUE - 9 * DAY_S, tested_at: float | None = None) -> InstanceView:
    """An instance that is connected for days and is to be tested once a day."""
    test = SelfTest(tested_at, SelfTestStep.PASSED) if tested_at is not None else None
    return replace(view(), sending=SendingHealth(self_test=test, daily_since=since))


def due(one: InstanceView, *, now: float = DUE + 1, talked_at: float = 0.0) -> bool:
    return is_due(one, talked_at=talked_at, now=now)


def test_the_time_is_another_each_day_and_for_each_instance() -> None:
    """Over the whole day, and the same after a restart."""
    times = [due_at(ID, day) - day * DAY_S for day in range(400)]
    assert times == [due_at(ID, day) - day * DAY_S for day in range(400)]
    assert all(0 <= time < DAY_S for time in times)
    assert len({int(time // 3600) for time in times}) == 24
    assert due_at("outra-aaaaaa", DAY) != DUE


def test_once_its_time_has_come_it_is_due() -> None:
    """Not before, and not again after a test, by itself or on a press."""
    assert due(wanting())
    assert not due(wanting(tested_at=due_at(ID, DAY - 1) + 5), now=DUE - 1)
    assert not due(wanting(tested_at=DUE + 0.5))
    assert due(wanting(tested_at=DUE - 0.5))


def test_one_that_was_missed_is_made_up_for_once_connected() -> None:
    """Also past midnight: the day's own time may still be to come."""
    before_next = due_at(ID, DAY + 1) - 1
    assert due(wanting(tested_at=DUE - 60), now=before_next)


def test_switching_it_on_tests_nothing_at_once() -> None:
    """The first one is the next that is due."""
    assert not due(wanting(since=DUE + 0.5))
    assert not due(wanting(since=0.0))


def test_only_a_connection_that_lasts_is_tested() -> None:
    """Not one that was made a moment ago, and none that is not there."""
    assert not due(replace(wanting(), since=DUE - 30))
    for state in set(InstanceState) - {InstanceState.CONNECTED}:
        assert not due(replace(wanting(), state=state))


def test_it_waits_for_a_quiet_moment_but_not_for_ever() -> None:
    """Ten minutes without a message; after six hours it is made all the same."""
    assert not due(wanting(), talked_at=DUE - 300)
    assert due(wanting(), talked_at=DUE - 601)
    late = DUE + LONGEST_WAIT_S
    assert due(wanting(), now=late, talked_at=late - 5)


def test_what_cannot_be_sent_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """A full disk ends no round; the same day has the same request id, so that nothing goes out twice."""
    sent: list[tuple[str, str]] = []
    trouble = [StorageUnavailableError("disk-full")]

    def send(one: InstanceView, request: str) -> None:
        if trouble:
            raise trouble.pop()
        sent.append((one.id, request))

    tests = DailyTests(
        views=lambda: (wanting(), wanting(since=0.0)),
        talked_at=lambda _: 0.0,
        send=send,
        clock=lambda: DUE + 1,
    )
    with caplog.at_level(logging.WARNING):
        tests.run_due()
    assert not sent
    assert "disk-full" in caplog.text
    tests.run_due()
    assert sent == [(ID, request_id(DAY))]


def test_a_late_test_takes_nothing_from_the_next_day() -> None:
    """Yesterday's, sent after midnight, is yesterday's by its id too: today's own comes at its own time."""
    sent: list[str] = []
    now = [(DAY + 1) * DAY_S + 60.0]
    tests = DailyTests(
        views=lambda: (wanting(),),
        talked_at=lambda _: 0.0,
        send=lambda _view, request: sent.append(request),
        clock=lambda: now[0],
    )
    assert due_at(ID, DAY + 1) > now[0]
    tests.run_due()
    now[0] = due_at(ID, DAY + 1) + 1
    tests.run_due()
    assert sent == [request_id(DAY), request_id(DAY + 1)]
