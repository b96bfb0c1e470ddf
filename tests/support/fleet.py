"""Apps whose instances are connected, shared by tests that need one and disturb no other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.media_samples import ffmpeg_folder
from tests.support.pairing import pair_instances

SIZE: Final = 8
"""Instances of one app: a start of the app is dearer than a few more of them."""


class Instance(NamedTuple):
    """A connected instance and the number that it is linked to."""

    id: str
    number: str


class Fleet:
    """Hands out each instance of an app once, and starts the next app when none are left.

    Its apps find ffmpeg on their PATH. `close` ends the app that runs.
    """

    def __init__(
        self, folder: Path, *, emulator: Emulator, core: Path, fresh_number: Callable[[], str]
    ) -> None:
        self._folder = folder
        self._emulator = emulator
        self._core = core
        self._fresh_number = fresh_number
        self._app: AppProcess | None = None
        self._free: list[Instance] = []
        self._starts = 0

    def take(self, count: int) -> tuple[AppProcess, tuple[Instance, ...]]:
        """Return an app and so many of its instances, connected, which no other test has had or gets."""
        app = self._app
        if app is None or not app.running or len(self._free) < count:
            self.close()
            app = self._start()
        taken = tuple(self._free.pop() for _ in range(count))
        for instance in taken:
            app.wait_instance(instance.id, state="connected")
        return app, taken

    def close(self) -> None:
        """End the app; the next `take` starts another. To be called after a test failed, too."""
        if self._app is not None:
            self._app.stop()
        self._app, self._free = None, []

    def _start(self) -> AppProcess:
        self._starts += 1
        folder = self._folder / str(self._starts)
        numbers = [self._fresh_number() for _ in range(SIZE)]
        ids = pair_instances(folder / "auth", self._emulator, self._core, numbers)
        self._free = [Instance(*pair) for pair in zip(ids, numbers, strict=True)]
        path = f"{ffmpeg_folder(folder / 'programs')}{os.pathsep}{os.environ['PATH']}"
        self._app = AppProcess(folder=folder, emulator=self._emulator, core=self._core, env={"PATH": path})
        self._app.start().wait_healthy()
        for instance_id in ids:  # all of them: a fleet that still connects would take the test's time
            self._app.wait_instance(instance_id, state="connected")
        return self._app


@contextmanager
def bare_app(folder: Path, *, emulator: Emulator, core: Path, password: str = "") -> Iterator[AppProcess]:
    """Run an app without instances."""
    with AppProcess(folder=folder, emulator=emulator, core=core, password=password) as app:
        app.wait_healthy()
        yield app
