"""The driver process of one genuine core, as a test holds it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from tests.emulator.content import Content, as_json
from tests.emulator.proto import Proto, wa
from tests.emulator.reading import content_of, quoted_of, reference_of
from tests.support.polling import eventually

ROOT: Final = Path(__file__).resolve().parents[2]
_EVENT_S: Final = 15.0

Event = dict[str, Any]


class CoreError(RuntimeError):
    """The core could not do what it was asked; the message is neonize's."""


class CoreProcess:
    """A process that runs neonize on one store; reads its events, gives it commands.

    Starts when made. Events are kept, so that a test may look back; `stop` ends the process.
    """

    def __init__(self, store: Path, *, environment: Mapping[str, str]) -> None:
        self.store = store
        self.events: list[Event] = []
        self._errors = store.with_suffix(".log")
        with self._errors.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.neonize_driver", str(store)],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def command(self, **command: Mapping[str, object]) -> None:
        """Give a command: `send={"to": ..., "text": ...}`, `pair={"number": ...}`, `logout={}`, ..."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def write(self, content: Content, *, to: str, quoting: str = "", author: str = "") -> str:
        """Send any content to a number or an address and wait for the server's ack; gives the message id.

        `quoting` is the id of a message that arrived; `author` (an address) wrote the message that a reaction
        is about, when that was not this account. Raises `CoreError` with what the core said.
        """
        body = {"to": to, "quoting": quoting, "author": author, "content": as_json(content)}
        return str(self._ask("write", "sent", body)["id"])

    def message(self, message_id: str) -> Proto:
        """The protobuf (`wa.Message`) of a message that arrived."""
        event = self.wait("message", where=lambda item: item["id"] == message_id)
        return wa.Message.FromString(base64.b64decode(event["raw"]))

    def content_of(self, message_id: str) -> Content:
        """What a message says that arrived here, with its file as the core downloaded and checked it."""
        message = self.message(message_id)
        data = self.download(message_id) if reference_of(message) else b""
        content = content_of(message, data)
        assert content is not None, message
        return content

    def quoted_by(self, message_id: str) -> tuple[str, Content | None]:
        """The id and the words of the message that a message which arrived answers."""
        return quoted_of(self.message(message_id))

    def download(self, message_id: str) -> bytes:
        """The file of a message that arrived; raises `CoreError` when the core refuses it."""
        return base64.b64decode(self._ask("download", "downloaded", {"id": message_id})["data"])

    def mark_read(self, message_id: str) -> None:
        """Tell the author of a message that arrived that it was read."""
        self._ask("mark_read", "marked", {"id": message_id})

    def votes_in(self, message_id: str) -> list[str]:
        """The SHA-256 (hex) of each option chosen in a vote that arrived."""
        return list(self._ask("vote", "vote", {"id": message_id})["options"])

    def is_on_whatsapp(self, number: str) -> bool:
        """What the core learns about a number."""
        return bool(self._ask("check", "checked", {"number": number})["on_whatsapp"])

    def picture_url(self, address: str) -> str:
        """Where somebody's picture is; raises `CoreError` when there is none to see."""
        return str(self._ask("picture", "picture", {"address": address})["url"])

    def number_of(self, lid: str) -> str:
        """The number behind a LID; empty when the core does not know it."""
        return str(self._ask("number_of", "number", {"lid": lid})["number"])

    def groups(self) -> dict[str, str]:
        """The groups the account is in: address -> name."""
        return {group["jid"]: group["name"] for group in self._ask("groups", "groups", {})["groups"]}

    def group_info(self, group: str) -> Event:
        """`name`, `topic` and `members` (address -> number); raises `CoreError` when it may not be seen."""
        return self._ask("group_info", "group_info", {"group": group})

    def count(self, name: str) -> int:
        """How many events of that name came so far."""
        return sum(event["event"] == name for event in self.events)

    def wait(
        self,
        name: str,
        *,
        where: Callable[[Event], bool] = lambda _: True,
        after: int = 0,
        timeout: float = _EVENT_S,
    ) -> Event:
        """The first event of that name, of those that satisfy `where` and were not among the first `after`.

        Raises `AssertionError` with all events and the core's log after `timeout` seconds.
        """

        def look() -> Event | None:
            found = [event for event in self.events if event["event"] == name and where(event)]
            return found[after] if len(found) > after else None

        return eventually(look, timeout=timeout, seen=lambda: f"{name} in {self.events}\n{self.log_text()}")

    def log_text(self) -> str:
        """What neonize and the core printed."""
        return self._errors.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL, as a crash or the host would."""
        self._process.kill()
        self._process.wait()
        self._reader.join(5)

    def stop(self) -> None:
        """End the process; calling it again does nothing."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _ask(self, command: str, answer: str, body: Mapping[str, object]) -> Event:
        tag = uuid.uuid4().hex
        self.command(**{command: {**body, "tag": tag}})

        def look() -> Event | None:
            return next((event for event in self.events if event.get("tag") == tag), None)

        event = eventually(
            look, timeout=_EVENT_S, seen=lambda: f"{answer} in {self.events}\n{self.log_text()}"
        )
        if event["event"] != answer:
            raise CoreError(event["error"])
        return event

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.events.append(json.loads(line))
