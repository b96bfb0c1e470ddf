"""What a page asks about use and cost: answered at once, from the newest measurement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.hosting.usage.monitor import UsageMonitor
from core.models.storage import StorageView
from core.models.usage import ExchangeRate
from core.services import usage
from core.services.runtime import current, install
from core.settings import read_settings
from tests.support.polling import eventually
from tests.unit.services.conftest import ID, RecordingRegistry


@pytest.fixture
def usage_monitor(registry: RecordingRegistry, tmp_path: Path) -> object:
    """A real monitor on a folder with the recording registry's one instance."""
    (tmp_path / ID).mkdir()
    (tmp_path / ID / "session.db").write_bytes(b"x" * 600_000)
    settings = read_settings(
        {"AUTH_DIR": str(tmp_path), "DISK_PRICE_PER_GB_MONTH": "0.5", "MAX_INSTANCES": "3"}
    )
    made = UsageMonitor(
        tmp_path, storage=lambda: StorageView(str(tmp_path), ready=True), views=registry.views
    )
    runtime = current()
    install(replace(runtime, settings=settings, usage_monitor=made))
    yield made
    made.stop()


def test_before_a_measurement_typical_figures_are_shown_as_such(usage_monitor: UsageMonitor) -> None:
    """A page that opens first sees a table, not an error."""
    assert usage.usage().measured_at is None
    assert (usage.costs().typical, usage.costs().room_left) == (True, None)


def test_costs_follow_the_settings_and_the_measurement(usage_monitor: UsageMonitor) -> None:
    """The price and the limit from the environment, the size of an instance from the disk."""
    usage_monitor.start()
    eventually(lambda: usage.usage().measured_at, timeout=5, seen=usage.usage)
    view = usage.costs()
    assert view.session_bytes == usage.usage().instances[0].total_bytes >= 600_000
    assert [(row.gigabytes, row.disk_usd) for row in view.rows if row.gigabytes == 10] == [(10, 5.0)]
    assert view.room_left is not None
    assert 0 <= view.room_left <= 2, "three may exist, one does"


def test_the_rate_of_the_settings_replaces_the_sheet_s(usage_monitor: UsageMonitor) -> None:
    """With its day, and without a source: the operator is the one."""
    assert usage.costs().rate.source
    settings = read_settings({"BRL_PER_USD": "6", "BRL_PER_USD_DATE": "2026-01-20"})
    install(replace(current(), settings=settings))
    assert usage.costs().rate == ExchangeRate(6.0, date(2026, 1, 20))


def test_a_measurement_can_be_asked_for(usage_monitor: UsageMonitor) -> None:
    """It begins after the call and is newer."""
    usage_monitor.start()
    first = eventually(lambda: usage.usage().measured_at, timeout=5, seen=usage.usage)
    usage.measure_again()
    eventually(lambda: (usage.usage().measured_at or 0) > first, timeout=5, seen=usage.usage)
