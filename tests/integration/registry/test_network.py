"""No network, a bad one, and a server that says no."""

from __future__ import annotations

import shutil
import time
from datetime import datetime
from pathlib import Path

import pytest

from core.models.instance import InstanceState
from core.models.timeline import HistoryEntry, HistoryKind
from core.registry import worker_runner
from core.store import timeline
from tests.conftest import StartCore
from tests.emulator import faults
from tests.integration.registry.support import RegistryHarness
from tests.support.app_process import free_port
from tests.support.polling import eventually

S = InstanceState


def test_without_a_network_at_the_start_it_is_tried_until_it_works(house: RegistryHarness) -> None:
    """Paired or new: said to be unreachable, with the time of the next try; connects without a person."""
    house.open()
    paired = house.pair("Um")
    house.registry.stop_instance(paired.id, timeout=5)
    house.emulator.faults(network_down=True)
    house.registry.start_instance(paired.id)
    created = house.registry.create("Dois")
    for instance_id in (paired.id, created.id):
        view = house.wait(instance_id, S.RECONNECTING, reason="wa-unreachable")
        assert view.next_try_at is not None
        assert view.next_try_at > view.since
        assert (view.detail == "", view.qr, view.worker_pid) == (False, None, None)
    assert house.registry.wait_for(paired.id, lambda view: view.restarts >= 2, timeout=10), "it tries on"
    house.emulator.clear_faults()
    house.wait(paired.id, S.CONNECTED)
    house.pair(instance_id=created.id)


def test_a_proxy_that_is_not_there_is_no_network(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed port in HTTPS_PROXY: reconnecting, not starting for ever, and it can be stopped."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    house.open()
    created = house.registry.create("Loja")
    house.wait(created.id, S.RECONNECTING, reason="wa-unreachable")
    assert house.registry.stop_instance(created.id, timeout=5)
    view = house.view(created.id)
    assert (view.state, view.next_try_at, view.worker_pid) == (S.STOPPED, None, None)


def test_pressing_start_while_it_waits_tries_at_once(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who knows that the network is back need not wait for the next try."""
    monkeypatch.setattr("core.registry.retry.Backoff.wait", lambda *_, **__: 300.0)
    house.open()
    paired = house.pair()
    house.registry.stop_instance(paired.id, timeout=5)
    house.emulator.faults(network_down=True)
    house.registry.start_instance(paired.id)
    view = house.wait(paired.id, S.RECONNECTING, reason="wa-unreachable")
    assert view.next_try_at is not None
    assert 290 < view.next_try_at - time.time() <= 300
    house.emulator.clear_faults()
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED, timeout=5)


def test_a_lost_connection_comes_back_in_the_same_worker(house: RegistryHarness) -> None:
    """The core reconnects by itself: no restart, no new process, texts go again."""
    house.open()
    paired, contact = house.pair(), house.contact()
    before = house.view(paired.id)
    house.emulator.drop(paired.number)
    assert house.registry.wait_for(
        paired.id, lambda view: view.state is S.CONNECTED and view.since > before.since, timeout=10
    )
    assert (house.view(paired.id).worker_pid, house.view(paired.id).restarts) == (before.worker_pid, 0)

    def newest() -> list[HistoryEntry]:
        return list(timeline.entries(house.folder(paired.id), limit=2))

    # They are written just after the state is told.
    eventually(
        lambda: [one.kind for one in newest()] == [HistoryKind.CONNECTED, HistoryKind.RECONNECTING],
        timeout=5,
        seen=newest,
    )
    assert newest()[1].reason == "wa-disconnected"
    house.send_text(paired.id, to=contact, text="oi", timeout=10)
    assert len(house.emulator.messages_to(contact)) == 1


def test_a_lost_connection_while_a_qr_shows_brings_another_qr(house: RegistryHarness) -> None:
    """The dead code is not shown until its minute is over."""
    house.open()
    created = house.registry.create("Loja")
    step = house.wait_qr(created.id)
    house.emulator.drop()
    assert house.wait_qr(created.id, other_than=step.code).index == 1
    assert house.view(created.id).restarts == 1
    house.pair(instance_id=created.id)


def test_a_server_that_never_answers_is_given_up(
    house: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connected, and then silence: never stuck in starting; it is tried again and works when it answers."""
    monkeypatch.setattr(worker_runner, "START_DEADLINE_S", 0.5)
    house.open()
    house.emulator.faults(blackhole=True)
    created = house.registry.create("Loja")
    view = house.wait(created.id, S.RECONNECTING, reason="wa-no-answer")
    assert view.worker_pid is None
    monkeypatch.setattr(worker_runner, "START_DEADLINE_S", 30.0)
    house.emulator.clear_faults()
    house.pair(instance_id=created.id)


@pytest.mark.parametrize(
    ("failure", "reason", "detail", "again_in_s"),
    [
        (faults.BANNED, "wa-temporary-ban", "20", 3600),
        (faults.OUTDATED, "wa-client-outdated", "0.", None),
        ({"reason": "415"}, "wa-connect-refused", "unknown", None),
    ],
)
def test_a_refusal_stops_until_a_person_starts_again(
    house: RegistryHarness, failure: dict[str, str], reason: str, detail: str, again_in_s: float | None
) -> None:
    """A ban, an outdated core, an unknown reason: failed, named, session kept; only a ban ends by itself."""
    house.open()
    paired = house.pair()
    house.registry.stop_instance(paired.id, timeout=5)
    house.emulator.faults(failure=failure)
    connects = house.emulator.state().connects
    house.registry.start_instance(paired.id)
    view = house.wait(paired.id, S.FAILED, reason=reason)
    assert view.detail.startswith(detail)
    assert (view.linked, view.worker_pid) == (True, None)
    again_at = None if again_in_s is None else pytest.approx(view.since + again_in_s, abs=5)
    assert view.next_try_at == again_at
    assert house.emulator.state().connects == connects + 1
    house.emulator.clear_faults()
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)


def test_a_ban_is_followed_by_one_login_and_no_more(house: RegistryHarness) -> None:
    """At its end one login; banned again, WhatsApp hears nothing more until somebody starts it."""
    house.open()
    paired = house.pair()
    house.registry.stop_instance(paired.id, timeout=5)
    connects = house.emulator.state().connects
    house.emulator.faults(failure={**faults.BANNED, "expire": "1"})
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.FAILED, reason="wa-temporary-ban")
    view = house.wait(paired.id, S.FAILED, reason="wa-banned-again")
    assert (view.next_try_at, view.worker_pid, view.linked) == (None, None, True)
    assert datetime.fromisoformat(view.detail).timestamp() == pytest.approx(view.since + 1, abs=2)
    house.emulator.clear_faults()
    assert not house.registry.wait_for(paired.id, lambda view: view.state is not S.FAILED, timeout=2.5)
    assert house.emulator.state().connects == connects + 2
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)


def test_a_passing_refusal_is_tried_again(house: RegistryHarness) -> None:
    """WhatsApp is out of order for a moment (503): reconnecting, and connected when it works again."""
    house.open()
    paired = house.pair()
    house.registry.stop_instance(paired.id, timeout=5)
    house.emulator.faults(failure=faults.UNAVAILABLE)
    house.registry.start_instance(paired.id)
    assert house.registry.wait_for(
        paired.id, lambda view: view.state is S.RECONNECTING and view.reason != "", timeout=10
    )
    house.emulator.clear_faults()
    house.wait(paired.id, S.CONNECTED, timeout=20)


def test_a_session_opened_elsewhere_is_left_to_the_other(
    house: RegistryHarness, start_core: StartCore, tmp_path: Path
) -> None:
    """Two clients on one session would throw each other off again and again: failed, and silent."""
    house.open()
    paired = house.pair()
    house.registry.stop_instance(paired.id, timeout=5)
    copy = tmp_path / "copy.db"
    shutil.copy(house.folder(paired.id) / "session.db", copy)
    house.registry.start_instance(paired.id)
    house.wait(paired.id, S.CONNECTED)
    start_core(copy).wait("connected")
    view = house.wait(paired.id, S.FAILED, reason="wa-running-elsewhere")
    assert (view.worker_pid, view.linked, view.next_try_at) == (None, True, None)
    assert len(house.emulator.state().sessions_of(paired.number)) == 1
