"""The pairing links of this process, and their digests on disk.

A link has an id, which opens nothing, and a secret of 256 random bits, of which only the SHA-256 is kept. The
first browser that brings the secret has the link from then on: any other is refused, the secret or not.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.errors import CorruptFileError
from core.models.access import LinkEnd, PairingLink, PairingLinks
from core.store.auth_file import LINKS_FILE, read_pairing_links, write_pairing_links
from core.store.files import set_aside

log = logging.getLogger(__name__)

VALID_S: Final = 600.0
REMEMBERED_S: Final = 3_600.0
"""So long a link's end can be told to a person who opens it late."""
MOST: Final = 1_000
"""Links remembered; beyond that the oldest is forgotten."""
SECRET_LIMIT: Final = 64
"""Characters; what is longer is no secret, cookie or id of ours."""
_CLOCK_SLACK_S: Final = 60.0


class Refusal(StrEnum):
    """Why a link shows nothing to a browser."""

    UNKNOWN = "unknown"
    """There is no such link (any more), or the secret is wrong."""
    TAKEN = "taken"
    """Another browser has it."""
    OVER = "over"
    """Its time is over, or it was ended."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made; its secret is nowhere else."""

    id: str
    secret: str

    def __repr__(self) -> str:
        return f"NewLink(id={self.id!r})"


def digest_of(word: str) -> str:
    """Return the digest of a random word. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()


class LinkTable:
    """Makes, finds and ends links. Times are seconds since the epoch.

    Threading: safe from any thread. ``find``, ``of_instance`` and ``live`` answer from memory at once; what
    changes something writes a small file before it returns. A disk that takes nothing costs only what a
    restart would have needed: the log says so.
    """

    def __init__(self, auth_dir: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._auth_dir = auth_dir
        self._clock = clock
        self._links: dict[str, PairingLink] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._problem = ""
        self.loaded = False
        """Whether the file of an earlier process was looked at; before, no link can be told unknown."""

    def load(self) -> None:
        """Take in what an earlier process left. Idempotent; call it once the folder is this process's."""
        with self._writing:
            if not self.loaded:
                stored = self._read()
                with self._lock:
                    self._links = {link.id: link for link in stored.links} | self._links
                self.loaded = True

    def make(self, instance_id: str) -> NewLink:
        """Return a new link to that instance's codes; an earlier one does not work any more."""
        self.load()
        made = NewLink(secrets.token_urlsafe(8), secrets.token_urlsafe(32))
        with self._lock:
            self._end_live(instance_id, LinkEnd.REVOKED)
            link = PairingLink(made.id, instance_id, digest_of(made.secret), self._clock())
            self._links[made.id] = link
            self._forget_old()
        self._write()
        return made

    def find(self, link_id: str) -> PairingLink | None:
        """Return the link of that id as it is now, ended or not; None for none that is remembered."""
        if len(link_id) > SECRET_LIMIT:
            return None
        with self._lock:
            return self._now(self._links.get(link_id))

    def of_instance(self, instance_id: str) -> PairingLink | None:
        """Return the link to that instance that still works; there is one at most."""
        return next((link for link in self.live() if link.instance_id == instance_id), None)

    def live(self) -> tuple[PairingLink, ...]:
        """Return the links that still work."""
        with self._lock:
            found = [self._now(link) for link in self._links.values()]
        return tuple(link for link in found if link is not None and not link.ended)

    def left(self, link: PairingLink) -> float:
        """Return for how many seconds the link still works; 0 for one that does not."""
        return 0.0 if link.ended else max(0.0, link.made_at + VALID_S - self._clock())

    def open(self, link_id: str, secret: str, *, guest: str, address: str) -> PairingLink | Refusal:
        """Return the link, which belongs to the browser with the cookie ``guest`` from now on.

        The same browser may open it again, another one may not. ``address`` is the browser's IP address.
        """
        link, given = self.find(link_id), digest_of(secret)
        if link is None or len(secret) > SECRET_LIMIT or not hmac.compare_digest(given, link.digest):
            return Refusal.UNKNOWN
        with self._lock:
            link = self._now(self._links.get(link_id))
            if link is None:
                return Refusal.UNKNOWN
            refusal = refusal_of(link, guest)
            if refusal is not None or link.guest:
                return refusal or link
            link = replace(link, guest=digest_of(guest), opened_at=self._clock(), address=address)
            self._links[link_id] = link
        self._write()
        return link

    def end(self, link_id: str, why: LinkEnd) -> bool:
        """End that link; False if it has ended before, so that one end is told once."""
        with self._lock:
            link = self._links.get(link_id)
            if link is None or link.ended:
                return False
            self._links[link_id] = replace(link, ended=why)
        self._write()
        return True

    def any_open(self) -> bool:
        """Return whether any link was not ended yet, though its time may be over. From memory."""
        with self._lock:
            return any(not link.ended for link in self._links.values())

    def expired(self) -> tuple[PairingLink, ...]:
        """Return the links whose time is over and that were not ended for it yet."""
        with self._lock:
            links = tuple(self._links.values())
        return tuple(link for link in links if not link.ended and not self._in_time(link))

    # -- with the lock held --------------------------------------------------------------------------------
    def _now(self, link: PairingLink | None) -> PairingLink | None:
        """Return the link as it is by the clock."""
        if link is None or link.ended or self._in_time(link):
            return link
        return replace(link, ended=LinkEnd.EXPIRED)

    def _in_time(self, link: PairingLink) -> bool:
        # A clock that was set back must not make a link work for longer.
        return -_CLOCK_SLACK_S <= self._clock() - link.made_at < VALID_S

    def _end_live(self, instance_id: str, why: LinkEnd) -> None:
        for link in list(self._links.values()):
            if link.instance_id == instance_id and not link.ended:
                self._links[link.id] = replace(link, ended=why)

    def _forget_old(self) -> None:
        now = self._clock()
        kept = [link for link in self._links.values() if abs(now - link.made_at) < REMEMBERED_S]
        self._links = {link.id: link for link in kept[-MOST:]}

    # -- the disk ------------------------------------------------------------------------------------------
    def _read(self) -> PairingLinks:
        try:
            return read_pairing_links(self._auth_dir)
        except CorruptFileError as error:
            with contextlib.suppress(OSError):
                kept = set_aside(self._auth_dir / LINKS_FILE)
                log.error("%s unreadable (%s), kept as %s", LINKS_FILE, error.detail, kept)
        except OSError as error:
            log.warning("stored pairing links cannot be read: %s", error.strerror or type(error).__name__)
        return PairingLinks()

    def _write(self) -> None:
        with self._writing:
            with self._lock:
                links = PairingLinks(tuple(self._links.values()))
            problem = ""
            try:
                write_pairing_links(self._auth_dir, links)
            except OSError as error:
                problem = error.strerror or type(error).__name__
            if problem and problem != self._problem:
                log.warning("pairing links are kept in memory only: %s", problem)
            self._problem = problem


def refusal_of(link: PairingLink, guest: str) -> Refusal | None:
    """Return why ``link`` shows nothing to the browser with the cookie ``guest``; None when it may.

    A link that no browser has opened yet may be opened by any.
    """
    others = bool(link.guest) and not is_guest(link, guest)
    if link.ended:
        return Refusal.OVER
    return Refusal.TAKEN if others else None


def is_guest(link: PairingLink, guest: str) -> bool:
    """Return whether the browser with the cookie ``guest`` is the one that opened ``link``."""
    return bool(link.guest) and hmac.compare_digest(digest_of(guest), link.guest)
