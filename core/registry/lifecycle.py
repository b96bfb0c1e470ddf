"""The state of an instance: which changes there are, and what every event makes of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from core.models.codes import StateReason
from core.models.instance import QR_LIFETIMES_S, InstanceState, ShowPairingCode, ShowQr, qr_step
from core.models.worker_events import (
    ClientOutdated,
    Connected,
    ConnectFailed,
    ConnectFailure,
    Disconnected,
    KeepAliveRestored,
    KeepAliveTimeout,
    LoggedOut,
    LoginOutcome,
    LogOutResult,
    PairingCode,
    PairingCodeFailed,
    QrCode,
    StreamReplaced,
    TemporaryBan,
    WorkerEvent,
    WorkerExited,
)

S = InstanceState

ALLOWED: Final[dict[InstanceState, frozenset[InstanceState]]] = {
    S.STOPPED: frozenset({S.STARTING, S.LOGGED_OUT, S.FAILED}),
    S.STARTING: frozenset({S.STOPPED, S.PAIRING, S.CONNECTED, S.RECONNECTING, S.LOGGED_OUT, S.FAILED}),
    S.PAIRING: frozenset({S.STOPPED, S.CONNECTED, S.RECONNECTING, S.LOGGED_OUT, S.FAILED}),
    S.CONNECTED: frozenset({S.STOPPED, S.RECONNECTING, S.LOGGED_OUT, S.FAILED}),
    S.RECONNECTING: frozenset({S.STOPPED, S.PAIRING, S.CONNECTED, S.LOGGED_OUT, S.FAILED}),
    S.LOGGED_OUT: frozenset({S.STOPPED, S.STARTING}),
    S.FAILED: frozenset({S.STOPPED, S.STARTING, S.LOGGED_OUT}),
}
"""Every change of state there is; staying (for another reason) is always allowed."""


TAKEN_BACK_S: Final = 60.0
"""A connection that is replaced sooner than this was taken back by something that runs elsewhere."""
BANNED: Final = StateReason.TEMPORARY_BAN
BANNED_AGAIN: Final = StateReason.BANNED_AGAIN


class WorkerAction(Enum):
    """What the supervisor does with the worker after an event."""

    KEEP = "keep"
    END = "end"
    RETRY = "retry"
    """End this worker and start another after a wait."""


@dataclass(frozen=True, slots=True)
class Status:
    """State of one instance, and what explains it."""

    state: InstanceState
    since: float
    reason: str = ""
    detail: str = ""
    qr: ShowQr | None = None
    pairing_code: ShowPairingCode | None = None
    next_try_at: float | None = None
    linked: bool = False
    phone: str = ""
    ban_tried: bool = False
    """True from the one try after a ban's end, until a connection or a person's start."""


class InvalidTransitionError(Exception):
    """A change that the table does not list: a bug in the caller."""


def transition(
    status: Status, to: InstanceState, *, now: float, reason: str = "", detail: str = ""
) -> Status:
    """Return the status in another state, without what belonged to the old one. The one way to change it.

    Raises InvalidTransitionError.
    """
    if to is not status.state and to not in ALLOWED[status.state]:
        raise InvalidTransitionError(f"{status.state} -> {to}")
    since = status.since if to is status.state else now
    return replace(
        status,
        state=to,
        since=since,
        reason=reason,
        detail=detail,
        qr=None,
        pairing_code=None,
        next_try_at=None,
    )


_OUTCOMES: Final = {
    "err-client-outdated": StateReason.CLIENT_OUTDATED,
    "passkey-request": StateReason.PASSKEY_REQUIRED,
    "err-scanned-without-multidevice": StateReason.PAIRING_NO_MULTIDEVICE,
}
# Trouble on WhatsApp's side that passes; any other refusal stays until a person acts.
_PASSING_FAILURES: Final = frozenset({"service_unavailable", "internal_server_error", "experimental"})


def reduce(status: Status, event: WorkerEvent, *, now: float) -> tuple[Status, WorkerAction]:
    """Return the status after ``event`` of the current worker, and what to do with that worker.

    Events after the worker's fate was decided (the instance is stopped, logged out or failed) change nothing.
    """
    if not status.state.running:
        return status, WorkerAction.KEEP
    match event:
        case QrCode() if status.state is not S.CONNECTED:
            return _on_qr(status, event, now)
        case LoginOutcome() if event.outcome == "success" or not status.linked:
            return _on_login_outcome(status, event, now)
        case PairingCode():
            return _on_pairing_code(status, event), WorkerAction.KEEP
        case PairingCodeFailed() if status.state is S.PAIRING:
            return replace(
                status, reason=StateReason.PAIRING_CODE_FAILED, detail=event.detail
            ), WorkerAction.KEEP
        case Connected():
            up = transition(status, S.CONNECTED, now=now)
            return replace(
                up, linked=True, phone=event.phone or status.phone, ban_tried=False
            ), WorkerAction.KEEP
        case KeepAliveRestored() if status.reason == StateReason.KEEPALIVE_TIMEOUT:
            return transition(status, S.CONNECTED, now=now), WorkerAction.KEEP
        case Disconnected() if status.linked:
            return transition(
                status, S.RECONNECTING, now=now, reason=StateReason.DISCONNECTED
            ), WorkerAction.KEEP
        case KeepAliveTimeout() if status.state is S.CONNECTED:
            return transition(
                status, S.RECONNECTING, now=now, reason=StateReason.KEEPALIVE_TIMEOUT
            ), WorkerAction.KEEP
        case _:
            return _on_end(status, event, now)


def on_launch(status: Status, *, now: float, automatic: bool) -> Status:
    """Return the status while a worker comes up: starting, or reconnecting when it replaces a lost one.

    ``automatic``: no person asked for it.
    """
    tried = automatic and (status.ban_tried or status.reason == BANNED)
    status = replace(status, ban_tried=tried)
    if status.state is S.RECONNECTING:
        return replace(status, next_try_at=None)
    return transition(status, S.STARTING, now=now)


def _on_qr(status: Status, event: QrCode, now: float) -> tuple[Status, WorkerAction]:
    step = qr_step(event.code, index=event.index, shown_at=event.at)
    shown = replace(transition(status, S.PAIRING, now=now), qr=step, linked=False)
    # A code that was asked for stays good while the QRs go by.
    return replace(shown, pairing_code=status.pairing_code), WorkerAction.KEEP


def _on_pairing_code(status: Status, event: PairingCode) -> Status:
    if status.qr is None:
        return status
    # It dies with the connection, that is with the last QR of the batch.
    expires_at = status.qr.expires_at + QR_LIFETIMES_S[-1] * (status.qr.total - status.qr.index)
    code = ShowPairingCode(code=event.code, number=event.number, expires_at=expires_at)
    return replace(status, pairing_code=code, reason="", detail="")


def _on_login_outcome(status: Status, event: LoginOutcome, now: float) -> tuple[Status, WorkerAction]:
    if event.outcome == "success":
        # The code is used up; the core reconnects with its new session and says Connected.
        return replace(status, qr=None, pairing_code=None, linked=True), WorkerAction.KEEP
    if event.outcome == "timeout":
        # The core says the same when the connection breaks while a code is still good.
        if status.qr is not None and now < status.qr.expires_at - 1:
            return transition(
                status, S.RECONNECTING, now=now, reason=StateReason.DISCONNECTED
            ), WorkerAction.RETRY
        return transition(status, S.STOPPED, now=now, reason=StateReason.QR_EXPIRED), WorkerAction.END
    reason = _OUTCOMES.get(event.outcome, StateReason.PAIRING_FAILED)
    return transition(status, S.FAILED, now=now, reason=reason, detail=event.outcome), WorkerAction.END


def _on_end(status: Status, event: WorkerEvent, now: float) -> tuple[Status, WorkerAction]:
    """Handle the events after which this worker is of no more use."""
    match event:
        case WorkerExited():
            return transition(
                status, S.RECONNECTING, now=now, reason=StateReason.WORKER_EXITED
            ), WorkerAction.RETRY
        case ConnectFailed():
            unreachable = transition(
                status, S.RECONNECTING, now=now, reason=event.reason, detail=event.detail
            )
            return unreachable, WorkerAction.RETRY
        case LoggedOut():
            gone = transition(status, S.LOGGED_OUT, now=now, reason=StateReason.LOGGED_OUT)
            return replace(gone, linked=False), WorkerAction.END
        case LogOutResult() if event.error:
            return replace(status, reason=StateReason.LOG_OUT_FAILED, detail=event.error), WorkerAction.KEEP
        case LogOutResult():
            unlinked = transition(status, S.LOGGED_OUT, now=now, reason=StateReason.LOGGED_OUT_HERE)
            return replace(unlinked, linked=False), WorkerAction.END
        case StreamReplaced():
            return _on_replaced(status, now), WorkerAction.END
        case ClientOutdated():
            return transition(status, S.FAILED, now=now, reason=StateReason.CLIENT_OUTDATED), WorkerAction.END
        case TemporaryBan():
            return _on_ban(status, event, now), WorkerAction.END
        case ConnectFailure() if event.reason in _PASSING_FAILURES:
            refused = transition(
                status, S.RECONNECTING, now=now, reason=StateReason.CONNECT_REFUSED, detail=event.reason
            )
            return refused, WorkerAction.RETRY
        case ConnectFailure():
            return transition(
                status, S.FAILED, now=now, reason=StateReason.CONNECT_REFUSED, detail=event.reason
            ), WorkerAction.END
        case _:
            return status, WorkerAction.KEEP


def _on_replaced(status: Status, now: float) -> Status:
    """Leave the session to the other place: two that come back would take it from each other for ever."""
    # A moved session's old system, or a copy, takes it back at once; a person who opens one does not.
    at_once = now - status.since < TAKEN_BACK_S
    reason = StateReason.RUNNING_ELSEWHERE if at_once else StateReason.STREAM_REPLACED
    return transition(status, S.FAILED, now=now, reason=reason)


def _on_ban(status: Status, event: TemporaryBan, now: float) -> Status:
    """Plan one more try for its end, never a third: repeated attempts would only prove a machine."""
    until = _as_date(now + event.expires_in_s) if event.expires_in_s > 0 else ""
    if status.ban_tried:
        return transition(status, S.FAILED, now=now, reason=BANNED_AGAIN, detail=until)
    banned = transition(status, S.FAILED, now=now, reason=BANNED, detail=until)
    return replace(banned, next_try_at=now + event.expires_in_s if until else None)


def _as_date(seconds: float) -> str:
    """Return ISO 8601 in UTC; empty for a time that no calendar holds."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""
