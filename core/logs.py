"""One way to log, for the web process and its workers: to stderr, with what must stay private masked.

The web process also keeps the last lines in memory, for the page that shows them.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from dataclasses import replace
from typing import Final, TextIO

from core.models.diagnostics import LogLine

# Marks of zero width and of direction, which copying from a page brings along; and what people put between
# the digits of a number: blanks of any width, brackets, dots and dashes.
_MARKS: Final = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_UNSEEN: Final = f"[{_MARKS}]{{0,3}}"
_BETWEEN: Final = rf"(?:[^\S\n]|[{_MARKS}().‐-―−-]){{0,4}}"
# A run of 8 to 15 digits that stands alone or before '@' or ':' is a telephone number or a LID. Runs inside
# paths and ids are left alone: the line that names an instance's folder must stay exact.
_NUMBER: Final = re.compile(
    rf"(?<![\w/.-])\+?\d(?:{_UNSEEN}\d){{3,10}}((?:{_UNSEEN}\d){{4}})(?![\w/-])(?! ?bytes?\b)"
)
# As people write it: +55 11 91234-5678.
_WRITTEN: Final = re.compile(rf"(?<![\w/.-])\+\d(?:{_BETWEEN}\d){{3,10}}((?:{_BETWEEN}\d){{4}})(?![\w/-])")
# An old group's address is its founder's number and a time.
_GROUP: Final = re.compile(r"(?<!\w)\d{4,11}(\d{4})-\d+(?=@g\.us)")
# A QR's text starts with the server's reference.
_QR: Final = re.compile(r"\b\d@[A-Za-z0-9+/=_,-]{16,}")
# A sign-in link or a pairing link, should a library ever log an address.
_LINK: Final = re.compile(r"(\blink=|/pair\?l=[\w-]{1,64}#)[\w-]{16,}")
# People are told to look for this line and to copy the path in it, whatever digits that holds.
_EXACT: Final = re.compile(r"(Created new auth directory for instance [a-z0-9-]+ at .*)")
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
LINES_KEPT: Final = 2_000
LINE_LIMIT: Final = 4_000
"""Characters of a kept line; of a longer one, both ends: what happened, and what it ended with."""


class RecentLines:
    """The last lines of this process and of its workers, masked. Threading: safe from any thread."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=LINES_KEPT)

    def add(self, line: LogLine) -> None:
        """Keep a line, already masked; of a long one, both ends."""
        if len(line.text) > LINE_LIMIT:
            half = LINE_LIMIT // 2
            line = replace(line, text=f"{line.text[:half]}\n…\n{line.text[-half:]}")
        self._lines.append(line)

    def all(self) -> tuple[LogLine, ...]:
        """Return the lines, newest last."""
        return tuple(self._lines.copy())


def redact(text: str) -> str:
    """Return ``text`` with numbers cut to their last four digits and QR contents removed."""
    return "".join(part if _EXACT.fullmatch(part) else _mask(part) for part in _EXACT.split(text))


def _mask(text: str) -> str:
    text = _GROUP.sub(r"…\1", _QR.sub("[qr]", _LINK.sub(r"\1[link]", text)))
    text = _WRITTEN.sub(lambda found: "…" + re.sub(r"\D", "", found[1]), text)
    return _NUMBER.sub(lambda found: "…" + re.sub(r"\D", "", found[1]), text)


class _Redacting(logging.Formatter):
    """Masks the finished line, so that values, exceptions and stacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        instance = getattr(record, "instance", "")
        line = super().format(record)
        return redact(f"{line} instance={instance}" if instance else line)


class _KeepingHandler(logging.StreamHandler[TextIO]):
    """Writes to stderr and keeps the line too."""

    _text: Final = _Redacting("%(message)s")

    def __init__(self, lines: RecentLines) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self._text.format(record)
        except Exception:  # as in the library: a bad message must not stop the one who logs it
            self.handleError(record)
            return
        self.lines.add(LogLine(at=record.created, level=record.levelname, source=record.name, text=text))
        super().emit(record)


def remember(line: LogLine) -> None:
    """Keep a line, already masked, where the root logger keeps its own; nowhere if it keeps none.

    Threading: safe from any thread.
    """
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _KeepingHandler):
            handler.lines.add(line)


def set_up_logging(level: str, *, lines: RecentLines | None = None) -> None:
    """Send this process's records of ``level`` and above to stderr, and into ``lines`` if there are any.

    Streamlit, uvicorn and neonize bring handlers of their own; ours replaces the root's.
    """
    handler = logging.StreamHandler() if lines is None else _KeepingHandler(lines)
    handler.setFormatter(_Redacting(_FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Their INFO lines name every request and every stanza.
    for noisy in ("watchdog", "httpx", "urllib3", "asyncio", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
