"""A file on WhatsApp's media host: what it takes to fetch it or to send it again, as JSON.

The JSON is ``Attachment.remote``. A secret: it opens the file. Bytes are in base64.
"""

from __future__ import annotations

import json
from typing import Final

import msgspec

from core.engine.whatsapp.media_cipher import MediaFile
from core.engine.whatsapp.media_download import media_path
from core.engine.whatsapp.neonize_types import Part, Upload
from core.models.conversion import convert

_KINDS: Final = {
    "imageMessage": "image",
    "stickerMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
}
"""Source: whatsmeow, download.go (``classToMediaType``, ``mediaTypeToMMSType``)."""


class _KeyToFile(msgspec.Struct, frozen=True, omit_defaults=True):
    # Every field helps to open a file: none is shown.
    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


class UploadedFile(_KeyToFile, frozen=True):
    """A file that this account uploaded. Fields are named as in the protobuf of a message."""

    URL: str
    directPath: str
    mediaKey: bytes
    fileSHA256: bytes
    fileEncSHA256: bytes
    fileLength: int
    isAnimated: bool = False

    @classmethod
    def from_answer(cls, answer: Upload, *, animated: bool) -> UploadedFile:
        """Return the file that neonize's answer to an upload describes."""
        return cls(
            URL=answer.url,
            directPath=answer.DirectPath,
            mediaKey=answer.MediaKey,
            fileSHA256=answer.FileSHA256,
            fileEncSHA256=answer.FileEncSHA256,
            fileLength=answer.FileLength,
            isAnimated=animated,
        )

    @classmethod
    def from_json(cls, text: str) -> UploadedFile:
        """Return the file that ``to_json`` wrote. Raises ValueError for anything else."""
        return convert(json.loads(text), cls)

    def to_json(self) -> str:
        """Return one line, for ``Attachment.remote``."""
        return _to_json(self)


class _ReceivedFile(_KeyToFile, frozen=True):
    part: str
    """The field of the message that carries it."""
    length: int
    URL: str
    directPath: str
    mimetype: str
    mediaKey: bytes
    fileSHA256: bytes
    fileEncSHA256: bytes


def remote_of(name: str, part: Part) -> str:
    """Return what it takes to fetch the file of the message's field ``name``. Empty without a key."""
    if not part.mediaKey or not (part.directPath or part.URL):
        return ""
    return _to_json(
        _ReceivedFile(
            part=name,
            length=int(part.fileLength),
            URL=part.URL[:4096],
            directPath=part.directPath[:4096],
            mimetype=part.mimetype[:4096],
            mediaKey=part.mediaKey[:64],
            fileSHA256=part.fileSHA256[:64],
            fileEncSHA256=part.fileEncSHA256[:64],
        )
    )


def received_file(remote: str) -> MediaFile:
    """Return the file that ``remote_of`` described. Raises ValueError for anything else."""
    file = convert(json.loads(remote), _ReceivedFile)
    if file.part not in _KINDS:
        raise ValueError("no kind of file")
    return MediaFile(
        kind=_KINDS[file.part],
        path=media_path(file.directPath, file.URL),
        key=file.mediaKey,
        sha256=file.fileSHA256,
        enc_sha256=file.fileEncSHA256,
        length=file.length,
    )


def _to_json(file: _KeyToFile) -> str:
    return json.dumps(msgspec.to_builtins(file), separators=(",", ":"))
