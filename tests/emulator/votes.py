"""What is sealed under a secret that only an earlier message carries: votes, so that the server cannot count
them; in communities reactions, edits and answers to events too.

Source: whatsmeow, msgsecret.go (`generateMsgSecretKey`, `EncryptPollVote`, `HashPollOptions`): the key is
HKDF-SHA256 of the poll's secret over poll id, the poll's author, the voter and "Poll Vote"; AES-GCM with
"poll id NUL voter" beside; a chosen option is the SHA-256 of its words.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.emulator.content import Vote
from tests.emulator.crypto import hkdf
from tests.emulator.proto import Proto, wa
from tests.emulator.reading import poll_of


@dataclass(frozen=True, slots=True)
class Ballot:
    """A poll as its voters see it."""

    poll_id: str
    poll: Proto
    """The message that asks."""
    author: str
    """Its author's address."""

    def seal(self, vote: Vote, *, voter: str) -> dict[str, bytes]:
        """The encrypted vote; `voter` is an address."""
        chosen = [hashlib.sha256(option.encode()).digest() for option in vote.options]
        plain = wa.Message.PollVoteMessage(selectedOptions=chosen).SerializeToString()
        iv = secrets.token_bytes(12)
        return {"encIv": iv, "encPayload": self._cipher(voter).encrypt(iv, plain, self._beside(voter))}

    def open(self, sealed: Proto, *, voter: str) -> Vote:
        """What was voted; raises `cryptography.exceptions.InvalidTag` when it is not a vote on this poll."""
        plain = self._cipher(voter).decrypt(sealed.encIv, sealed.encPayload, self._beside(voter))
        chosen = set(wa.Message.PollVoteMessage.FromString(plain).selectedOptions)
        poll = poll_of(self.poll)
        names = [option.optionName for option in poll.options] if poll is not None else []
        picked = (name for name in names if hashlib.sha256(name.encode()).digest() in chosen)
        return Vote(self.poll_id, tuple(picked))

    def _cipher(self, voter: str) -> AESGCM:
        return cipher_of(self.poll, f"{self.poll_id}{self.author}{voter}Poll Vote")

    def _beside(self, voter: str) -> bytes:
        return f"{self.poll_id}\0{voter}".encode()


def cipher_of(message: Proto, info: str) -> AESGCM:
    """The key that the secret of a message gives for one use; raises `LookupError` when it carries none."""
    secret = message.messageContextInfo.messageSecret
    if not secret:
        raise LookupError("the message carries no secret")
    return AESGCM(hkdf(secret, 32, info=info.encode()))


def seal(
    plain: bytes, message: Proto, *, message_id: str, author: str, member: str, use: str
) -> dict[str, bytes]:
    """Something about a message, sealed by a member; `author` and `member` are addresses.

    Only an answer to an event is bound to its member beside the key.
    """
    iv = secrets.token_bytes(12)
    beside = f"{message_id}\0{member}".encode() if use == "Event Response" else b""
    cipher = cipher_of(message, f"{message_id}{author}{member}{use}")
    return {"encIv": iv, "encPayload": cipher.encrypt(iv, plain, beside)}
