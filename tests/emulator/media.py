"""Files as WhatsApp keeps them: encrypted under a key that only the message has, on a host that cannot look.

Source of the format: whatsmeow, upload.go (`Upload`, `rawUpload`) and download.go (`getMediaKeys`,
`downloadAndDecrypt`, `DownloadMediaWithPath`). A 32-byte media key is stretched by HKDF-SHA256 with the label
of its kind into 16 bytes IV, 32 bytes AES key and 32 bytes HMAC key; the host stores AES-256-CBC (PKCS #7)
followed by the first 10 bytes of HMAC-SHA256 over IV and ciphertext.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import secrets
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.emulator.crypto import hkdf

HOST: Final = "mmg.whatsapp.net"
"""The host of uploads and downloads, as the answer to `media_conn` names it."""

PICTURE_HOST: Final = "pps.whatsapp.net"
"""The host of profile pictures, which are not encrypted."""

LABELS: Final = {
    "image": b"WhatsApp Image Keys",
    "video": b"WhatsApp Video Keys",
    "audio": b"WhatsApp Audio Keys",
    "document": b"WhatsApp Document Keys",
    "md-msg-hist": b"WhatsApp History Keys",
    "md-app-state": b"WhatsApp App State Keys",
    "thumbnail-link": b"WhatsApp Link Thumbnail Keys",
    "sticker-pack": b"WhatsApp Sticker Pack Keys",
}
"""MMS type (in URLs) -> label of its keys; stickers are images (whatsmeow, download.go)."""

_BLOCK_BITS: Final = 128
_MAC_BYTES: Final = 10


class MediaError(ValueError):
    """A file is missing, or is not what its message says; the message says which."""


class _Keys(NamedTuple):
    iv: bytes
    cipher: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted file and what a message must carry so that its reader can open it."""

    stored: bytes
    """What lies on the host."""
    key: bytes
    sha256: bytes
    enc_sha256: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a message says its file is, and how to check it."""

    mms_type: str
    direct_path: str
    key: bytes
    sha256: bytes
    enc_sha256: bytes
    length: int


def seal(data: bytes, mms_type: str) -> Sealed:
    """Encrypt a file under a new key."""
    key = secrets.token_bytes(32)
    keys = _stretch(key, mms_type)
    padder = padding.PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES(keys.cipher), modes.CBC(keys.iv)).encryptor()
    ciphertext = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    stored = ciphertext + _mac(keys, ciphertext)
    return Sealed(stored, key, _sha256(data), _sha256(stored), len(data))


def unseal(stored: bytes, reference: Reference) -> bytes:
    """The file; raises `MediaError` naming the first of the four checks that fails."""
    if _sha256(stored) != reference.enc_sha256:
        raise MediaError("the hash of the encrypted file is not the message's")
    keys = _stretch(reference.key, reference.mms_type)
    ciphertext, mac = stored[:-_MAC_BYTES], stored[-_MAC_BYTES:]
    if not hmac.compare_digest(_mac(keys, ciphertext), mac):
        raise MediaError(f"the file is not authentic under the message's key as {reference.mms_type}")
    decryptor = Cipher(algorithms.AES(keys.cipher), modes.CBC(keys.iv)).decryptor()
    unpadder = padding.PKCS7(_BLOCK_BITS).unpadder()
    data = unpadder.update(decryptor.update(ciphertext) + decryptor.finalize()) + unpadder.finalize()
    if _sha256(data) != reference.sha256:
        raise MediaError("the hash of the file is not the message's")
    if len(data) != reference.length:
        raise MediaError(f"the file has {len(data)} bytes, the message says {reference.length}")
    return data


def token_of(stored: bytes) -> str:
    """The name an upload must bear: the URL-safe base64 of its SHA-256 (whatsmeow, `rawUpload`)."""
    return base64.urlsafe_b64encode(_sha256(stored)).decode()


@dataclass(slots=True)
class MediaStore:
    """The host: encrypted files by path. Whoever uploads must show the token that `media_conn` gave."""

    auth: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    files: dict[str, bytes] = field(default_factory=dict)
    """Path, without its query -> what is stored."""
    pictures: dict[str, bytes] = field(default_factory=dict)
    """Profile pictures by path."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(secrets.randbelow(10**9)))

    def put(self, stored: bytes) -> str:
        """Store a file; gives its direct path.

        The path ends in a query: a client appends `&hash=...&mms-type=...` to it (`DownloadMediaWithPath`).
        """
        path = f"/v/t62.7118-24/{next(self._numbers)}_n.enc"
        self.files[path] = stored
        return f"{path}?ccb=11-4&oh=01_{secrets.token_urlsafe(16)}&oe=7FFFFFFF&_nc_sid=5e03e0"

    def show(self, picture: bytes) -> str:
        """Where a profile picture can be fetched by anyone who knows its address; gives the path."""
        path = f"/v/t61.24694-24/{token_of(picture)[:20]}_n.jpg"
        self.pictures[path] = picture
        return f"{path}?ccb=11-4&oh=01_{token_of(picture)[:16]}&oe=7FFFFFFF"

    def get(self, direct_path: str) -> bytes:
        """What is stored there; raises `MediaError` when nothing is."""
        try:
            return self.files[urlsplit(direct_path).path]
        except KeyError:
            raise MediaError(f"nothing is stored at {direct_path!r}") from None

    def fetch(self, reference: Reference) -> bytes:
        """The file a message refers to, downloaded, checked and decrypted; raises `MediaError`."""
        return unseal(self.get(reference.direct_path), reference)

    def remove(self, token: str) -> bool:
        """Remove the file whose upload bore that token; whether there was one."""
        found = [path for path, stored in self.files.items() if token_of(stored) == token]
        for path in found:
            del self.files[path]
        return bool(found)


def url_of(direct_path: str) -> str:
    """The absolute address, as messages carry it beside the direct path."""
    return f"https://{HOST}{direct_path}&mms3=true"


def _stretch(key: bytes, mms_type: str) -> _Keys:
    long = hkdf(key, 112, info=LABELS[mms_type])
    return _Keys(long[:16], long[16:48], long[48:80])


def _mac(keys: _Keys, ciphertext: bytes) -> bytes:
    return hmac.digest(keys.mac, keys.iv + ciphertext, "sha256")[:_MAC_BYTES]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
