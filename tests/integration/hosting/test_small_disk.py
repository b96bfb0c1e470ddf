"""Use and warnings on a real file system that is really filled."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.hosting.usage import monitor as meter_module
from core.hosting.usage.growth import HOUR_S, warnings
from core.hosting.usage.monitor import UsageMonitor
from core.hosting.usage.scan import disk_space, measure
from core.models.storage import StorageView
from core.models.usage import UsageView
from core.store.usage_file import SAMPLES_FILE
from tests.support.polling import eventually
from tests.support.small_disk import small_disk

MIB = 1024**2


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """4 MiB and 100 inodes."""
    with small_disk(tmp_path / "disk", size="4m", inodes=100) as folder:
        yield folder


def fill(folder: Path, *, left: int) -> None:
    """Write until no more than `left` bytes are free."""
    for number in itertools.count():
        free = disk_space(folder).free_bytes
        if free <= left:
            return
        with (folder / f"fill-{number}").open("wb") as file:
            file.write(b"x" * min(free - left, 256 * 1024))


def test_the_figures_are_the_file_system_s_own(disk: Path) -> None:
    """Size and inodes as mounted; what is written is missing from the free, to the block."""
    before = disk_space(disk)
    assert (before.size_bytes, before.inodes) == (4 * MIB, 100)
    (disk / "loja-bcdfgh").mkdir()
    (disk / "loja-bcdfgh" / "session.db").write_bytes(b"x" * MIB)
    after = disk_space(disk)
    assert before.free_bytes - after.free_bytes == MIB
    assert before.free_inodes - after.free_inodes == 2
    assert measure(disk).folders["loja-bcdfgh"].session_bytes == MIB


def test_a_disk_that_fills_up_warns_at_80_and_95_percent(disk: Path) -> None:
    """Not a block before; full to the last byte is the worse warning; space that returns ends it."""
    fill(disk, left=MIB)
    assert warnings(disk_space(disk)) == ()
    fill(disk, left=int(4 * MIB * 0.20))
    assert warnings(disk_space(disk)) == ("disk-80",)
    fill(disk, left=int(4 * MIB * 0.05) + 4096)
    assert warnings(disk_space(disk)) == ("disk-80",)
    fill(disk, left=int(4 * MIB * 0.05))
    assert warnings(disk_space(disk)) == ("disk-95",)
    fill(disk, left=0)
    with pytest.raises(OSError, match="No space left") as caught:
        (disk / "one-more").write_bytes(b"x" * 4096)
    assert caught.value.errno == errno.ENOSPC
    assert warnings(disk_space(disk)) == ("disk-95",)
    for file in disk.glob("fill-*"):
        file.unlink()
    assert warnings(disk_space(disk)) == ()


def test_inodes_run_out_long_before_bytes(disk: Path) -> None:
    """Empty files: the bytes are fine, the warning names the inodes."""
    for number in itertools.count():
        left = disk_space(disk).free_inodes
        expected = ("inodes-95",) if left <= 5 else ("inodes-80",) if left <= 20 else ()
        assert warnings(disk_space(disk)) == expected, left
        if not left:
            break
        (disk / f"empty-{number}").touch()
    with pytest.raises(OSError, match="No space left"):
        (disk / "one-more").touch()
    assert disk_space(disk).free_bytes > 3 * MIB


def test_another_disk_inside_is_not_entered(disk: Path) -> None:
    """Neither as an instance nor inside one: its bytes are not this disk's. It is told that there is one."""
    for place in ("loja-bcdfgh/backup", "montada-bcdfgh"):
        with small_disk(disk / place, size="4m") as other:
            (other / "session.db").write_bytes(b"x" * 3 * MIB)
            found = measure(disk)
            assert found.total_bytes < MIB
            assert (found.elsewhere, found.unreadable) == (1, {})
            assert "montada-bcdfgh" not in found.folders


def measured(meter: UsageMonitor, test: Callable[[UsageView], bool]) -> UsageView:
    """The view that passes, once it does."""

    def look() -> bool:
        return meter.view.measured_at is not None and test(meter.view)

    eventually(look, timeout=5, seen=lambda: meter.view)
    return meter.view


def test_a_full_disk_is_measured_and_told(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures come, the sample waits in memory, nothing half written is left; stored when it fits."""
    monkeypatch.setattr(meter_module, "ASKED_GAP_S", 0.01)
    now = [1_800_000_000.0]
    meter = UsageMonitor(
        disk, storage=lambda: StorageView(str(disk), ready=True), views=lambda: (), clock=lambda: now[0]
    )
    fill(disk, left=0)
    meter.start()
    try:
        view = measured(meter, lambda view: True)
        assert (view.warnings, view.problem) == (("disk-95",), "")
        assert view.disk is not None
        assert (view.disk.free_bytes, len(view.samples)) == (0, 1)
        assert [name for name in os.listdir(disk) if "usage" in name] == []  # noqa: PTH208
        for file in disk.glob("fill-*"):
            file.unlink()
        now[0] += HOUR_S
        meter.measure_again()
        view = measured(meter, lambda view: view.measured_at == now[0])
        assert (view.warnings, len(view.samples)) == ((), 2)
        assert len(json.loads((disk / SAMPLES_FILE).read_bytes())["totals"]) == 2
    finally:
        meter.stop()


def test_the_stored_samples_survive_a_full_disk(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that finds no room leaves the old file whole."""
    monkeypatch.setattr(meter_module, "ASKED_GAP_S", 0.01)
    now = [1_800_000_000.0]
    meter = UsageMonitor(
        disk, storage=lambda: StorageView(str(disk), ready=True), views=lambda: (), clock=lambda: now[0]
    )
    meter.start()
    try:
        measured(meter, lambda view: True)
        stored = (disk / SAMPLES_FILE).read_bytes()
        fill(disk, left=0)
        now[0] += HOUR_S
        meter.measure_again()
        assert measured(meter, lambda view: view.measured_at == now[0]).problem == ""
        assert (disk / SAMPLES_FILE).read_bytes() == stored
    finally:
        meter.stop()


def test_a_disk_that_is_taken_away_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mount point remains, empty: what is there now is measured, and the size is that of its disk."""
    monkeypatch.setattr(meter_module, "ASKED_GAP_S", 0.01)
    now = [1_800_000_000.0]
    folder = tmp_path / "disk"
    meter = UsageMonitor(
        folder, storage=lambda: StorageView(str(folder), ready=True), views=lambda: (), clock=lambda: now[0]
    )
    try:
        with small_disk(folder, size="4m"):
            fill(folder, left=MIB)
            meter.start()
            before = measured(meter, lambda view: True)
            assert before.disk is not None
            assert before.disk.size_bytes == 4 * MIB
        now[0] += 1
        meter.measure_again()
        after = measured(meter, lambda view: view.measured_at == now[0])
        assert after.disk is not None
        assert after.disk.size_bytes == shutil.disk_usage(tmp_path).total
        assert after.total_bytes < MIB
    finally:
        meter.stop()
