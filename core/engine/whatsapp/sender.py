"""Sending messages: the recipient's address, the file to the media host, the message, and its outcome."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

from core.engine.whatsapp.error_codes import send_failure, upload_failure
from core.engine.whatsapp.from_protobuf import bounded_timer, may_write
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.media_reference import UploadedFile
from core.engine.whatsapp.neonize_types import Client, Jid, Upload
from core.engine.whatsapp.to_protobuf import Destination, is_animated, to_protobuf
from core.models.codes import SendCode
from core.models.content import Kind
from core.models.messages import upload_seconds
from core.models.recipients import is_group_address, number_variants
from core.models.worker_commands import UNKNOWN_TIMER, SendMessage
from core.models.worker_events import ChatTimer, FileUploaded, MessageFailed, MessageSent, WorkerEvent

log = logging.getLogger(__name__)

_T = TypeVar("_T")

_LID: Final = "lid"
_REMOTE: Final = 16_384
"""Characters of what the media host answers about a file; it is kept with the message."""
_MEDIA: Final = {
    Kind.IMAGE: "MediaImage",
    Kind.STICKER: "MediaImage",
    Kind.VIDEO: "MediaVideo",
    Kind.AUDIO: "MediaAudio",
    Kind.VOICE: "MediaAudio",
}
"""neonize's name of the kind of file; everything else is a document."""


class MessageSender:
    """Sends the messages of one instance.

    Threading: ``upload`` from any thread; ``send`` from one at a time.
    """

    def __init__(
        self,
        neonize: Neonize,
        client: Client,
        instance_id: str,
        *,
        emit: Callable[[WorkerEvent], None],
        on_pair: Callable[[str, str], None],
    ) -> None:
        """``on_pair`` gets a LID, and the digits of the number that it turned out to be."""
        self._on_pair = on_pair
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._emit = emit
        self._people: dict[str, Jid] = {}
        self._timers: dict[str, int] = {}
        """Of groups of which nothing was known."""
        self.verified: dict[str, str] = {}
        """The names that WhatsApp vouches for, of businesses, by number."""
        self.known_as: dict[str, str] = {}
        """The spelling (digits) under which WhatsApp knows a number, by the number that was asked for."""

    def upload(self, command: SendMessage) -> UploadedFile | None:
        """Upload the message's file to the media host. None after MessageFailed: nothing is to be sent then.

        Blocks, but not for ever: the core itself knows no deadline here.
        """
        content = command.content
        try:
            data = Path(content.file.path if content.file else "").read_bytes()
        except OSError as error:
            log.warning("file not read: %s", error.strerror, extra={"instance": self._id})
            self._failed(command, SendCode.FILE_GONE)
            return None
        kind = self._neonize.media_types[_MEDIA.get(content.kind, "MediaDocument")]
        try:
            answer = _within(upload_seconds(len(data)), lambda: self._uploaded(data, kind))
        except queue.Empty:
            self._failed(command, SendCode.MEDIA_UNREACHABLE)
            return None
        except self._neonize.error as error:
            reason = upload_failure(str(error))
            log.warning("upload failed: %s", reason, extra={"instance": self._id})
            self._failed(command, reason)
            return None
        animated = content.kind is Kind.STICKER and is_animated(data)
        file = UploadedFile.from_answer(answer, animated=animated)
        remote = file.to_json()
        if len(remote) > _REMOTE:
            self._failed(command, SendCode.MEDIA_REFUSED)
            return None
        self._emit(FileUploaded(self._id, command.request_id, remote=remote))
        return file

    def _uploaded(self, data: bytes, kind: object) -> Upload:
        """Upload; once more where the host was not reached, or ended the connection before it had answered.

        The core keeps connections, and repeats no upload when the host has just closed the one it takes.
        """
        try:
            return self._client.upload(data, kind)
        except self._neonize.error as error:
            if upload_failure(str(error)) != SendCode.MEDIA_UNREACHABLE:
                raise
            log.info("upload begun again: not answered", extra={"instance": self._id})
            return self._client.upload(data, kind)

    def send(self, command: SendMessage, file: UploadedFile | None = None) -> None:
        """Send one message; emits MessageSent or MessageFailed.

        ``file`` is what ``upload`` returned; without it, what the content knows of an earlier upload counts.
        Blocks until the server answers or the core stops.
        """
        content = command.content
        if file is None and content.file is not None:
            file = UploadedFile.from_json(content.file.remote)
        try:
            recipient = self.resolve_address(command.to)
            if recipient is None:
                self._failed(command, SendCode.NOT_ON_WHATSAPP)
                return
            message = to_protobuf(
                self._neonize.message,
                content,
                chat=self._chat(recipient, command),
                file=file,
                secret=bytes.fromhex(command.secret),
            )
            answer = self._client.send_message(recipient, message)
        except self._neonize.error as error:
            reason = send_failure(str(error))
            log.warning("send failed: %s (%s)", reason, error, extra={"instance": self._id})
            self._failed(command, self._reason_in_group(command.to) or reason)
            return
        self._emit(MessageSent(self._id, command.request_id, message_id=answer.ID))

    def resolve_jid(self, number: str) -> Jid | None:
        """Return the address under which WhatsApp knows ``number``, or None.

        Every spelling of it is asked for at once: old Brazilian accounts lack the 9, Mexican ones have a 1.
        Raises neonize's error.
        """
        if number not in self._people:
            asked = tuple(dict.fromkeys((number, *number_variants(number))))
            answers = self._client.is_on_whatsapp(*(f"+{one}" for one in asked))
            found = {answer.Query.lstrip("+"): answer for answer in answers if answer.IsIn}
            known_as = next((one for one in asked if one in found), next(iter(found), ""))
            if not found:
                return None
            answer = found[known_as]
            person = self._people[number] = self._neonize.without_device(answer.JID)
            if person.Server == _LID:
                # WhatsApp says yes to several spellings of one number, and knows it by one.
                known_as = self._number_behind(person) or known_as
                self._on_pair(self._neonize.jid_to_text(person), known_as)
            self.verified[number] = answer.VerifiedName.Details.verifiedName
            self.known_as[number] = known_as
        return self._people[number]

    def resolve_address(self, to: str) -> Jid | None:
        """Return the address that a message to digits or an address goes to. Raises neonize's error."""
        user, _, server = to.partition("@")
        return self._neonize.build_jid(user, server) if server else self.resolve_jid(to)

    def _number_behind(self, lid: Jid) -> str:
        try:
            return str(self._client.get_pn_from_lid(lid).User)
        except self._neonize.error:
            return ""

    def _timer(self, command: SendMessage, chat: Jid) -> int:
        """Return after how many seconds the message disappears; that of a group is asked for if need be."""
        if command.timer != UNKNOWN_TIMER or not is_group_address(command.to):
            return max(command.timer, 0)
        if command.to not in self._timers:
            try:
                setting = self._client.get_group_info(chat).GroupEphemeral
            except self._neonize.error:
                return 0  # what is wrong with the group, the message itself tells
            seconds = int(setting.DisappearingTimer) if setting.IsEphemeral else 0
            self._timers[command.to] = bounded_timer(seconds) or 0
            self._emit(ChatTimer(self._id, command.to, "", self._timers[command.to], at=time.time()))
        return self._timers[command.to]

    def _reason_in_group(self, to: str) -> str:
        """Return why a group's rules refused a message; empty when they are not the reason."""
        if not is_group_address(to):
            return ""
        try:
            user, _, server = to.partition("@")
            group = self._client.get_group_info(self._neonize.build_jid(user, server))
        except self._neonize.error as error:
            reason = send_failure(str(error))
            return reason if reason == SendCode.GROUP_LEFT else ""
        return "" if may_write(group, self._client.get_me()) else SendCode.GROUP_ADMINS_ONLY

    def _chat(self, recipient: Jid, command: SendMessage) -> Destination:
        me, plain, text = self._client.get_me(), self._neonize.without_device, self._neonize.jid_to_text
        return Destination(
            text(recipient),
            own=text(plain(me.JID)),
            own_lid=text(plain(me.LID)) if me.LID.User else "",
            timer=self._timer(command, recipient),
            timer_at=int(command.timer_at),
        )

    def _failed(self, command: SendMessage, reason: str) -> None:
        self._emit(MessageFailed(self._id, command.request_id, reason=reason))


def _within(seconds: float, action: Callable[[], _T]) -> _T:
    """Return what ``action`` returns; queue.Empty when it takes longer, and its outcome is dropped then."""
    done: queue.SimpleQueue[Future[_T]] = queue.SimpleQueue()

    def run() -> None:
        outcome: Future[_T] = Future()
        try:
            outcome.set_result(action())
        except Exception as error:  # raised again where it is waited for
            outcome.set_exception(error)
        done.put(outcome)

    threading.Thread(target=run, daemon=True, name="upload-one").start()
    return done.get(timeout=seconds).result()
