"""What a supervisor tells its worker to do."""

from __future__ import annotations

from typing import Final

from core.models.content import Content
from core.models.pipe_message import WorkerMessage
from core.models.profile.commands import ProfileQuery, RejectCall

UNKNOWN_TIMER: Final = -1
"""Instead of a chat's timer: nothing has been heard of it yet."""


class SendMessage(WorkerMessage, frozen=True):
    """Command: send one message to one recipient."""

    request_id: str
    to: str
    """Digits of a number, or an address: of a group, or of a person who hides theirs."""
    content: Content
    secret: str
    """64 hex digits to send along: the core stores them with the message's id before the message leaves."""
    timer: int = UNKNOWN_TIMER
    """Seconds after which messages of this chat disappear; 0 for never."""
    timer_at: float = 0.0
    """When that was set, as far as it is known; seconds since the epoch."""


class ShowTyping(WorkerMessage, frozen=True):
    """Command: show the other side of a chat that this account is writing, or no longer is.

    While it shows that, WhatsApp takes the account for online: its phone may stay silent meanwhile.
    """

    to: str
    """As of ``SendMessage``."""
    on: bool


class ShowPresence(WorkerMessage, frozen=True):
    """Command: show that the account is there, or that it is not; PresenceShown answers.

    While it is shown as there, its phone stays silent.
    """

    available: bool
    receipts: bool
    """Whether senders see ✓✓ as soon as a message is here, also while the account is not shown as there."""


class UseSecret(WorkerMessage, frozen=True):
    """Command: open a sealed message with what ``SecretWanted`` asked for."""

    message_id: str
    """Of the sealed message."""
    secrets: tuple[tuple[str, str], ...]
    """Author, as the core stored them, and secret in hex, of the message that it is about; may be empty."""


class FetchFile(WorkerMessage, frozen=True):
    """Query: fetch and decrypt a received file; FileFetched answers, or QueryFailed with ``file-…``."""

    request_id: str
    remote: str
    """``Attachment.remote``: it opens the file."""
    path: str
    """An empty file of ours, to write it into."""
    limit: int
    """Bytes; a larger one is not fetched."""


class MarkRead(WorkerMessage, frozen=True):
    """Query: tell the sender of messages in one chat that they were read; MarkedRead answers."""

    request_id: str
    chat: str
    sender: str
    message_ids: tuple[str, ...]


class AskPairingCode(WorkerMessage, frozen=True):
    """Command: ask WhatsApp for a code to type on the phone of ``number`` (digits)."""

    number: str


class LogOut(WorkerMessage, frozen=True):
    """Command: remove this device from the account, at WhatsApp and in the store."""


class CheckNumber(WorkerMessage, frozen=True):
    """Query: whether ``number`` (digits) is on WhatsApp, and what its owner shows of themselves."""

    request_id: str
    number: str


class ListGroups(WorkerMessage, frozen=True):
    """Query: which groups the account is in."""

    request_id: str


class StartClient(WorkerMessage, frozen=True):
    """Command to a shared worker: connect an instance that is linked; WorkerStarted answers."""

    device_name: str
    store_path: str
    """Absolute path of ``session.db``."""
    history: bool
    """Whether recent chats are taken over that the phone hands to this device."""
    journal: str = ""
    """Absolute path of its arrival journal; empty: none is kept."""


class ArrivalsStored(WorkerMessage, frozen=True):
    """Command: the first ``count`` events about messages that this client told of are stored."""

    count: int


class StopWorker(WorkerMessage, frozen=True):
    """Command: close the connection in order and end.

    A shared worker closes that of the instance alone, and ends when no instance is named.
    """


Query = CheckNumber | ListGroups | FetchFile | MarkRead | ProfileQuery
"""Commands that are answered by one event with the same ``request_id``, or by ``QueryFailed``."""
WorkerCommand = (
    StartClient
    | ShowTyping
    | ShowPresence
    | UseSecret
    | RejectCall
    | SendMessage
    | AskPairingCode
    | LogOut
    | ArrivalsStored
    | StopWorker
    | Query
)
