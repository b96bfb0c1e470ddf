"""The usage monitor: figures at once, measured behind the scenes, samples that outlive the process."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.hosting.usage import monitor as meter_module
from core.hosting.usage.growth import DAY_S, HOUR_S
from core.hosting.usage.monitor import UsageMonitor
from core.hosting.usage.scan import measure
from core.models.instance import InstanceState, InstanceView
from core.models.storage import StorageView
from core.models.usage import UsageView
from core.store.usage_file import SAMPLES_FILE
from tests.support.polling import eventually
from tests.unit.services.conftest import view

NOW = 1_800_000_000.0


class Surroundings:
    """A folder with one instance, a clock, and a storage that may not be ready."""

    def __init__(self, auth_dir: Path) -> None:
        self.auth_dir = auth_dir
        self.storage = StorageView(str(auth_dir), ready=True)
        self.views: tuple[InstanceView, ...] = (replace(view(), worker_pid=os.getpid()),)
        self.now = NOW
        self._meters: list[UsageMonitor] = []
        (auth_dir / self.views[0].id).mkdir(parents=True)
        (auth_dir / self.views[0].id / "session.db").write_bytes(b"x" * 100_000)

    def meter(self) -> UsageMonitor:
        """Another one, as after a restart."""
        made = UsageMonitor(
            self.auth_dir, storage=lambda: self.storage, views=lambda: self.views, clock=lambda: self.now
        )
        self._meters.append(made)
        return made

    def close(self) -> None:
        for each in self._meters:
            each.stop()


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    """Meters that wait less between two looks; all are stopped with the test."""
    monkeypatch.setattr(meter_module, "ASKED_GAP_S", 0.01)
    monkeypatch.setattr(meter_module, "NOT_READY_S", 0.01)
    made = Surroundings(tmp_path / "auth")
    yield made
    made.close()


def measured(meter: UsageMonitor, test: Callable[[UsageView], Any] = lambda view: True) -> UsageView:
    """The first view that is a measurement and passes."""
    found: list[UsageView] = []

    def look() -> bool:
        found.append(meter.view)
        return found[-1].measured_at is not None and bool(test(found[-1]))

    eventually(look, timeout=5, seen=lambda: found[-1])
    return found[-1]


def again(around: Surroundings, meter: UsageMonitor) -> UsageView:
    """A measurement that began after this call."""
    around.now += 1
    meter.measure_again()
    return measured(meter, lambda view: view.measured_at == around.now)


def test_before_the_first_measurement_nothing_is_claimed(around: Surroundings) -> None:
    """No zeros that look like a loss: the age is unknown."""
    view = around.meter().view
    assert (view.measured_at, view.disk, view.problem) == (None, None, "")


def test_the_first_figures_come_by_themselves(around: Surroundings) -> None:
    """Instance, disk, total, memory of its worker, and a first sample for the chart."""
    meter = around.meter()
    meter.start()
    view = measured(meter)
    (one,) = view.instances
    assert (one.instance_id, one.name, one.state) == ("loja-k7m2xq", "Loja", InstanceState.CONNECTED)
    assert one.session_bytes >= 100_000
    assert view.total_bytes == one.total_bytes + view.trash_bytes + view.other_bytes
    assert view.disk is not None
    assert view.disk.size_bytes > 0
    assert [sample.total_bytes for sample in view.samples] == [view.total_bytes]
    assert (one.growth_bytes, view.growth_per_day, view.full_at) == (None, None, None)
    if Path("/proc/self/smaps_rollup").exists():
        assert one.worker_bytes is not None
        assert one.worker_bytes > 1_000_000
        assert meter.memory.web_bytes is not None


def test_a_measurement_that_was_asked_for_begins_afterwards(around: Surroundings) -> None:
    """What was written before the press is in the figures; nobody waits a minute."""
    meter = around.meter()
    meter.start()
    before = measured(meter)
    (around.auth_dir / "loja-k7m2xq" / "history.db").write_bytes(b"x" * 200_000)
    after = again(around, meter)
    assert after.instances[0].history_bytes >= 200_000
    assert after.total_bytes >= before.total_bytes + 200_000
    around.now += 5
    assert meter.view.measured_at == around.now - 5, "nothing is measured that nobody asked for"


def test_folders_that_are_no_instances_are_the_rest(around: Surroundings) -> None:
    """The sum stays whole; an instance whose folder is gone has nothing."""
    (around.auth_dir / "alheia-bcdfgh").mkdir()
    (around.auth_dir / "alheia-bcdfgh" / "session.db").write_bytes(b"x" * 300_000)
    (around.auth_dir / ".trash" / "velha-bcdfgh-1700000000").mkdir(parents=True)
    (around.auth_dir / ".trash" / "velha-bcdfgh-1700000000" / "session.db").write_bytes(b"x" * 700_000)
    around.views = (*around.views, replace(view(id_="sumida-bcdfgh"), worker_pid=None))
    meter = around.meter()
    meter.start()
    found = measured(meter)
    assert [each.total_bytes > 0 for each in found.instances] == [True, False]
    assert found.instances[1].worker_bytes is None
    assert found.trash_bytes >= 700_000 > found.other_bytes >= 300_000
    known = sum(each.total_bytes for each in found.instances)
    assert found.total_bytes == known + found.trash_bytes + found.other_bytes


def test_instances_that_share_a_worker_share_its_memory(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Together they cost what it costs; where the system does not tell, each says its share itself."""
    others = [replace(view(id_=f"loja-{name}"), worker_pid=pid) for name, pid in (("b", 7), ("c", 8))]
    around.views = (replace(around.views[0], worker_pid=7, worker_bytes=55), *others)
    told: dict[int, int | None] = {7: 300, 8: 500}
    monkeypatch.setattr(meter_module, "proportional_bytes", told.get)
    meter = around.meter()
    meter.start()
    assert [one.worker_bytes for one in measured(meter).instances] == [150, 150, 500]
    told.clear()
    assert again(around, meter).instances[0].worker_bytes == 55


def test_samples_outlive_the_process(around: Surroundings) -> None:
    """A week later, in another process: growth in bytes a day and per instance, and when the disk is full."""
    folder = around.auth_dir / "loja-k7m2xq"
    for day in range(8):
        around.now = NOW + day * DAY_S
        (folder / f"grown-{day}").write_bytes(b"x" * 1_048_576)
        meter = around.meter()
        meter.start()
        view = measured(meter)
        meter.stop()
    assert len(view.samples) == 8
    assert view.growth_per_day == pytest.approx(1_048_576, rel=0.02)
    assert view.instances[0].growth_bytes == pytest.approx(7 * 1_048_576, rel=0.02)
    assert view.disk is not None
    left = view.disk.free_bytes / 1_048_576 * DAY_S
    assert (
        view.full_at is None
        if left > 3650 * DAY_S
        else view.full_at == pytest.approx(around.now + left, rel=0.1)
    )


def test_one_hour_has_one_sample(around: Surroundings) -> None:
    """However often it is measured, and across restarts; the file is not written again."""
    meter = around.meter()
    meter.start()
    measured(meter)
    written = (around.auth_dir / SAMPLES_FILE).stat().st_ino
    again(around, meter)
    meter.stop()
    meter = around.meter()
    meter.start()
    measured(meter)
    assert (around.auth_dir / SAMPLES_FILE).stat().st_ino == written
    around.now += HOUR_S
    assert len(again(around, meter).samples) == 2
    assert (around.auth_dir / SAMPLES_FILE).stat().st_ino != written


def test_damaged_samples_cost_the_past_only(around: Surroundings) -> None:
    """Set aside; measuring goes on and writes new ones."""
    (around.auth_dir / SAMPLES_FILE).write_bytes(b"half a fi")
    meter = around.meter()
    meter.start()
    assert len(measured(meter).samples) == 1
    assert [each.read_bytes() for each in around.auth_dir.glob(f"{SAMPLES_FILE}.corrupt-*")] == [b"half a fi"]
    assert json.loads((around.auth_dir / SAMPLES_FILE).read_bytes())["version"] == 1


def test_a_full_disk_costs_the_sample_only(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures are shown all the same; with room again the next hour's sample has the others with it."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("core.hosting.usage.monitor.write_usage", full)
        meter = around.meter()
        meter.start()
        view = measured(meter)
        assert (view.problem, len(view.samples)) == ("", 1)
    around.now += HOUR_S
    again(around, meter)
    assert len(json.loads((around.auth_dir / SAMPLES_FILE).read_bytes())["totals"]) == 2


def test_samples_that_cannot_be_read_now_are_not_overwritten(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails for a moment must not cost a year."""
    kept = json.dumps({"version": 1, "totals": [[NOW - DAY_S, 7]], "instances": []}).encode()
    (around.auth_dir / SAMPLES_FILE).write_bytes(kept)

    def failing(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("core.hosting.usage.monitor.read_usage", failing)
        meter = around.meter()
        meter.start()
        assert measured(meter).samples == ()
        assert (around.auth_dir / SAMPLES_FILE).read_bytes() == kept
    assert again(around, meter).samples[0].total_bytes == 7


def test_while_the_folder_is_not_ours_nothing_is_measured_or_written(around: Surroundings) -> None:
    """Another process has it: its code is told, and figures come as soon as it is ours."""
    around.storage = StorageView(str(around.auth_dir), ready=False, problem="auth-dir-locked")
    meter = around.meter()
    meter.start()
    eventually(lambda: meter.view.problem == "auth-dir-locked", timeout=5, seen=lambda: meter.view)
    assert meter.view.measured_at is None
    assert not (around.auth_dir / SAMPLES_FILE).exists()
    around.storage = StorageView(str(around.auth_dir), ready=True)
    assert measured(meter).problem == ""


def test_a_folder_that_is_gone_keeps_the_last_figures(around: Surroundings) -> None:
    """With their age and the code of what is wrong; back again, all is well."""
    meter = around.meter()
    meter.start()
    before = measured(meter)
    around.auth_dir.rename(around.auth_dir.with_name("away"))
    around.now += 60
    meter.measure_again()
    eventually(lambda: meter.view.problem, timeout=5, seen=lambda: meter.view)
    assert meter.view == replace(before, problem="auth-dir-error")
    around.auth_dir.with_name("away").rename(around.auth_dir)
    assert again(around, meter).problem == ""


def test_a_bug_costs_one_measurement(around: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged with its traceback, and the thread lives on."""
    sound, around.views = around.views, (None,)  # type: ignore[assignment]
    meter = around.meter()
    meter.start()
    eventually(lambda: "usage not measured" in caplog.text, timeout=5, seen=lambda: caplog.text)
    around.views = sound
    assert again(around, meter).instances


def test_a_slow_disk_is_left_in_peace(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It rests twenty times as long as it measured; whoever asked before that has had an answer."""
    waits: list[tuple[float, bool]] = []
    enough = threading.Event()

    class Slow(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            waits.append((timeout, self.is_set()))
            enough.set()
            return super().wait(timeout)

    meter = around.meter()
    monkeypatch.setattr(meter, "_asked", Slow())

    def look() -> bool:
        time.sleep(0.1)
        return True

    monkeypatch.setattr(meter, "_look", look)
    monkeypatch.setattr(meter_module, "EVERY_S", 0.5)
    meter.measure_again()
    meter.start()
    assert enough.wait(5)
    rest, asked = waits[0]
    assert rest >= 20 * 0.1
    assert not asked, "it would measure without end"


def test_a_folder_of_many_costs_little_while_nobody_looks(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It rests for a thousand times its processor time; a measurement that is asked for comes at once."""
    looks: list[float] = []

    def look(_: UsageMonitor) -> bool:
        looks.append(time.monotonic())
        began = time.thread_time()
        while time.thread_time() - began < 0.01:
            pass
        return True

    monkeypatch.setattr(UsageMonitor, "_look", look)
    monkeypatch.setattr(meter_module, "EVERY_S", 0.0)
    monkeypatch.setattr(meter_module, "ASKED_GAP_S", 0.01)
    monkeypatch.setattr(meter_module, "PROCESSOR_SHARE", 100)
    meter = around.meter()
    meter.start()
    eventually(lambda: len(looks) > 1, timeout=30, seen=lambda: looks)
    assert looks[1] - looks[0] >= 1
    monkeypatch.setattr(meter_module, "PROCESSOR_SHARE", 100_000)
    meter.measure_again()
    eventually(lambda: len(looks) > 2, timeout=10, seen=lambda: looks)
    meter.measure_again()
    eventually(lambda: len(looks) > 3, timeout=10, seen=lambda: looks)


def test_it_ends_at_once_and_twice(around: Surroundings) -> None:
    """Before its start, during the wait, and again."""
    around.meter().stop()
    meter = around.meter()
    meter.start()
    measured(meter)
    begin = time.monotonic()
    meter.stop()
    meter.stop()
    assert time.monotonic() - begin < 0.5
    assert "usage-meter" not in [thread.name for thread in threading.enumerate()]


def test_a_disk_that_hangs_holds_no_stop_up(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop gives up after a second; what was measured then is not written into a folder given free."""
    hanging, released = threading.Event(), threading.Event()

    def hang(auth_dir: Path) -> object:
        hanging.set()
        assert released.wait(10)
        return measure(auth_dir)

    monkeypatch.setattr("core.hosting.usage.monitor.measure", hang)
    meter = around.meter()
    meter.start()
    assert hanging.wait(5)
    begin = time.monotonic()
    meter.stop()
    assert time.monotonic() - begin < 2
    released.set()
    eventually(
        lambda: "usage-meter" not in [thread.name for thread in threading.enumerate()],
        timeout=5,
        seen=threading.enumerate,
    )
    assert not (around.auth_dir / SAMPLES_FILE).exists()
