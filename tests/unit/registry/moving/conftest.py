"""Sessions that were prepared, and a table of instances whose workers never come up."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from core.models.instance import InstanceRecord
from core.registry.admission import Admission
from core.registry.change_notifier import ChangeNotifier
from core.registry.commands import Close
from core.registry.moving.adoption import Adoption
from core.registry.moving.devices import Devices
from core.registry.supervisors import Supervisors
from core.store.instance_file import create_folder
from tests.unit.registry.conftest import FakeContext
from tests.unit.registry.conftest import context as context  # noqa: PLC0414  # a fixture
from tests.unit.store.conftest import make_store

JID = "5511999990000:7@s.whatsapp.net"
NUMBER = "5511999990000"


def make_session(folder: Path, *jids: str) -> None:
    """A closed session.db with devices of those addresses."""
    with closing(sqlite3.connect(make_store(folder))) as store:
        store.executemany("INSERT INTO whatsmeow_device VALUES (?, zeroblob(32))", [(jid,) for jid in jids])
        store.commit()


def make_instance(auth_dir: Path, name: str, jid: str, *, phone: str = NUMBER) -> InstanceRecord:
    """A stopped instance on disk that holds that device."""
    record = InstanceRecord(f"{name.lower()}-k7m2xq", name, 1.0, wanted=False, phone=phone, linked=True)
    create_folder(auth_dir, record)
    make_session(auth_dir / record.id, jid)
    return record


@pytest.fixture
def supervisors(context: FakeContext) -> Iterator[Supervisors]:
    """An empty table; its supervisors end with the test."""
    made = Supervisors(ChangeNotifier(lambda _topic, _version: None), context.real())
    yield made
    for supervisor in made.all():
        supervisor.post(Close())
        supervisor.join(5)


@pytest.fixture
def devices(context: FakeContext, supervisors: Supervisors) -> Devices:
    """Those of the instances on the disk."""
    return Devices(context.auth_dir, supervisors)


@pytest.fixture
def adoption(context: FakeContext, supervisors: Supervisors, devices: Devices) -> Adoption:
    """What takes sessions in, with room for three."""
    admission = Admission(supervisors, MagicMock(), MagicMock(), max_instances=3, closing=threading.Event())
    return Adoption(context.auth_dir, supervisors, admission, devices, clock=lambda: context.now)
