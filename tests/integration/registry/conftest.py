"""A registry for each test, and a look afterwards at what it left behind."""

from __future__ import annotations

import gc
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

import psutil
import pytest

from core.store import session
from tests.emulator.handle import Emulator
from tests.integration.registry.support import RegistryHarness, RegistryProcess
from tests.support.polling import eventually
from tests.support.processes import MARKER, end, family

_OURS: Final = ("supervisor-", "reader-", "registry-startup", "usage-meter")
_SETTLED_S: Final = 5.0


class StartRegistry(Protocol):
    """Starts a registry in a process of its own; all of them are ended with the test."""

    def __call__(self, *, log_level: str = "INFO", before: tuple[str, ...] = ()) -> RegistryProcess: ...


def open_files() -> dict[str, str]:
    """This process's descriptors and what they are."""
    found = {}
    for path in Path("/proc/self/fd").iterdir():
        try:
            found[path.name] = str(path.readlink())
        except FileNotFoundError:  # the one that listed the folder
            continue
    return found


def our_threads() -> list[str]:
    """Threads of the registry, and any that would keep the process from ending."""
    return sorted(
        thread.name
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and (thread.name.startswith(_OURS) or not thread.daemon)
    )


@pytest.fixture
def environment(emulator: Emulator, patched_core: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every process started from here meets only the emulator, and carries the marker that this gives."""
    for name, value in emulator.environment(patched_core).items():
        monkeypatch.setenv(name, value)
    marker = secrets.token_hex(8)
    monkeypatch.setenv(MARKER, marker)
    return marker


@pytest.fixture
def nothing_left(environment: str) -> Iterator[None]:
    """Fails a test after which a process, a thread or a descriptor is left."""
    session.close()  # from an earlier test of this process
    files, threads = open_files(), our_threads()
    children = set(psutil.Process().children(recursive=True))
    yield

    session.close()  # the test itself may have looked into a store when its registry was gone

    def left() -> list[object]:
        gc.collect()
        more = len(open_files()) > len(files)
        return [
            *(set(psutil.Process().children(recursive=True)) - children),
            *(process for process in family(environment)),
            *(name for name in our_threads() if name not in threads),
            *((number, what) for number, what in open_files().items() if more and files.get(number) != what),
        ]

    try:
        eventually(lambda: not left(), timeout=_SETTLED_S, seen=left)
    finally:
        end(family(environment))


@pytest.fixture
def house(
    nothing_left: None,
    emulator: Emulator,
    fresh_number: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RegistryHarness]:
    """No registry yet: the test opens them; whatever is open is stopped with the test."""
    monkeypatch.setattr("core.registry.startup.OPEN_EVERY_S", 0.05)  # a folder is looked at more often
    made = RegistryHarness(emulator=emulator, auth_dir=tmp_path / "auth", fresh_number=fresh_number)
    yield made
    made.close()


@pytest.fixture
def start_registry(nothing_left: None, tmp_path: Path) -> Iterator[StartRegistry]:
    """Registries in processes of their own, on the same folder as `house`."""
    started: list[RegistryProcess] = []

    def start(*, log_level: str = "INFO", before: tuple[str, ...] = ()) -> RegistryProcess:
        process = RegistryProcess(
            tmp_path / "auth", log=tmp_path / "registry.log", log_level=log_level, before=before
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop()
