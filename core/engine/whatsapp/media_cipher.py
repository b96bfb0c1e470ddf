"""Opening an encrypted file of WhatsApp's media host piece by piece, whatever its size.

The media key is stretched by HKDF-SHA256, with the label of the file's kind, into 16 bytes of IV, 32 of AES
key and 32 of HMAC key. The host stores AES-256-CBC (PKCS #7), then the first 10 bytes of HMAC-SHA256 over IV
and ciphertext. Source: whatsmeow, download.go (``getMediaKeys``, ``downloadAndDecrypt``).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_LABELS: Final = {
    "image": b"WhatsApp Image Keys",
    "video": b"WhatsApp Video Keys",
    "audio": b"WhatsApp Audio Keys",
    "document": b"WhatsApp Document Keys",
}
"""By the kind as addresses on the host name it. Source: whatsmeow, download.go (``MediaType``)."""
_STRETCHED: Final = 112
_BLOCK: Final = 16
_MAC: Final = 10
_KEY: Final = 32
_HASH: Final = 32


class DamagedFileError(ValueError):
    """The file is not what its message says."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """What a message says of its file, to fetch and to open it."""

    kind: str
    """``image``, ``video``, ``audio`` or ``document``."""
    path: str = field(repr=False)
    """On the media host, with its query."""
    key: bytes = field(repr=False)
    sha256: bytes = field(repr=False)
    enc_sha256: bytes = field(repr=False)
    """Of the encrypted file."""
    length: int
    """Bytes of the opened file as its sender claims: nothing may rest on it. 0 when nothing is claimed."""


def encrypted_size(length: int) -> int:
    """Return how many bytes the host stores for a file of ``length`` bytes."""
    return (length // _BLOCK + 1) * _BLOCK + _MAC


class MediaDecryptor:
    """Decrypts a file in pieces. What it returns counts only after ``finish`` raised nothing."""

    def __init__(self, file: MediaFile) -> None:
        """Derive the keys. Raises DamagedFileError when the message's key cannot be one."""
        if file.kind not in _LABELS or len(file.key) != _KEY:
            raise DamagedFileError("key")
        keys = HKDF(hashes.SHA256(), _STRETCHED, salt=None, info=_LABELS[file.kind]).derive(file.key)
        iv, cipher_key, mac_key = keys[:16], keys[16:48], keys[48:80]
        self._file = file
        self._mac = hmac.new(mac_key, iv, "sha256")
        self._aes = Cipher(algorithms.AES(cipher_key), modes.CBC(iv)).decryptor()
        self._unpadder = padding.PKCS7(8 * _BLOCK).unpadder()
        self._encrypted, self._opened = hashlib.sha256(), hashlib.sha256()
        self.length = 0
        """Bytes that were returned."""
        self._tail = b""

    def update(self, piece: bytes) -> bytes:
        """Return what the next piece of the encrypted file decrypts to."""
        self._encrypted.update(piece)
        # The last bytes are no ciphertext, and only the end tells which are the last.
        held = self._tail + piece
        ciphertext, self._tail = held[:-_MAC], held[-_MAC:]
        self._mac.update(ciphertext)
        return self._count(self._unpadder.update(self._aes.update(ciphertext)))

    def finish(self) -> bytes:
        """Return the last bytes. Raises DamagedFileError when any byte is not what the message says."""
        if not hmac.compare_digest(self._mac.digest()[:_MAC], self._tail):
            raise DamagedFileError("hmac")
        try:
            last = self._count(self._unpadder.update(self._aes.finalize()) + self._unpadder.finalize())
        except ValueError:
            raise DamagedFileError("padding") from None
        if not _matches(self._file.enc_sha256, self._encrypted.digest()):
            raise DamagedFileError("hash of the encrypted file")
        if not _matches(self._file.sha256, self._opened.digest()):
            raise DamagedFileError("hash")
        return last

    def _count(self, plain: bytes) -> bytes:
        self._opened.update(plain)
        self.length += len(plain)
        return plain


def _matches(claimed: bytes, actual: bytes) -> bool:
    """Like the core, believe the HMAC where a message names no hash at all."""
    return len(claimed) != _HASH or hmac.compare_digest(claimed, actual)
