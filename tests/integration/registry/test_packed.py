"""Linked instances that share a worker, with the genuine core: none is mixed up with another, or lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from core.engine.launcher import _PlainLauncher
from core.models.instance import InstanceState, InstanceView
from core.models.messages import SendState, SentMessage, Tick
from core.registry import workers
from core.registry.packing import alone_worker, placement
from core.store.inbox_table import Search
from tests.emulator.content import Text
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.polling import eventually
from tests.support.processes import is_alive

S = InstanceState
SEATS = 10
ROUNDS = int(os.environ.get("DRILL_RUNS", "20")) // 4
"""Stops and starts of one instance among others; `make drill` makes it 50."""


@pytest.fixture
def packed(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> RegistryHarness:
    """A house whose registries pack ten instances into a worker, and look at them often."""
    house.instances_per_worker = SEATS
    monkeypatch.setattr("core.registry.maintenance.INTERVAL_S", 0.2)
    return house


def pair(house: RegistryHarness, count: int) -> list[Paired]:
    """So many instances, in a registry that was started after they were paired: they share a worker."""
    house.open()
    paired = [house.pair(f"Loja {number}") for number in range(count)]
    house.registry.stop()
    house.open()
    for one in paired:
        house.wait(one.id, S.CONNECTED)
    return paired


def pids(house: RegistryHarness, paired: list[Paired]) -> set[int | None]:
    """The processes that they are in."""
    return {house.view(one.id).worker_pid for one in paired}


def inbox(house: RegistryHarness, instance_id: str) -> list[str]:
    """Texts that arrived, oldest first."""
    found = house.registry.inbox.search(instance_id, Search(), limit=5_000)
    return [one.message.content.text for one in reversed(found)]


def wait_until(house: RegistryHarness, one: Paired, test: Callable[[InstanceView], bool]) -> InstanceView:
    """Wait until its view passes; gives that."""
    assert house.registry.wait_for(one.id, test, timeout=15), house.view(one.id)
    return house.view(one.id)


@contextmanager
def states(house: RegistryHarness) -> Iterator[set[tuple[str, str]]]:
    """Every state and reason that any page could see meanwhile."""
    seen: set[tuple[str, str]] = set()
    over = threading.Event()

    def look() -> None:
        version = -1
        while not over.is_set():
            if (now := house.registry.version()) != version:
                version = now
                seen.update((view.state.value, view.reason) for view in house.registry.views())
            over.wait(0.001)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


class Traffic:
    """Texts out of and into each of some instances, numbered, until it is ended."""

    def __init__(self, house: RegistryHarness, paired: list[Paired]) -> None:
        self._house = house
        self._paired = paired
        self._over = threading.Event()
        self._may_write = threading.Event()
        self._may_write.set()
        self.contacts = {one.id: house.contact() for one in paired}
        self.sent: dict[str, list[SentMessage]] = {one.id: [] for one in paired}
        self.written: dict[str, list[str]] = {one.id: [] for one in paired}
        self._threads = [
            threading.Thread(target=work, args=(one,)) for one in paired for work in (self._send, self._write)
        ]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def all_arrived(self) -> None:
        """Let nothing more be written for now, and wait until what was written is here."""
        self._may_write.clear()
        for one in self._paired:
            self._check_arrivals(one)

    def go_on(self) -> None:
        """Let texts be written again."""
        self._may_write.set()

    def busy(self, count: int = 1) -> None:
        """Wait until each instance has had so many more, out and in."""
        goal = {one.id: len(self.sent[one.id]) + count for one in self._paired}
        into = {one.id: len(self.written[one.id]) + count for one in self._paired}
        eventually(
            lambda: all(
                len(self.sent[key]) >= goal[key] and len(self.written[key]) >= into[key] for key in goal
            ),
            timeout=30,
            seen=lambda: (goal, {key: len(value) for key, value in self.sent.items()}),
        )

    def _send(self, one: Paired) -> None:
        number = 0
        while not self._over.is_set():
            text = f"saída {number} de {one.id}"
            number += 1
            self.sent[one.id].append(
                self._house.send_text(one.id, to=self.contacts[one.id], text=text, timeout=15)
            )
            self._over.wait(0.05)

    def _write(self, one: Paired) -> None:
        number = 0
        while not self._over.is_set():
            text = f"entrada {number} para {one.id}"
            number += 1
            if not self._may_write.wait(0.05):
                continue
            self._house.emulator.write(Text(text), sender=self.contacts[one.id], receiver=one.number)
            self.written[one.id].append(text)
            self._over.wait(0.05)

    def check(self, *, all_sent: bool) -> None:
        """Whatever was written arrived once, whatever is said to be sent too, and ticks are there.

        ``all_sent``: not one send had another end.
        """
        house = self._house
        for one in self._paired:
            self._check_arrivals(one)
            at_contact = Counter(
                message.text for message in house.emulator.messages_to(self.contacts[one.id])
            )
            assert not [text for text, count in at_contact.items() if count > 1]
            for message in self.sent[one.id]:
                known = house.registry.verify_sent(one.id, message.request_id)
                arrived = at_contact[message.content.text]
                if known.state is SendState.SENT:
                    assert arrived == 1, known
                    self._check_tick(one, message)
                else:
                    assert not all_sent, known
                    assert not (known.state is SendState.FAILED and arrived), known

    def _check_arrivals(self, one: Paired) -> None:
        def difference() -> Counter[str]:
            here, written = Counter(inbox(self._house, one.id)), Counter(self.written[one.id])
            return (here - written) + (written - here)

        eventually(lambda: not difference(), timeout=20, seen=difference)

    def _check_tick(self, one: Paired, message: SentMessage) -> None:
        def ticked() -> bool:
            found = next(
                sent for sent in self._house.registry.sent(one.id) if sent.request_id == message.request_id
            )
            return found.tick is Tick.DELIVERED

        eventually(ticked, timeout=10, seen=lambda: self._house.registry.sent(one.id))


def test_linked_instances_share_a_worker_after_a_start(packed: RegistryHarness) -> None:
    """While they pair each has its own; then one for all, in which each has its own messages."""
    packed.open()
    paired = [packed.pair(f"Loja {number}") for number in range(3)]
    assert len(pids(packed, paired)) == 3
    packed.registry.stop()
    packed.open()
    for one in paired:
        assert packed.wait(one.id, S.CONNECTED).phone == one.number
    assert len(pids(packed, paired)) == 1
    with Traffic(packed, paired) as traffic:
        traffic.busy(3)
    traffic.check(all_sent=True)
    assert [len(packed.emulator.devices_of(one.number)) for one in paired] == [1, 1, 1]
    created = packed.registry.create("Nova")
    packed.wait_qr(created.id)
    assert packed.view(created.id).worker_pid not in pids(packed, paired)


@pytest.mark.timeout(120 + 12 * ROUNDS)
def test_one_is_stopped_and_started_and_the_others_do_not_notice(packed: RegistryHarness) -> None:
    """Again and again, under traffic of the others; the last to go ends the process."""
    paired = pair(packed, 3)
    one, *others = paired
    since = [packed.view(other.id).since for other in others]
    with Traffic(packed, others) as traffic:
        for _ in range(ROUNDS):
            begin = time.monotonic()
            assert packed.registry.stop_instance(one.id, timeout=5)
            assert time.monotonic() - begin < 2
            packed.registry.start_instance(one.id)
            packed.wait(one.id, S.CONNECTED)
        traffic.busy()
    traffic.check(all_sent=True)
    for other in others:
        packed.wait(other.id, S.CONNECTED)
    assert [packed.view(other.id).since for other in others] == since
    assert [packed.view(other.id).restarts for other in others] == [0, 0]
    pid = packed.worker(one.id).pid
    for each in paired:
        assert packed.registry.stop_instance(each.id, timeout=5)
    eventually(lambda: not psutil.pid_exists(pid), timeout=5, seen=lambda: pid)


def test_an_instance_moves_after_its_pairing_and_nobody_notices(
    packed: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connected all the while; nothing sent or received is lost or doubled, and ticks go on."""
    monkeypatch.setattr(alone_worker, "SETTLED_S", 2.0)
    packed.open()
    paired = [packed.pair(f"Loja {number}") for number in range(3)]
    assert len(pids(packed, paired)) == 3
    since = [packed.view(one.id).since for one in paired]
    with states(packed) as seen, Traffic(packed, paired) as traffic:
        eventually(
            lambda: len(pids(packed, paired) - {None}) == 1 and None not in pids(packed, paired),
            timeout=30,
            seen=lambda: pids(packed, paired),
        )
        traffic.busy(2)
    traffic.check(all_sent=True)
    assert seen == {("connected", "")}
    assert [packed.view(one.id).since for one in paired] == since
    assert [packed.view(one.id).restarts for one in paired] == [0, 0, 0]


@pytest.mark.alone
def test_a_killed_worker_costs_its_ten_instances_a_moment(packed: RegistryHarness) -> None:
    """All connected again within 1.5 s; nothing lost, nothing doubled, no other device."""
    paired = pair(packed, SEATS)
    (pid,) = pids(packed, paired)
    assert pid is not None
    with Traffic(packed, paired[:4]) as traffic:
        traffic.busy()
        # What the core has acknowledged and not handed over yet dies with it, in company or not.
        traffic.all_arrived()
        begin = time.monotonic()
        psutil.Process(pid).kill()
        traffic.go_on()
        for one in paired:
            wait_until(packed, one, lambda view: view.state is S.CONNECTED and view.worker_pid != pid)
        took = time.monotonic() - begin
        traffic.busy()
    print(f"ten instances connected again after {took:.2f} s")
    assert took < 1.5
    traffic.check(all_sent=False)
    assert {len(packed.emulator.devices_of(one.number)) for one in paired} == {1}
    assert len(pids(packed, paired)) == SEATS


def test_who_crashes_again_alone_stays_alone_and_the_others_share_again(
    packed: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others move together again, unseen, once their minute is over."""
    monkeypatch.setattr(placement, "PROBATION_S", 4.0)
    paired = pair(packed, 3)
    culprit, *others = paired
    for count in (1, 3):
        worker = packed.worker(culprit.id)
        worker.send_signal(signal.SIGSEGV)
        wait_until(
            packed,
            culprit,
            lambda view, pid=worker.pid: view.state is S.CONNECTED and view.worker_pid not in {None, pid},  # type: ignore[misc]
        )
        for other in others:
            packed.wait(other.id, S.CONNECTED)
        assert len(pids(packed, paired)) == 3, count
    with states(packed) as seen:
        eventually(lambda: len(pids(packed, others)) == 1, timeout=20, seen=lambda: pids(packed, paired))
        for other in others:
            packed.wait(other.id, S.CONNECTED)
    assert seen <= {("connected", "")}
    assert packed.view(culprit.id).worker_pid not in pids(packed, others)


def test_a_stop_that_hangs_ends_the_worker_and_restarts_the_others(
    packed: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page tells of it, and nobody is suspected: they share a worker again at once."""
    monkeypatch.setattr(workers, "STOP_DEADLINE_S", 0.3)
    paired = pair(packed, 4)
    one, *others = paired
    worker = packed.worker(one.id)
    with states(packed) as seen:
        worker.suspend()
        begin = time.monotonic()
        assert packed.registry.stop_instance(one.id, timeout=5)
        for other in others:
            wait_until(packed, other, lambda view: view.worker_pid not in {None, worker.pid})
            packed.send_text(other.id, to=packed.contact(), text="ainda aqui", timeout=10)
        took = time.monotonic() - begin
    assert not is_alive(worker)
    assert took < 3
    assert seen == {("connected", ""), ("stopped", "")}
    assert len(pids(packed, others)) == 1
    assert [packed.view(other.id).restarts for other in others] == [0, 0, 0]
    packed.registry.start_instance(one.id)
    packed.wait(one.id, S.CONNECTED)


def test_a_worker_that_many_clients_have_left_is_replaced_and_nobody_notices(
    packed: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under traffic: all move to another, nothing is lost or doubled, and the old process is gone."""
    packed.instances_per_worker = 5
    paired = pair(packed, 4)
    one, *others = paired
    worker = packed.worker(one.id)
    before = worker.memory_info().rss, worker.num_fds(), worker.num_threads()
    for _ in range(5 * 2):
        assert packed.registry.stop_instance(one.id, timeout=5)
        packed.registry.start_instance(one.id)
        packed.wait(one.id, S.CONNECTED)
    assert pids(packed, paired) == {worker.pid}
    after = worker.memory_info().rss, worker.num_fds(), worker.num_threads()
    left = [round((now - then) / 10) for now, then in zip(after, before, strict=True)]
    print(f"each client that has ended leaves {left[0]:,} bytes, {left[1]} descriptors, {left[2]} threads")
    with states(packed) as seen, Traffic(packed, others) as traffic:
        packed.registry.stop_instance(one.id, timeout=5)
        packed.registry.start_instance(one.id)
        eventually(
            lambda: worker.pid not in pids(packed, paired) and None not in pids(packed, paired),
            timeout=20,
            seen=lambda: pids(packed, paired),
        )
        traffic.busy(2)
    traffic.check(all_sent=True)
    assert seen <= {("connected", ""), ("stopped", ""), ("starting", "")}
    assert len(pids(packed, paired)) == 1
    eventually(lambda: not is_alive(worker), timeout=5, seen=lambda: worker)


def test_where_no_process_forks_they_share_all_the_same(
    packed: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain subprocess for all of them: sent, received, killed, connected again."""
    monkeypatch.setattr("core.registry.workers.make_launcher", lambda **_: _PlainLauncher())
    paired = pair(packed, 3)
    worker = packed.worker(paired[0].id)
    assert pids(packed, paired) == {worker.pid}
    with Traffic(packed, paired) as traffic:
        traffic.busy()
    traffic.check(all_sent=True)
    worker.kill()
    for one in paired:
        wait_until(packed, one, lambda view: view.state is S.CONNECTED and view.worker_pid != worker.pid)


def test_one_that_cannot_connect_leaves_the_others_connected(packed: RegistryHarness) -> None:
    """Refused or unanswered, it is tried again by itself and can be stopped meanwhile."""
    paired = pair(packed, 3)
    (pid,) = pids(packed, paired)
    one, *others = paired
    packed.registry.stop_instance(one.id, timeout=5)
    packed.emulator.faults(refuse=True)
    packed.registry.start_instance(one.id)
    packed.wait(one.id, S.RECONNECTING, reason="wa-unreachable")
    packed.emulator.clear_faults()
    packed.wait(one.id, S.CONNECTED)
    packed.registry.stop_instance(one.id, timeout=5)
    packed.emulator.faults(blackhole=True)
    packed.registry.start_instance(one.id)
    wait_until(packed, one, lambda view: view.worker_pid is not None)
    begin = time.monotonic()
    assert packed.registry.stop_instance(one.id, timeout=8)
    print(f"stopped while it dialled after {time.monotonic() - begin:.2f} s")
    packed.emulator.clear_faults()
    packed.registry.start_instance(one.id)
    packed.wait(one.id, S.CONNECTED)
    for other in others:
        packed.wait(other.id, S.CONNECTED)
    assert pid in pids(packed, others)


def test_one_that_is_logged_out_loses_its_session_and_no_other(packed: RegistryHarness) -> None:
    """By the phone; the others stay as they are."""
    paired = pair(packed, 3)
    one, *others = paired
    before = [packed.view(other.id) for other in others]
    packed.emulator.unlink(one.number)
    packed.wait(one.id, S.LOGGED_OUT, reason="wa-logged-out")
    eventually(
        lambda: not (packed.folder(one.id) / "session.db").exists(),
        timeout=5,
        seen=lambda: list(packed.folder(one.id).iterdir()),
    )
    assert [packed.view(other.id) for other in others] == before
    packed.registry.start_instance(one.id)
    packed.pair(instance_id=one.id, number=one.number)


def test_a_network_that_is_lost_for_all_comes_back_for_all(packed: RegistryHarness) -> None:
    """In the same process, by the core itself."""
    paired = pair(packed, 4)
    before = pids(packed, paired)
    packed.emulator.faults(refuse=True)
    for one in paired:
        packed.emulator.drop(one.number)
    for one in paired:
        packed.wait(one.id, S.RECONNECTING, reason="wa-disconnected")
    packed.emulator.clear_faults()
    for one in paired:
        packed.wait(one.id, S.CONNECTED, timeout=20)
    assert pids(packed, paired) == before
    with Traffic(packed, paired) as traffic:
        traffic.busy()
    traffic.check(all_sent=True)


def test_all_wait_while_their_folder_is_gone_and_come_back(packed: RegistryHarness) -> None:
    """Their process ends, so that a disk can be unmounted; all are there again with it."""
    paired = pair(packed, 3)
    worker = packed.worker(paired[0].id)
    elsewhere = packed.auth_dir.with_name("elsewhere")
    packed.auth_dir.rename(elsewhere)
    for one in paired:
        packed.wait(one.id, S.RECONNECTING, reason="auth-dir-gone")
    eventually(lambda: not is_alive(worker), timeout=20, seen=lambda: worker)
    elsewhere.rename(packed.auth_dir)
    for one in paired:
        packed.wait(one.id, S.CONNECTED)
    assert len(pids(packed, paired)) == 1
    assert [len(packed.emulator.devices_of(one.number)) for one in paired] == [1, 1, 1]


def test_all_survive_the_death_of_the_preloader(
    packed: RegistryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every worker goes with it; as many as fit into one run apart then, the others share again at once."""
    packed.instances_per_worker = 2
    paired = pair(packed, 5)
    before = pids(packed, paired)
    assert len(before) == 3
    preloader = packed.worker(paired[0].id).parent()
    assert preloader is not None
    preloader.kill()
    for one in paired:
        wait_until(packed, one, lambda view: view.state is S.CONNECTED and view.worker_pid not in before)
    assert len(pids(packed, paired)) == 4
    assert [len(packed.emulator.devices_of(one.number)) for one in paired] == [1] * 5


def test_one_that_is_unlinked_from_here_leaves_the_others(packed: RegistryHarness) -> None:
    """Its session goes, theirs stay; the phone shows its device no more."""
    paired = pair(packed, 3)
    one, *others = paired
    before = [packed.view(other.id) for other in others]
    packed.registry.unlink(one.id, timeout=10)
    packed.wait(one.id, S.LOGGED_OUT, reason="logged-out-here")
    assert packed.emulator.devices_of(one.number) == ()
    assert [packed.view(other.id) for other in others] == before


@pytest.mark.parametrize("how", ["restart", "move", "close"])
def test_no_message_is_lost_when_its_instance_leaves_a_worker(packed: RegistryHarness, how: str) -> None:
    """In the middle of a flood, again and again: the core acknowledges each, so nobody tells it again."""
    one, other = pair(packed, 2)
    contact = packed.contact()
    over = threading.Event()
    written: list[str] = []

    def flood() -> None:
        while not over.is_set():
            text = f"entrada {len(written)}"
            packed.emulator.write(Text(text), sender=contact, receiver=one.number)
            written.append(text)
            over.wait(0.01)

    writing = threading.Thread(target=flood)
    writing.start()
    try:
        for _ in range(ROUNDS):
            count = len(written)
            eventually(lambda count=count: len(written) > count + 20, timeout=20, seen=lambda: len(written))  # type: ignore[misc]
            leave(packed, one, how)
    finally:
        over.set()
        writing.join(20)

    def difference() -> Counter[str]:
        here = Counter(text for text in inbox(packed, one.id) if text.startswith("entrada"))
        return (here - Counter(written)) + (Counter(written) - here)

    eventually(lambda: not difference(), timeout=30, seen=difference)
    packed.wait(other.id, S.CONNECTED)


def leave(house: RegistryHarness, one: Paired, how: str) -> None:
    """Have an instance leave its worker, and wait until it is connected again."""
    if how == "close":
        house.registry.stop()
        house.open()
    elif how == "restart":
        assert house.registry.stop_instance(one.id, timeout=5)
        house.registry.start_instance(one.id)
    else:
        pid = house.view(one.id).worker_pid
        (shared,) = [worker for worker in house.registry._packed._shared if one.id in worker.instances()]
        shared.retire()
        wait_until(house, one, lambda view: view.worker_pid not in {None, pid})
    house.wait(one.id, S.CONNECTED)
