"""A registry that remembers what it was asked, where services look for one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from core.errors import UnknownInstanceError
from core.media.tools import MediaTools
from core.messages.conversations import Conversations
from core.messages.inbox import Inbox
from core.messages.summary import sent
from core.messages.typing import TypingMemory
from core.models.content import Content, Kind
from core.models.instance import InstanceState, InstanceView, PresenceMode
from core.models.messages import LatestMessage, SendState, SentMessage
from core.models.recipients import Recipient
from core.models.storage import StorageView
from core.models.timeline import HistoryEntry, HistoryKind
from core.models.topic import Topic
from core.models.worker_commands import Query
from core.models.worker_events import MessageArrived, WorkerEvent
from core.services import messages
from core.services.phone_numbers import parse_number
from core.services.registry_api import MovingApi, TrashApi
from core.services.runtime import Runtime
from core.store import outbox_table
from tests.support.runtimes import installed, runtime_of, with_media

ID = "loja-k7m2xq"
CONTACT = "5511912345678"


def view(
    *, state: InstanceState = InstanceState.CONNECTED, id_: str = ID, name: str = "Loja"
) -> InstanceView:
    """An instance as a page sees it."""
    return InstanceView(
        id=id_,
        name=name,
        state=state,
        reason="",
        detail="",
        phone="5511912345678",
        since=5.0,
        restarts=0,
        worker_pid=7,
        qr=None,
        next_try_at=None,
        linked=True,
        created_at=1.0,
    )


class UnusedRegistry:
    """Has everything that services may ask, with the types of the real one, and answers nothing of it."""

    @property
    def trash(self) -> TrashApi:
        raise NotImplementedError

    @property
    def moving(self) -> MovingApi:
        raise NotImplementedError

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def version(self) -> int:
        raise NotImplementedError

    def publish(self, topic: Topic) -> None:
        raise NotImplementedError

    def storage(self) -> StorageView:
        raise NotImplementedError

    def create(self, name: str, *, history: bool = False, request_id: str = "") -> InstanceView:
        raise NotImplementedError

    def start_instance(self, instance_id: str, *, confirmed: bool = False) -> None:
        raise NotImplementedError

    def stop_instance(self, instance_id: str, *, timeout: float) -> bool:
        raise NotImplementedError

    def restart_instance(self, instance_id: str) -> None:
        raise NotImplementedError

    def rename(self, instance_id: str, name: str) -> None:
        raise NotImplementedError

    def unlink(self, instance_id: str, *, timeout: float) -> None:
        raise NotImplementedError

    def forget(self, instance_id: str) -> None:
        raise NotImplementedError

    def ask_pairing_code(self, instance_id: str, number: str) -> None:
        raise NotImplementedError

    def installed_core(self) -> tuple[str, date | None]:
        raise NotImplementedError

    def ask(self, query: Query, *, timeout: float) -> WorkerEvent:
        raise NotImplementedError

    def mark_moved_out(self, instance_id: str, *, on: bool) -> None:
        raise NotImplementedError

    def note_moved_out(self, instance_id: str) -> None:
        raise NotImplementedError

    def flush_messages(self, instance_id: str) -> None:
        raise NotImplementedError

    def note_read(self, instance_id: str, rows: Sequence[int]) -> None:
        raise NotImplementedError


@dataclass
class RecordingRegistry(UnusedRegistry):
    """Knows one instance, and everybody but the strangers; takes every message in as sent at once."""

    inbox: Inbox
    folder: Path
    instance: InstanceView = field(default_factory=view)
    sends: list[SentMessage] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    history: list[HistoryEntry] = field(default_factory=list)
    typing: TypingMemory = field(default_factory=TypingMemory)
    daily: list[bool] = field(default_factory=list)
    """What was asked for the daily test."""
    allowed: int = 0
    """How often a pause of new contacts was ended."""
    shown: list[tuple[str, bool]] = field(default_factory=list)
    """To whom it was shown that the owner writes, and whether it began."""

    def set_presence(
        self, instance_id: str, *, mode: PresenceMode | None = None, receipts: bool | None = None
    ) -> None:
        now = self.view(instance_id)
        self.instance = replace(
            now,
            presence=now.presence if mode is None else mode,
            receipts=now.receipts if receipts is None else receipts,
        )

    def set_call_rejection(
        self, instance_id: str, *, on: bool | None = None, text: str | None = None
    ) -> None:
        now = self.view(instance_id)
        self.instance = replace(
            now,
            reject_calls=now.reject_calls if on is None else on,
            reject_calls_text=now.reject_calls_text if text is None else text,
        )

    def show_typing(self, instance_id: str, to: str, *, on: bool) -> None:
        self.view(instance_id)
        self.shown.append((to, on))

    def set_daily_test(self, instance_id: str, *, on: bool) -> None:
        self.view(instance_id)
        self.daily.append(on)

    def allow_new_contacts(self, instance_id: str) -> None:
        self.view(instance_id)
        self.allowed += 1

    def __post_init__(self) -> None:
        self.conversations = Conversations(
            folder_of=self.folder.joinpath, inbox=self.inbox, recent_sends=self.sent, clock=lambda: 1_000.0
        )

    def view(self, instance_id: str) -> InstanceView:
        if instance_id != self.instance.id:
            raise UnknownInstanceError(instance_id)
        return self.instance

    def views(self) -> tuple[InstanceView, ...]:
        return (self.instance,)

    def sent(self, instance_id: str) -> tuple[SentMessage, ...]:
        return tuple(reversed([send for send in self.sends if send.instance_id == instance_id]))

    def latest_sent(self, instance_id: str) -> LatestMessage | None:
        return sent(self.sent(instance_id))

    def note_seen(self, instance_id: str) -> None:
        self.inbox.note_seen(instance_id)

    def note_conversation_seen(self, instance_id: str, conversation_id: str, *, up_to: str) -> None:
        self.conversations.note_seen(self.view(instance_id).id, conversation_id, up_to=up_to)

    def verify_sent(self, instance_id: str, request_id: str) -> SentMessage:
        return next(one for one in self.sent(instance_id) if one.request_id == request_id)

    def timeline(
        self, instance_id: str, *, limit: int, kinds: Collection[HistoryKind] = ()
    ) -> tuple[HistoryEntry, ...]:
        return tuple(each for each in self.history if each.kind in kinds)[:limit]

    def knows(self, instance_id: str, numbers: Collection[str]) -> bool:
        return not self.strangers.intersection(numbers)

    def send(
        self,
        instance_id: str,
        *,
        to: str,
        content: Content,
        to_name: str = "",
        stranger: bool = False,
        request_id: str = "",
        timeout: float,
        admit: Callable[[tuple[SentMessage, ...]], None],
        wait: bool = True,
    ) -> SentMessage:
        self.timeouts.append(timeout)
        for send in self.sends:
            if send.request_id == request_id:
                return send
        admit(self.sent(instance_id))
        made = request_id or f"made-{next(_numbers)}"
        self.sends.append(
            SentMessage(
                made,
                instance_id,
                to,
                content,
                SendState.SENT if wait else SendState.SENDING,
                created_at=time.time(),
                to_name=to_name,
                stranger=stranger,
            )
        )
        (self.folder / instance_id).mkdir(exist_ok=True)
        outbox_table.write_new(self.folder / instance_id, self.sends[-1])
        return self.sends[-1]


_numbers = itertools.count()
_AT: str = "@s.whatsapp.net"


def _recipient(to: str) -> Recipient:
    """Return a group's or a hidden person's address as it is, else the number in ``to``."""
    to = to.strip()
    if to.endswith(("@g.us", "@lid")):
        return Recipient(to)
    return Recipient(to.removesuffix(_AT) if to.endswith(_AT) else parse_number(to).digits)


def send(
    instance_id: str, *, to: str, content: Content, request_id: str = "", account: str = ""
) -> SentMessage:
    """Sends to what is typed in ``to``, or to the address of a group or a hidden person in it."""
    recipient = _recipient(to)
    return messages.send(instance_id, to=recipient, content=content, request_id=request_id, account=account)


def arrived(message_id: str = "3A", text: str = "Você vem?", **more: object) -> MessageArrived:
    """A text of the contact's, in the chat with them."""
    address = f"{CONTACT}@s.whatsapp.net"
    fields: dict[str, object] = {
        "contact": CONTACT,
        "name": "Ana",
        "content": Content(Kind.TEXT, text=text),
        "at": 900.0,
        "from_me": False,
        "group": False,
        "chat": address,
        "sender": address,
    }
    return MessageArrived(ID, message_id, **(fields | more))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def _media() -> Iterator[MediaTools]:
    made = MediaTools()
    yield made
    made.close()


@pytest.fixture
def runtime(_media: MediaTools) -> Iterator[Runtime]:
    """Where services look for what prepares files; all tests share its decoders, which start slowly."""
    with installed(with_media(_media)) as made:
        yield made


@pytest.fixture
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingRegistry]:
    """Installed as the process's registry while the test runs; the contact wrote one message, "3A"."""
    folder = tmp_path_factory.mktemp("auth")
    (folder / ID).mkdir()
    recording = RecordingRegistry(Inbox(folder_of=folder.joinpath, clock=lambda: 1_000.0), folder)
    recording.inbox.handle_event(arrived())
    recording_runtime = replace(runtime_of(), registry=recording)
    with installed(recording_runtime):
        yield recording
