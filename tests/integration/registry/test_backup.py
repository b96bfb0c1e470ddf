"""Backups of instances that stay connected, and their way back: no QR, no second device, nothing lost."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from core.models.content import Content, Kind
from core.models.instance import InstanceState
from core.models.messages import ReceivedMessage, SendState, SentMessage
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving import staging
from core.moving.backup import making
from core.moving.backup.monitor import BackupMonitor, Sources
from core.moving.backup.opening import open_backup
from core.registry.registry import Registry
from core.store import inbox_table, timeline
from core.store.inbox_table import Retention, Search
from tests.integration.registry.support import Paired, RegistryHarness

S = InstanceState
PASSPHRASE: Final = "correta bateria cavalo grampo"
ROUNDS: Final = int(os.environ.get("BACKUP_ROUNDS", "10"))


@pytest.fixture(autouse=True)
def _process_ended(nothing_left: None) -> Iterator[None]:
    """The process that makes backups ends before the look at what is left."""
    yield
    making.close()


def monitor_of(registry: Registry, auth_dir: Path) -> BackupMonitor:
    """What makes the backups of that registry."""
    sources = Sources(storage=registry.storage, views=registry.views, flush=registry.flush_messages)
    return BackupMonitor(auth_dir, sources=sources, app_version="0.1.0")


def saved(house: RegistryHarness, paired: Paired, to: Path, *, messages: bool = True) -> Path:
    """A backup of the instance, fetched as a page fetches it."""
    backups = monitor_of(house.registry, house.auth_dir)
    made = backups.make([house.registry.view(paired.id)], PASSPHRASE, messages=messages)
    found = backups.waiting(made.token)
    assert found is not None
    data = found[0].read_bytes()
    backups.stop()
    to.write_bytes(data)
    return to


def restored(house: RegistryHarness, path: Path, name: str) -> str:
    """The id of the instance that a backup became."""
    with staging.staging_folder(house.auth_dir) as folder:
        open_backup(path, PASSPHRASE, folder)
        return house.registry.moving.adopt(folder / "0", name).id


def lose(house: RegistryHarness, paired: Paired) -> None:
    """Nothing is left of the instance but its backup."""
    house.registry.trash.delete(paired.id)
    (item,) = house.registry.trash.deleted()
    house.registry.trash.purge(item.trash_name)
    house.emulator.wait_for(lambda s: not s.sessions, what="the end of the connection")


def fill(house: RegistryHarness, paired: Paired, count: int) -> None:
    """That many messages that arrived earlier."""
    now = time.time()
    content = Content(Kind.TEXT, text="Bom dia, ainda tem o vestido azul no tamanho M?" * 4)
    arrived = [
        ReceivedMessage(paired.id, f"m-{number}", "5511987654321", "Ana", content, now - count + number)
        for number in range(count)
    ]
    inbox_table.write(house.folder(paired.id), arrived, names={}, keep=Retention(count))


@contextmanager
def traffic(house: RegistryHarness, instance_id: str, contact: str) -> Iterator[list[SentMessage]]:
    """Messages go out one after the other until the end of the block; those that were sent."""
    sent: list[SentMessage] = []
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            text = f"mensagem {len(sent)}"
            sent.append(house.send_text(instance_id, to=contact, text=text, timeout=10))

    sender = threading.Thread(target=run)
    sender.start()
    try:
        yield sent
    finally:
        stop.set()
        sender.join(15)


def test_a_connected_instance_is_saved_and_comes_back(house: RegistryHarness, tmp_path: Path) -> None:
    """With 5,000 messages: in two seconds, without a reconnect, and what is sent meanwhile goes out. After
    its loss it connects within three seconds without a QR, with its messages and its history.
    """
    house.open()
    paired, contact = house.pair("Loja"), house.contact()
    fill(house, paired, 5_000)
    assert house.send_text(paired.id, to=contact, text="antes", timeout=10).state is SendState.SENT
    saved(house, paired, tmp_path / "warm.age")  # the process is started before the clock is
    connects = house.emulator.state().connects
    with traffic(house, paired.id, contact) as sent:
        begin = time.monotonic()
        path = saved(house, paired, tmp_path / "backup.age")
        took = time.monotonic() - begin
    assert all(message.state is SendState.SENT for message in sent)
    assert sent
    assert house.emulator.state().connects == connects
    assert house.view(paired.id).restarts == 0
    print(f"backup of 5,000 messages: {took:.2f} s, {path.stat().st_size} bytes, {len(sent)} sends meanwhile")
    assert took < 2
    lose(house, paired)
    begin = time.monotonic()
    instance_id = restored(house, path, "Loja de volta")
    view = house.wait(instance_id, S.CONNECTED)
    took = time.monotonic() - begin
    print(f"restore to connected: {took:.2f} s")
    assert took < 3
    assert (view.phone, view.restarts) == (paired.number, 0)
    assert len(house.emulator.devices_of(paired.number)) == 1
    folder = house.folder(instance_id)
    assert len(inbox_table.search(folder, Search(), limit=9_999)) == 5_000
    assert {message.content.text for message in house.registry.sent(instance_id)} >= {"antes"}
    assert [entry.kind.value for entry in timeline.entries(folder, limit=99)][-1] == "created"
    assert house.send_text(instance_id, to=house.contact(), text="depois", timeout=10).state is SendState.SENT


def test_no_round_of_backup_and_restore_loses_a_session(house: RegistryHarness, tmp_path: Path) -> None:
    """Under traffic, again and again: always the same device, always without a QR."""
    house.open()
    paired, contact = house.pair("Loja 0"), house.contact()
    for number in range(1, ROUNDS + 1):
        with traffic(house, paired.id, contact) as sent:
            path = saved(house, paired, tmp_path / "backup.age", messages=bool(number % 2))
        assert all(message.state is SendState.SENT for message in sent)
        lose(house, paired)
        instance_id = restored(house, path, f"Loja {number}")
        view = house.wait(instance_id, S.CONNECTED)
        assert view.phone == paired.number
        paired = Paired(instance_id, paired.number)
        answer = house.send_text(instance_id, to=house.contact(), text="de volta", timeout=10)
        assert answer.state is SendState.SENT
    assert len(house.emulator.devices_of(paired.number)) == 1
    print(f"{ROUNDS} rounds: no session was lost")


def test_a_device_that_runs_here_is_not_restored_beside_itself(
    house: RegistryHarness, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its instance is named; it stays connected, and nothing is left on the disk. No secret is in the log."""
    house.open()
    paired = house.pair("Matriz")
    path = saved(house, paired, tmp_path / "backup.age")
    with pytest.raises(MoveRefusedError) as caught:
        restored(house, path, "Cópia")
    assert (caught.value.code, caught.value.detail) == (MoveCode.ALREADY_HERE, "Matriz")
    assert house.view(paired.id).state is S.CONNECTED
    assert PASSPHRASE not in caplog.text
    assert paired.number not in caplog.text
