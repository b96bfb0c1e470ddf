"""The address under which the core opens its store."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock
from urllib.parse import parse_qs, urlsplit

import pytest

from core.engine.protocol import WorkerSpec
from core.engine.whatsapp.client import CoreClient, Entrance, store_address
from core.engine.whatsapp.patches import _EVENT, bounded, wait_without_looking
from core.models.worker_events import GroupNamed, WorkerEvent
from tests.support.polling import eventually


@pytest.mark.parametrize("name", ["plain", "with space", "a?b", "a#b", "100%", "%00", "ação", "a&b=c", "a'b"])
def test_any_path_leads_to_its_own_file(tmp_path: Path, name: str) -> None:
    """What the core makes of it, `file:` before and `?_foreign_keys=on` behind, opens exactly that file."""
    folder = tmp_path / name
    folder.mkdir()
    address = f"file:{store_address(str(folder / 'session.db'))}?_foreign_keys=on"
    with closing(sqlite3.connect(address, uri=True)) as store:
        store.execute("CREATE TABLE t (x)")
    assert [path.name for path in folder.iterdir()] == ["session.db"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_store_is_opened_with_the_settings_that_were_measured() -> None:
    """Write-ahead log, NORMAL, immediate transactions; what the core adds is swallowed by the last one."""
    address = urlsplit(f"file:{store_address('/auth/session.db')}?_foreign_keys=on")
    assert address.path == "/auth/session.db"
    assert parse_qs(address.query, keep_blank_values=True) == {
        "_foreign_keys": ["on"],
        "_journal_mode": ["WAL"],
        "_busy_timeout": ["10000"],
        "_synchronous": ["NORMAL"],
        "_txlock": ["immediate"],
        "_secure_delete": ["on"],
        "_x": ["?_foreign_keys=on"],
    }


def test_an_event_that_is_too_large_is_never_looked_at(caplog: pytest.LogCaptureFixture) -> None:
    """What it costs to parse is many times its size; the next one comes as if nothing had been."""
    looked_at: list[int] = []
    execute = bounded(lambda _uuid, _address, size, _code: looked_at.append(size))
    for size in (1, _EVENT, _EVENT + 1, 2):
        execute(0, 0, size, 17)
    assert looked_at == [1, _EVENT, 2]
    assert f"dropped an event of {_EVENT + 1} bytes from the core" in caplog.text


def test_an_event_counts_as_under_way_while_it_is_handled() -> None:
    """An end waits for it, also before it has led to anything."""
    steps: list[str] = []

    @contextmanager
    def in_flight() -> Iterator[None]:
        steps.append("begin")
        yield
        steps.append("end")

    bounded(lambda *_: steps.append("handle"), in_flight=in_flight)(0, 0, 1, 17)
    assert steps == ["begin", "handle", "end"]


class Ending:
    """A client that is stopped while the pipe takes nothing."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.emitted: list[WorkerEvent] = []
        neonize = MagicMock()
        self.client = CoreClient(WorkerSpec("a", "Loja", "/a"), neonize, uuid="u", emit=self._emit)
        self.in_flight = neonize.new_client.call_args.kwargs["in_flight"]
        self.disconnect = neonize.new_client.return_value.disconnect
        self.stopping = threading.Thread(target=self.client.stop, daemon=True)

    def _emit(self, event: WorkerEvent) -> None:
        self.free.wait(10)
        self.emitted.append(event)


def test_a_stop_waits_for_what_the_pipe_has_not_taken_yet() -> None:
    """The core has acknowledged it, and nobody asks for it again."""
    ending = Ending()
    late = GroupNamed("a", "1@g.us", name="Time")
    threading.Thread(target=ending.client._emit, args=(late,), daemon=True).start()
    eventually(lambda: ending.client._in_flight._count == 1, timeout=5, seen=lambda: ending.emitted)
    ending.stopping.start()
    ending.stopping.join(0.3)
    assert ending.stopping.is_alive()
    ending.free.set()
    ending.stopping.join(5)
    assert (ending.stopping.is_alive(), ending.emitted) == (False, [late])
    ending.disconnect.assert_called_once_with()


def test_a_stop_waits_for_what_the_core_hands_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """But not for ever."""
    ending = Ending()
    with ending.in_flight():
        ending.stopping.start()
        ending.stopping.join(0.3)
        assert ending.stopping.is_alive()
    ending.stopping.join(5)
    assert not ending.stopping.is_alive()
    monkeypatch.setattr("core.engine.whatsapp.client._SETTLING_S", 0.05)
    with ending.in_flight():
        ending.client.stop()
        ending.client.drain(0.05)


def test_waiting_for_the_end_of_a_connection_wakes_no_processor() -> None:
    """neonize asks for a look five times a second; it gets one when there is something to see."""
    module = ModuleType("neonize.client")
    wait_without_looking(module)
    event: threading.Event = module.ThreadEvent()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(event.wait(0.001)))
    waiting.start()
    waiting.join(0.1)
    assert (answers, waiting.is_alive()) == ([], True)
    event.set()
    waiting.join(5)
    assert (answers, event.is_set()) == ([True], True)


def test_clients_come_to_the_core_one_after_the_other() -> None:
    """Two at the same instant would end their process: however many ask at once, a moment lies between."""
    entrance, at = Entrance(0.02), list[float]()

    def enter() -> None:
        entrance.pass_through()
        at.append(time.monotonic())

    threads = [threading.Thread(target=enter) for _ in range(6)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(at) == 6
    assert max(at) - begin >= 5 * 0.02
    assert min(at) - begin < 0.02 * 5
