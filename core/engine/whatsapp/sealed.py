"""Reactions, edits and answers that are sealed with the secret of the message which they are about.

Members of communities send them, and newer versions of WhatsApp. Source: whatsmeow, msgsecret.go. neonize
opens votes only; the secret lies in the core's store, which this process must not open beside the core.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.engine.whatsapp.from_protobuf import SEALED, content_from_protobuf, enum_name, innermost
from core.engine.whatsapp.neonize_types import MessageEvent, Part, Source
from core.models.content import EVENT_ANSWERS, Content, Kind
from core.models.worker_commands import UseSecret
from core.models.worker_events import MessageArrived, SecretWanted, WorkerEvent

log = logging.getLogger(__name__)

_PENDING: Final = 100
"""Sealed messages that wait for their secret; those that come meanwhile stay sealed."""
_ANSWER: Final = "Event Response"
_USES: Final = {
    "encReactionMessage": "Enc Reaction",
    "encCommentMessage": "Enc Comment",
    "encEventResponseMessage": _ANSWER,
}
_SECRET_USES: Final = {"MESSAGE_EDIT": "Message Edit", "EVENT_EDIT": "Event Edit", "POLL_EDIT": "Poll Edit"}
"""What a secret is used for, as it goes into the key."""
_KEY: Final = 32
_NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class _Pending:
    arrived: MessageArrived
    """The message with nothing in it, as it stays when it cannot be opened."""
    source: Source
    name: str
    """Of the sealed part."""
    part: Part
    done: Callable[[], None]
    """To be called when it was emitted."""


class SealedMessages:
    """Holds sealed messages until their secret is there.

    Threading: ``hold`` and ``open`` may run side by side; each touches the table by one step only.
    """

    def __init__(
        self,
        message: Callable[[], Part],
        *,
        unreadable: type[Exception],
        emit: Callable[[WorkerEvent], None],
        keep: Callable[[], Callable[[], None]] = lambda: lambda: None,
    ) -> None:
        """``message`` makes an empty protobuf of a message; ``unreadable`` is raised for what is none.

        ``keep`` has what is being handled kept until what it returns is called.
        """
        self._keep = keep
        self._message = message
        self._unreadable = unreadable
        self._emit = emit
        self._pending: dict[str, _Pending] = {}
        self._released = False

    def hold(self, arrived: MessageArrived, event: MessageEvent) -> bool:
        """Ask for the secret of a sealed message; return False when it is not sealed, or cannot wait.

        None can after ``release``: no answer comes any more.
        """
        message, about = innermost(event.Message), arrived.content.about
        name = next((name for name in SEALED if message.HasField(name)), "")
        if not name or about is None or len(self._pending) >= _PENDING:
            return False
        source = event.Info.MessageSource
        pending = _Pending(arrived, source, name, getattr(message, name), self._keep())
        self._pending[arrived.message_id] = pending
        # Looked at after it is in the table: either it is seen here, or ``release`` sees the message.
        if self._released:
            return self._pending.pop(arrived.message_id, None) is None
        self._emit(SecretWanted(arrived.instance_id, arrived.message_id, about.message_id))
        return True

    def open(self, command: UseSecret) -> None:
        """Emit the message that waited, with its content as far as it can be opened."""
        pending = self._pending.pop(command.message_id, None)
        if pending is None:
            return
        content = self._content(pending, command.secrets)
        if content is None:
            log.info("a sealed message stays closed", extra={"instance": command.instance_id})
            self._emit(pending.arrived)
        else:
            self._emit(msgspec.structs.replace(pending.arrived, content=content))
        pending.done()

    def release(self) -> None:
        """Emit what still waits with nothing in it, and hold nothing more: no secret comes any more."""
        self._released = True
        for message_id in list(self._pending):
            if pending := self._pending.pop(message_id, None):
                self._emit(pending.arrived)
                pending.done()

    def _content(self, pending: _Pending, secrets: Iterable[tuple[str, str]]) -> Content | None:
        part = pending.part
        use = _USES.get(pending.name) or _SECRET_USES.get(enum_name(part, "secretEncType"), "")
        about = pending.arrived.content.about
        if not use or about is None:
            return None
        senders = (pending.source.Sender, pending.source.SenderAlt)
        by = [f"{jid.User}@{jid.Server}" for jid in senders if jid.User]
        for author, secret in secrets:
            # As the core does: who the key names, and who the secret was stored for.
            authors = {author, about.sender, *by} if about.from_me else {author, about.sender or about.chat}
            for writer, member in product(authors - {""}, by):
                who = f"{about.message_id}{writer}{member}{use}".encode()
                beside = f"{about.message_id}\0{member}".encode() if use == _ANSWER else b""
                plain = _opened(part, bytes.fromhex(secret), info=who, beside=beside)
                if plain is not None:
                    return self._read(pending, plain)
        return None

    def _read(self, pending: _Pending, plain: bytes) -> Content | None:
        """Return what an opened message says; None for what cannot be read."""
        about = pending.arrived.content.about
        inner = self._message()
        try:
            match pending.name:
                case "encReactionMessage":
                    inner.reactionMessage.MergeFromString(plain)
                    return Content(Kind.REACTION, text=inner.reactionMessage.text[:32], about=about)
                case "encEventResponseMessage":
                    return _answer(plain, pending)
            inner.MergeFromString(plain)
        except self._unreadable:
            return None
        content = content_from_protobuf(inner, chat=pending.arrived.chat)
        if content is not None and pending.name == "encCommentMessage":
            return replace(content, about=about)
        return Content(Kind.EDIT, text=content.text, about=about) if content and content.text else None


def _answer(plain: bytes, pending: _Pending) -> Content | None:
    # EventResponseMessage: field 1, a varint: 1 going, 2 not going, 3 maybe (whatsmeow, WAWebProtobufsE2E).
    going, maybe, not_going = EVENT_ANSWERS
    answers = {b"\x08\x01": going, b"\x08\x02": not_going, b"\x08\x03": maybe}
    answer = answers.get(plain[:2])
    return Content(Kind.VOTE, options=(answer,), about=pending.arrived.content.about) if answer else None


def _opened(part: Part, secret: bytes, *, info: bytes, beside: bytes) -> bytes | None:
    if len(part.encIV) != _NONCE:
        return None
    key = HKDF(SHA256(), _KEY, None, info).derive(secret)
    try:
        return AESGCM(key).decrypt(part.encIV, part.encPayload, beside)
    except InvalidTag:
        return None
