"""The arrival journal: what reached a worker, in a file before anything else is done with it.

The core has told WhatsApp that it has a message before Python hears of it, so it is not sent again. It must
therefore outlive this process and the one that stores it. A file holds records; each is written by one call
and is with the kernel from then on, which SIGKILL does not touch. Nothing is synced: a power cut may take
the last seconds.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import secrets
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

MOST_BYTES: Final = 16 * 1024**2
"""Of one file; as much as waits in memory while the disk refuses. What comes then is in the pipe only."""
_COMPACT_FROM: Final = 256 * 1024
"""So many bytes of stored records are cut off, though others behind them are not stored yet."""
_OPEN_AGAIN_S: Final = 30.0
_HEAD: Final = struct.Struct("<cIII")
"""Kind, number of the event of the core, length of what follows, checksum of all that."""
_EVENT: Final = b"E"
"""An event as it goes through the pipe."""
_RAW: Final = b"R"
"""An event of the core, which is to become such events: its code, and its bytes."""
_DONE: Final = b"D"
"""All that an event of the core became is in the file, or it became nothing."""
_CODE: Final = struct.Struct("<I")
_SUFFIX: Final = ".journal"
_RAW_SUFFIX: Final = ".unhandled"
_AGAIN: Final = "-again"
_PATTERN: Final = "arrivals-*"


def new_path(folder: Path) -> Path:
    """Return where a client that is about to start may keep its journal."""
    return folder / f"arrivals-{secrets.token_hex(6)}{_SUFFIX}"


def leftovers(folder: Path) -> list[Path]:
    """Return the journals in an instance's folder, oldest first. Raises OSError."""
    found = [path for path in folder.glob(f"{_PATTERN}{_SUFFIX}") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def sweep(folder: Path) -> None:
    """Remove what processes left that ended while they shortened a journal. Raises OSError.

    Only while no client of the folder's instance runs.
    """
    for path in folder.glob(f".{_PATTERN}.tmp"):
        path.unlink(missing_ok=True)


def take_unhandled(folder: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the core's events, as code and bytes, that earlier clients began to handle. Raises OSError.

    Each is given twice at most, whatever becomes of who handles it: one may be what ended those clients.
    """
    for path in sorted(folder.glob(f"{_PATTERN}{_RAW_SUFFIX}*")):
        contents = read(path)
        if path.suffix == _RAW_SUFFIX:
            path = path.rename(path.with_suffix(f"{_RAW_SUFFIX}{_AGAIN}"))  # noqa: PLW2901
        else:
            path.unlink()
        yield from contents.raw
        path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class JournalContents:
    """What a journal holds."""

    events: tuple[bytes, ...]
    """Lines of the pipe, in order; some of them may be stored."""
    raw: tuple[tuple[int, bytes], ...]
    """Events of the core, as code and bytes, of which it is not known what they were to become."""
    damaged: bool
    """Something in it is no record, and not only because the last one was cut off."""


def read(path: Path) -> JournalContents:
    """Return what a journal holds, as far as it can be read. Raises OSError."""
    data = path.read_bytes()
    events: list[bytes] = []
    raw: dict[int, bytes] = {}
    at = 0
    damaged = False
    while len(data) - at >= _HEAD.size:
        kind, number, length, checksum = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + length]
        if length > MOST_BYTES or (len(body) == length and _checksum(kind, number, body) != checksum):
            damaged = True
            break
        if len(body) < length:
            break
        at += _HEAD.size + length
        match kind:
            case b"E":
                events.append(body)
            case b"R" if length >= _CODE.size:
                raw[number] = body
            case b"D":
                raw.pop(number, None)
    unhandled = ((_CODE.unpack_from(body)[0], body[_CODE.size :]) for body in raw.values())
    return JournalContents(tuple(events), tuple(unhandled), damaged)


def keep_raw(path: Path, contents: JournalContents) -> None:
    """Replace a journal by what only a client can handle; remove it when there is no such thing.

    Raises OSError; then the journal is still there.
    """
    if contents.raw:
        target = path.with_suffix(_RAW_SUFFIX)
        _write_whole(
            target,
            b"".join(
                _record(_RAW, number, _CODE.pack(code) + body)
                for number, (code, body) in enumerate(contents.raw)
            ),
        )
    path.unlink(missing_ok=True)


class ArrivalJournal:
    """The journal of one client, written by its process only.

    Threading: safe from any thread. ``stored`` never waits for who writes; all others touch the disk.
    A disk that refuses is told in the log, once, and costs nothing but the journal.
    """

    def __init__(self, path: Path, *, most: int = MOST_BYTES) -> None:
        """Make the file: an instance's folder may be another one later."""
        self._path = path
        self._most = most
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._size = 0
        self._counted = 0
        """Events so far, in the file or not."""
        self._stored = 0
        """So many of them are stored."""
        self._ends: deque[int] = deque()
        """Where the records of the others end."""
        self._cut = 0
        """Where the last stored one ends."""
        self._raw: dict[int, bytes] = {}
        """Records of the core's events that are being handled."""
        self._refused = 0
        """Records since it last could be written."""
        self._here = threading.local()
        """``number`` of the core's event that this thread handles; 0 when another will end it."""
        self._file = -1
        self._closed = False
        self._open_at = 0.0
        self._open()

    @property
    def lock(self) -> threading.RLock:
        """Held while events are counted and sent: they are counted at the other end in the order sent."""
        return self._lock

    def append(self, line: bytes) -> None:
        """Add an event as it goes through the pipe next; it is counted also when it cannot be added."""
        with self._lock:
            self._shorten()
            self._counted += 1
            self._add(_record(_EVENT, 0, line))
            self._ends.append(self._size)

    def append_late(self, line: bytes) -> None:
        """Add an event of a client that has ended: the journal may have been read and removed by now."""
        with self._lock:
            record = _record(_EVENT, 0, line)
            try:
                file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(file, record)  # half of it is a record that was cut off
                finally:
                    os.close(file)
            except OSError as error:
                log.warning("no arrival journal: %s", error.strerror, extra=self._extra)

    def close(self) -> None:
        """Release the file: the client has ended. What it holds is for its reader."""
        with self._lock:
            self._closed = True
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    @contextlib.contextmanager
    def handling(self, code: int, body: bytes) -> Iterator[None]:
        """Have an event of the core in the file until all that it becomes was appended."""
        if getattr(self._here, "again", False):
            yield
            return
        self._here.number = self._begin(code, body)
        try:
            yield
        finally:  # one that cannot be handled now cannot be later
            self._done(self._here.number)

    @contextlib.contextmanager
    def again(self) -> Iterator[None]:
        """Take in no events of the core that this thread handles inside: they were in a journal before."""
        self._here.number, self._here.again = 0, True
        try:
            yield
        finally:
            self._here.again = False

    def keep(self) -> Callable[[], None]:
        """Keep the event that this thread handles also when that is over; return what ends it."""
        number, self._here.number = getattr(self._here, "number", 0), 0
        return lambda: self._done(number)

    def _begin(self, code: int, body: bytes) -> int:
        with self._lock:
            number = next(self._numbers)
            record = _record(_RAW, number, _CODE.pack(code) + body)
            self._shorten()
            if self._add(record):
                self._raw[number] = record
            return number

    def _done(self, number: int) -> None:
        with self._lock:
            if self._raw.pop(number, None) is None:
                return
            if self._ends or self._raw:
                self._add(_record(_DONE, number, b""))
            else:  # it became nothing, or what is stored already
                self._shorten()

    def stored(self, count: int) -> None:
        """Note that the first ``count`` events are stored; they go from the file now or soon."""
        self._stored = max(self._stored, count)
        # The thread that holds it may wait for the pipe, and the pipe for this thread.
        if self._lock.acquire(blocking=False):
            try:
                self._shorten()
            finally:
                self._lock.release()

    @property
    def _extra(self) -> dict[str, str]:
        return {"instance": self._path.parent.name}

    def _open(self) -> bool:
        """Make the file, when the last try was long enough ago; return whether it is there."""
        if self._closed or time.monotonic() < self._open_at:
            return False
        try:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            self._note_refused(str(error.strerror))
            self._open_at = time.monotonic() + _OPEN_AGAIN_S
        return self._file >= 0

    def _add(self, record: bytes) -> bool:
        """Write one record, whole or not at all; return whether it is there."""
        if self._file < 0 and not self._open():
            return False
        if self._size + len(record) > self._most:
            self._note_refused("it is full")
            return False
        try:
            written = os.write(self._file, record)
            if written < len(record):
                os.ftruncate(self._file, self._size)
                self._note_refused("no space left")
                return False
        except OSError as error:
            self._note_refused(str(error.strerror))
            return False
        self._size += len(record)
        if self._refused:
            log.warning("arrival journal again, without %d records", self._refused, extra=self._extra)
            self._refused = 0
        return True

    def _note_refused(self, why: str) -> None:
        if not self._refused:
            log.warning("arrivals go on without their journal: %s", why, extra=self._extra)
        self._refused += 1

    def _shorten(self) -> None:
        """Cut off what is stored, when that is all, or much."""
        while self._ends and self._counted - len(self._ends) < self._stored:
            self._cut = self._ends.popleft()
        if self._file < 0 or not self._size:
            return
        try:
            if not self._ends and not self._raw:
                os.ftruncate(self._file, 0)
                self._size = self._cut = 0
            elif self._cut >= _COMPACT_FROM:
                self._compact()
        except OSError as error:
            log.warning("arrival journal not shortened: %s", error.strerror, extra=self._extra)

    def _compact(self) -> None:
        """Replace the file by one without what is stored. Raises OSError; then it is as it was."""
        there, own = self._path.stat(), os.fstat(self._file)
        if (there.st_dev, there.st_ino) != (own.st_dev, own.st_ino):
            return  # another folder may have taken the place of ours
        with self._path.open("rb") as file:
            file.seek(self._cut)
            rest = file.read()
        # Those that begin before the cut; of the others, a second copy changes nothing.
        head = b"".join(self._raw.values())
        new = _write_whole(self._path, head + rest, keep_open=True)
        os.close(self._file)
        self._file = new
        moved = len(head) - self._cut
        self._ends = deque(end + moved for end in self._ends)
        self._size, self._cut = len(head) + len(rest), 0


def _record(kind: bytes, number: int, body: bytes) -> bytes:
    return _HEAD.pack(kind, number, len(body), _checksum(kind, number, body)) + body


def _checksum(kind: bytes, number: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(kind + number.to_bytes(4, "little")))


def _write_whole(path: Path, data: bytes, *, keep_open: bool = False) -> int:
    """Replace ``path`` by ``data`` in one step; return its descriptor, or -1 once closed. Raises OSError."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    try:
        if os.write(file, data) < len(data):
            raise OSError(0, "no space left")
        temporary.replace(path)
    except OSError:
        os.close(file)
        temporary.unlink(missing_ok=True)
        raise
    if not keep_open:
        os.close(file)
        file = -1
    return file
