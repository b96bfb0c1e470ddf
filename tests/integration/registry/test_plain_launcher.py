"""Where forking cannot be used: each worker a plain subprocess, with the same promises."""

from __future__ import annotations

import pytest

from core.engine.launcher import _PlainLauncher
from core.models.instance import InstanceState
from core.models.messages import SendState
from tests.integration.registry.conftest import open_files
from tests.integration.registry.support import RegistryHarness
from tests.support.contents import words
from tests.support.polling import eventually
from tests.support.processes import is_alive

S = InstanceState


@pytest.fixture
def plain(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> RegistryHarness:
    """A house whose registries never fork."""
    monkeypatch.setattr("core.registry.workers.make_launcher", lambda **_: _PlainLauncher())
    return house


def test_it_pairs_sends_and_restores(plain: RegistryHarness) -> None:
    """The whole main job, a killed worker included."""
    plain.open()
    paired, contact = plain.pair("Ana 👩‍👩‍👧"), plain.contact()
    assert [device.platform for device in plain.emulator.devices_of(paired.number)] == ["Ana 👩‍👩‍👧"]
    sent = plain.registry.send(paired.id, to=contact, content=words("olá ✅"), timeout=10)
    assert sent.state is SendState.SENT
    assert [message.text for message in plain.emulator.messages_to(contact)] == ["olá ✅"]
    plain.worker(paired.id).kill()
    plain.wait(paired.id, S.RECONNECTING, reason="worker-exited")
    plain.wait(paired.id, S.CONNECTED)
    plain.registry.stop()
    plain.open()
    plain.wait(paired.id, S.CONNECTED)


def test_stopping_ends_the_process_and_frees_its_pipes(plain: RegistryHarness) -> None:
    """Again and again, while a QR shows or before: no zombie, no descriptor."""
    plain.open()
    created = plain.registry.create("Loja")
    plain.wait_qr(created.id)
    worker = plain.worker(created.id)
    plain.registry.stop_instance(created.id, timeout=5)
    assert not is_alive(worker)
    before = len(open_files())
    for _ in range(3):
        plain.registry.start_instance(created.id)
        plain.worker(created.id)
        assert plain.registry.stop_instance(created.id, timeout=5)
    eventually(lambda: len(open_files()) <= before, timeout=5, seen=open_files)
