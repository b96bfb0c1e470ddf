"""The table of instances: names, ids of requests, and who is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import UnknownInstanceError
from core.messages.inbox import Arrivals
from core.messages.outbox import Outbox
from core.models.instance import InstanceRecord
from core.registry import supervisors
from core.registry.change_notifier import Changes
from core.registry.context import Surroundings
from core.registry.pending_queries import Inquiries
from core.registry.supervisors import Roster
from core.registry.workforce import Workforce
from core.store.layout import new_id


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Roster]:
    """Empty; its supervisors start nothing and are closed with the test."""
    around = Surroundings(
        auth_dir=tmp_path,
        launch=Workforce().launch,
        save=lambda _: None,
        renew=lambda _: None,
        changed=lambda _: None,
        notice=lambda _: None,
        outbox=Outbox(clock=lambda: 1.0, folder_of=tmp_path.joinpath),
        arrivals=Arrivals(folder_of=tmp_path.joinpath, clock=lambda: 5.0),
        inquiries=Inquiries(),
        require_sound=lambda: None,
        clock=lambda: 1.0,
    )
    made = Roster(Changes(lambda *_: None), around)
    yield made
    for supervisor in made.all():
        supervisor.close()
        supervisor.join(5)


def adopt(table: Roster, name: str, *, created_at: float = 1.0) -> str:
    record = InstanceRecord(new_id(name), name, created_at, wanted=False)
    return table.adopt(record).record.id


def test_views_come_oldest_first(table: Roster) -> None:
    """Whatever the order in which they were found."""
    adopt(table, "Um", created_at=2.0)
    adopt(table, "Dois", created_at=1.0)
    assert [view.name for view in table.views()] == ["Dois", "Um"]


def test_who_is_dismissed_is_gone(table: Roster) -> None:
    """From the list and for every verb, and cannot be dismissed twice."""
    one = adopt(table, "Um")
    supervisor = table.dismiss(one)
    supervisor.close()
    supervisor.join(5)
    assert table.views() == ()
    for verb in (table.get, table.view, table.dismiss):
        with pytest.raises(UnknownInstanceError):
            verb(one)


def test_a_name_is_taken_whatever_its_case(table: Roster) -> None:
    """By another one; its own does not count. A free one gets the next number."""
    one = adopt(table, "Loja")
    assert table.is_taken("LOJA")
    assert not table.is_taken("Loja", but=table.get(one))
    assert table.free_name("Outra") == "Outra"
    adopt(table, "loja (2)")
    assert table.free_name("Loja") == "Loja (3)"


def test_requests_are_remembered_up_to_a_bound(table: Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are known, the oldest forgotten; one without an id, or whose instance is gone, never is."""
    assert supervisors.KEPT_REQUESTS == 1_000
    monkeypatch.setattr(supervisors, "KEPT_REQUESTS", 3)
    one = adopt(table, "Um")
    for number in range(5):
        table.remember_request(str(number), one)
    table.remember_request("", one)
    assert [number for number in range(5) if table.made_for(str(number))] == [2, 3, 4]
    assert table.made_for("") is None
    supervisor = table.dismiss(one)
    supervisor.close()
    supervisor.join(5)
    assert table.made_for("4") is None
