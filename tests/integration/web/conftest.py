"""Apps behind a password, and people who signed in to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.signing_in import PASSWORD


class Starts(Protocol):
    """Starts an app and waits until it serves."""

    def __call__(
        self, *, auth_dir: Path | None = None, password: str = PASSWORD, env: Mapping[str, str] | None = None
    ) -> AppProcess: ...


@pytest.fixture(scope="module")
def starts(
    _emulator: Emulator, patched_core: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Starts]:
    """Starts apps that live as long as the module's tests; each waits until it serves."""
    started: list[AppProcess] = []

    def start(
        *, auth_dir: Path | None = None, password: str = PASSWORD, env: Mapping[str, str] | None = None
    ) -> AppProcess:
        app = AppProcess(
            folder=tmp_path_factory.mktemp("app"),
            emulator=_emulator,
            core=patched_core,
            auth_dir=auth_dir,
            password=password,
            env=env,
        )
        started.append(app)
        app.start().wait_healthy()
        return app

    yield start
    for app in started:
        app.stop()


@pytest.fixture(scope="module")
def app(starts: Starts) -> AppProcess:
    """One app with a password for all of a module's tests."""
    return starts()
