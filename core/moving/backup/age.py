"""The age format with a passphrase, piece by piece: what is written here, ``age -d`` opens, and the reverse.

Source: the specification of age v1 (C2SP, age.md): a header with one ``scrypt`` stanza, then the content in
pieces of 64 KiB, each sealed with ChaCha20-Poly1305. Memory: one piece, and what scrypt needs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError

WORK_FACTOR: Final = 16
"""Logarithm of scrypt's cost: 64 MiB of memory, so that the smallest host can make a backup and open one."""
LARGEST_WORK_FACTOR: Final = 18
"""What ``age`` itself writes; 256 MiB of memory. A file that asks for more is refused."""
PIECE: Final = 1 << 16
"""Bytes of content that are sealed together."""
_VERSION: Final = b"age-encryption.org/v1\n"
_SALT_LABEL: Final = b"age-encryption.org/v1/scrypt"
_STANZA: Final = re.compile(
    rb"-> scrypt (?P<salt>[A-Za-z0-9+/]{22}) (?P<factor>[1-9][0-9]?)\n(?P<body>[A-Za-z0-9+/]{43})\n"
)
_ANY_STANZA: Final = re.compile(rb"-> [!-~]+")
_LONGEST_LINE: Final = 256
_TAG: Final = 16
_FULL: Final = PIECE + _TAG


class Encrypting:
    """A file that takes content and writes it sealed. ``close`` writes the end; without it nothing opens."""

    def __init__(self, target: BinaryIO, passphrase: str) -> None:
        """Write the header. Takes as long as one guess of the passphrase is to take."""
        self._target = target
        self._waiting = bytearray()
        file_key, nonce = os.urandom(16), os.urandom(16)
        target.write(_header(file_key, passphrase) + nonce)
        self._seal = _Sealed(file_key, nonce)

    def write(self, data: bytes) -> int:
        """Take content. Raises OSError."""
        self._waiting += data
        while len(self._waiting) > PIECE:  # the last piece is sealed as such, also when it is a whole one
            self._target.write(self._seal.seal(bytes(self._waiting[:PIECE]), last=False))
            del self._waiting[:PIECE]
        return len(data)

    def close(self) -> None:
        """Write the last piece. Raises OSError."""
        self._target.write(self._seal.seal(bytes(self._waiting), last=True))
        self._waiting.clear()


class Decrypting:
    """The content of a sealed file. What ``read`` gives was proven to be what was sealed, in its order."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        """Read the header.

        Raises MoveRefusedError: ``move-unknown-format``, ``move-wrong-passphrase``, ``move-too-large`` when
        it asks for more than ``LARGEST_WORK_FACTOR``, ``move-damaged``.
        """
        self._source = source
        file_key = _file_key(source, passphrase)
        nonce = source.read(16)
        if len(nonce) != 16:
            raise MoveRefusedError(MoveCode.DAMAGED, "header")
        self._seal = _Sealed(file_key, nonce)
        self._open = bytearray()
        self._next = source.read(_FULL)
        self._ended = False

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes; fewer at the end only. Raises MoveRefusedError (``move-damaged``)."""
        taken = self.peek(size)
        del self._open[:size]
        return taken

    def peek(self, size: int) -> bytes:
        """Return what ``read`` will give next. Raises as ``read`` does."""
        while len(self._open) < size and not self._ended:
            piece, self._next = self._next, self._source.read(_FULL)
            self._ended = not self._next
            self._open += self._seal.open(piece, last=self._ended)
        return bytes(self._open[:size])


class _Sealed:
    """The cipher of the content, with the number of the next piece. Source: age.md, "Payload"."""

    def __init__(self, file_key: bytes, nonce: bytes) -> None:
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._number = 0

    def seal(self, piece: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last=last), piece, None)

    def open(self, piece: bytes, *, last: bool) -> bytes:
        first = self._number == 0
        try:
            content = self._cipher.decrypt(self._nonce(last=last), piece, None)
        except InvalidTag as error:
            raise MoveRefusedError(MoveCode.DAMAGED, "content") from error
        if not content and not first:
            raise MoveRefusedError(MoveCode.DAMAGED, "content")  # only an empty file ends with nothing
        return content

    def _nonce(self, *, last: bool) -> bytes:
        nonce = self._number.to_bytes(11, "big") + bytes([last])
        self._number += 1
        return nonce


def _header(file_key: bytes, passphrase: str) -> bytes:
    salt = os.urandom(16)
    wrapped = ChaCha20Poly1305(_stretched(passphrase, salt, WORK_FACTOR)).encrypt(bytes(12), file_key, None)
    stanza = b"-> scrypt %s %d\n%s\n" % (_encoded(salt), WORK_FACTOR, _encoded(wrapped))
    signed = _VERSION + stanza + b"---"
    return signed + b" " + _encoded(_signature(file_key, signed)) + b"\n"


def _file_key(source: BinaryIO, passphrase: str) -> bytes:
    """Read the header up to its end and return the key of the content."""
    if source.readline(_LONGEST_LINE) != _VERSION:
        raise MoveRefusedError(MoveCode.UNKNOWN_FORMAT)
    stanza = source.readline(_LONGEST_LINE)
    if _ANY_STANZA.match(stanza) and not stanza.startswith(b"-> scrypt "):
        raise MoveRefusedError(MoveCode.UNKNOWN_FORMAT, "age without a passphrase")
    stanza += source.readline(_LONGEST_LINE)
    found, end = _STANZA.fullmatch(stanza), source.readline(_LONGEST_LINE)
    if found is None or not end.startswith(b"--- "):
        raise MoveRefusedError(MoveCode.DAMAGED, "header")
    if (factor := int(found["factor"])) > LARGEST_WORK_FACTOR:
        raise MoveRefusedError(MoveCode.TOO_LARGE, f"scrypt {factor}")
    key = _stretched(passphrase, _decoded(found["salt"]), factor)
    try:
        file_key = ChaCha20Poly1305(key).decrypt(bytes(12), _decoded(found["body"]), None)
    except InvalidTag as error:
        raise MoveRefusedError(MoveCode.WRONG_PASSPHRASE) from error
    signed = _VERSION + stanza + b"---"
    if not hmac.compare_digest(end, b"--- " + _encoded(_signature(file_key, signed)) + b"\n"):
        raise MoveRefusedError(MoveCode.DAMAGED, "header")
    return file_key


def _stretched(passphrase: str, salt: bytes, factor: int) -> bytes:
    cost = 1 << factor
    return hashlib.scrypt(
        passphrase.encode("utf-8", "surrogatepass"),
        salt=_SALT_LABEL + salt,
        n=cost,
        r=8,
        p=1,
        maxmem=(cost + 64) * 8 * 128 + (1 << 20),
        dklen=32,
    )


def _signature(file_key: bytes, signed: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), signed, "sha256")


def _derived(file_key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=purpose).derive(file_key)


def _encoded(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    """Return what ``text`` (its alphabet was checked) stands for; only its canonical spelling is right."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise MoveRefusedError(MoveCode.DAMAGED, "header") from error
    if _encoded(data) != text:
        raise MoveRefusedError(MoveCode.DAMAGED, "header")
    return data
