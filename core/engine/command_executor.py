"""Carries out a worker's commands: messages in order, files beside them, queries beside both."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from core.engine.upload_queue import UploadQueue
from core.engine.whatsapp.client import CoreClient
from core.models.profile.commands import RejectCall
from core.models.worker_commands import (
    ArrivalsStored,
    AskPairingCode,
    FetchFile,
    LogOut,
    SendMessage,
    ShowPresence,
    ShowTyping,
    StartClient,
    StopWorker,
    UseSecret,
    WorkerCommand,
)

log = logging.getLogger(__name__)

_UPLOADS: Final = 2
_QUERIES: Final = 4
_DOWNLOADS: Final = 2


class CommandExecutor:
    """Runs each kind of command in threads of its own.

    Threading: ``submit`` from one thread; it returns at once.

    Messages leave one at a time and in order; the core serialises them anyway. A file is uploaded first,
    beside them: a text need not wait for it.
    """

    def __init__(self, client: CoreClient, *, uploads: UploadQueue | None = None) -> None:
        """``uploads``: threads that clients of one process share, since what they load counts for all."""
        self._client = client
        self._messages = ThreadPoolExecutor(max_workers=1, thread_name_prefix="send")
        self._uploads = uploads or UploadQueue(_UPLOADS, each=_UPLOADS, large=_UPLOADS)
        self._queries = ThreadPoolExecutor(max_workers=_QUERIES, thread_name_prefix="answer")
        # Of two votes or edits of one moment the later one counts: they are opened in their order.
        self._secrets = ThreadPoolExecutor(max_workers=1, thread_name_prefix="open")
        # A file may take minutes: no other query waits for it.
        self._downloads = ThreadPoolExecutor(max_workers=_DOWNLOADS, thread_name_prefix="download")

    def submit(self, command: WorkerCommand) -> None:
        """Carry the command out soon, in another thread."""
        match command:
            case SendMessage():
                self._send(command)
            case AskPairingCode():
                self._messages.submit(_guarded, self._client.ask_pairing_code, command)
            case LogOut():
                self._messages.submit(_guarded, self._client.log_out, command)
            case FetchFile():
                self._downloads.submit(_guarded, self._client.answer, command)
            case ShowTyping():
                self._queries.submit(_guarded, self._client.typing.show, command)
            case ShowPresence():
                self._queries.submit(_guarded, self._client.presence.show, command)
            case UseSecret():
                self._secrets.submit(_guarded, self._client.use_secret, command)
            case RejectCall():
                self._queries.submit(_guarded, self._client.reject_call, command)
            case ArrivalsStored() | StartClient() | StopWorker():
                pass
            case _:
                self._queries.submit(_guarded, self._client.answer, command)

    def close(self) -> None:
        """Let the threads end, without what has not begun. Returns at once."""
        self._uploads.drop(self)
        for pool in (self._messages, self._queries, self._secrets, self._downloads):
            pool.shutdown(wait=False, cancel_futures=True)

    def _send(self, command: SendMessage) -> None:
        file = command.content.file
        if file is None or file.remote:
            self._messages.submit(_guarded, self._client.sender.send, command)
        else:
            self._uploads.submit(self, file.size, lambda: self._upload(command))

    def _upload(self, command: SendMessage) -> None:
        stored = self._client.sender.upload(command)
        if stored is not None:
            with contextlib.suppress(RuntimeError):  # closed meanwhile: the send is settled as lost
                self._messages.submit(_guarded, self._client.sender.send, command, stored)


def _guarded(action: Callable[..., object], *arguments: object) -> None:
    try:
        action(*arguments)
    except Exception:
        # Top of a thread: a bug of ours. A send stays uncertain; the log says why.
        log.exception("command crashed")
