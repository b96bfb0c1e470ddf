"""No file of AUTH_DIR is mapped into the process that owns it: a full disk could end it by a bus error."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.emulator.handle import Emulator
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import RegistryHarness, RegistryProcess
from tests.support.mappings import MappingWatch
from tests.support.polling import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is mapped is read from /proc")


def pair(running: RegistryProcess, emulator: Emulator, number: str, name: str) -> str:
    """Create an instance and scan its QR; gives its id."""
    instance_id: str = running.ask("create", name=name)["id"]

    def qr() -> str:
        shown = {view["id"]: view["qr"] for view in running.ask("views")}[instance_id]
        return str(shown["code"]) if shown else ""

    emulator.scan(number=number, qr=eventually(qr, timeout=15, seen=running.log_text))
    running.wait(instance_id, "connected")
    return instance_id


def test_nothing_is_mapped_in_the_life_of_an_instance(
    house: RegistryHarness, start_registry: StartRegistry, fresh_number: Callable[[], str]
) -> None:
    """Paired, checkpointed, sent through, looked up, restarted, unlinked, deleted and restored: never."""
    contact = house.contact()
    with start_registry() as running, MappingWatch(running.pid, house.auth_dir) as watch:
        ids = [pair(running, house.emulator, fresh_number(), f"Loja {number}") for number in range(3)]
        for instance_id in ids:
            running.ask("send", instance_id=instance_id, to=contact, text="oi")
            for verb in ("stop_instance", "start_instance"):
                running.ask(verb, instance_id=instance_id)
            running.wait(instance_id, "connected")
        running.ask("unlink", instance_id=ids[0])
        running.ask("delete", instance_id=ids[1])
        running.ask("restore", name=running.ask("deleted")[0])
        running.ask("start_instance", instance_id=ids[1])
        running.wait(ids[1], "connected")
    assert watch.looks > 500
    assert watch.found == set()


def test_the_watch_sees_what_sqlite_maps(house: RegistryHarness) -> None:
    """A process that opens a store with a write-ahead log itself is caught."""
    house.open()
    paired = house.pair()
    worker = house.worker(paired.id)
    with MappingWatch(worker.pid, house.auth_dir) as watch:
        eventually(lambda: watch.found, timeout=5, seen=lambda: watch.looks)
    assert watch.found == {f"{paired.id}/session.db-shm"}
