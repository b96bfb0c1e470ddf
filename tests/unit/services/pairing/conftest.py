"""One instance that is to be linked, on a registry that notes what it was asked, and a clock that is set."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from core.errors import UnknownInstanceError
from core.models.audit import Action
from core.models.instance import InstanceState, InstanceView, ShowPairingCode, ShowQr
from core.services.pairing.link_table import LinkTable
from core.services.runtime import Runtime
from tests.support.runtimes import installed, runtime_of
from tests.unit.services.conftest import ID, view

NUMBER = "5511912345678"


@dataclass
class Clock:
    """Seconds since the epoch, as the test says."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def pairing(**more: object) -> InstanceView:
    """An instance that shows a QR."""
    step = ShowQr(code="2@abc", index=1, total=6, expires_at=time.time() + 30)
    plain = replace(view(state=InstanceState.PAIRING), phone="", linked=False, qr=step)
    return replace(plain, **more)  # type: ignore[arg-type]


def code(number: str = NUMBER, left: float = 100) -> ShowPairingCode:
    """A code that is good for `left` seconds."""
    return ShowPairingCode(code="ABCD1234", number=number, expires_at=time.time() + left)


@dataclass
class Scene:
    """The runtime, its only instance, and what the registry was asked."""

    runtime: Runtime
    clock: Clock
    views: dict[str, InstanceView] = field(default_factory=lambda: {ID: pairing()})
    asked: list[tuple[str, ...]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def view(self, instance_id: str) -> InstanceView:
        self.threads.add(threading.get_ident())
        if instance_id not in self.views:
            raise UnknownInstanceError(instance_id)
        return self.views[instance_id]

    @property
    def table(self) -> LinkTable:
        return self.runtime.pairing_links

    @property
    def noted(self) -> list[Action]:
        """What the access log was told, oldest first."""
        return [entry.action for entry in self.runtime.audit.waiting]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Installed as the process's runtime while the test runs."""
    clock, registry = Clock(), MagicMock()
    made = replace(runtime_of(tmp_path), registry=registry, pairing_links=LinkTable(tmp_path, clock=clock))
    scene = Scene(made, clock)
    registry.view.side_effect = scene.view
    registry.views.side_effect = lambda: tuple(scene.views.values())
    registry.storage.return_value.ready = True
    registry.start_instance.side_effect = lambda each: scene.asked.append(("start", each))
    registry.ask_pairing_code.side_effect = lambda each, number: scene.asked.append(("code", each, number))
    with installed(made):
        yield scene
