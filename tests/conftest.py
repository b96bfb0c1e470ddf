"""Fixtures that every suite may use: the emulator, a core patched for it, the app, telephone numbers."""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

# The repository comes first: one of our dependencies installs a top-level package named `tests`.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.emulator.handle import Emulator
from tests.emulator.patch_core import patched_neonize
from tests.support.app_process import AppProcess
from tests.support.neonize_core import CoreProcess

# How long one example takes is the disk's and the machine's affair; what hangs is ended by pytest-timeout.
# A failure prints the decorator that repeats its very example.
settings.register_profile("any-machine", deadline=None, print_blob=True)
settings.load_profile("any-machine")

_LOG_TAIL = 8_000  # characters of a failed test's app log that are shown
_numbers = itertools.count(60_000_000)


class StartApp(Protocol):
    """Starts the app; all of them are stopped when the test ends."""

    def __call__(
        self, *, auth_dir: Path | None = None, env: dict[str, str] | None = None, password: str = ""
    ) -> AppProcess: ...


class StartCore(Protocol):
    """Starts a genuine core on a store; all of them are stopped when the test ends."""

    def __call__(self, store: Path | None = None) -> CoreProcess: ...


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: one more than there are cores, since many wait most of the time."""
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Leave what was collected out of later looks for garbage: it lives on, and a look took half a second."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let tests run beside each other; those marked ``alone`` measure time and need the machine.

    Around everything else: no test's time limit counts while it waits for its turn.
    """
    if not hasattr(item.config, "workerinput"):
        return (yield)
    wanted = fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH
    shared: Path = item.config._tmp_path_factory.getbasetemp().parent  # type: ignore[attr-defined]
    with (shared / "running").open("w") as running:
        with (shared / "next").open("w") as following:
            # Held while waiting for the machine: else others would come in before for ever.
            fcntl.flock(following, wanted)
            fcntl.flock(running, wanted)
        return (yield)


@pytest.fixture(scope="session")
def _emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def emulator(_emulator: Emulator) -> Iterator[Emulator]:
    """The session's emulator with no fault on, before and after the test."""
    _emulator.clear_faults()
    yield _emulator
    _emulator.clear_faults()


@pytest.fixture(scope="session")
def patched_core(_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a neonize that trusts the session's emulator, to put first on PYTHONPATH."""
    return patched_neonize(tmp_path_factory.mktemp("core"), _emulator.root_key)


@pytest.fixture(scope="session")
def fresh_number() -> Callable[[], str]:
    """Gives a Brazilian mobile number that is new in this run: `5511 9XXXX XXXX`, digits only."""
    return lambda: f"55119{next(_numbers)}"


@pytest.fixture
def app_process(
    request: pytest.FixtureRequest, emulator: Emulator, patched_core: Path, tmp_path: Path
) -> Iterator[StartApp]:
    """Starts the app on the test's own AUTH_DIR (or the one given), without waiting for it."""
    started: list[AppProcess] = []

    def start(
        *, auth_dir: Path | None = None, env: dict[str, str] | None = None, password: str = ""
    ) -> AppProcess:
        app = AppProcess(
            folder=tmp_path,
            emulator=emulator,
            core=patched_core,
            auth_dir=auth_dir or tmp_path / "auth",
            env=env,
            password=password,
        )
        started.append(app)
        return app.start()

    yield start
    for app in started:
        app.stop()
    for app in started:
        show_log_of_a_failure(request, app)


@pytest.fixture
def start_core(emulator: Emulator, patched_core: Path, tmp_path: Path) -> Iterator[StartCore]:
    """Starts genuine cores, one process each, on the test's own stores."""
    started: list[CoreProcess] = []

    def start(store: Path | None = None) -> CoreProcess:
        where = store or tmp_path / f"store-{len(started)}.db"
        core = CoreProcess(where, environment=emulator.environment(patched_core))
        started.append(core)
        return core

    yield start
    for core in started:
        core.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures see, while they end, whether their test failed."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


_FAILED = pytest.StashKey[bool]()


def failed(node: pytest.Item) -> bool:
    """Tell whether that test failed, so far."""
    return node.stash.get(_FAILED, False)


def show_log_of_a_failure(request: pytest.FixtureRequest, app: AppProcess) -> None:
    """Print the end of the app's log if the test failed."""
    if failed(request.node):
        print(f"--- log of the app on port {app.port} (end) ---\n{app.log_text()[-_LOG_TAIL:]}")
