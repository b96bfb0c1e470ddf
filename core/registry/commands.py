"""What a supervisor is told, message by message, and the snapshot that it publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.errors import StorageUnavailableError
from core.models.health.sending import NOTHING_KNOWN, SendingHealth
from core.models.instance import InstanceRecord, InstanceView, PresenceMode
from core.models.worker_commands import AskPairingCode, LogOut, Query, SendMessage, ShowTyping
from core.models.worker_events import WorkerEvent
from core.registry.lifecycle import Status

InstanceCommand = SendMessage | ShowTyping | AskPairingCode | LogOut | Query
"""What a person may ask of a connected (or, for a pairing code, pairing) worker."""


@dataclass(frozen=True, slots=True)
class Start:
    """Run the instance and keep it running, across restarts of the process too. Idempotent."""

    confirmed: bool = False
    """Also one that was moved to another system, which nothing else starts."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the worker and stay stopped, across restarts of the process too. Idempotent."""


@dataclass(frozen=True, slots=True)
class Restart:
    """End the worker, if any, and start another at once, also out of a wait. Idempotent."""


@dataclass(frozen=True, slots=True)
class Move:
    """Go on in another worker, which no page tells; not done while anything is under way. Idempotent."""


@dataclass(frozen=True, slots=True)
class Rename:
    """Store another name. The phone shows it from the next pairing on."""

    name: str


@dataclass(frozen=True, slots=True)
class SetPresence:
    """Store when the account shows itself and whether senders see ✓✓; None leaves it as it is. Idempotent."""

    mode: PresenceMode | None = None
    receipts: bool | None = None


@dataclass(frozen=True, slots=True)
class SetCallRejection:
    """Store whether calls are rejected, and what their callers get; None leaves it as it is. Idempotent."""

    on: bool | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class MarkMovedOut:
    """Stop the instance and mark it as moved to another system, or take the mark away. Idempotent."""

    on: bool


@dataclass(frozen=True, slots=True)
class NoteMovedOut:
    """Note, in the timeline too, that the session was handed out for another system."""


@dataclass(frozen=True, slots=True)
class RemoveSession:
    """Stop and erase the session here; the account's list of devices still shows it. Idempotent."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The machine was suspended: every connection is dead, whatever the core still believes."""


@dataclass(frozen=True, slots=True)
class StorageChanged:
    """The folder was checked: nothing can be stored because of ``problem``, or all is well."""

    problem: StorageUnavailableError | None
    resume: bool
    """True when a problem has just ended."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Pass a command to the worker; its outcome goes to the outbox, or to the caller of the query."""

    command: InstanceCommand


ENDED: Final = 0
"""Instead of a worker's number: it has ended, and what it told came another way."""


@dataclass(frozen=True, slots=True)
class FromWorker:
    """An event of the worker of that number; a late one may be of a worker that is gone."""

    generation: int
    event: WorkerEvent


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing came for a while: do what is due by the clock."""


@dataclass(frozen=True, slots=True)
class AllowNewContacts:
    """End the pause of new contacts. Idempotent."""


@dataclass(frozen=True, slots=True)
class SetDailyTest:
    """Test the instance once a day, or no longer. Idempotent."""

    on: bool


@dataclass(frozen=True, slots=True)
class SendGivenUp:
    """No answer came to a send in time; its outcome is uncertain, and no event of a worker tells that."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the worker and the supervisor; what the owner wanted stays stored as it was."""


StateCommand = (
    Start
    | Stop
    | Restart
    | Move
    | Rename
    | SetPresence
    | SetCallRejection
    | MarkMovedOut
    | NoteMovedOut
    | RemoveSession
    | Resumed
    | StorageChanged
    | Deliver
    | FromWorker
    | Tick
    | Close
)
"""What may change the state of the instance or of its worker."""
HealthCommand = AllowNewContacts | SetDailyTest | SendGivenUp
"""What changes its health or the settings of it, and nothing else."""
Command = StateCommand | HealthCommand


@dataclass(frozen=True, slots=True)
class InstanceSnapshot:
    """One moment of an instance. A newer one replaces it whole, so one read gives what belongs together."""

    record: InstanceRecord
    status: Status
    restarts: int = 0
    """Workers started after the first one since the instance was last started by a person or the process."""
    worker_pid: int | None = None
    """None without a worker, or before it has told its pid."""
    last_data_at: float | None = None
    """When data from WhatsApp last came in, in seconds since the epoch."""
    worker_bytes: int | None = None
    """Memory of the worker as it last told; None while that is not known."""
    sending: SendingHealth = NOTHING_KNOWN

    def as_view(self) -> InstanceView:
        """Return what a page is shown."""
        record, status = self.record, self.status
        return InstanceView(
            id=record.id,
            name=record.name,
            state=status.state,
            reason=status.reason,
            detail=status.detail,
            phone=status.phone,
            since=status.since,
            restarts=self.restarts,
            worker_pid=self.worker_pid,
            qr=status.qr,
            next_try_at=status.next_try_at,
            linked=status.linked,
            created_at=record.created_at,
            pairing_code=status.pairing_code,
            last_data_at=self.last_data_at,
            worker_bytes=self.worker_bytes,
            sending=self.sending,
            presence=record.presence,
            receipts=record.receipts,
            last_shown=record.last_shown,
            moved_out_at=record.moved_out_at,
            phone_silent_since=record.phone_silent_since if status.linked else None,
            reject_calls=record.reject_calls,
            reject_calls_text=record.reject_calls_text,
        )
