"""Commands of one client: what waits for what, and what happens at the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from core.engine.command_executor import CommandExecutor
from core.engine.upload_queue import UploadQueue
from core.models.content import Attachment, Content, Kind
from core.models.worker_commands import SendMessage, ShowTyping, UseSecret
from tests.support.polling import eventually

TEXT = Content(Kind.TEXT, text="olá")
FILE = Content(Kind.DOCUMENT, file=Attachment("f.pdf", "application/pdf", path="/tmp/f"))


def send(request_id: str, content: Content) -> SendMessage:
    return SendMessage("a", request_id, to="1", content=content, secret="")


class Client:
    """Uploads when it may, and notes what it sends."""

    def __init__(self) -> None:
        self.may_upload = threading.Event()
        self.sent: list[str] = []
        self.uploading: list[str] = []
        self.typed: list[ShowTyping] = []
        self.use_secret: Any = None
        self.typing: Any = SimpleNamespace(show=self.typed.append)
        self.sender: Any = SimpleNamespace(upload=self._upload, send=self._send)

    def _upload(self, command: SendMessage) -> str:
        self.uploading.append(command.request_id)
        self.may_upload.wait(10)
        return "stored"

    def _send(self, command: SendMessage, _file: object = None) -> None:
        self.sent.append(command.request_id)


@pytest.fixture
def client() -> Iterator[Client]:
    """Its uploads end with the test."""
    made = Client()
    yield made
    made.may_upload.set()


def executor(client: Client, uploads: UploadQueue | None = None) -> CommandExecutor:
    return CommandExecutor(client, uploads=uploads)  # type: ignore[arg-type]


def test_a_text_does_not_wait_for_a_file(client: Client) -> None:
    """The file goes out once it is uploaded."""
    commands = executor(client)
    commands.submit(send("file", FILE))
    commands.submit(send("text", TEXT))
    eventually(lambda: client.sent == ["text"], timeout=5, seen=lambda: client.sent)
    client.may_upload.set()
    eventually(lambda: client.sent == ["text", "file"], timeout=5, seen=lambda: client.sent)


def test_sealed_messages_are_opened_in_their_order(client: Client) -> None:
    """However long one takes: the later one of two votes counts."""
    opened: list[str] = []

    def use_secret(command: UseSecret) -> None:
        if command.message_id == "first":
            client.may_upload.wait(10)
        opened.append(command.message_id)

    client.use_secret = use_secret
    commands = executor(client)
    for message_id in ("first", "second"):
        commands.submit(UseSecret("a", message_id, ()))
    commands.submit(ShowTyping("a", "1", on=True))
    eventually(lambda: client.typed, timeout=5, seen=lambda: opened)
    assert opened == []
    client.may_upload.set()
    eventually(lambda: opened == ["first", "second"], timeout=5, seen=lambda: opened)


def test_a_client_that_ends_takes_no_thread_of_the_others(client: Client) -> None:
    """Shared threads go on; what it was still uploading is not sent, and no error is logged for it."""
    other = Client()
    other.may_upload.set()
    uploads = UploadQueue(2, each=1, large=2)
    ending, going_on = executor(client, uploads), executor(other, uploads)
    for request_id in ("late", "waiting"):
        ending.submit(send(request_id, FILE))
    eventually(lambda: client.uploading == ["late"], timeout=5, seen=lambda: client.uploading)
    ending.close()
    client.may_upload.set()
    eventually(lambda: not uploads._running, timeout=5, seen=lambda: uploads._running)
    going_on.submit(send("file", FILE))
    eventually(lambda: other.sent == ["file"], timeout=5, seen=lambda: other.sent)
    assert (client.uploading, client.sent) == (["late"], [])


def test_only_so_many_files_are_loaded_at_a_time(client: Client) -> None:
    """By all clients that share the threads."""
    other = Client()
    uploads = UploadQueue(1, each=1, large=1)
    executor(client, uploads).submit(send("1", FILE))
    executor(other, uploads).submit(send("2", FILE))
    eventually(lambda: client.uploading == ["1"], timeout=5, seen=lambda: client.uploading)
    assert other.uploading == []
    client.may_upload.set()
    other.may_upload.set()
    eventually(lambda: other.sent == ["2"], timeout=5, seen=lambda: other.sent)
