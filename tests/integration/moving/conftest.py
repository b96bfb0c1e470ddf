"""A session of a genuine Baileys, and what a move makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from core.models.moving.converted import ConvertedSession
from core.moving.baileys.folder import convert_folder
from core.moving.session_writer import write_session
from tests.emulator.handle import Emulator
from tests.support.baileys.client import BaileysProcess, unavailable


class StartBaileys(Protocol):
    """Starts a Baileys of that version on a folder; all of them are stopped when the test ends."""

    def __call__(self, version: str, folder: Path) -> BaileysProcess: ...


@pytest.fixture(scope="session")
def _baileys_installed() -> None:
    if reason := unavailable():
        pytest.skip(reason)


@pytest.fixture
def start_baileys(_baileys_installed: None, emulator: Emulator) -> Iterator[StartBaileys]:
    """Starts genuine Baileys clients, one process each."""
    started: list[BaileysProcess] = []

    def start(version: str, folder: Path) -> BaileysProcess:
        client = BaileysProcess(version, folder, emulator)
        started.append(client)
        return client

    yield start
    for client in started:
        client.end()


@pytest.fixture
def contact(emulator: Emulator, fresh_number: Callable[[], str]) -> str:
    """The number of somebody to write to."""
    number = fresh_number()
    emulator.add_phone(number, "Ana")
    return number


def move(folder: Path, target: Path) -> ConvertedSession:
    """Do what an import does with the folder of a Baileys that was stopped."""
    converted = convert_folder({path.name: path.read_bytes() for path in folder.iterdir()})
    write_session(target, converted.keys, converted.conversations)
    return converted
