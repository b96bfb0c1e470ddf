"""What a worker tells its supervisor, and what it is told. Names follow whatsmeow's events.

Every message carries ``instance_id``: paired clients may one day share a worker, and then only the id tells
whose event it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """The worker process runs and owns its channel."""

    instance_id: str
    pid: int


@dataclass(frozen=True, slots=True)
class QrCode:
    """The core emitted a QR to scan. ``code`` is a secret until it expires: never log it."""

    instance_id: str
    code: str = field(repr=False)
    index: int
    """1 for the first of the batch."""
    at: float
    """Seconds since the epoch at which the core emitted it; its lifetime counts from here."""


@dataclass(frozen=True, slots=True)
class LoginOutcome:
    """How a pairing attempt ended, in the core's own word.

    ``success``, ``timeout``, ``error``, ``err-client-outdated``, ``err-scanned-without-multidevice``,
    ``err-unexpected-state``, ``passkey-request``. Source: whatsmeow ``qrchan.go`` and neonize's callback.
    """

    instance_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is up and the session is logged in."""

    instance_id: str
    phone: str = field(repr=False)
    """Digits of the account's number; empty when the core did not say."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The socket went down; the core reconnects by itself."""

    instance_id: str


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """The first connection could not be made (no network, refused); the core gives up, the worker too."""

    instance_id: str
    detail: str
    reason: str = "wa-unreachable"
    """Stable code; one of the storage when the session could not be opened or written."""


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """WhatsApp removed the linked device: the session is gone."""

    instance_id: str


@dataclass(frozen=True, slots=True)
class StreamReplaced:
    """Another client opened the same session."""

    instance_id: str


@dataclass(frozen=True, slots=True)
class TemporaryBan:
    """WhatsApp refuses this account for a while."""

    instance_id: str
    code: int
    """neonize's number of the cause; 0 when it has none."""
    expires_in_s: float
    """0 when the core did not say."""


@dataclass(frozen=True, slots=True)
class ClientOutdated:
    """WhatsApp refuses this version of the core (405)."""

    instance_id: str


@dataclass(frozen=True, slots=True)
class ConnectFailure:
    """WhatsApp refused the login for another reason; ``reason`` is neonize's name of it."""

    instance_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeepAliveTimeout:
    """WhatsApp did not answer the keep-alive."""

    instance_id: str
    errors: int


@dataclass(frozen=True, slots=True)
class KeepAliveRestored:
    """The keep-alive is answered again."""

    instance_id: str


@dataclass(frozen=True, slots=True)
class DataReceived:
    """Data from WhatsApp last came in at ``at``, in seconds since the epoch; read from the kernel."""

    instance_id: str
    at: float


@dataclass(frozen=True, slots=True)
class MemoryUsed:
    """What the worker costs: its own pages, and its share of those that others map too (PSS)."""

    instance_id: str
    bytes: int


@dataclass(frozen=True, slots=True)
class PairingCode:
    """The code to type on the phone. A secret until it is used: never log it."""

    instance_id: str
    code: str = field(repr=False)
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PairingCodeFailed:
    """WhatsApp gave no pairing code."""

    instance_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class LogOutResult:
    """WhatsApp was asked to unlink the device; ``error`` is empty when it did."""

    instance_id: str
    error: str


@dataclass(frozen=True, slots=True)
class MessageSent:
    """WhatsApp's server acknowledged a message."""

    instance_id: str
    request_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class FileUploaded:
    """The file of a message lies on WhatsApp's media host; the message itself goes out next."""

    instance_id: str
    request_id: str
    remote: str = field(repr=False)
    """For ``Attachment.remote``: with it the message can be sent again without the file."""


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """A message did not go out; ``reason`` is a stable code."""

    instance_id: str
    request_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The recipient's phone got, showed or played a message that this account sent."""

    instance_id: str
    message_id: str
    tick: int
    """A value of ``Tick``: delivered, read or played."""
    at: float
    """Seconds since the epoch, as WhatsApp's server says."""


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A message came in, or the owner wrote one on another device; fields as of ``ReceivedMessage``."""

    instance_id: str
    message_id: str
    contact: str = field(repr=False)
    name: str = field(repr=False)
    content: str = field(repr=False)
    """A ``Content`` as JSON. Of a vote, the options are the SHA-256 of their words, in hex."""
    at: float
    from_me: bool
    group: bool
    chat: str = field(repr=False)
    sender: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GroupNamed:
    """What a group is called now."""

    instance_id: str
    chat: str = field(repr=False)
    """Its address."""
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileFetched:
    """A received file was fetched and opened; it lies where the command said."""

    instance_id: str
    request_id: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class MarkedRead:
    """The sender of messages was told that they were read."""

    instance_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class NumberChecked:
    """What WhatsApp says of a number that was asked for."""

    instance_id: str
    request_id: str
    exists: bool
    number: str = field(default="", repr=False)
    """Digits under which WhatsApp knows it; they may differ from those asked for."""
    name: str = field(default="", repr=False)
    """What its owner calls themselves, as far as the core knows; may be empty."""
    picture_url: str = field(default="", repr=False)
    """Where its picture lies; empty when there is none or it is hidden."""


@dataclass(frozen=True, slots=True)
class GroupsListed:
    """The groups that the account is in."""

    instance_id: str
    request_id: str
    groups: str = field(repr=False)
    """JSON: a list of objects with ``address``, ``name``, ``members`` (how many) and ``may_write``."""


@dataclass(frozen=True, slots=True)
class QuestionFailed:
    """A question could not be answered; ``reason`` is a stable code."""

    instance_id: str
    request_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerExited:
    """The worker's channel closed: the process is gone. Put into the inbox by the supervisor's reader."""

    instance_id: str
    pid: int
    """0 when it went before it could say its pid."""


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Command: send one message to one recipient."""

    instance_id: str
    request_id: str
    to: str = field(repr=False)
    """Digits of a number, or an address: of a group, or of a person who hides theirs."""
    content: str = field(repr=False)
    """As ``Content.to_json`` writes it."""
    secret: str = field(repr=False)
    """64 hex digits to send along: the core stores them with the message's id before the message leaves."""


@dataclass(frozen=True, slots=True)
class FetchFile:
    """Question: fetch and decrypt a received file; FileFetched answers, or QuestionFailed with ``file-…``."""

    instance_id: str
    request_id: str
    remote: str = field(repr=False)
    """``Attachment.remote``: it opens the file."""
    path: str
    """An empty file of ours, to write it into."""
    limit: int
    """Bytes; a larger one is not fetched."""


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Question: tell the sender of messages in one chat that they were read; MarkedRead answers."""

    instance_id: str
    request_id: str
    chat: str = field(repr=False)
    sender: str = field(repr=False)
    message_ids: str
    """With spaces between them."""


@dataclass(frozen=True, slots=True)
class AskPairingCode:
    """Command: ask WhatsApp for a code to type on the phone of ``number`` (digits)."""

    instance_id: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LogOut:
    """Command: remove this device from the account, at WhatsApp and in the store."""

    instance_id: str


@dataclass(frozen=True, slots=True)
class CheckNumber:
    """Question: whether ``number`` (digits) is on WhatsApp, and what its owner shows of themselves."""

    instance_id: str
    request_id: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListGroups:
    """Question: which groups the account is in."""

    instance_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class StopWorker:
    """Command: close the connection in order and end."""

    instance_id: str


ConnectionEvent = (
    WorkerStarted
    | QrCode
    | LoginOutcome
    | Connected
    | Disconnected
    | ConnectFailed
    | LoggedOut
    | StreamReplaced
    | TemporaryBan
    | ClientOutdated
    | ConnectFailure
    | KeepAliveTimeout
    | KeepAliveRestored
    | DataReceived
    | MemoryUsed
    | PairingCode
    | PairingCodeFailed
    | LogOutResult
    | WorkerExited
)
"""What changes the state of the instance or of its worker."""
SendEvent = FileUploaded | MessageSent | MessageFailed | Receipt
"""What changes the state of a message that was sent."""
InboxEvent = MessageArrived | GroupNamed
"""What came in, or belongs to it."""
QueryReply = FileFetched | MarkedRead | NumberChecked | GroupsListed | QuestionFailed
"""Answers to a ``Query``, with its ``request_id``."""
WorkerEvent = ConnectionEvent | SendEvent | InboxEvent | QueryReply
Query = CheckNumber | ListGroups | FetchFile | MarkRead
"""Commands that are answered by one event with the same ``request_id``, or by ``QuestionFailed``."""
WorkerCommand = SendMessage | AskPairingCode | LogOut | StopWorker | Query
