"""Processes that die, hang or cannot be started."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from core.models.history import HistoryKind
from core.models.instance import InstanceState, InstanceView
from core.registry import supervisor
from tests.integration.registry.support import House
from tests.support.processes import alive, is_alive

S = InstanceState
NO_MORE = 3
"""As the limit of descriptors: 0, 1 and 2 are taken in any process, and what is open stays open."""


def replaced(worker: psutil.Process) -> Callable[[InstanceView], bool]:
    """Whether another worker runs in the place of that one."""
    return lambda view: view.worker_pid not in (None, worker.pid)


def test_a_killed_worker_is_replaced_and_nobody_else_notices(house: House) -> None:
    """Connected again within 3 s, counted as one restart; the other instances are exactly as before."""
    house.open()
    paired, others = house.pair("Um"), [house.pair("Dois"), house.pair("Três")]
    before = [house.view(other.id) for other in others]
    worker = house.worker(paired.id)
    begin = time.monotonic()
    worker.kill()
    house.wait(paired.id, S.RECONNECTING, reason="worker-exited")
    view = house.wait(paired.id, S.CONNECTED)
    assert time.monotonic() - begin < 3
    assert view.restarts == 1
    assert view.worker_pid not in (None, worker.pid)
    assert [house.view(other.id) for other in others] == before
    assert len(house.emulator.devices_of(paired.number)) == 1


def test_a_worker_that_dies_while_a_qr_shows_is_replaced(house: House) -> None:
    """A new QR follows by itself, the old one is not shown any more."""
    house.open()
    created = house.registry.create("Loja")
    step = house.wait_qr(created.id)
    house.worker(created.id).kill()
    assert house.wait_qr(created.id, other_than=step.code).index == 1
    house.pair(instance_id=created.id)


def test_a_worker_that_dies_again_and_again_is_waited_for_longer(house: House) -> None:
    """Each death counts; a stopped instance forgets them."""
    house.open()
    paired = house.pair()
    for count in (1, 2):
        house.worker(paired.id).kill()
        house.wait(paired.id, S.RECONNECTING, reason="worker-exited")
        assert house.wait(paired.id, S.CONNECTED).restarts == count
    house.registry.stop_instance(paired.id, timeout=5)
    house.registry.start_instance(paired.id)
    assert house.wait(paired.id, S.CONNECTED).restarts == 0


def test_everybody_survives_the_death_of_the_preloader(house: House) -> None:
    """Its workers go with it; another one is started and all come back, without a QR."""
    house.open()
    paired = [house.pair(f"Loja {number}") for number in range(3)]
    workers = [house.worker(one.id) for one in paired]
    preloader = workers[0].parent()
    assert preloader is not None
    preloader.kill()
    for one, worker in zip(paired, workers, strict=True):
        assert house.registry.wait_for(one.id, replaced(worker), timeout=10)
        house.wait(one.id, S.CONNECTED)
    assert not alive(workers)
    assert {house.worker(one.id).parent() for one in paired} != {preloader}
    assert len({house.worker(one.id).parent() for one in paired}) == 1


def test_a_preloader_without_free_descriptors_loses_no_worker(house: House) -> None:
    """A new instance has to wait; those that run do not notice, and it comes when there is room again."""
    house.open()
    paired = house.pair("Um")
    before = house.view(paired.id)
    preloader = house.worker(paired.id).parent()
    assert preloader is not None
    limits = preloader.rlimit(resource.RLIMIT_NOFILE)
    preloader.rlimit(resource.RLIMIT_NOFILE, (NO_MORE, limits[1]))
    created = house.registry.create("Dois")
    house.wait(created.id, S.RECONNECTING, reason="worker-exited")
    assert is_alive(preloader)
    assert house.view(paired.id) == before
    preloader.rlimit(resource.RLIMIT_NOFILE, limits)
    house.pair(instance_id=created.id)
    assert house.view(paired.id) == before


def test_a_web_process_without_free_descriptors_loses_no_worker(house: House) -> None:
    """One start that fails for want of a descriptor never costs the instances that run."""
    house.open()
    paired, created = house.pair("Um"), house.registry.create("Dois")
    house.wait_qr(created.id)
    house.registry.stop_instance(created.id, timeout=5)
    house.wait_noted(created.id, HistoryKind.STOPPED)
    (house.folder(created.id) / "session.db").unlink()
    before = house.view(paired.id)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (NO_MORE, limits[1]))
    try:
        house.registry.start_instance(created.id)
        house.wait(created.id, S.RECONNECTING, reason="worker-lost")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    house.pair(instance_id=created.id)
    assert house.view(paired.id) == before


def test_an_instance_waits_while_no_process_can_be_started(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is ready all the same, the instance says what is missing, and comes when it can."""
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/does/not/exist")
        house.open()
        created = house.registry.create("Loja")
        view = house.wait(created.id, S.RECONNECTING, reason="worker-lost")
        assert view.next_try_at is not None
    house.pair(instance_id=created.id)


def test_a_worker_that_hangs_is_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not even see the request to stop is gone all the same, and the session is whole."""
    monkeypatch.setattr(supervisor, "STOP_DEADLINE_S", 0.3)
    house.open()
    paired = house.pair()
    worker = house.worker(paired.id)
    worker.suspend()
    assert house.registry.stop_instance(paired.id, timeout=5)
    psutil.wait_procs([worker], timeout=2)
    assert not is_alive(worker)
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
