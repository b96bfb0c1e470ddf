"""Starting and stopping leaves nothing, however often."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

from core.models.instance import InstanceState
from core.models.timeline import HistoryKind
from core.store.session_process import MODULE
from tests.emulator import faults
from tests.integration.registry.conftest import open_files, our_threads
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually
from tests.support.processes import alive, is_alive, looks_inside

S = InstanceState


@looks_inside
def test_fifty_starts_and_stops_leave_nothing(house: RegistryHarness) -> None:
    """Descriptors and threads are as before, in this process and in the preloader; it still works."""
    house.open()
    created = house.registry.create("Loja")
    house.wait_qr(created.id)
    preloader = house.worker(created.id).parent()
    assert preloader is not None
    house.registry.stop_instance(created.id, timeout=5)
    house.wait_noted(created.id, HistoryKind.STOPPED)
    before = (len(open_files()), our_threads(), preloader.num_fds())
    for _ in range(50):
        house.registry.start_instance(created.id)
        assert house.registry.wait_for(created.id, lambda view: view.state is not S.STOPPED, timeout=5)
        assert house.registry.stop_instance(created.id, timeout=5)

    def now() -> tuple[int, list[str], int]:
        return len(open_files()), our_threads(), preloader.num_fds()

    eventually(lambda: now() == before, timeout=5, seen=lambda: (before, now(), open_files()))
    assert preloader.children() == []
    house.registry.start_instance(created.id)
    house.pair(instance_id=created.id)


def test_stopping_ends_the_processes_that_look_into_sessions(house: RegistryHarness) -> None:
    """All that the registry started is gone when it has stopped."""
    house.open()
    house.pair()
    looking = [child for child in alive(psutil.Process().children()) if MODULE in child.cmdline()]
    assert looking
    house.registry.stop()
    assert not any(is_alive(child) for child in looking)


def cancelled(house: RegistryHarness, instance_id: str) -> None:
    """Nobody scans; the person goes away."""
    house.registry.start_instance(instance_id)
    house.wait_qr(instance_id)


def unreachable(house: RegistryHarness, instance_id: str) -> None:
    """No QR ever comes, and it is being tried on."""
    house.emulator.faults(refuse=True)
    house.registry.start_instance(instance_id)
    house.wait(instance_id, S.RECONNECTING, reason="wa-unreachable")
    house.emulator.clear_faults()


def refused(house: RegistryHarness, instance_id: str) -> None:
    """WhatsApp says no instead of offering a QR."""
    house.emulator.faults(failure=faults.OUTDATED)
    house.registry.start_instance(instance_id)
    house.wait(instance_id, S.FAILED, reason="wa-client-outdated")
    house.emulator.clear_faults()


def unlinkable(house: RegistryHarness, instance_id: str) -> None:
    """The scan is answered by the wish for a passkey."""
    house.emulator.faults(passkey=True)
    house.registry.start_instance(instance_id)
    house.emulator.scan(number=house.fresh_number(), qr=house.wait_qr(instance_id).code)
    house.wait(instance_id, S.FAILED, reason="passkey-required")
    house.emulator.clear_faults()


def crashed(house: RegistryHarness, instance_id: str) -> None:
    """The worker dies while its QR shows; another one takes over."""
    house.registry.start_instance(instance_id)
    step = house.wait_qr(instance_id)
    house.worker(instance_id).kill()
    house.wait_qr(instance_id, other_than=step.code)


ATTEMPTS: tuple[Callable[[RegistryHarness, str], None], ...] = (
    cancelled,
    unreachable,
    refused,
    unlinkable,
    crashed,
)


@looks_inside
def test_fifty_pairings_that_fail_leave_nothing(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled, refused or crashed: processes, threads and descriptors are as before; it works."""
    monkeypatch.setattr("core.registry.retry.Backoff.wait", lambda *_, **__: 0.05)
    house.open()
    created = house.registry.create("Loja")
    house.wait_qr(created.id)
    preloader = house.worker(created.id).parent()
    assert preloader is not None
    house.registry.stop_instance(created.id, timeout=5)
    house.wait_noted(created.id, HistoryKind.STOPPED)

    def now() -> tuple[int, list[str], int, list[object]]:
        return len(open_files()), our_threads(), preloader.num_fds(), preloader.children()

    before = now()
    for number in range(50):
        ATTEMPTS[number % len(ATTEMPTS)](house, created.id)
        assert house.registry.stop_instance(created.id, timeout=5)
    eventually(lambda: now() == before, timeout=5, seen=lambda: (before, now(), open_files()))
    assert preloader.is_running()
    assert [path.name for path in house.auth_dir.iterdir() if path.is_dir()] == [created.id]
    assert not house.emulator.state().errors
    house.registry.start_instance(created.id)
    house.pair(instance_id=created.id)
