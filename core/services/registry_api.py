"""What services ask of the registry: the type checker holds the registry and a test's stand-in to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from core.messages.conversations import Conversations
from core.messages.inbox import Inbox
from core.messages.outbox import RateCheck
from core.messages.typing import TypingMemory
from core.models.content import Content
from core.models.instance import DeletedInstance, InstanceView, PresenceMode
from core.models.messages import LatestMessage, SentMessage
from core.models.storage import StorageView
from core.models.timeline import HistoryEntry, HistoryKind
from core.models.topic import Topic
from core.models.worker_commands import Query
from core.models.worker_events import WorkerEvent


class TrashApi(Protocol):
    """The trash, as ``core.registry.trash.Trash``, which says what each method does."""

    def delete(self, instance_id: str) -> None:
        """Move an instance to the trash."""

    def deleted(self) -> tuple[DeletedInstance, ...]:
        """Return what is in the trash."""

    def restore(self, trash_name: str) -> InstanceView:
        """Take an instance out of the trash."""

    def purge(self, trash_name: str) -> None:
        """Erase a deleted instance."""


class MovingApi(Protocol):
    """Sessions that come in, as ``core.registry.moving.adoption.Adoption``, which says what each does."""

    def adopt(
        self, folder: Path, name: str, *, as_it_was: bool = False, request_id: str = ""
    ) -> InstanceView:
        """Make a prepared folder a new instance."""

    def require_absent(self, jid: str) -> None:
        """Raise MoveRefusedError when a device is here, or in the trash."""


class RegistryApi(Protocol):
    """The registry, as ``core.registry.registry.Registry``, which says what each method does."""

    @property
    def inbox(self) -> Inbox:
        """Return the inbox of every instance."""

    @property
    def typing(self) -> TypingMemory:
        """Return what the other sides of all instances are doing now."""

    @property
    def conversations(self) -> Conversations:
        """Return the conversations of every instance."""

    @property
    def trash(self) -> TrashApi:
        """Return the trash."""

    @property
    def moving(self) -> MovingApi:
        """Return what takes sessions in."""

    def start(self) -> None:
        """Open the folder and restore its instances."""

    def stop(self) -> None:
        """Stop everything."""

    def version(self) -> int:
        """Return the number of the newest change."""

    def publish(self, topic: Topic) -> None:
        """Announce a change that is not the registry's own."""

    def storage(self) -> StorageView:
        """Return the state of the folder."""

    def views(self) -> tuple[InstanceView, ...]:
        """Return every instance."""

    def view(self, instance_id: str) -> InstanceView:
        """Return one instance."""

    def sent(self, instance_id: str) -> tuple[SentMessage, ...]:
        """Return the last sends of an instance."""

    def latest_sent(self, instance_id: str) -> LatestMessage | None:
        """Return the newest send of an instance."""

    def verify_sent(self, instance_id: str, request_id: str) -> SentMessage:
        """Look again for the outcome of an uncertain send."""

    def create(self, name: str, *, history: bool = False, request_id: str = "") -> InstanceView:
        """Create an instance and start it."""

    def start_instance(self, instance_id: str, *, confirmed: bool = False) -> None:
        """Let an instance run."""

    def stop_instance(self, instance_id: str, *, timeout: float) -> bool:
        """Stop an instance."""

    def restart_instance(self, instance_id: str) -> None:
        """Give an instance another worker."""

    def rename(self, instance_id: str, name: str) -> None:
        """Give an instance another name."""

    def allow_new_contacts(self, instance_id: str) -> None:
        """End the pause of new contacts."""

    def set_daily_test(self, instance_id: str, *, on: bool) -> None:
        """Test an instance once a day, or no longer."""

    def set_presence(
        self, instance_id: str, *, mode: PresenceMode | None = None, receipts: bool | None = None
    ) -> None:
        """Set when an instance shows itself, and whether senders see ✓✓."""

    def set_call_rejection(
        self, instance_id: str, *, on: bool | None = None, text: str | None = None
    ) -> None:
        """Set whether calls are rejected, and what their callers get."""

    def unlink(self, instance_id: str, *, timeout: float) -> None:
        """Log an instance out at WhatsApp."""

    def forget(self, instance_id: str) -> None:
        """Remove an instance's session here."""

    def ask_pairing_code(self, instance_id: str, number: str) -> None:
        """Ask for a pairing code."""

    def timeline(
        self, instance_id: str, *, limit: int, kinds: Collection[HistoryKind] = ()
    ) -> tuple[HistoryEntry, ...]:
        """Return what happened to an instance."""

    def installed_core(self) -> tuple[str, date | None]:
        """Return the version of the WhatsApp core and its day."""

    def ask(self, query: Query, *, timeout: float) -> WorkerEvent:
        """Return the worker's answer."""

    def show_typing(self, instance_id: str, to: str, *, on: bool) -> None:
        """Show the other side of a chat that the account writes."""

    def note_read(self, instance_id: str, rows: Sequence[int]) -> None:
        """Note messages as read."""

    def note_seen(self, instance_id: str) -> None:
        """Note that everything that arrived was looked at."""

    def note_conversation_seen(self, instance_id: str, conversation_id: str, *, up_to: str) -> None:
        """Note that what arrived in a conversation was looked at."""

    def knows(self, instance_id: str, numbers: Collection[str]) -> bool:
        """Return whether an instance ever wrote to one of these numbers or heard from one."""

    def mark_moved_out(self, instance_id: str, *, on: bool) -> None:
        """Stop an instance and mark it as moved to another system, or take the mark away."""

    def note_moved_out(self, instance_id: str) -> None:
        """Store that a session was handed out."""

    def flush_messages(self, instance_id: str) -> None:
        """Write what is in memory of an instance's messages."""

    def send(  # noqa: PLR0913  # as the registry's
        self,
        instance_id: str,
        *,
        to: str,
        content: Content,
        to_name: str = "",
        stranger: bool = False,
        request_id: str = "",
        timeout: float,
        admit: RateCheck,
        wait: bool = True,
    ) -> SentMessage:
        """Send one message."""
