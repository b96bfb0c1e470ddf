"""What reached Python in a worker outlives SIGKILL of everything: there, once, in its order.

A neonize of the test's own notes each message that Python has: from that moment on it counts.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from core.models.instance import InstanceState
from core.store import inbox_table
from tests.emulator.content import Reaction, Text
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import Paired, RegistryHarness, RegistryProcess
from tests.support.polling import eventually
from tests.support.processes import alive

S = InstanceState
RUNS = int(os.environ.get("DRILL_RUNS", "20"))
MANY = 40
RECORD = "TEST_PROCESS_ARRIVALS"
HOLD = "-hold"
"""Of a file beside the record: while it is there, no message gets further than to be noted."""
_PARSED = "        message = INT_TO_EVENT[code].FromString(ctypes.string_at(binary, size))\n"
_RECORDING = f"""
        if code == 17:
            import os, time
            to = os.open(os.environ["{RECORD}"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(to, (message.Info.ID + "\\n").encode())
            os.close(to)
            while os.path.exists(os.environ["{RECORD}"] + "{HOLD}"):
                time.sleep(0.01)
"""


@pytest.fixture
def record(
    house: RegistryHarness, patched_core: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where ids of messages are noted that Python has, by every worker that is started from now on."""
    package = tmp_path / "recording" / "neonize"
    shutil.copytree(patched_core / "neonize", package, copy_function=os.symlink)
    events = package / "events.py"
    source = events.read_text()
    assert source.count(_PARSED) == 1
    events.unlink()
    events.write_text(source.replace(_PARSED, _PARSED + _RECORDING))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    path = tmp_path / "arrivals"
    path.touch()
    monkeypatch.setenv(RECORD, str(path))
    return path


def had(record: Path) -> list[str]:
    """Ids of the messages that Python had, in their order, each once."""
    return list(dict.fromkeys(record.read_text().split()))


def stored(folder: Path) -> list[str]:
    """Ids of what an instance has stored, in the order in which it was."""
    found = inbox_table.search(folder, inbox_table.Search(), limit=100_000)
    return [one.message.message_id for one in sorted(found, key=lambda one: one.row)]


def journals(folder: Path) -> dict[str, int]:
    """What is left of journals, by size."""
    return {one.name: one.stat().st_size for one in folder.glob("*arrivals-*")}


def pair(house: RegistryHarness, count: int) -> list[Paired]:
    """So many instances; no registry runs when they are there."""
    house.open()
    paired = [house.pair(f"Loja {number}") for number in range(count)]
    house.registry.stop()
    return paired


def kill_all(process: RegistryProcess) -> None:
    """Every worker, then the web process, in one moment; none has time for anything."""
    left = process.family()
    for one in (*left, psutil.Process(process.pid)):
        one.send_signal(signal.SIGSTOP)
    for one in left:
        one.send_signal(signal.SIGKILL)
    process.kill()
    eventually(lambda: not alive(left), timeout=5, seen=lambda: alive(left))


@pytest.fixture(params=["10", "1"], ids=["shared", "alone"])
def seats(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How many instances share a worker."""
    monkeypatch.setenv("INSTANCES_PER_WORKER", request.param)
    return str(request.param)


@pytest.mark.usefixtures("seats")
def test_what_a_stopped_web_process_never_took_is_there_after_both_are_killed(
    house: RegistryHarness, record: Path, start_registry: StartRegistry
) -> None:
    """Messages and what changes them, of several instances; each once, in order; the journals go."""
    paired = pair(house, 3)
    friend = house.contact()
    process = start_registry().__enter__()
    for one in paired:
        process.wait(one.id, "connected")
    first = {
        one.id: house.emulator.write(Text("antes"), sender=friend, receiver=one.number) for one in paired
    }
    eventually(lambda: all(stored(house.folder(one.id)) for one in paired), timeout=10, seen=process.log_text)
    os.kill(process.pid, signal.SIGSTOP)
    sent: dict[str, list[str]] = defaultdict(list)
    for number in range(MANY):
        one = paired[number % 3]
        text = house.emulator.write(Text(f"mensagem {number}"), sender=friend, receiver=one.number)
        sent[one.id].append(text)
    reactions = [
        house.emulator.write(Reaction(first[one.id], "👍"), sender=friend, receiver=one.number)
        for one in paired
    ]
    eventually(lambda: len(had(record)) == 3 + MANY + 3, timeout=15, seen=lambda: had(record))
    kill_all(process)
    assert all(stored(house.folder(one.id)) == [first[one.id]] for one in paired)

    house.open()
    for one, reaction in zip(paired, reactions, strict=True):
        house.wait(one.id, S.CONNECTED)
        expected = [first[one.id], *sent[one.id]]
        folder = house.folder(one.id)
        eventually(lambda: stored(folder) == expected, timeout=10, seen=lambda: stored(folder))  # noqa: B023
        (about,) = inbox_table.about(folder, [first[one.id]])
        assert about.message.message_id == reaction
        assert house.registry.inbox.unread(one.id) == len(expected)
        assert [size for size in journals(folder).values() if size] == []
        assert len(journals(folder)) == 1


def test_a_worker_that_dies_in_front_of_a_stopped_web_process_loses_nothing(
    house: RegistryHarness, record: Path, start_registry: StartRegistry
) -> None:
    """More than the pipe holds: the web process goes on, and finds the rest in the journal."""
    (paired,) = pair(house, 1)
    friend = house.contact()
    process = start_registry().__enter__()
    pid = process.wait(paired.id, "connected")["worker_pid"]
    os.kill(process.pid, signal.SIGSTOP)
    sent = [
        house.emulator.write(Text(f"{number} " + "x" * 20_000), sender=friend, receiver=paired.number)
        for number in range(MANY)
    ]
    # The pipe is full: that which waits for it holds the core up, and only what Python has counts.
    eventually(lambda: len(had(record)) > 5, timeout=10, seen=lambda: had(record))
    time.sleep(0.5)
    os.kill(pid, signal.SIGKILL)
    before = had(record)
    os.kill(process.pid, signal.SIGCONT)
    process.wait(paired.id, "connected")
    folder = house.folder(paired.id)
    eventually(
        lambda: set(stored(folder)) >= set(before),
        timeout=15,
        seen=lambda: (len(before), len(stored(folder)), process.log_text()),
    )
    assert stored(folder)[: len(before)] == before == sent[: len(before)]


@pytest.mark.usefixtures("seats")
def test_one_that_is_only_begun_is_handled_by_the_next_worker(
    house: RegistryHarness, record: Path, start_registry: StartRegistry
) -> None:
    """Python has it and nothing was made of it yet: what the core gave is in the journal."""
    (paired,) = pair(house, 1)
    friend = house.contact()
    process = start_registry().__enter__()
    pid = process.wait(paired.id, "connected")["worker_pid"]
    hold = record.with_name(record.name + HOLD)
    hold.touch()
    message = house.emulator.write(Text("só começou"), sender=friend, receiver=paired.number)
    eventually(lambda: had(record) == [message], timeout=10, seen=lambda: had(record))
    os.kill(pid, signal.SIGKILL)
    hold.unlink()
    folder = house.folder(paired.id)
    eventually(lambda: stored(folder) == [message], timeout=15, seen=process.log_text)
    eventually(lambda: not any(journals(folder).values()), timeout=10, seen=lambda: journals(folder))
    assert [name for name in journals(folder) if not name.endswith(".journal")] == []


@pytest.mark.usefixtures("seats")
@pytest.mark.timeout(120 + 12 * RUNS)
def test_kills_at_any_moment_lose_and_double_nothing_that_python_had(
    house: RegistryHarness, record: Path, start_registry: StartRegistry
) -> None:
    """Of the worker, the web process, the preloader, or all, under traffic to three instances."""
    chance = random.Random(1611)
    paired = pair(house, 3)
    friend = house.contact()
    process = start_registry().__enter__()
    with traffic(house, friend, [one.number for one in paired]) as written:
        pids: set[int] = set()
        for run in range(RUNS):
            pids = {back(process, one, but=pids) for one in paired}
            time.sleep(chance.uniform(0.0, 0.5))
            blow = ("worker", "web", "all", "preloader")[run % 4]
            if blow == "worker":
                victim = chance.choice(sorted(pids))
                pids = {victim}
                os.kill(victim, signal.SIGKILL)
            elif blow == "preloader":
                psutil.Process(process.pid).children()[0].kill()
            else:
                kill_all(process) if blow == "all" else process.kill()
                process = start_registry().__enter__()
    for one in paired:
        process.wait(one.id, "connected", timeout=30)
    arrived = had(record)
    found = {one.id: eventually_stored(house.folder(one.id), arrived, written[one.number]) for one in paired}
    counts = Counter(message_id for ids in found.values() for message_id in ids)
    lost = [message_id for message_id in arrived if message_id not in counts]
    doubled = [message_id for message_id, count in counts.items() if count > 1]
    total = sum(map(len, written.values()))
    print(
        f"\n{RUNS} kills: {total} written, {len(arrived)} reached Python, {len(lost)} of them lost,"
        f" {len(doubled)} doubled; {total - len(counts)} never reached Python"
    )
    assert (lost, doubled) == ([], [])
    assert len(arrived) > 5 * RUNS
    for one in paired:
        house_files = journals(house.folder(one.id))
        assert not [name for name in house_files if not name.endswith(".journal")], house_files


def back(process: RegistryProcess, one: Paired, *, but: set[int]) -> int:
    """The process in which an instance is connected again, after those in ``but`` were ended."""

    def look() -> int | None:
        view = process.wait(one.id, "connected", timeout=30)
        return view["worker_pid"] if view["worker_pid"] not in but else None

    return eventually(look, timeout=30, seen=process.log_text)


def eventually_stored(folder: Path, arrived: list[str], written: list[str]) -> list[str]:
    """What is stored, once all that Python had is, or 10 s later."""
    wanted = set(arrived) & set(written)
    deadline = time.monotonic() + 10
    while not wanted <= set(found := stored(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@contextmanager
def traffic(house: RegistryHarness, friend: str, numbers: list[str]) -> Iterator[dict[str, list[str]]]:
    """Texts to all these numbers, one after the other, until the block ends; gives their ids by number."""
    over = threading.Event()
    written: dict[str, list[str]] = {number: [] for number in numbers}

    def write() -> None:
        for count in itertools.count():
            if over.wait(0.005):
                return
            number, text = numbers[count % len(numbers)], Text(f"mensagem {count}")
            written[number].append(house.emulator.write(text, sender=friend, receiver=number))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        over.set()
        thread.join(30)
