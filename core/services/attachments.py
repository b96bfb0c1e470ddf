"""Files to be sent: checked by their content and made into what WhatsApp takes."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.errors import InvalidInputError
from core.media import audio, ffmpeg, ffmpeg_program, video
from core.media.ffmpeg_program import TOO_OLD
from core.media.file_type import mime
from core.media.images import LIMIT as IMAGE_LIMIT
from core.media.images import Picture, check_size, prepare_image
from core.media.moving import prepare_moving
from core.media.stickers import prepare_sticker
from core.models.codes import InputCode
from core.models.content import FILES, Attachment, Kind
from core.services.runtime import current

UPLOAD_LIMIT: Final = 100 * 1024**2
"""Bytes; as ``server.maxUploadSize`` in .streamlit/config.toml."""
NAME_LIMIT: Final = 200
_LIMITED: Final = {kind: f"no-ffmpeg-{kind}" for kind in (Kind.VIDEO, Kind.AUDIO, Kind.VOICE)}
_LONG: Final = 3.0
"""A picture whose longer side has so many times the length of the other is a long one."""
_READABLE: Final = 60
"""Per cent: what is scaled down further can hardly be read where it was written for a screen."""
_SUFFIXES: Final = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


class Notice(StrEnum):
    """What a person should know of a prepared file before it is sent."""

    AS_GIF = "as-gif"
    """The picture moves: it goes as a short video that plays over and over."""
    SHRUNK = "shrunk"
    """The picture is long: made as small as WhatsApp takes it, it can hardly be read."""


def available(kind: Kind) -> str:
    """Return the code of why not every file of that kind can be sent here; empty if every one can.

    Without ffmpeg (no-ffmpeg-…, old-ffmpeg) only what needs no conversion: MP4 with H.264, AAC in an M4A,
    Ogg with Opus.
    """
    if ffmpeg.program() or kind not in _LIMITED:
        return ""
    return TOO_OLD if ffmpeg_program.problem() == TOO_OLD else _LIMITED[kind]


def limit(kind: Kind) -> int:
    """Return how many bytes a file of that kind may have when it is handed in; 0 for a kind without one.

    A video may become smaller, so it may be larger before. What is sent has at most 16 MB (a sticker 100 KB,
    a moving one 500 KB, a document as much as here).
    """
    if kind not in FILES:
        return 0
    if kind is Kind.DOCUMENT:
        return UPLOAD_LIMIT
    if kind in _LIMITED:
        return UPLOAD_LIMIT if ffmpeg.program() else video.LIMIT
    return IMAGE_LIMIT


def prepare(
    kind: Kind, data: bytes, *, name: str, progress: ffmpeg.ProgressCallback | None = None
) -> Attachment:
    """Check ``data``, convert it where need be, and put it into a private file (``Attachment.path``).

    ``name`` matters for documents only and never tells what a file is. ``progress`` is called with the share
    that is done (0 to 1) while a conversion goes on. May take a minute for a long video.
    A picture that moves becomes a film (``Attachment.gif``, ``sent_as``); ``Attachment.notice`` is a Notice.
    Raises InvalidInputError: file-empty, file-too-large, file-still-too-large (detail: the limit),
    file-too-wide (detail: megapixels), file-too-long (detail: minutes), file-damaged, file-not-image,
    file-not-video, file-not-audio, file-not-opus, file-needs-ffmpeg, file-old-ffmpeg,
    file-moving-needs-ffmpeg, file-moving-too-long, file-too-slow; AppError (file-unwritable) when there is
    no room for it; ValueError for a kind that carries no file.
    """
    check_size(data, limit(kind) if kind in FILES else 0)
    tools = current().media
    match kind:
        case Kind.IMAGE:
            return _image(data)
        case Kind.STICKER:
            return _picture(prepare_sticker(data, tools.decoders))
        case Kind.VIDEO if _is_picture(data):
            return _film_of_picture(data)
        case Kind.VIDEO:
            path, film, small = video.prepare_video(data, tools, progress=progress)
            found = Attachment(mime="video/mp4", seconds=_whole(film.seconds), thumbnail=small)
            return _at(path, replace(found, width=film.width, height=film.height))
        case Kind.AUDIO:
            path, kind_of_sound, seconds = audio.prepare_audio(data, tools.folder, progress=progress)
            return _at(path, Attachment(mime=kind_of_sound, seconds=_whole(seconds)))
        case Kind.VOICE:
            path, seconds, waveform = audio.prepare_voice(data, tools.folder, progress=progress)
            return _at(path, Attachment(mime=audio.OPUS, seconds=_whole(seconds), waveform=waveform))
        case Kind.DOCUMENT:
            return _at(tools.folder.keep(data, ".bin"), Attachment(mime=mime(data), name=shown_name(name)))
        case _:
            raise ValueError(f"{kind} carries no file")


def prepare_photo_or_film(
    data: bytes, *, name: str, progress: ffmpeg.ProgressCallback | None = None
) -> Attachment:
    """Prepare a photo, or a film (``sent_as``), whichever ``data`` is. Raises as ``prepare`` does."""
    no_photo: InvalidInputError | None = None
    if len(data) <= limit(Kind.IMAGE):
        try:
            return prepare(Kind.IMAGE, data, name=name)
        except InvalidInputError as error:
            if error.code != InputCode.FILE_NOT_IMAGE:
                raise
            no_photo = error
    try:
        film = prepare(Kind.VIDEO, data, name=name, progress=progress)
    except InvalidInputError as error:
        neither = no_photo is not None and error.code == InputCode.FILE_NOT_VIDEO
        raise (no_photo if neither and no_photo else error) from None
    return replace(film, sent_as=Kind.VIDEO)


def present(attachment: Attachment) -> bool:
    """Return whether its file is still there; one that was not sent for an hour may be gone."""
    return current().media.folder.holds(Path(attachment.path))


def content(attachment: Attachment) -> bytes:
    """Return the bytes of its file, to be shown before it is sent; empty if it is gone."""
    path = Path(attachment.path)
    try:
        return path.read_bytes() if current().media.folder.holds(path) else b""
    except OSError:
        return b""


def discard(attachment: Attachment) -> None:
    """Delete its file; it is not needed any more."""
    current().media.folder.remove(Path(attachment.path))


def shown_name(name: str) -> str:
    """Return ``name`` as a recipient may see it: no folder, nothing invisible or turning, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(each for each in last if unicodedata.category(each)[0] != "C").strip(". ")
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) > NAME_LIMIT and dot and len(suffix) < 20:
        return f"{stem[: NAME_LIMIT - len(suffix) - 1]}.{suffix}"
    return plain[:NAME_LIMIT] or "file"


def as_document(data: bytes, *, name: str) -> Attachment:
    """Return a file that was chosen as another kind, to be sent unchanged as a document.

    Raises as ``prepare`` does.
    """
    return replace(prepare(Kind.DOCUMENT, data, name=name), sent_as=Kind.DOCUMENT)


def _image(data: bytes) -> Attachment:
    """Return a picture; one that moves as a film."""
    made = prepare_image(data, current().media.decoders)
    if made.moves:
        return replace(_moving(data), sent_as=Kind.VIDEO, notice=Notice.AS_GIF)
    notice = Notice.SHRUNK if _hard_to_read(made) else ""
    return replace(_picture(made), notice=notice)


def _is_picture(data: bytes) -> bool:
    """Return whether it is a picture that may move, by its first bytes."""
    return data.startswith((b"GIF8", b"\x89PNG\r\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _film_of_picture(data: bytes) -> Attachment:
    try:
        moves = prepare_image(data, current().media.decoders).moves
    except InvalidInputError:
        moves = False
    if not moves:
        raise InvalidInputError(InputCode.FILE_NOT_VIDEO)
    return _moving(data)


def _hard_to_read(made: Picture) -> bool:
    short, long = sorted((made.width, made.height))
    return long >= _LONG * short and made.percent < _READABLE


def _moving(data: bytes) -> Attachment:
    film = prepare_moving(data, current().media)
    found = Attachment(mime="video/mp4", seconds=_whole(film.seconds), thumbnail=film.thumbnail, gif=True)
    return _at(film.path, replace(found, width=film.width, height=film.height))


def _picture(made: Picture) -> Attachment:
    path = current().media.folder.keep(made.data, _SUFFIXES[made.mime])
    found = Attachment(mime=made.mime, width=made.width, height=made.height, thumbnail=made.thumbnail)
    return _at(path, found)


def _at(path: Path, found: Attachment) -> Attachment:
    return replace(found, path=str(path), size=path.stat().st_size)


def _whole(seconds: float) -> int:
    """Return a length as WhatsApp writes it, in whole seconds; never 0, which would be shown as nothing."""
    return max(1, round(seconds))
