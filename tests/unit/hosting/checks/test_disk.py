"""How full a disk is: one answer, `df`'s, for the storage page, its warnings, what fits, the self-checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.hosting.checks import disk as probe
from core.hosting.checks.memory import MemoryRoom
from core.hosting.usage import growth
from core.hosting.usage.prices import Capacity, cost_view
from core.hosting.usage.scan import disk_space
from core.models.diagnostics import Check, SelfCheck, Verdict
from core.models.usage import CostView, DiskSpace, UsageView

GIB = 1024**3
BLOCK = 4096


def reserving(*, size: int, used: int, free: int) -> SimpleNamespace:
    """What the kernel says of a disk of `size` GB that keeps back what is neither used nor free."""
    blocks = GIB // BLOCK
    return SimpleNamespace(
        f_frsize=BLOCK,
        f_blocks=size * blocks,
        f_bfree=(size - used) * blocks,
        f_bavail=free * blocks,
        f_files=1000,
        f_ffree=800,
        f_favail=100,
    )


@pytest.fixture
def quota(monkeypatch: pytest.MonkeyPatch) -> DiskSpace:
    """252 GB on paper, 24 used, 77 more for us: a quota keeps the rest back."""
    monkeypatch.setattr(os, "statvfs", lambda _path: reserving(size=252, used=24, free=77))
    return disk_space(Path("/"))


def test_what_is_kept_back_is_neither_used_nor_ours(quota: DiskSpace) -> None:
    """24 of 101 GB, not 175 of 252; the same of files."""
    assert (quota.size_bytes, quota.used_bytes, quota.free_bytes) == (252 * GIB, 24 * GIB, 77 * GIB)
    assert quota.usable_bytes == 101 * GIB
    assert quota.used_share == pytest.approx(24 / 101)
    assert quota.usable_inodes == 300
    assert quota.used_inodes_share == pytest.approx(2 / 3)


def test_the_page_and_the_self_check_agree(quota: DiskSpace) -> None:
    """Both say 24 % of 101 GB, and neither warns."""
    assert probe.disk_space(Path("/")) == Check(
        SelfCheck.DISK_SPACE, Verdict.GOOD, value="24% (24 GB / 101 GB)"
    )
    assert growth.warnings(quota) == ()


@pytest.mark.parametrize(("used", "free", "level"), [(79, 21, ""), (80, 20, "-80"), (95, 5, "-95")])
def test_both_begin_to_warn_at_the_same_block(
    monkeypatch: pytest.MonkeyPatch, used: int, free: int, level: str
) -> None:
    """Of what may be used, however large the disk is on paper."""
    monkeypatch.setattr(os, "statvfs", lambda _path: reserving(size=250, used=used, free=free))
    expected = f"disk{level}" if level else ""
    assert probe.disk_space(Path("/")).reason == expected
    assert growth.warnings(disk_space(Path("/"))) == ((expected,) if expected else ())


def priced(disk: DiskSpace) -> CostView:
    """The cost table of an installation without instances on that disk."""
    view = UsageView(1.0, (), 0, 0, 0, disk, (), None, None, (), "")
    return cost_view(view, MemoryRoom(None, None, None), gigabyte_usd=0.25, capacity=Capacity(10**9, 1))


def test_one_disk_has_one_size(quota: DiskSpace) -> None:
    """Of the nominal 252 GB a quota leaves 101: that is said, and counted with."""
    view = priced(quota)
    (present,) = (row for row in view.rows if row.present)
    assert present.gigabytes == 101
    assert present.fit_by_disk == int(101 * GIB * 0.8 / view.session_bytes)
    assert view.room_left == int((101 * 0.8 - 24) * GIB / view.session_bytes)


def test_a_disk_without_a_size_is_neither_full_nor_empty() -> None:
    """Some network file systems tell nothing."""
    nothing = DiskSpace(0, 0, 0, 0)
    assert (nothing.used_share, nothing.used_inodes_share, growth.warnings(nothing)) == (None, None, ())


@pytest.mark.skipif(sys.platform != "linux", reason="df speaks differently elsewhere")
def test_it_is_what_df_says(tmp_path: Path) -> None:
    """Size, used and free in blocks, of a real disk that others write to meanwhile."""
    said = subprocess.run(
        ["df", "-B1", "--output=size,used,avail", str(tmp_path)], capture_output=True, text=True, check=True
    )
    size, used, free = (int(word) for word in said.stdout.split()[-3:])
    space = disk_space(tmp_path)
    assert space.size_bytes == size
    assert space.used_bytes == pytest.approx(used, abs=GIB)
    assert space.free_bytes == pytest.approx(free, abs=GIB)
