"""Files on their way in: only those that a page asked for, and no more bytes than memory has room for.

Streamlit keeps uploads in memory and takes any id for an open session. So the middleware listens for the
addresses that Streamlit hands to a page (it makes them when a person chose a file) and lets nothing else in.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from starlette.responses import PlainTextResponse, Response
from starlette.types import Scope

from core.web.requests.lengths import said_length

UPLOADS: Final = "/_stcore/upload_file/"
PER_SIGN_IN: Final = 128 * 1024 * 1024
"""Bytes under way and kept of one sign-in; one document of 100 MB, and something beside it."""
ALTOGETHER: Final = 192 * 1024 * 1024
"""Bytes of all sign-ins; a service of 512 MB has to hold them beside everything else."""
PAGES: Final = 2_000
"""Pages remembered; more are never open."""
_IDS: Final = 64
"""Addresses remembered of each page; it uses one at a time."""
_ADDRESS: Final = re.compile(rb"/_stcore/upload_file/([0-9A-Za-z-]{1,64})/([0-9A-Za-z-]{1,64})")
_PLAIN: Final = re.compile(UPLOADS + "([0-9A-Za-z-]{1,64})/([0-9A-Za-z-]{1,64})")


class StoredUploads(Protocol):
    """The uploads that the app keeps in memory. Safe from any thread."""

    def sizes(self) -> Mapping[str, int]:
        """Return how many bytes are kept for each of Streamlit's sessions."""

    def drop_closed(self) -> None:
        """Free what is kept for pages that are not open any more, in case that they come back."""


class NoUploads:
    """For an app that keeps none."""

    def sizes(self) -> Mapping[str, int]:
        """Return that there are none."""
        return {}

    def drop_closed(self) -> None:
        """Do nothing: there is nothing to free."""


NO_UPLOADS: Final = NoUploads()


@dataclass(slots=True)
class _Page:
    login: str
    ids: OrderedDict[str, None] = field(default_factory=OrderedDict)


class Uploads:
    """Knows what pages asked for, and counts. Threading: the event loop's thread only."""

    def __init__(self, stored: StoredUploads) -> None:
        self._stored = stored
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._under_way: Counter[str] = Counter()

    def note(self, login: str, sent: bytes) -> None:
        """Remember the addresses in a message that goes to a page of that sign-in."""
        if UPLOADS.encode() not in sent:
            return
        for session, file_id in _ADDRESS.findall(sent):
            self._expect(login, session.decode(), file_id.decode())

    def refusal(self, scope: Scope, login: str) -> Response | None:
        """Return the answer to an upload (or its removal) that must not go on; None for all else."""
        if not scope["path"].startswith(UPLOADS) or scope["method"] not in ("PUT", "DELETE"):
            return None
        if not self._is_expected(scope, login):
            return PlainTextResponse("no page of yours asked for this file", 404)
        return self._no_room(login, said_length(scope)) if scope["method"] == "PUT" else None

    @contextmanager
    def counted(self, scope: Scope, login: str) -> Iterator[None]:
        """Count an upload as under way; the rest is counted where it is kept."""
        under_way = (said_length(scope) or 0) if scope["path"].startswith(UPLOADS) else 0
        self._under_way[login] += under_way
        try:
            yield
        finally:
            self._under_way[login] -= under_way
            self._under_way += Counter()  # without those that have come to nothing

    def _expect(self, login: str, session: str, file_id: str) -> None:
        page = self._pages.setdefault(session, _Page(login))
        if page.login != login:
            return  # a text that names another visitor's page
        self._pages.move_to_end(session)
        page.ids[file_id] = None
        _shorten(page.ids, _IDS)
        _shorten(self._pages, PAGES)

    def _is_expected(self, scope: Scope, login: str) -> bool:
        found = _PLAIN.fullmatch(scope["path"])
        page = self._pages.get(found[1]) if found else None
        return found is not None and page is not None and page.login == login and found[2] in page.ids

    def _no_room(self, login: str, size: int | None) -> Response | None:
        if size is None:
            return PlainTextResponse("how long is it?", 411)
        if self._too_much(login, size) is not None:
            self._stored.drop_closed()
        return self._too_much(login, size)

    def _too_much(self, login: str, size: int) -> Response | None:
        stored = self._stored.sizes()
        own = sum(kept for session, kept in stored.items() if self._owner(session) == login)
        if own + self._under_way[login] + size > PER_SIGN_IN:
            return PlainTextResponse("too many files at once", 413)
        if sum(stored.values()) + self._under_way.total() + size > ALTOGETHER:
            return PlainTextResponse("others are uploading; try again later", 503)
        return None

    def _owner(self, session: str) -> str:
        page = self._pages.get(session)
        return page.login if page else ""


def _shorten(remembered: OrderedDict[str, Any], most: int) -> None:
    while len(remembered) > most:
        remembered.popitem(last=False)
