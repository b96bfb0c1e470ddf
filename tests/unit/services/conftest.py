"""A registry that remembers what it was asked, where services look for one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from core.errors import UnknownInstanceError
from core.hosting.persistence.host import Host
from core.hosting.persistence.start_recorder import StartRecorder
from core.hosting.usage.monitor import UsageMonitor
from core.messages.inbox import Inbox
from core.models.content import Content, Kind
from core.models.instance import InstanceState, InstanceView
from core.models.messages import SendState, SentMessage
from core.models.persistence import HostKind
from core.models.storage import StorageView
from core.models.timeline import HistoryEntry, HistoryKind
from core.models.worker_events import MessageArrived
from core.registry.registry import Registry
from core.services.runtime import Runtime, install
from core.settings import Settings

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


@dataclass
class RecordingRegistry:
    """Knows one instance, and everybody but the strangers; takes every message in as sent at once."""

    inbox: Inbox
    instance: InstanceView = field(default_factory=view)
    sends: list[SentMessage] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    history: list[HistoryEntry] = field(default_factory=list)

    def view(self, instance_id: str) -> InstanceView:
        if instance_id != self.instance.id:
            raise UnknownInstanceError(instance_id)
        return self.instance

    def views(self) -> tuple[InstanceView, ...]:
        return (self.instance,)

    def sent(self, instance_id: str) -> tuple[SentMessage, ...]:
        return tuple(reversed([send for send in self.sends if send.instance_id == instance_id]))

    def verify_sent(self, instance_id: str, request_id: str) -> SentMessage:
        return next(one for one in self.sent(instance_id) if one.request_id == request_id)

    def timeline(
        self, _instance_id: str, *, limit: int, kinds: Collection[HistoryKind]
    ) -> tuple[HistoryEntry, ...]:
        return tuple(each for each in self.history if each.kind in kinds)[:limit]

    def knows(self, _instance_id: str, numbers: Collection[str]) -> bool:
        return not self.strangers.intersection(numbers)

    def send(
        self,
        instance_id: str,
        *,
        to: str,
        to_name: str,
        content: Content,
        stranger: bool,
        request_id: str = "",
        timeout: float,
        admit: Callable[[tuple[SentMessage, ...]], None],
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
                SendState.SENT,
                created_at=time.time(),
                to_name=to_name,
                stranger=stranger,
            )
        )
        return self.sends[-1]


_numbers = itertools.count()


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


@pytest.fixture
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingRegistry]:
    """Installed as the process's registry while the test runs; the contact wrote one message, "3A"."""
    folder = tmp_path_factory.mktemp("auth")
    (folder / ID).mkdir()
    recording = RecordingRegistry(Inbox(folder_of=folder.joinpath, clock=lambda: 1_000.0))
    recording.inbox.handle_event(arrived())
    settings = Settings(Path("/auth"), False, "en", "INFO", 50)
    witness = StartRecorder(settings, Host(HostKind.LOCAL, machine="", deploy=""))
    meter = UsageMonitor(
        settings.auth_dir, storage=lambda: StorageView("/auth", ready=False), views=recording.views
    )
    install(Runtime(settings=settings, registry=cast("Registry", recording), meter=meter, witness=witness))
    yield recording
    install(None)
