"""What a worker reports to its supervisor. Names follow whatsmeow's events."""

from __future__ import annotations

from core.models.content import Content
from core.models.messages import Activity, Tick
from core.models.pipe_message import WorkerMessage
from core.models.profile.events import CallOffered, CallRejected, ProfileChanged, ProfileRead
from core.models.recipients import Group


class WorkerStarted(WorkerMessage, frozen=True):
    """The worker process runs and owns its channel."""

    pid: int


class QrCode(WorkerMessage, frozen=True):
    """The core emitted a QR to scan. ``code`` is a secret until it expires: never log it."""

    code: str
    index: int
    """1 for the first of the batch."""
    at: float
    """Seconds since the epoch at which the core emitted it; its lifetime counts from here."""


class LoginOutcome(WorkerMessage, frozen=True):
    """How a pairing attempt ended, in the core's own word.

    ``success``, ``timeout``, ``error``, ``err-client-outdated``, ``err-scanned-without-multidevice``,
    ``err-unexpected-state``, ``passkey-request``. Source: whatsmeow ``qrchan.go`` and neonize's callback.
    """

    outcome: str


class Connected(WorkerMessage, frozen=True):
    """The socket is up and the session is logged in."""

    phone: str
    """Digits of the account's number; empty if the core does not know them."""


class Disconnected(WorkerMessage, frozen=True):
    """The socket went down; the core reconnects by itself."""


class ConnectFailed(WorkerMessage, frozen=True):
    """The first connection could not be made (no network, refused); the core gives up, the worker too."""

    detail: str
    reason: str = "wa-unreachable"
    """Stable code; one of the storage when the session could not be opened or written."""


class LoggedOut(WorkerMessage, frozen=True):
    """WhatsApp removed the linked device: the session is gone."""


class StreamReplaced(WorkerMessage, frozen=True):
    """Another client opened the same session."""


class TemporaryBan(WorkerMessage, frozen=True):
    """WhatsApp refuses this account for a while."""

    code: int
    """neonize's number of the cause; 0 when it has none."""
    expires_in_s: float
    """0 when the core does not say."""


class ClientOutdated(WorkerMessage, frozen=True):
    """WhatsApp refuses this version of the core (405)."""


class ConnectFailure(WorkerMessage, frozen=True):
    """WhatsApp refused the login for another reason; ``reason`` is neonize's name of it."""

    reason: str


class KeepAliveTimeout(WorkerMessage, frozen=True):
    """WhatsApp did not answer the keep-alive."""

    errors: int


class KeepAliveRestored(WorkerMessage, frozen=True):
    """The keep-alive is answered again."""


class DataReceived(WorkerMessage, frozen=True):
    """Data from WhatsApp last came in at ``at``, in seconds since the epoch; read from the kernel."""

    at: float


class MemoryUsed(WorkerMessage, frozen=True):
    """Memory of the worker: its own pages, and its share of those that other processes map too (PSS)."""

    bytes: int


class PresenceShown(WorkerMessage, frozen=True):
    """What ``ShowPresence`` asked for was done; or it was not, and ``error`` says why.

    The core refuses while it does not know what the account calls itself: the phone tells it some time after
    pairing. Source: whatsmeow, presence.go.
    """

    available: bool
    receipts: bool
    error: str = ""


class WentOnline(WorkerMessage, frozen=True):
    """The account is shown as there because it writes; after a while it is no longer, by itself."""


class PhoneSeen(WorkerMessage, frozen=True):
    """The phone itself, not another linked device, did something at ``at``, in seconds since the epoch."""

    at: float


class PairingCode(WorkerMessage, frozen=True):
    """The code to type on the phone. A secret until it is used: never log it."""

    code: str
    number: str


class PairingCodeFailed(WorkerMessage, frozen=True):
    """WhatsApp gave no pairing code."""

    detail: str


class LogOutResult(WorkerMessage, frozen=True):
    """WhatsApp was asked to unlink the device; ``error`` is empty when it did."""

    error: str


class MessageSent(WorkerMessage, frozen=True):
    """WhatsApp's server acknowledged a message."""

    request_id: str
    message_id: str


class FileUploaded(WorkerMessage, frozen=True):
    """The file of a message is on WhatsApp's media host; the message itself goes out next."""

    request_id: str
    remote: str
    """For ``Attachment.remote``: with it the message can be sent again without the file."""


class MessageFailed(WorkerMessage, frozen=True):
    """A message did not go out; ``reason`` is a stable code."""

    request_id: str
    reason: str


class Receipt(WorkerMessage, frozen=True):
    """The recipient's phone got, showed or played a message that this account sent."""

    message_id: str
    addresses: tuple[str, ...]
    """Of the person whose chat it is: digits of their number and their LID, as far as they are known."""
    tick: Tick
    """Delivered, read or played."""
    at: float
    """Seconds since the epoch, as WhatsApp's server says."""


class MessageArrived(WorkerMessage, frozen=True):
    """A message came in, or the owner wrote one on another device; fields as of ``ReceivedMessage``."""

    message_id: str
    contact: str
    name: str
    content: Content
    """Of a vote, the options are the SHA-256 of their words, in hex."""
    at: float
    from_me: bool
    group: bool
    chat: str
    sender: str
    history: bool = False


class AddressPaired(WorkerMessage, frozen=True):
    """A LID turned out to be the person with that number."""

    lid: str
    """Their address without a number."""
    number: str
    """Digits."""


class ChatTimer(WorkerMessage, frozen=True):
    """How long messages of a chat last from now on, as one of its members set it."""

    chat: str
    """Its address."""
    contact: str
    """Digits of the other person; empty for a group, and when WhatsApp hides them."""
    seconds: int
    """0: for ever."""
    at: float
    """When it was set, or a message last said so; seconds since the epoch."""


class GroupNamed(WorkerMessage, frozen=True):
    """What a group is called now."""

    chat: str
    """Its address."""
    name: str


class Typing(WorkerMessage, frozen=True):
    """The other person of a chat, or a member of a group, began or ended to write; never stored."""

    chat: str
    """Its address."""
    contact: str
    """Digits of the other person; empty for a group, and when WhatsApp hides them."""
    doing: Activity


class SecretWanted(WorkerMessage, frozen=True):
    """A reaction, an edit or an answer is sealed with the secret of the message that it is about.

    The core keeps the secret in its store, which only the supervisor may have read; ``UseSecret`` answers.
    """

    message_id: str
    """Of the sealed message."""
    target_id: str
    """Of the message that it is about."""


class FileFetched(WorkerMessage, frozen=True):
    """A received file was fetched and decrypted; it is where the command said."""

    request_id: str
    size: int
    """Bytes."""


class MarkedRead(WorkerMessage, frozen=True):
    """The sender of messages was told that they were read."""

    request_id: str


class NumberChecked(WorkerMessage, frozen=True):
    """What WhatsApp says of a number that was asked for."""

    request_id: str
    exists: bool
    number: str = ""
    """Digits under which WhatsApp knows it; they may differ from those asked for."""
    name: str = ""
    """What its owner calls themselves, as far as the core knows; may be empty."""
    picture_url: str = ""
    """Address of its picture; empty when there is none or it is hidden."""


class GroupsListed(WorkerMessage, frozen=True):
    """The groups that the account is in."""

    request_id: str
    groups: tuple[Group, ...]


class QueryFailed(WorkerMessage, frozen=True):
    """A query could not be answered; ``reason`` is a stable code."""

    request_id: str
    reason: str


class WorkerExited(WorkerMessage, frozen=True):
    """The worker's channel closed: the process is gone. Put into the inbox by the supervisor's reader.

    From a shared worker: this instance's client has ended, and the process may live.
    """

    pid: int
    """0 when it ended before it could send its pid."""
    shared: bool = False
    """True when other instances were in the process too: the fault may be any one's."""
    replaced: bool = False
    """True when the process was ended on purpose, for the sake of another instance."""


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
    | PresenceShown
    | WentOnline
    | PhoneSeen
    | PairingCode
    | PairingCodeFailed
    | LogOutResult
    | WorkerExited
)
"""What changes the state of the instance or of its worker."""
SendEvent = FileUploaded | MessageSent | MessageFailed | Receipt
"""What changes the state of a message that was sent."""
InboxEvent = MessageArrived | GroupNamed | AddressPaired | ChatTimer
"""What came in, or belongs to it."""
MessageEvent = SendEvent | InboxEvent
"""What is stored of messages, sent or received: its loss would be seen."""
ChatEvent = Typing | SecretWanted | CallOffered | CallRejected
"""What happens in a chat without being a message."""
QueryReply = (
    FileFetched | MarkedRead | NumberChecked | GroupsListed | ProfileRead | ProfileChanged | QueryFailed
)
"""Answers to a ``Query``, with its ``request_id``."""
WorkerEvent = ConnectionEvent | SendEvent | InboxEvent | ChatEvent | QueryReply
