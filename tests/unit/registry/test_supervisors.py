"""The table of instances: names, ids of requests, and who is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import UnknownInstanceError
from core.messages.inbox import Inbox
from core.messages.outbox import Outbox
from core.models.instance import InstanceRecord
from core.registry import supervisors
from core.registry.change_notifier import ChangeNotifier
from core.registry.commands import Close
from core.registry.context import SupervisorContext
from core.registry.pending_queries import PendingQueries
from core.registry.supervisors import Supervisors
from core.registry.workers import WorkerPool
from core.store.layout import new_id


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Supervisors]:
    """Empty; its supervisors start nothing and are closed with the test."""
    context = SupervisorContext(
        auth_dir=tmp_path,
        launch=WorkerPool().launch,
        save=lambda _: None,
        recreate_folder=lambda _: None,
        publish=lambda _: None,
        add_notice=lambda _: None,
        outbox=Outbox(clock=lambda: 1.0, folder_of=tmp_path.joinpath),
        inbox=Inbox(folder_of=tmp_path.joinpath, clock=lambda: 5.0),
        queries=PendingQueries(),
        require_writable=lambda: None,
        clock=lambda: 1.0,
    )
    made = Supervisors(ChangeNotifier(lambda *_: None), context)
    yield made
    for supervisor in made.all():
        supervisor.post(Close())
        supervisor.join(5)


def add(table: Supervisors, name: str, *, created_at: float = 1.0) -> str:
    record = InstanceRecord(new_id(name), name, created_at, wanted=False)
    table.add(record)
    return record.id


def test_views_come_oldest_first(table: Supervisors) -> None:
    """Whatever the order in which they were found."""
    add(table, "Um", created_at=2.0)
    add(table, "Dois", created_at=1.0)
    assert [view.name for view in table.views()] == ["Dois", "Um"]


def test_what_is_removed_is_gone(table: Supervisors) -> None:
    """From the list and for every verb, and cannot be removed twice."""
    one = add(table, "Um")
    supervisor = table.remove(one)
    supervisor.post(Close())
    supervisor.join(5)
    assert table.views() == ()
    for verb in (table.get, table.view, table.remove):
        with pytest.raises(UnknownInstanceError):
            verb(one)


def test_a_name_is_taken_whatever_its_case(table: Supervisors) -> None:
    """By another one; its own does not count. A free one gets the next number."""
    one = add(table, "Loja")
    assert table.is_taken("LOJA")
    assert not table.is_taken("Loja", but=table.get(one))
    assert table.free_name("Outra") == "Outra"
    add(table, "loja (2)")
    assert table.free_name("Loja") == "Loja (3)"


def test_requests_are_remembered_up_to_a_bound(table: Supervisors, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are known, the oldest forgotten; one without an id, or whose instance is gone, never is."""
    assert supervisors.KEPT_REQUESTS == 1_000
    monkeypatch.setattr(supervisors, "KEPT_REQUESTS", 3)
    one = add(table, "Um")
    for number in range(5):
        table.remember_request(str(number), one)
    table.remember_request("", one)
    assert [number for number in range(5) if table.find_by_request(str(number))] == [2, 3, 4]
    assert table.find_by_request("") is None
    supervisor = table.remove(one)
    supervisor.post(Close())
    supervisor.join(5)
    assert table.find_by_request("4") is None
