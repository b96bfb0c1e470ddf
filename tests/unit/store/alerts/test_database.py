"""``alerts.db``: what was written is there after every end, and what waits is never dropped."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import StorageUnavailableError
from core.models.alerts.deliveries import Delivery, DeliveryFailure, DeliveryState
from core.models.alerts.incidents import Incident, Notice, NoticeKind, Trouble
from core.store.alerts import database
from core.store.alerts.database import ALERTS_FILE, KEPT_S, StoredAlerts, read_alerts, write_alerts

AT = 1_800_000_000.0
INCIDENT = Incident("i1", "loja", "Loja", Trouble.OFFLINE, Trouble.LOGGED_OUT, AT, AT, turn=2)
NOTICE = Notice("n1", NoticeKind.OPENED, AT, "i1", "loja", Trouble.LOGGED_OUT, "Loja", AT)
WAITING = Delivery("d1", NOTICE, "a1", DeliveryState.WAITING, AT + 5)
TEST = Delivery("d2", Notice("n2", NoticeKind.TEST, AT), "a1", DeliveryState.WAITING, AT)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Incidents, and deliveries in their order; for the owner only."""
    write_alerts(tmp_path, incidents=[INCIDENT], deliveries=[WAITING, TEST], now=AT)
    assert read_alerts(tmp_path, settled=9) == StoredAlerts((INCIDENT,), (WAITING, TEST), ())
    assert (tmp_path / ALERTS_FILE).stat().st_mode & 0o777 == 0o600


def test_changes_replace_what_was(tmp_path: Path) -> None:
    """An incident that ended, a delivery that was tried and one that arrived."""
    write_alerts(tmp_path, incidents=[INCIDENT], deliveries=[WAITING, TEST], now=AT)
    ended = replace(INCIDENT, closed_at=AT + 9, told_at=AT + 9)
    tried = replace(
        WAITING, tries=1, tried_at=AT + 6, due_at=AT + 36, failure=DeliveryFailure.REFUSED, detail="401"
    )
    done = replace(TEST, state=DeliveryState.DELIVERED, tries=1, tried_at=AT + 1)
    write_alerts(tmp_path, incidents=[ended], deliveries=[tried, done], now=AT + 10)
    assert read_alerts(tmp_path, settled=9) == StoredAlerts((ended,), (tried,), (done,))


def test_nothing_was_written_yet(tmp_path: Path) -> None:
    """And reading makes no file."""
    assert read_alerts(tmp_path, settled=9) == StoredAlerts()
    assert list(tmp_path.iterdir()) == []


def test_what_is_long_over_goes_and_what_waits_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By age, and by number."""
    monkeypatch.setattr(database, "SETTLED", 3)
    done = [
        replace(WAITING, id=f"x{n}", state=DeliveryState.DELIVERED, tried_at=AT + n, tries=1)
        for n in range(9)
    ]
    closed = replace(INCIDENT, id="i0", closed_at=AT)
    write_alerts(tmp_path, incidents=[INCIDENT, closed], deliveries=[WAITING, *done], now=AT)
    stored = read_alerts(tmp_path, settled=99)
    assert [each.id for each in stored.settled] == ["x6", "x7", "x8"]
    write_alerts(tmp_path, now=AT + KEPT_S + 60)
    stored = read_alerts(tmp_path, settled=99)
    assert stored == StoredAlerts((INCIDENT,), (WAITING,), ())


def test_rows_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    """Unknown kinds of trouble neither stop the rest nor are lost."""
    write_alerts(tmp_path, incidents=[INCIDENT, replace(INCIDENT, id="i2")], deliveries=[WAITING], now=AT)
    with sqlite3.connect(tmp_path / ALERTS_FILE) as file:
        file.execute("UPDATE incidents SET trouble = 'flood' WHERE id = 'i2'")
    file.close()
    assert read_alerts(tmp_path, settled=9).incidents == (INCIDENT,)
    write_alerts(tmp_path, now=AT)
    with sqlite3.connect(tmp_path / ALERTS_FILE) as file:
        assert file.execute("SELECT count(*) FROM incidents").fetchone() == (2,)
    file.close()


def test_a_file_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """It kept the worst of an incident alone."""
    with sqlite3.connect(tmp_path / ALERTS_FILE) as file:
        for statement in database.MIGRATIONS[0]:
            assert isinstance(statement, str)
            file.execute(statement)
        row = (INCIDENT.id, "loja", "Loja", Trouble.LOGGED_OUT, AT, AT, 2, None)
        file.execute("INSERT INTO incidents VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        file.execute("PRAGMA user_version = 1")
    file.close()
    assert read_alerts(tmp_path, settled=9).incidents == (replace(INCIDENT, trouble=Trouble.LOGGED_OUT),)


def test_a_folder_that_is_gone_is_an_error_of_the_storage(tmp_path: Path) -> None:
    """Its caller keeps what it has and tries again."""
    with pytest.raises(StorageUnavailableError):
        write_alerts(tmp_path / "gone", incidents=[INCIDENT], now=AT)


def test_a_damaged_file_is_kept_aside(tmp_path: Path) -> None:
    """And a new one begun."""
    (tmp_path / ALERTS_FILE).write_bytes(b"not a database" * 100)
    write_alerts(tmp_path, incidents=[INCIDENT], now=AT)
    assert read_alerts(tmp_path, settled=9).incidents == (INCIDENT,)
    assert list(tmp_path.glob(f"{ALERTS_FILE}.corrupt-*"))
