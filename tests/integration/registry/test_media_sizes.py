"""Received files whose sender lies about their size, and large honest ones, through the genuine core."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psutil
import pytest

from core.errors import AppError
from core.models.worker_commands import FetchFile
from core.services import inbox
from tests.emulator.content import Document, Image
from tests.integration.registry.support import Paired, RegistryHarness
from tests.integration.registry.test_inbox import ana, entry, paired

__all__ = ["ana", "paired"]
MIB = 1024**2
CLAIMED = 1_000
GROWTH = 24 * MIB


class Peak:
    """The most memory that a process had at once since this was made."""

    def __init__(self, process: psutil.Process) -> None:
        self._status = Path(f"/proc/{process.pid}/status")
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # proc(5): begins the peak anew
        self.before = self.now()

    def now(self) -> int:
        """Bytes."""
        (line,) = (one for one in self._status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    @property
    def growth(self) -> int:
        """Bytes above where it stood."""
        return self.now() - self.before


def refused(paired: Paired, message_id: str) -> str:
    """The code and the limit with which fetching that file ends."""
    with pytest.raises(AppError) as caught:
        inbox.fetch(paired.id, message_id)
    return f"{caught.value.code}: {caught.value.detail}"


def test_a_file_larger_than_it_says_costs_no_memory(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """1,000 bytes that are 150 MB: the worker ends the fetching, hardly grows, and goes on working."""
    house.emulator.faults(media_padding=150 * 1_000_000)
    bomb = house.emulator.write(
        Document(b"d" * CLAIMED, "ata.pdf", "application/pdf"), sender=ana, receiver=paired.number
    )
    house.emulator.clear_faults()
    honest = house.emulator.write(Image(b"x" * CLAIMED, "image/jpeg"), sender=ana, receiver=paired.number)
    entry(paired, honest)
    worker = house.worker(paired.id)
    peak = Peak(worker)
    assert [refused(paired, bomb) for _ in range(3)] == ["file-too-large: 100 MB"] * 3
    print(f"worker at {peak.before / MIB:.0f} MiB grew by {peak.growth / MIB:.1f} MiB")
    assert peak.growth < GROWTH
    assert inbox.fetch(paired.id, honest) == b"x" * CLAIMED
    assert worker.is_running()


def test_a_file_that_nobody_waits_for_is_left_nowhere(
    house: RegistryHarness, paired: Paired, ana: str, tmp_path: Path
) -> None:
    """Who asked gave up and deleted the place: no other file comes there."""
    sent = house.emulator.write(Image(b"x" * CLAIMED, "image/jpeg"), sender=ana, receiver=paired.number)
    file = entry(paired, sent).content.file
    assert file is not None
    for place in (tmp_path / "gone", tmp_path):
        with pytest.raises(AppError, match="file-not-kept"):
            house.registry.ask(
                FetchFile(paired.id, f"r{place.name}", file.remote, str(place), limit=10_000), timeout=10
            )
    assert not (tmp_path / "gone").exists()


def test_a_large_honest_file_comes_whole_and_costs_no_memory(
    house: RegistryHarness, paired: Paired, ana: str
) -> None:
    """60 MB, byte for byte."""
    data = hashlib.shake_256(b"honest").digest(60_000_000)
    sent = house.emulator.write(Document(data, "f.bin", "application/x"), sender=ana, receiver=paired.number)
    entry(paired, sent)
    peak = Peak(house.worker(paired.id))
    assert inbox.fetch(paired.id, sent) == data
    print(f"worker at {peak.before / MIB:.0f} MiB grew by {peak.growth / MIB:.1f} MiB")
    assert peak.growth < GROWTH
