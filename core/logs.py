"""One way to log, for the web process and its workers: to stderr, with what must stay private masked."""

from __future__ import annotations

import logging
import re
from typing import Final

# A run of 8 to 15 digits that stands alone or before '@' or ':' is a telephone number or a LID. Runs inside
# paths and ids are left alone: the line that names an instance's folder must stay exact.
_NUMBER: Final = re.compile(r"(?<![\w/.-])\+?\d{4,11}(\d{4})(?![\w/-])")
# As people write it: +55 11 91234-5678.
_WRITTEN: Final = re.compile(r"(?<![\w/.-])\+\d(?:[ ().-]{0,2}\d){3,10}((?:[ ().-]{0,2}\d){4})(?![\w/-])")
# An old group's address is its founder's number and a time.
_GROUP: Final = re.compile(r"(?<!\w)\d{4,11}(\d{4})-\d+(?=@g\.us)")
# A QR's text starts with the server's reference.
_QR: Final = re.compile(r"\b\d@[A-Za-z0-9+/=_,-]{16,}")
# People are told to look for this line and to copy the path in it, whatever digits that holds.
_EXACT: Final = re.compile(r"(Created new auth directory for instance [a-z0-9-]+ at .*)")
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


def redact(text: str) -> str:
    """``text`` with numbers cut to their last four digits and QR contents removed."""
    return "".join(part if _EXACT.fullmatch(part) else _mask(part) for part in _EXACT.split(text))


def _mask(text: str) -> str:
    text = _GROUP.sub(r"…\1", _QR.sub("[qr]", text))
    text = _WRITTEN.sub(lambda found: "…" + re.sub(r"\D", "", found[1]), text)
    return _NUMBER.sub(r"…\1", text)


class _Redacting(logging.Formatter):
    """Masks the finished line, so that values, exceptions and stacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        instance = getattr(record, "instance", "")
        line = super().format(record)
        return redact(f"{line} instance={instance}" if instance else line)


def set_up_logging(level: str) -> None:
    """Send this process's records of ``level`` and above to stderr.

    Streamlit, uvicorn and neonize bring handlers of their own; ours replaces the root's.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_Redacting(_FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Their INFO lines name every request and every stanza.
    for noisy in ("watchdog", "httpx", "urllib3", "asyncio", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
