"""What an earlier version left on the disk opens, connects and shows all it had."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.hosting.persistence.start_history import load as load_boots
from core.models.content import Kind
from core.models.instance import InstanceState
from core.models.messages import SendState
from core.models.timeline import HistoryKind
from core.store.audit import entries
from core.store.auth_file import read_auth_state
from core.store.inbox_table import Search
from core.store.usage_file import read_usage
from tests.emulator.handle import Emulator
from tests.emulator.patch_core import patched_neonize
from tests.integration.registry.support import RegistryHarness
from tests.support.stored import StoredFolder, unpack

S = InstanceState


@pytest.fixture
def stored(tmp_path: Path) -> StoredFolder:
    """The folder of an earlier version, unpacked for this test."""
    return unpack(tmp_path / "stored")


@pytest.fixture
def house(
    stored: StoredFolder, tmp_path: Path, fresh_number: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[RegistryHarness]:
    """A registry on that folder, and a WhatsApp that remembers its accounts."""
    (tmp_path / "emulator").mkdir()
    shutil.copy(stored.phones, tmp_path / "emulator")
    with Emulator(tmp_path / "emulator") as emulator:
        core = patched_neonize(tmp_path / "core", emulator.root_key)
        for name, value in emulator.environment(core).items():
            monkeypatch.setenv(name, value)
        made = RegistryHarness(
            emulator=emulator, auth_dir=stored.auth_dir, fresh_number=fresh_number, inbox_days=3_650
        )
        yield made
        made.close()


def test_linked_instances_connect_without_a_qr(house: RegistryHarness, stored: StoredFolder) -> None:
    """Those that ran go on; the one that was stopped by hand stays so, and connects at a press."""
    registry = house.open()
    for instance_id in (stored.shop, stored.desk):
        assert house.wait(instance_id, S.CONNECTED).phone == stored.numbers[instance_id]
    assert house.view(stored.old).state is S.STOPPED
    registry.start_instance(stored.old)
    house.wait(stored.old, S.CONNECTED)
    assert house.send_text(stored.shop, to=stored.friend, text="de novo", timeout=15).state is SendState.SENT
    assert [len(house.emulator.devices_of(number)) for number in stored.numbers.values()] == [1, 1, 1, 0]


def test_what_is_not_linked_shows_a_qr_to_scan(house: RegistryHarness, stored: StoredFolder) -> None:
    """The one whose phone ended the link ran until then and goes on with a QR; a stopped one at a press."""
    registry = house.open()
    assert house.wait_qr(stored.gone).code
    assert house.view(stored.waiting).state is S.STOPPED
    registry.start_instance(stored.waiting)
    assert house.wait_qr(stored.waiting).code


def test_names_messages_and_timeline_are_all_there(house: RegistryHarness, stored: StoredFolder) -> None:
    """Sent and received, of every instance, in order."""
    registry = house.open()
    names = {view.id: view.name for view in registry.views()}
    assert names[stored.shop] == "Loja Centro"
    assert names[stored.desk] == "Balcão São João"
    sent = registry.sent(stored.shop)
    assert [(one.content.kind, one.content.text, one.state) for one in sent] == [
        (Kind.POLL, "Qual dia?", SendState.SENT),
        (Kind.TEXT, "Bom dia, o pedido saiu", SendState.SENT),
    ]
    assert (sent[1].to, sent[0].content.options) == (stored.friend, ("Seg", "Ter"))
    inbox = registry.inbox.search(stored.shop, Search(), limit=10)
    assert [one.message.content.text for one in inbox] == ["quanto custa?", "recebi, obrigada!"]
    kinds = [entry.kind for entry in registry.timeline(stored.gone, limit=50)]
    assert HistoryKind.LINKED in kinds
    assert HistoryKind.LOGGED_OUT in kinds


def test_the_trash_gives_back_what_lies_in_it(house: RegistryHarness, stored: StoredFolder) -> None:
    """Restored, it connects without a QR."""
    registry = house.open()
    (deleted,) = registry.trash.deleted()
    assert (deleted.id, deleted.name, deleted.linked) == (stored.trashed, "Para a lixeira", True)
    restored = registry.trash.restore(deleted.trash_name)
    registry.start_instance(restored.id)
    house.wait(restored.id, S.CONNECTED)


def test_starts_usage_and_sign_ins_are_read(stored: StoredFolder) -> None:
    """The files beside the instances keep their format: nothing is set aside."""
    boots, damaged = load_boots(stored.auth_dir)
    assert not damaged
    assert boots is not None
    assert len(boots.known) == 6
    door = read_auth_state(stored.auth_dir)
    assert door is not None
    assert (len(door.sessions), len(door.devices)) == (1, 1)
    assert len(read_usage(stored.auth_dir).totals) == 1
    assert [entry.action for entry in entries(stored.auth_dir, limit=9)]
    assert not [*stored.auth_dir.glob("*.corrupt-*")]
