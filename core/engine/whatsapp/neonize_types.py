"""neonize's objects, as far as the product reads them, under neonize's names. Imports nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

_E = TypeVar("_E")


class Part(Protocol):
    """A protobuf message whose kind only its descriptor tells; its fields are read by their names."""

    def ListFields(self) -> Sequence[tuple[Any, Any]]: ...
    def HasField(self, name: str) -> bool: ...
    def ClearField(self, name: str) -> None: ...
    def ByteSize(self) -> int: ...
    def __getattr__(self, name: str) -> Any: ...


class Jid(Protocol):
    """An address: a number or a LID at its server."""

    User: str
    Server: str
    Device: int
    """0 for the phone itself, another number for a linked device."""


class Me(Protocol):
    """The account's own addresses."""

    JID: Jid
    LID: Jid
    PushName: str
    """What it calls itself; empty until its phone has told."""


class Name(Protocol):
    """What a group is called."""

    Name: str


class Announce(Protocol):
    """Who may write in a group."""

    IsAnnounce: bool
    """Only administrators."""


class Ephemeral(Protocol):
    """Whether messages of a group disappear."""

    IsEphemeral: bool
    DisappearingTimer: int
    """Seconds."""


class Parent(Protocol):
    """Whether a group only holds a community together."""

    IsParent: bool


class Member(Protocol):
    """A participant of a group, under each of their addresses."""

    JID: Jid
    LID: Jid
    PhoneNumber: Jid
    IsAdmin: bool
    IsSuperAdmin: bool


class GroupDetails(Protocol):
    """A group."""

    JID: Jid
    GroupName: Name
    GroupAnnounce: Announce
    GroupEphemeral: Ephemeral
    GroupParent: Parent
    Participants: Sequence[Member]


class Source(Protocol):
    """Where a message or a receipt belongs, and who it is from."""

    Chat: Jid
    Sender: Jid
    SenderAlt: Jid
    RecipientAlt: Jid
    IsFromMe: bool
    IsGroup: bool


class Info(Protocol):
    """What surrounds a message."""

    MessageSource: Source
    ID: str
    Pushname: str
    Timestamp: int
    Edit: str
    Category: str


class MessageEvent(Protocol):
    """A message came in."""

    Info: Info
    Message: Part


class UndecryptableEvent(Part, Protocol):
    """A message that is withheld, or could not be decrypted."""

    Info: Info
    IsUnavailable: bool
    """Withheld, or its key has not come yet."""


class ChatPresenceEvent(Part, Protocol):
    """The other side types, records or stops."""

    MessageSource: Source


class ReceiptEvent(Part, Protocol):
    """Messages were delivered, read or played."""

    MessageSource: Source
    MessageIDs: Sequence[str]
    Timestamp: int


class JoinedGroup(Protocol):
    """The account was added to a group."""

    GroupInfo: GroupDetails


class GroupChange(Part, Protocol):
    """Something about a group changed."""

    JID: Jid
    Name: Name
    Ephemeral: Ephemeral
    Timestamp: int


class CallMeta(Protocol):
    """What surrounds a call."""

    callID: str
    callCreator: Jid
    callCreatorAlt: Jid
    timestamp: int


class Attribute(Protocol):
    """An attribute of a node."""

    name: str


class Node(Protocol):
    """An XML node of WhatsApp's protocol."""

    Tag: str
    Attrs: Sequence[Attribute]
    Nodes: Sequence[Node]


class CallOffer(Protocol):
    """A call rings."""

    basicCallMeta: CallMeta
    data: Node


class CallTerminate(Protocol):
    """A call ended."""

    reason: str
    basicCallMeta: CallMeta


class Upload(Protocol):
    """The media host's answer to an upload."""

    url: str
    DirectPath: str
    MediaKey: bytes
    FileSHA256: bytes
    FileEncSHA256: bytes
    FileLength: int


class VerifiedDetails(Protocol):
    """A business, as WhatsApp vouches for it."""

    verifiedName: str


class VerifiedName(Protocol):
    """The certificate of a business's name."""

    Details: VerifiedDetails


class NumberAnswer(Protocol):
    """Whether a number is on WhatsApp."""

    Query: str
    """The number as it was asked for."""
    IsIn: bool
    JID: Jid
    VerifiedName: VerifiedName


class Contact(Protocol):
    """What the core's store knows of a contact."""

    FullName: str
    BusinessName: str
    PushName: str


class Contacts(Protocol):
    """The core's store of contacts."""

    def get_contact(self, user: Jid) -> Contact: ...


class Picture(Protocol):
    """Where a profile picture is."""

    URL: str


class UserDetails(Protocol):
    """What a person shows of themselves."""

    Status: str
    """What they say about themselves."""


class UserAnswer(Protocol):
    """What WhatsApp says of a person."""

    JID: Jid
    UserInfo: UserDetails


class BlockList(Protocol):
    """Whom an account blocks."""

    JIDs: Sequence[Jid]


class Vote(Protocol):
    """An opened vote."""

    selectedOptions: Sequence[bytes]


class SentAnswer(Protocol):
    """The server's answer to a message."""

    ID: str


class Dispatcher(Protocol):
    """Calls the handler of each event; ``client.event(kind)(handler)`` registers one."""

    execute: Callable[[int, int, int, int], None]
    """Takes uuid, address, size and code of an event."""

    def __call__(self, kind: type[_E]) -> Callable[[Callable[[Client, _E], None]], None]: ...
    def qr(self, handler: Callable[[Client, bytes], None]) -> None: ...


class Client(Protocol):
    """One account's connection. All but ``event`` block; errors are ``Neonize.error``."""

    event: Dispatcher
    contact: Contacts

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def logout(self) -> None: ...
    def get_me(self) -> Me: ...
    def PairPhone(self, phone: str, _show_push_notification: bool, /) -> str: ...
    def send_message(self, to: Jid, message: Part) -> SentAnswer: ...
    def upload(self, _binary: bytes, _media_type: object, /) -> Upload: ...
    def mark_read(self, *message_ids: str, chat: Jid, sender: Jid, receipt: object) -> None: ...
    def is_on_whatsapp(self, *numbers: str) -> Sequence[NumberAnswer]: ...
    def get_group_info(self, jid: Jid) -> GroupDetails: ...
    def get_joined_groups(self) -> Sequence[GroupDetails]: ...
    def get_profile_picture(self, jid: Jid, extra: object) -> Picture: ...
    def get_pn_from_lid(self, jid: Jid) -> Jid: ...
    def send_presence(self, presence: object) -> None: ...
    def set_force_activate_delivery_receipts(self, _active: bool, /) -> None: ...
    def send_chat_presence(self, jid: Jid, state: object, media: object) -> None: ...
    def decrypt_poll_vote(self, message: MessageEvent) -> Vote: ...
    def get_user_info(self, *jid: Jid) -> Sequence[UserAnswer]: ...
    def set_profile_name(self, name: str) -> object: ...
    def set_status_message(self, _msg: str, /) -> None: ...
    def set_profile_photo(self, _bytes: bytes, /) -> str: ...
    def get_blocklist(self) -> BlockList: ...
    def update_blocklist(self, jid: Jid, action: object) -> BlockList: ...
    def reject_call(self, _call_from: Jid, call_id: str, /) -> None: ...


class Events(Protocol):
    """The classes of events that have a handler of their own; the others are in ``TRANSLATIONS``."""

    ConnectedEv: type[object]
    ReceiptEv: type[ReceiptEvent]
    MessageEv: type[MessageEvent]
    UndecryptableMessageEv: type[UndecryptableEvent]
    ChatPresenceEv: type[ChatPresenceEvent]
    HistorySyncEv: type[object]
    JoinedGroupEv: type[JoinedGroup]
    GroupInfoEv: type[GroupChange]
    CallOfferEv: type[CallOffer]
    CallTerminateEv: type[CallTerminate]
