"""Paired instances on disk, made by the genuine core without a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.models.instance import InstanceState
from core.registry.registry import Registry
from core.settings import read_settings
from tests.emulator.handle import Emulator
from tests.support.polling import eventually


@contextmanager
def emulated_network(emulator: Emulator, core: Path) -> Iterator[None]:
    """Let workers started in this block find the emulator; they read the environment at their start."""
    before = dict(os.environ)
    os.environ.update(emulator.environment(core))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def pair_instances(auth_dir: Path, emulator: Emulator, core: Path, numbers: Sequence[str]) -> list[str]:
    """Create one instance for each number, scan its QR and stop all again. Gives their ids."""
    settings = read_settings({"AUTH_DIR": str(auth_dir), "MAX_INSTANCES": str(len(numbers) + 1)})
    registry = Registry(settings)
    with emulated_network(emulator, core):
        registry.start()
        try:
            eventually(lambda: registry.storage().ready, timeout=10, seen=registry.storage)
            return [_pair(registry, emulator, number) for number in numbers]
        finally:
            registry.stop()


def _pair(registry: Registry, emulator: Emulator, number: str) -> str:
    emulator.add_phone(number, number)
    created = registry.create(f"Instância {number[-4:]}")
    assert registry.wait_for(created.id, lambda view: view.qr is not None, timeout=10)
    step = registry.view(created.id).qr
    assert step is not None
    emulator.scan(number=number, qr=step.code)
    connected = registry.wait_for(created.id, lambda view: view.state is InstanceState.CONNECTED, timeout=10)
    assert connected, registry.view(created.id)
    return created.id
