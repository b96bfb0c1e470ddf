"""200 incidents, three services that fail at random, restarts: none lost, none doubled."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from core.alerts.monitor import AlertMonitor, Sources, Voice
from core.models.alerts.deliveries import DeliveryState
from core.models.diagnostics import EngineRelease
from core.models.instance import InstanceState, InstanceView
from core.models.storage import StorageView
from core.store.alerts.database import read_alerts
from tests.support import alert_sinks
from tests.support.alert_sinks import Sink
from tests.support.polling import eventually
from tests.unit.services.conftest import view

INCIDENTS: Final = 200
FASTER: Final = 60.0
"""Seconds of the app's clock in one of ours: waits of minutes pass in seconds."""
AT_A_TIME: Final = 20


class Instances:
    """Of which some fail at a time, and are well again later."""

    def __init__(self) -> None:
        self._views = [
            replace(view(id_=f"loja-{n:03}", name=f"Loja {n:03}"), linked=True) for n in range(INCIDENTS)
        ]
        self._began = time.time()

    def views(self) -> tuple[InstanceView, ...]:
        return tuple(self._views)

    def now(self) -> float:
        return self._began + (time.time() - self._began) * FASTER

    def turn(self, numbers: range, state: InstanceState) -> None:
        for number in numbers:
            self._views[number] = replace(self._views[number], state=state)


@pytest.fixture
def sinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Sink, ...]]:
    """Mail, ntfy and Telegram; each refuses a third of what it gets, by number or by hanging up."""
    with ExitStack() as stack:
        mail = stack.enter_context(alert_sinks.mail(fails=0.35, seed=1))
        ntfy = stack.enter_context(alert_sinks.ntfy(fails=0.35, seed=2))
        telegram, environment = stack.enter_context(alert_sinks.telegram(tmp_path, fails=0.35, seed=3))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield mail, ntfy, telegram


def started(auth_dir: Path, instances: Instances, sinks: tuple[Sink, ...]) -> AlertMonitor:
    monitor = AlertMonitor(
        auth_dir,
        sources=Sources(
            storage=lambda: StorageView(str(auth_dir), ready=True),
            views=instances.views,
            used_share=lambda: 0.5,
            engine=lambda: EngineRelease("0.5.2", date(2026, 11, 1), age_days=1),
        ),
        voice=Voice(urls=tuple(sink.url for sink in sinks), language="en", app_name="App"),
        clock=instances.now,
        every_s=0.05,
    )
    monitor.start()
    return monitor


def restarted(
    monitor: AlertMonitor, auth_dir: Path, instances: Instances, sinks: tuple[Sink, ...]
) -> AlertMonitor:
    """End it while every service is down and all that is told lies on the disk; start another one."""
    for sink in sinks:
        sink.down = True
    before = [sink.attempts for sink in sinks]
    eventually(
        lambda: (
            all(sink.attempts > count + 1 for sink, count in zip(sinks, before, strict=True))
            or not read_alerts(auth_dir, settled=0).waiting
        ),
        timeout=60,
        seen=lambda: [sink.attempts for sink in sinks],
    )
    monitor.stop()
    made = started(auth_dir, instances, sinks)
    for sink in sinks:
        sink.down = False
    return made


@pytest.mark.timeout(240)
def test_none_is_lost_and_none_is_doubled(tmp_path: Path, sinks: tuple[Sink, ...]) -> None:
    """Each incident's beginning and end stands once in what each service confirmed."""
    auth_dir = tmp_path / "auth"
    auth_dir.mkdir()
    instances = Instances()
    monitor = started(auth_dir, instances, sinks)
    batches = [range(n, min(n + AT_A_TIME, INCIDENTS)) for n in range(0, INCIDENTS, AT_A_TIME)]
    random.Random(4).shuffle(batches)
    for count, numbers in enumerate(batches):
        instances.turn(numbers, InstanceState.LOGGED_OUT)
        _wait_until_open(monitor, {instances.views()[number].id for number in numbers})
        if count % 4 == 1:
            monitor = restarted(monitor, auth_dir, instances, sinks)
        instances.turn(numbers, InstanceState.CONNECTED)
    eventually(
        lambda: monitor.view.addresses and not monitor.view.open,
        timeout=60,
        seen=lambda: len(monitor.view.open),
    )
    eventually(
        lambda: not any(address.waiting for address in monitor.view.addresses),
        timeout=60,
        seen=lambda: [(address.last, address.waiting) for address in monitor.view.addresses],
    )
    monitor.stop()
    wanted = Counter(f"Loja {n:03}" for n in range(INCIDENTS))
    for sink in sinks:
        opened = Counter(_name(line) for line in sink.lines if "disconnected on the phone" in line)
        closed = Counter(_name(line) for line in sink.lines if "connected again" in line)
        assert opened == wanted
        assert closed == wanted
        assert sink.attempts > len(sink.messages)
    stored = read_alerts(auth_dir, settled=10_000)
    assert not stored.waiting
    assert {each.state for each in stored.settled} == {DeliveryState.DELIVERED}


def _wait_until_open(monitor: AlertMonitor, subjects: set[str]) -> None:
    eventually(
        lambda: subjects <= {each.subject for each in monitor.view.open},
        timeout=30,
        seen=lambda: len(monitor.view.open),
    )


def _name(line: str) -> str:
    return line.partition("“")[2].partition("”")[0]
