"""Audit entries that wait for the disk."""

from __future__ import annotations

from pathlib import Path

from core.models.access import SignInMethod
from core.models.audit import Action, AuditEntry
from core.services.state.audit_queue import WAITING, AuditQueue


def entry(number: int) -> AuditEntry:
    """The one of that number."""
    return AuditEntry(float(number), SignInMethod.PASSWORD, "", "127.0.0.1", Action.STARTED, f"loja-{number}")


def test_what_waits_is_shown_before_it_is_written(tmp_path: Path) -> None:
    """Newest first, whether on the disk or not; none is lost on its way, none written twice."""
    queue, folder = AuditQueue(), tmp_path / "auth"
    queue.add(entry(1))
    assert [each.instance_id for each in queue.entries(folder, limit=5)] == ["loja-1"]
    assert queue.waiting
    folder.mkdir()
    queue.add(entry(2))
    assert [each.instance_id for each in queue.entries(folder, limit=5)] == ["loja-2", "loja-1"]
    assert queue.waiting == ()
    assert [each.instance_id for each in queue.entries(folder, limit=1)] == ["loja-2"]


def test_the_oldest_go_first() -> None:
    """Memory has a bound while the disk takes nothing."""
    queue = AuditQueue()
    for number in range(WAITING + 5):
        queue.add(entry(number))
    assert len(queue.waiting) == WAITING
    assert queue.waiting[0].instance_id == "loja-5"
