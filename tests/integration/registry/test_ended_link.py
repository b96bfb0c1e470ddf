"""The keys go when the link ends, on WhatsApp's word alone; whatever may still be linked stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.models.instance import InstanceState
from core.models.messages import SendState
from core.models.timeline import HistoryKind
from core.store import session
from core.store.session import has_device
from tests.conftest import StartCore
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import Paired, RegistryHarness, RegistryProcess
from tests.support.polling import eventually
from tests.support.stores import look

S = InstanceState


def files(folder: Path) -> list[str]:
    """What there is of a session."""
    return sorted(path.name for path in folder.glob("session.db*"))


def unlinked_on_the_phone(house: RegistryHarness, paired: Paired) -> str:
    house.emulator.unlink(paired.number)
    return "wa-logged-out"


def unlinked_while_away(house: RegistryHarness, paired: Paired) -> str:
    """WhatsApp says so when the core connects again; the core says it before it takes its device out."""
    assert house.registry.stop_instance(paired.id, timeout=5)
    house.emulator.unlink(paired.number)
    house.registry.start_instance(paired.id)
    return "wa-logged-out"


def logged_out_here(house: RegistryHarness, paired: Paired) -> str:
    house.registry.unlink(paired.id, timeout=10)
    return "logged-out-here"


def removed_here(house: RegistryHarness, paired: Paired) -> str:
    house.registry.forget(paired.id)
    return "removed-here"


@pytest.mark.parametrize(
    "end",
    [unlinked_on_the_phone, unlinked_while_away, logged_out_here, removed_here],
    ids=lambda one: one.__name__,
)
def test_no_key_is_left_when_the_link_has_ended(
    house: RegistryHarness, end: Callable[[RegistryHarness, Paired], str]
) -> None:
    """Gone by the time the page says so, five times out of five; timeline and sends stay; it pairs anew."""
    house.open()
    paired, contact = house.pair(), house.contact()
    house.send_text(paired.id, to=contact, text="antes", timeout=10)
    for _ in range(5):
        reason = end(house, paired)
        house.wait(paired.id, S.LOGGED_OUT, reason=reason)
        assert files(house.folder(paired.id)) == []
        house.wait_noted(paired.id, HistoryKind.LOGGED_OUT)
        house.registry.start_instance(paired.id)
        house.pair(instance_id=paired.id, number=paired.number)
    kinds = [one.kind for one in house.registry.timeline(paired.id, limit=100)]
    assert kinds.count(HistoryKind.LOGGED_OUT) == 5
    assert [one.state for one in house.registry.sent(paired.id)] == [SendState.SENT]
    house.registry.stop()
    house.open()
    house.wait(paired.id, S.CONNECTED)


@pytest.mark.parametrize(
    "code", ["401", "402", "403", "405", "406", "409", "415", "418", "500", "501", "503"]
)
def test_a_refused_login_costs_the_file_only_when_the_core_gave_its_device_up(
    house: RegistryHarness, code: str
) -> None:
    """Logged out, main device gone, unknown log-out: the core forgets its device. All others may pass."""
    house.open()
    paired = house.pair()
    assert house.registry.stop_instance(paired.id, timeout=5)
    house.emulator.faults(failure={"reason": code})
    house.registry.start_instance(paired.id)
    gone = code in {"401", "403", "406"}
    running = (S.STOPPED, S.STARTING)
    assert house.registry.wait_for(
        paired.id, lambda view: view.state not in running and bool(view.reason), timeout=20
    )
    assert (house.view(paired.id).state is S.LOGGED_OUT) is gone
    house.registry.stop_instance(paired.id, timeout=5)
    assert (files(house.folder(paired.id)) == []) is gone
    house.emulator.clear_faults()
    if not gone:
        house.registry.start_instance(paired.id)
        house.wait(paired.id, S.CONNECTED)


def test_a_session_opened_elsewhere_keeps_its_file(
    house: RegistryHarness, start_core: StartCore, tmp_path: Path
) -> None:
    """Replaced by a copy of itself: stopped, but linked; back at a press when the other one is gone."""
    house.open()
    paired = house.pair()
    house.registry.stop_instance(paired.id, timeout=5)
    copy = tmp_path / "copy.db"
    shutil.copy(house.folder(paired.id) / "session.db", copy)
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    other = start_core(copy)
    other.wait("connected")
    house.wait(paired.id, S.FAILED, reason="wa-running-elsewhere")
    assert has_device(house.folder(paired.id))
    other.stop()
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)


def test_a_core_that_keeps_its_device_keeps_its_file(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store with a device is never removed by us, whatever was said; the next connection ends it."""
    monkeypatch.setattr("core.registry.instance_writer.InstanceWriter.await_unlinked", lambda _: None)
    monkeypatch.setattr("core.store.session.remove_unlinked", lambda _: False)
    house.open()
    paired = house.pair()
    house.emulator.unlink(paired.number)
    house.wait(paired.id, S.LOGGED_OUT, reason="wa-logged-out")
    assert files(house.folder(paired.id))[:1] == ["session.db"]


@pytest.mark.parametrize(("at", "wanted"), [("link's end", True), ("removal", True), ("removal", False)])
def test_a_removal_that_a_crash_cut_off_is_finished(
    house: RegistryHarness,
    start_registry: StartRegistry,
    at: str,
    wanted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed between WhatsApp's word and the removal: the next process does it, running or not."""
    monkeypatch.setenv("MAINTENANCE_S", "0.1")
    number = house.fresh_number()
    with start_registry() as first:
        created = first.ask("create", name="Loja")["id"]
        qr = eventually(lambda: first.ask("views")[0]["qr"], timeout=15, seen=first.log_text)
        house.emulator.scan(number=number, qr=qr["code"])
        first.wait(created, "connected")
        first.ask("die", at=at)
        house.emulator.unlink(number)
        eventually(first.has_ended, timeout=15, seen=first.log_text)
    folder = house.folder(created)
    assert files(folder)
    assert look(folder / "session.db", "SELECT count(*) FROM whatsmeow_device") == "0"
    if not wanted:
        record = folder / "instance.json"
        record.write_text(record.read_text().replace('"wanted": true', '"wanted": false'))
    with start_registry() as second:
        gone_or_new(second, folder, created, wanted=wanted)


def gone_or_new(running: RegistryProcess, folder: Path, instance_id: str, *, wanted: bool) -> None:
    """The old file goes; an instance that is to run gets a new one without a device, for its next QR."""
    inode = (folder / "session.db").stat().st_ino if (folder / "session.db").exists() else 0

    def done() -> bool:
        there = session.identity(folder)
        return there is None or (wanted and there[1] != inode)

    eventually(done, timeout=15, seen=lambda: (files(folder), running.ask("views"), running.log_text()))


def test_a_link_that_ended_while_a_file_could_not_be_removed_is_finished_later(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refused: logged out all the same, and the file goes with the next look that succeeds."""
    monkeypatch.setattr("core.registry.maintenance.INTERVAL_S", 0.1)
    monkeypatch.setattr("core.registry.instance_writer.EVERY_S", 0.2)
    house.open()
    paired = house.pair()
    with monkeypatch.context() as broken:
        broken.setattr("core.store.session.remove_session", refuse)
        house.registry.unlink(paired.id, timeout=10)
        house.wait(paired.id, S.LOGGED_OUT, reason="logged-out-here")
        assert "session.db" in files(house.folder(paired.id))
    eventually(
        lambda: not files(house.folder(paired.id)), timeout=5, seen=lambda: files(house.folder(paired.id))
    )


def refuse(_: Path) -> None:
    raise OSError(30, "Read-only file system")


def test_used_up_and_deleted_keys_are_overwritten_in_the_file(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the file itself were kept, its device's secret is not in it any more."""
    monkeypatch.setattr("core.store.session.remove_session", refuse)
    house.open()
    paired = house.pair()
    store = house.folder(paired.id) / "session.db"
    key = bytes.fromhex(look(store, "SELECT hex(noise_key) FROM whatsmeow_device"))
    session.checkpoint(store.parent)
    assert key in store.read_bytes()
    house.registry.unlink(paired.id, timeout=10)
    house.wait(paired.id, S.LOGGED_OUT, reason="logged-out-here")
    assert key not in store.read_bytes()
    monkeypatch.undo()
