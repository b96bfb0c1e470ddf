"""What instances of the genuine core occupy, on the disk and in memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from core.hosting.usage.monitor import UsageMonitor
from core.hosting.usage.scan import measure
from core.models.instance import InstanceState
from core.models.usage import InstanceUsage, UsageView
from core.registry.instance_writer import EVERY_S
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.polling import eventually

S = InstanceState


@pytest.fixture
def meter(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[UsageMonitor]:
    """Measures the folder of an open registry; not started."""
    monkeypatch.setattr("core.hosting.usage.monitor.ASKED_GAP_S", 0.05)
    registry = house.open()
    made = UsageMonitor(house.auth_dir, storage=registry.storage, views=registry.views)
    yield made
    made.stop()


def measured(meter: UsageMonitor, test: Callable[[UsageView], object] = lambda view: True) -> UsageView:
    """A measurement that began after this call and passes."""
    before = meter.view.measured_at or 0.0

    def look() -> bool:
        meter.measure_again()
        view = meter.view
        return (view.measured_at or 0.0) > before and bool(test(view))

    eventually(look, timeout=10, seen=lambda: meter.view)
    return meter.view


def of(view: UsageView, paired: Paired) -> InstanceUsage:
    """That instance's row."""
    return next(each for each in view.instances if each.instance_id == paired.id)


def test_a_session_and_its_worker_are_measured(house: RegistryHarness, meter: UsageMonitor) -> None:
    """Bytes of the real session, memory of the real worker; stopped, it costs none; deleted, it is trash."""
    meter.start()
    one, two = house.pair("Um"), house.pair("Dois")
    # A pairing writes a log of some 4 MB, which the first checkpoint folds in.
    view = measured(meter, lambda view: all(each.session_bytes < 1_000_000 for each in view.instances))
    for paired in (one, two):
        row = of(view, paired)
        assert (row.state, row.name) == (S.CONNECTED, house.view(paired.id).name)
        assert row.session_bytes > 100_000
        assert 0 < row.history_bytes < 100_000
        assert row.last_write is not None
        if sys.platform == "linux":
            assert row.worker_bytes is not None
            assert 5_000_000 < row.worker_bytes < 60_000_000
    assert [each.instance_id for each in view.instances] == [one.id, two.id], "oldest first"
    house.registry.stop_instance(one.id, timeout=5)
    stopped = of(measured(meter, lambda view: of(view, one).state is S.STOPPED), one)
    assert (stopped.state, stopped.worker_bytes) == (S.STOPPED, None)
    assert stopped.session_bytes > 100_000
    house.registry.trash.delete(one.id)
    view = measured(meter)
    assert [each.instance_id for each in view.instances] == [two.id]
    assert view.trash_bytes >= stopped.session_bytes
    assert view.total_bytes == of(view, two).total_bytes + view.trash_bytes + view.other_bytes


def test_a_log_that_grew_is_folded_in_by_the_next_checkpoint(
    house: RegistryHarness, meter: UsageMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is there it counts, for it takes room; within the supervisor's rhythm it is gone."""
    assert EVERY_S <= 30
    monkeypatch.setattr("core.registry.instance_writer.EVERY_S", 1.0)
    meter.start()
    paired = house.pair()
    log = house.folder(paired.id) / "session.db-wal"
    eventually(lambda: log.exists() and log.stat().st_size == 0, timeout=10, seen=log.exists)
    to = house.contact()
    sizes = []
    for _ in range(20):
        house.send_text(paired.id, to=to, text="Olá", timeout=10)
        with_log = measure(house.auth_dir).folders[paired.id].session_bytes
        sizes.append((log.stat().st_size, with_log))
    grown = max(sizes)
    assert grown[0] > 20_000, "the sends wrote nothing: this test measures nothing"
    assert grown[1] > (house.folder(paired.id) / "session.db").stat().st_size
    eventually(lambda: log.stat().st_size == 0, timeout=10, seen=log.stat)

    def both() -> tuple[int, int]:
        """What is measured, and what is there: a late receipt may be written between the two."""
        row = of(measured(meter), paired)
        files = [path for path in house.folder(paired.id).iterdir() if path.name.startswith("session.db")]
        return row.session_bytes, sum(path.stat().st_blocks * 512 for path in files)

    eventually(lambda: len(set(both())) == 1, timeout=10, seen=both)


def test_measuring_disturbs_nobody(house: RegistryHarness, meter: UsageMonitor) -> None:
    """Fifty measurements in a row: connected all the time, by the same worker, and a text goes out."""
    meter.start()
    paired = house.pair()
    before = house.view(paired.id)
    for _ in range(50):
        measured(meter)
    assert house.view(paired.id) == before
    sent = house.send_text(paired.id, to=house.contact(), text="Olá", timeout=10)
    assert sent.reason == ""
