"""The monitor: what it sees is written down and told, through restarts, full disks and damaged files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from core.alerts.delivery import Messenger
from core.alerts.monitor import AlertMonitor, Sources, Voice
from core.errors import StorageUnavailableError
from core.models.alerts.choices import AlertChoices, QuietHours, StoredAddress
from core.models.alerts.deliveries import DeliveryFailure, DeliveryState, Outcome
from core.models.alerts.views import AlertsView
from core.models.diagnostics import EngineRelease
from core.models.instance import InstanceState, InstanceView
from core.models.storage import StorageView
from core.store.alerts.choices_file import CHOICES_FILE, read_choices, write_choices
from core.store.alerts.database import ALERTS_FILE, write_alerts
from tests.support import alert_sinks
from tests.support.alert_sinks import Sink
from tests.support.polling import eventually
from tests.unit.services.conftest import view


class House:
    """A folder, one linked instance, a clock that can be moved on."""

    def __init__(self, auth_dir: Path) -> None:
        self.auth_dir = auth_dir
        self.views: tuple[InstanceView, ...] = (replace(view(), linked=True, phone="5511912345678"),)
        self.storage = StorageView(str(auth_dir), ready=True)
        self.ahead = 0.0
        self._messengers: list[Messenger] = []
        self._monitors: list[AlertMonitor] = []

    def monitor(
        self, *urls: str, start: bool = True, on_change: Callable[[], None] = lambda: None
    ) -> AlertMonitor:
        """Another one, as after a restart."""
        self.stop()
        sources = Sources(
            storage=lambda: self.storage,
            views=lambda: self.views,
            used_share=lambda: 0.5,
            engine=lambda: EngineRelease("0.5.2", date(2026, 11, 1), age_days=10),
        )
        made = AlertMonitor(
            self.auth_dir,
            sources=sources,
            voice=Voice(urls=urls, language="pt_BR", app_name="Plantão"),
            clock=lambda: time.time() + self.ahead,
            every_s=0.02,
            gather_s=0.0,
            on_change=on_change,
        )
        self._monitors.append(made)
        if start:
            made.start()
        return made

    def turn(self, state: InstanceState) -> None:
        self.views = tuple(replace(each, state=state, reason="") for each in self.views)

    def stop(self) -> None:
        for each in self._monitors:
            each.stop()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Everything is stopped with the test."""
    made = House(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A server of ntfy's kind that takes everything."""
    with alert_sinks.ntfy() as made:
        yield made


def seen(monitor: AlertMonitor, test: Callable[[AlertsView], object]) -> AlertsView:
    """The first view that passes."""
    eventually(lambda: bool(test(monitor.view)), timeout=30, seen=lambda: monitor.view)
    return monitor.view


def arrived(sink: Sink, count: int) -> list[str]:
    eventually(lambda: len(sink.lines) >= count, timeout=30, seen=lambda: sink.lines)
    return sink.lines


def test_the_setting_alone_is_enough(house: House, sink: Sink) -> None:
    """With `ALERT_URLS`, a logged-out instance is told without any press; once."""
    monitor = house.monitor(sink.url)
    house.turn(InstanceState.LOGGED_OUT)
    (line,) = arrived(sink, 1)
    assert "“Loja” foi desconectada no celular" in line
    shown = seen(monitor, lambda each: each.recent and each.recent[0].state is DeliveryState.DELIVERED)
    assert [each.subject for each in shown.open] == [house.views[0].id]
    (address,) = shown.addresses
    assert address.from_setting
    assert address.service == "ntfy"
    house.turn(InstanceState.CONNECTED)
    seen(monitor, lambda each: house.views[0].state is InstanceState.CONNECTED)
    assert len(sink.lines) == 1


def test_what_could_not_be_told_is_told_after_a_restart(house: House, sink: Sink) -> None:
    """The service was down while the process ended; failures are shown meanwhile."""
    sink.down = True
    monitor = house.monitor(sink.url)
    house.turn(InstanceState.FAILED)
    shown = seen(monitor, lambda each: each.recent and each.recent[0].tries)
    assert (shown.recent[0].failure, shown.recent[0].detail) == (DeliveryFailure.REFUSED, "503")
    assert shown.addresses[0].waiting == 1
    house.stop()
    sink.down = False
    house.ahead += 60
    house.monitor(sink.url)
    assert len(arrived(sink, 1)) == 1


def test_a_restart_repeats_nothing(house: House, sink: Sink) -> None:
    """The incident goes on, told already."""
    monitor = house.monitor(sink.url)
    house.turn(InstanceState.FAILED)
    seen(monitor, lambda each: each.recent and each.recent[0].state is DeliveryState.DELIVERED)
    again = house.monitor(sink.url)
    shown = seen(again, lambda each: each.open)
    assert len(shown.recent) == len(sink.lines) == 1


def test_nothing_is_looked_at_while_the_folder_is_not_ours(house: House, sink: Sink) -> None:
    """Else every open incident would end because no instance is there."""
    monitor = house.monitor(sink.url)
    house.turn(InstanceState.FAILED)
    seen(monitor, lambda each: each.open)
    views = house.views
    house.storage, house.views = replace(house.storage, ready=False), ()
    again = house.monitor(sink.url)
    house.storage, house.views = replace(house.storage, ready=True), views
    assert seen(again, lambda each: each.open).open
    assert len(arrived(sink, 1)) == 1


def test_a_disk_that_takes_nothing_holds_no_alert_up(
    house: House, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be what the alert is about; it is written down as soon as that works."""
    write = write_alerts
    full = threading.Event()
    full.set()

    def refused(*arguments: object, **named: object) -> None:
        if full.is_set():
            raise StorageUnavailableError("disk-full")
        write(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("core.alerts.monitor.write_alerts", refused)
    monitor = house.monitor(sink.url)
    house.storage = replace(house.storage, trouble="disk-full")
    (line,) = arrived(sink, 1)
    assert "O disco do aplicativo está quase cheio" in line
    assert seen(monitor, lambda each: each.unsaved).unsaved
    full.clear()
    house.turn(InstanceState.FAILED)
    seen(monitor, lambda each: not each.unsaved)
    assert (house.auth_dir / ALERTS_FILE).exists()
    again = house.monitor(sink.url)
    assert len(seen(again, lambda each: each.open).open) == 2


def test_choices_are_kept(house: House, sink: Sink) -> None:
    """Addresses that are added are used and stored; those that are removed are not."""
    monitor = house.monitor()
    stored = StoredAddress(sink.url, "ntfy")
    monitor.change(lambda choices: replace(choices, addresses=(stored,)))
    assert read_choices(house.auth_dir)[0].addresses == (stored,)
    house.turn(InstanceState.FAILED)
    arrived(sink, 1)
    monitor.change(lambda choices: replace(choices, addresses=()))
    assert monitor.view.addresses == ()
    assert sink.url not in repr(monitor.view)


def test_a_test_goes_to_every_address_at_once_also_in_quiet_hours(house: House, sink: Sink) -> None:
    """Nothing else does in them."""
    always = QuietHours(0, 24 * 60 - 1, "UTC")
    write_choices(house.auth_dir, AlertChoices(quiet=always))
    monitor = house.monitor(sink.url)
    house.turn(InstanceState.FAILED)
    seen(monitor, lambda each: each.open)
    monitor.test()
    (line,) = arrived(sink, 1)
    assert "Isto é um teste" in line
    monitor.change(lambda choices: replace(choices, quiet=None))
    assert "tem um problema" in arrived(sink, 2)[1]


def test_damaged_and_newer_choices(house: House) -> None:
    """The first are kept aside and said; the second are never overwritten."""
    (house.auth_dir / CHOICES_FILE).write_text("{")
    assert seen(house.monitor(), lambda each: each.damaged).damaged.startswith(CHOICES_FILE)
    (house.auth_dir / CHOICES_FILE).write_text('{"version": 2}')
    monitor = house.monitor()
    with pytest.raises(StorageUnavailableError):
        monitor.change(lambda choices: choices)
    assert (house.auth_dir / CHOICES_FILE).read_text() == '{"version": 2}'


def test_an_address_of_the_setting_that_leads_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """It is said before anything is sent, in the log without a letter of it, and shown with its failure."""
    monitor = house.monitor("foo://SECRET")
    assert seen(monitor, lambda each: each.addresses and each.addresses[0].unrecognised).recent == ()
    house.turn(InstanceState.FAILED)
    shown = seen(monitor, lambda each: each.recent and each.recent[0].tries)
    assert shown.recent[0].failure is DeliveryFailure.ADDRESS
    assert "leads to no service" in caplog.text
    assert "SECRET" not in caplog.text + repr(shown)


def test_stop_ends_an_attempt_that_hangs(house: House) -> None:
    """At once; the attempt is made again after the next start."""
    with alert_sinks.ntfy(hold=threading.Event()) as sink:
        url = f"{sink.url}?rto=60&cto=60"
        monitor = house.monitor(url)
        house.turn(InstanceState.FAILED)
        seen(monitor, lambda each: each.addresses and each.addresses[0].waiting)
        begin = time.monotonic()
        monitor.stop()
        assert time.monotonic() - begin < 5
        assert sink.hold is not None
        sink.hold.set()
        house.monitor(url)
        arrived(sink, 1)


def test_a_repr_shows_no_address() -> None:
    """Whatever is logged."""
    assert "SECRET" not in repr(Voice(urls=("ntfys://SECRET",), language="en", app_name="x"))


def test_a_change_is_announced_and_nothing_else(house: House, sink: Sink) -> None:
    """When trouble begins and each time a telling goes on; not with each look while nothing changes."""
    announced: list[AlertsView] = []
    monitor = house.monitor(sink.url, on_change=lambda: announced.append(monitor.view), start=False)
    monitor.start()
    house.turn(InstanceState.LOGGED_OUT)
    seen(monitor, lambda each: each.recent and each.recent[0].state is DeliveryState.DELIVERED)
    assert any(view.open for view in announced)
    assert announced[-1].recent[0].state is DeliveryState.DELIVERED
    assert all(before != after for before, after in pairwise(announced))


def test_an_error_nobody_thought_of_leaves_its_address_free(
    house: House, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process has no file left to open: it counts as not sent, and is tried again."""
    monitor = house.monitor(sink.url, start=False)
    refused: list[str] = []
    genuine = Messenger.send

    def send(messenger: Messenger, url: str, *, title: str, body: str) -> Outcome:
        if not refused:
            refused.append(url)
            raise OSError(24, "too many open files")
        return genuine(messenger, url, title=title, body=body)

    monkeypatch.setattr(Messenger, "send", send)
    monitor.start()
    house.turn(InstanceState.LOGGED_OUT)
    seen(monitor, lambda each: each.recent and each.recent[0].failure is DeliveryFailure.NO_PROCESS)
    house.ahead = 120.0
    arrived(sink, 1)
