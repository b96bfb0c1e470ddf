"""Sends hit at every point: no double, no loss. `make drill` runs 200 of them, these tests a sample."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.models.instance import InstanceState
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.crash_drill import CrashDrill
from tests.integration.registry.support import RegistryHarness

S = InstanceState
RUNS = int(os.environ.get("DRILL_RUNS", "20"))


@pytest.mark.timeout(120 + 12 * RUNS)
def test_no_double_and_no_loss(house: RegistryHarness, start_registry: StartRegistry, tmp_path: Path) -> None:
    """Two thirds hit the worker or its connection, one third the whole app; nothing of it twice or forgotten.

    What is called sent has arrived, what is called failed has not, and what arrived is known.
    """
    drill = CrashDrill(house, tmp_path, seed=463)
    house.open()
    paired = house.pair()
    house.send_text(paired.id, to=house.contact(), text="antes", timeout=10)
    drill.hit_worker_or_connection(paired, RUNS * 2 // 3)
    house.registry.stop()
    drill.hit_registry(paired, start_registry, RUNS - RUNS * 2 // 3)
    print(f"\n{drill.tally}")
    drill.check_late_ones()
    assert (drill.tally.runs, drill.tally.doubles, drill.tally.lost) == (RUNS, 0, 0), str(drill.tally)


@pytest.mark.timeout(120 + 12 * RUNS)
def test_no_double_and_no_loss_in_a_worker_that_is_shared(
    house: RegistryHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each blow at the worker hits all that are in it, and all are there again."""
    monkeypatch.setattr("core.registry.packing.placement.PROBATION_S", 0.0)  # together again at once
    house.instances_per_worker = 10
    house.open()
    paired, *others = [house.pair(f"Loja {number}") for number in range(3)]
    house.registry.stop()
    house.open()
    for one in (paired, *others):
        house.wait(one.id, S.CONNECTED)
    assert len({house.view(one.id).worker_pid for one in (paired, *others)}) == 1
    drill = CrashDrill(house, tmp_path, seed=464)
    drill.hit_worker_or_connection(paired, RUNS * 2 // 3)
    print(f"\n{drill.tally}")
    drill.check_late_ones()
    assert (drill.tally.doubles, drill.tally.lost) == (0, 0), str(drill.tally)
    for one in others:
        house.wait(one.id, S.CONNECTED, timeout=20)
        assert len(house.emulator.devices_of(one.number)) == 1
