"""What a backup holds, and how backups stand: plain data, without a secret."""

from __future__ import annotations

import msgspec

from core.models.moving.backup import BackupFound, BackupProblem, BackupsView, MadeBackup
from core.models.moving.device import FoundDevice


def test_what_was_found_comes_through_a_pipe() -> None:
    """As JSON, between the process that opens a backup and the one that asked."""
    device = FoundDevice(index=0, number="5511999990000", device=7, name="Ana", keys=812, conversations=3)
    found = BackupFound(made_at=5.5, app_version="0.1.0", messages=True, devices=(device,), names=("Loja",))
    assert msgspec.json.decode(msgspec.json.encode(found), type=BackupFound) == found


def test_nothing_is_saved_before_the_first() -> None:
    """And nothing has failed either."""
    view = BackupsView()
    assert (view.scheduled, view.saved, view.last_good_at, view.failed_at) == (False, {}, 0.0, 0.0)


def test_problems_are_told_apart_by_stable_words() -> None:
    """They stand on disk."""
    assert all(problem.value.startswith("backup-") for problem in BackupProblem)


def test_what_waits_says_until_when() -> None:
    """In seconds since the epoch."""
    made = MadeBackup("t", "whatsapp-backup.age", 9, ("loja-1",), messages=True, made_at=1.0, gone_at=3601.0)
    assert made.gone_at - made.made_at == 3600
