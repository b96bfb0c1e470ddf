"""``alerts.db``: incidents, and each notice on its way to each address. Written before anything is sent."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from core.models.alerts.deliveries import Delivery, DeliveryFailure, DeliveryState
from core.models.alerts.incidents import Incident, Notice, NoticeKind, Trouble
from core.store import sqlite

log = logging.getLogger(__name__)
T = TypeVar("T")

ALERTS_FILE: Final = "alerts.db"
KEPT_S: Final = 30 * 86_400
"""How long what is over stays."""
SETTLED: Final = 1_000
"""Deliveries that are over and kept, at most; what still waits is never dropped."""
_INCIDENTS: Final = """
CREATE TABLE IF NOT EXISTS incidents (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    trouble TEXT NOT NULL,
    opened_at REAL NOT NULL,
    told_at REAL NOT NULL,
    turn INTEGER NOT NULL,
    closed_at REAL
)
"""
_DELIVERIES: Final = """
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    notice TEXT NOT NULL,
    kind TEXT NOT NULL,
    at REAL NOT NULL,
    incident TEXT NOT NULL,
    subject TEXT NOT NULL,
    trouble TEXT NOT NULL,
    name TEXT NOT NULL,
    opened_at REAL NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at REAL NOT NULL,
    tries INTEGER NOT NULL,
    tried_at REAL,
    failure TEXT NOT NULL,
    detail TEXT NOT NULL
)
"""
MIGRATIONS: Final[sqlite.Migrations] = (
    (_INCIDENTS, _DELIVERIES, "CREATE INDEX IF NOT EXISTS by_state ON deliveries (state, number)"),
    ("ALTER TABLE incidents ADD COLUMN worst TEXT NOT NULL DEFAULT ''",),
)
_PUT_INCIDENT: Final = "INSERT OR REPLACE INTO incidents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_DELIVERY: Final = """
INSERT INTO deliveries (id, notice, kind, at, incident, subject, trouble, name, opened_at, address,
    state, due_at, tries, tried_at, failure, detail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, tries = excluded.tries,
    tried_at = excluded.tried_at, failure = excluded.failure, detail = excluded.detail
"""
_DELIVERY_FIELDS: Final = (
    "id, notice, kind, at, incident, subject, trouble, name, opened_at, address, "
    "state, due_at, tries, tried_at, failure, detail"
)
_TRIM_INCIDENTS: Final = "DELETE FROM incidents WHERE closed_at < ?"
_TRIM_DELIVERIES: Final = (
    "DELETE FROM deliveries WHERE state != ?1 AND (tried_at < ?2 OR number <= "
    "(SELECT number FROM deliveries WHERE state != ?1 ORDER BY number DESC LIMIT 1 OFFSET ?3))"
)


@dataclass(frozen=True, slots=True)
class StoredAlerts:
    """What the file holds, oldest first."""

    incidents: tuple[Incident, ...] = ()
    waiting: tuple[Delivery, ...] = ()
    settled: tuple[Delivery, ...] = ()
    """Deliveries that are over, the newest of them."""


def write_alerts(
    auth_dir: Path, *, incidents: Iterable[Incident] = (), deliveries: Iterable[Delivery] = (), now: float
) -> None:
    """Write these, new or changed, in one transaction that survives a power loss; drop what is long over.

    Raises StorageUnavailableError: nothing of it was stored.
    """
    with sqlite.as_storage_errors(), _opened(auth_dir) as file:
        file.executemany(_PUT_INCIDENT, [_incident_row(each) for each in incidents])
        file.executemany(_PUT_DELIVERY, [_delivery_row(each) for each in deliveries])
        file.execute(_TRIM_INCIDENTS, (now - KEPT_S,))
        file.execute(_TRIM_DELIVERIES, (DeliveryState.WAITING, now - KEPT_S, SETTLED))


def read_alerts(auth_dir: Path, *, settled: int) -> StoredAlerts:
    """Return what is stored, of deliveries that are over the newest ``settled``. Nothing without a file.

    Rows of a newer version that this one cannot read are left out, and stay in the file.
    Raises StorageUnavailableError.
    """
    if not (auth_dir / ALERTS_FILE).exists():
        return StoredAlerts()
    with sqlite.as_storage_errors(), _opened(auth_dir) as file:
        incidents = file.execute("SELECT * FROM incidents ORDER BY opened_at, id").fetchall()
        waiting = file.execute(
            f"SELECT {_DELIVERY_FIELDS} FROM deliveries WHERE state = ? ORDER BY number",  # noqa: S608
            (DeliveryState.WAITING,),
        ).fetchall()
        over = file.execute(
            f"SELECT {_DELIVERY_FIELDS} FROM deliveries WHERE state != ? ORDER BY number DESC LIMIT ?",  # noqa: S608
            (DeliveryState.WAITING, settled),
        ).fetchall()
    return StoredAlerts(
        _known(_incident, incidents), _known(_delivery, waiting), _known(_delivery, over[::-1])
    )


def _known(make: Callable[[Sequence[Any]], T], rows: Sequence[Sequence[Any]]) -> tuple[T, ...]:
    made = []
    for row in rows:
        try:
            made.append(make(row))
        except ValueError:
            log.warning("a row of %s is of a newer version", ALERTS_FILE)
    return tuple(made)


def _incident_row(incident: Incident) -> tuple[object, ...]:
    return (
        incident.id,
        incident.subject,
        incident.name,
        incident.trouble,
        incident.opened_at,
        incident.told_at,
        incident.turn,
        incident.closed_at,
        incident.worst,
    )


def _incident(row: Sequence[Any]) -> Incident:
    identity, subject, name, trouble, opened_at, told_at, turn, closed_at, worst = row
    now, worst = Trouble(trouble), Trouble(worst or trouble)  # earlier versions kept the worst alone
    return Incident(identity, subject, name, now, worst, opened_at, told_at, turn=turn, closed_at=closed_at)


def _delivery_row(delivery: Delivery) -> tuple[object, ...]:
    notice = delivery.notice
    return (
        delivery.id,
        notice.id,
        notice.kind,
        notice.at,
        notice.incident_id,
        notice.subject,
        notice.trouble or "",
        notice.name,
        notice.opened_at,
        delivery.address_id,
        delivery.state,
        delivery.due_at,
        delivery.tries,
        delivery.tried_at,
        delivery.failure or "",
        delivery.detail,
    )


def _delivery(row: Sequence[Any]) -> Delivery:
    identity, notice_id, kind, at, incident, subject, trouble, name, opened_at, address, *rest = row
    state, due_at, tries, tried_at, failure, detail = rest
    known = Trouble(trouble) if trouble else None
    notice = Notice(notice_id, NoticeKind(kind), at, incident, subject, known, name, opened_at)
    return Delivery(
        identity,
        notice,
        address,
        DeliveryState(state),
        due_at,
        tries,
        tried_at,
        DeliveryFailure(failure) if failure else None,
        detail,
    )


def _opened(auth_dir: Path) -> AbstractContextManager[sqlite3.Connection]:
    return sqlite.writing(auth_dir / ALERTS_FILE, MIGRATIONS, through_power_loss=True)
