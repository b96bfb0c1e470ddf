"""A disk that fills up and is freed again and again under a running app.

`make drill` runs 100 rounds on each kind of disk, these tests a sample.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from core.store import outbox_table as sent
from core.store import timeline
from core.store.session import has_device
from tests.emulator.handle import Emulator
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import RegistryProcess
from tests.support.fillable_disk import DISKS, SmallDisk, disk_of, needs_mounts
from tests.support.polling import eventually
from tests.support.stores import integrity

pytestmark = needs_mounts
ROUNDS: Final = int(os.environ.get("DRILL_RUNS", "5"))
LOOK_EVERY: Final = 5
BACK_S: Final = 30.0


class App:
    """A registry in a process of its own with one paired instance, which it must never lose."""

    def __init__(self, running: RegistryProcess, emulator: Emulator, number: str, contact: str) -> None:
        self._running = running
        self._emulator = emulator
        self._contact = contact
        self.id: str = running.ask("create", name="Loja")["id"]
        qr = eventually(lambda: self.view()["qr"], timeout=15, seen=running.log_text)
        emulator.scan(number=number, qr=qr["code"])
        running.wait(self.id, "connected")

    def view(self) -> dict[str, Any]:
        """Its instance now; fails when the process has ended."""
        (view,) = self._running.ask("views")
        return dict(view)

    def end_worker(self) -> None:
        """Kill its worker, if there is one: the next one finds a log that must be recovered."""
        if pid := self.view()["worker_pid"]:
            psutil.Process(pid).kill()

    def comes_back(self) -> None:
        """Connected again, as a person would see it; a press starts what was left alone after crashes."""
        if self.view()["state"] == "failed":
            self._running.ask("start_instance", instance_id=self.id)
        self._running.wait(self.id, "connected", timeout=BACK_S)

    def sends(self, text: str) -> None:
        """A text goes out and arrives."""
        sent = self._running.ask("send", instance_id=self.id, to=self._contact, text=text)
        assert sent["state"] == "sent", sent
        assert text in [message.text for message in self._emulator.messages_to(self._contact)]


def one_round(app: App, disk: SmallDisk, chance: random.Random) -> None:
    """Fill up, now and then with a crash of the worker, and make room after a moment."""
    leave = chance.choice((0, chance.randrange(1, 40) * 1024))
    disk.fill(leave=leave)
    time.sleep(chance.uniform(0.0, 0.6))
    if chance.random() < 0.2:
        app.end_worker()
    time.sleep(chance.uniform(0.0, 0.3))
    app.view()
    disk.free()


@pytest.mark.timeout(120 + 15 * ROUNDS)
@pytest.mark.parametrize("kind", DISKS)
def test_the_app_lives_and_loses_nothing(
    kind: str,
    start_registry: StartRegistry,
    emulator: Emulator,
    fresh_number: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One process from the first round to the last; linked, connected and able to send after it."""
    monkeypatch.setenv("MAINTENANCE_S", "0.1")
    chance = random.Random(463)  # the same rounds again, when one hurt
    number, contact = fresh_number(), fresh_number()
    emulator.add_phone(contact)
    with disk_of(kind, tmp_path / "auth", tmp_path / "image") as disk:
        with start_registry() as running:
            app = App(running, emulator, number, contact)
            for done in range(1, ROUNDS + 1):
                one_round(app, disk, chance)
                if done % LOOK_EVERY == 0:
                    app.comes_back()
                    app.sends(f"texto {done}")
        require_whole(disk.path / app.id, texts=ROUNDS // LOOK_EVERY)
        with start_registry() as running:
            running.wait(app.id, "connected")
        assert len(emulator.devices_of(number)) == 1


def require_whole(folder: Path, *, texts: int) -> None:
    """The session is sound and linked; what was sent and what happened can be read."""
    assert has_device(folder)
    for name in ("session.db", "history.db"):
        assert integrity(folder / name) == "ok"
    assert timeline.entries(folder, limit=1)
    assert len(sent_texts(folder)) == texts
    assert not [path.name for path in folder.iterdir() if ".corrupt-" in path.name]


def sent_texts(folder: Path) -> list[str]:
    """What went out, as it is written down."""
    return [message.content.text for message in sent.read(folder, limit=1_000) if message.state == "sent"]
