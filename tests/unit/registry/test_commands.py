"""The snapshot that a supervisor publishes, as a page sees it."""

from __future__ import annotations

from dataclasses import fields, replace

from core.models.health.sending import SendingHealth
from core.models.instance import (
    InstanceRecord,
    InstanceState,
    InstanceView,
    PresenceMode,
    ShowPairingCode,
    ShowQr,
)
from core.registry.commands import InstanceSnapshot
from core.registry.lifecycle import Status


def test_a_view_says_all_that_the_snapshot_holds() -> None:
    """No field of the view is left at its default or taken from another one."""
    qr, code = ShowQr("2@x", 1, 6, 9.0), ShowPairingCode("ABCD1234", "5511987654321", 8.0)
    status = Status(
        InstanceState.PAIRING,
        2.0,
        "why",
        "what",
        qr,
        code,
        next_try_at=3.0,
        linked=True,
        phone="5511912345678",
    )
    record = InstanceRecord("loja-k7m2xq", "Loja", 1.0, wanted=True)
    record = replace(
        record,
        presence=PresenceMode.NEVER,
        receipts=True,
        last_shown=8.5,
        phone_silent_since=9.5,
        moved_out_at=10.5,
    )
    record = replace(record, reject_calls=True, reject_calls_text="Escreva.")
    health = SendingHealth(daily_since=3.5)
    view = InstanceSnapshot(
        record, status, restarts=4, worker_pid=5, last_data_at=6.0, worker_bytes=7, sending=health
    ).as_view()
    assert (view.id, view.name, view.created_at) == ("loja-k7m2xq", "Loja", 1.0)
    assert (view.state, view.since, view.reason, view.detail) == (InstanceState.PAIRING, 2.0, "why", "what")
    assert (view.qr, view.pairing_code, view.next_try_at) == (qr, code, 3.0)
    assert (view.linked, view.phone) == (True, "5511912345678")
    assert (view.restarts, view.worker_pid, view.last_data_at, view.worker_bytes) == (4, 5, 6.0, 7)
    assert (view.presence, view.receipts) == (PresenceMode.NEVER, True)
    assert (view.last_shown, view.phone_silent_since, view.moved_out_at) == (8.5, 9.5, 10.5)
    assert view.sending == health
    assert (view.reject_calls, view.reject_calls_text) == (True, "Escreva.")
    assert len(fields(InstanceView)) == 24, "each is compared above"
