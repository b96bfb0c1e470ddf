"""Messages out: where they go, their file to the media host, the message itself, and what became of it."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from core.engine.whatsapp.error_codes import send_failure, upload_failure
from core.engine.whatsapp.groups import may_write
from core.engine.whatsapp.stored import Stored, from_json, stored, to_json
from core.engine.whatsapp.to_protobuf import Destination, is_animated, to_protobuf
from core.models.content import Content, Kind
from core.models.messages import upload_seconds
from core.models.worker_events import FileUploaded, MessageFailed, MessageSent, SendMessage, WorkerEvent

log = logging.getLogger(__name__)

_REMOTE: Final = 16_384
"""Characters of what the media host tells of a file; it is kept with the message."""
_GROUP_SERVER: Final = "g.us"
_MEDIA: Final = {
    Kind.IMAGE: "MediaImage",
    Kind.STICKER: "MediaImage",
    Kind.VIDEO: "MediaVideo",
    Kind.AUDIO: "MediaAudio",
    Kind.VOICE: "MediaAudio",
}
"""neonize's name of the kind of file; everything else is a document."""


class MessageSender:
    """Threading: ``upload`` from any thread; ``send`` from one at a time."""

    def __init__(
        self, module: Any, client: Any, instance_id: str, *, emit: Callable[[WorkerEvent], None]
    ) -> None:
        """``module`` is neonize's ``client`` module, ``client`` its client of this instance."""
        self._module = module
        self._client = client
        self._id = instance_id
        self._emit = emit
        self._people: dict[str, Any] = {}
        self.verified: dict[str, str] = {}
        """The names that WhatsApp vouches for, of businesses, by number."""

    def upload(self, command: SendMessage, content: Content) -> Stored | None:
        """Bring the message's file to the media host. None after MessageFailed: nothing is to be sent then.

        Blocks, but not for ever: the core itself knows no deadline here.
        """
        try:
            data = Path(content.file.path if content.file else "").read_bytes()
        except OSError as error:
            log.warning("file not read: %s", error.strerror, extra={"instance": self._id})
            self._failed(command, "file-gone")
            return None
        kind = self._module.MediaType[_MEDIA.get(content.kind, "MediaDocument")]
        try:
            answer = _within(upload_seconds(len(data)), lambda: self._client.upload(data, kind))
        except queue.Empty:
            self._failed(command, "media-unreachable")
            return None
        except self._module.NeonizeError as error:
            log.warning("upload failed: %s", upload_failure(str(error)), extra={"instance": self._id})
            self._failed(command, upload_failure(str(error)))
            return None
        fields = stored(answer)
        if content.kind is Kind.STICKER and is_animated(data):
            fields["isAnimated"] = True
        remote = to_json(fields)
        if len(remote) > _REMOTE:
            self._failed(command, "media-refused")
            return None
        self._emit(FileUploaded(self._id, command.request_id, remote=remote))
        return fields

    def send(self, command: SendMessage, content: Content, file: Stored | None = None) -> None:
        """Send one message; emits MessageSent or MessageFailed.

        ``file`` is what ``upload`` gave; without it, what the content knows of an earlier upload counts.
        Blocks until the server answers or the core stops.
        """
        if file is None and content.file is not None:
            file = from_json(content.file.remote)
        try:
            recipient = self._recipient(command.to)
            if recipient is None:
                self._failed(command, "wa-not-on-whatsapp")
                return
            message = to_protobuf(
                self._module.Message,
                content,
                chat=self._chat(recipient),
                stored=file or {},
                secret=bytes.fromhex(command.secret),
            )
            answer = self._client.send_message(recipient, message)
        except self._module.NeonizeError as error:
            reason = send_failure(str(error))
            log.warning("send failed: %s (%s)", reason, error, extra={"instance": self._id})
            self._failed(command, self._reason_in_group(command.to) or reason)
            return
        self._emit(MessageSent(self._id, command.request_id, message_id=answer.ID))

    def resolve_jid(self, number: str) -> Any:
        """The address under which WhatsApp knows ``number``, or None.

        It may differ: old Brazilian accounts lack the 9. Raises neonize's error.
        """
        if number not in self._people:
            answer = self._client.is_on_whatsapp(f"+{number}")[0]
            if not answer.IsIn:
                return None
            self._people[number] = self._module.JIDToNonAD(answer.JID)
            self.verified[number] = answer.VerifiedName.Details.verifiedName
        return self._people[number]

    def _recipient(self, to: str) -> Any:
        user, _, server = to.partition("@")
        return self._module.build_jid(user, server) if server else self.resolve_jid(to)

    def _reason_in_group(self, to: str) -> str:
        """What a group's rules say of a message that was refused there; empty when that is not it."""
        if not to.endswith(f"@{_GROUP_SERVER}"):
            return ""
        try:
            group = self._client.get_group_info(self._recipient(to))
        except self._module.NeonizeError as error:
            reason = send_failure(str(error))
            return reason if reason == "wa-group-left" else ""
        return "" if may_write(group, self._client.get_me()) else "wa-group-admins-only"

    def _chat(self, recipient: Any) -> Destination:
        me, plain, text = self._client.get_me(), self._module.JIDToNonAD, self._module.Jid2String
        return Destination(
            text(recipient), own=text(plain(me.JID)), own_lid=text(plain(me.LID)) if me.LID.User else ""
        )

    def _failed(self, command: SendMessage, reason: str) -> None:
        self._emit(MessageFailed(self._id, command.request_id, reason=reason))


def _within(seconds: float, action: Callable[[], Any]) -> Any:
    """What ``action`` gives or raises; queue.Empty when it takes longer, and its outcome is dropped then."""
    done: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((action(), None))
        except Exception as error:  # raised again where it is waited for
            done.put((None, error))

    threading.Thread(target=run, daemon=True, name="upload-one").start()
    value, error = done.get(timeout=seconds)
    if error is not None:
        raise error
    return value
