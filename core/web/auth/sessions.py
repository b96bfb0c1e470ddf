"""Who is signed in. A cookie is a random word; what is kept of it is a digest that cannot be turned back."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from core.models.access import Session, SignInMethod

IDLE_S: Final = 12 * 3600.0
LONGEST_S: Final = 7 * 86_400.0
MOST: Final = 1_000
"""Sign-ins at the same time; beyond that the one unused longest ends."""
_SEEN_EVERY_S: Final = 60.0
_TOKEN_BYTES: Final = 32
TOKEN_LIMIT: Final = 64
"""Characters; what is longer is no cookie of ours."""


def digest_of(token: str) -> str:
    """Return the digest of a random word. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class Sessions:
    """The table of sign-ins. Threading: the event loop's thread; ``by_login`` is safe from any."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._by_digest: dict[str, Session] = {}
        self._by_login: dict[str, Session] = {}
        self._ended: dict[str, float] = {}
        self._on_disk: frozenset[str] = frozenset()
        self.ended_before = 0.0

    def open(self, how: SignInMethod, *, who: str, address: str) -> str:
        """Open a session; return what its cookie must hold."""
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._clock()
        if len(self._by_digest) >= MOST:
            self.end(min(self._by_digest.values(), key=lambda each: each.seen).digest)
        self._put(Session(digest_of(token), how, who, address, since=now, seen=now))
        return token

    def find(self, token: str) -> Session | None:
        """Return the sign-in of that cookie, if it counts now; being looked up is being used."""
        if not token or len(token) > TOKEN_LIMIT:
            return None
        session = self._by_digest.get(digest_of(token))
        if session is None or not self.counts(session):
            return None
        self.touch(session.digest)
        return session

    def touch(self, digest: str) -> None:
        """Note that it is being used; cheap, to the minute."""
        now, session = self._clock(), self._by_digest.get(digest)
        if session is not None and now - session.seen >= _SEEN_EVERY_S:
            self._put(replace(session, seen=now))

    def counts(self, session: Session) -> bool:
        """Return whether it was neither ended nor has become too old."""
        now = self._clock()
        known = self._by_digest.get(session.digest)
        return known is not None and now - known.seen < IDLE_S and now - known.since < LONGEST_S

    def by_login(self, login: str) -> Session | None:
        """Return the sign-in that pages know by that name."""
        return self._by_login.get(login)

    def end(self, digest: str) -> None:
        """Sign out here. Idempotent."""
        self._drop(digest)
        self._ended[digest] = self._clock()
        while len(self._ended) > MOST:
            self._ended.pop(next(iter(self._ended)))

    def end_all(self) -> None:
        """Sign everybody out, here and in every other process on the same disk."""
        self.ended_before = self._clock()
        for digest in list(self._by_digest):
            self._drop(digest)

    def sweep(self) -> None:
        """Forget what became too old."""
        for session in list(self._by_digest.values()):
            if not self.counts(session):
                self._drop(session.digest)

    def all(self) -> tuple[Session, ...]:
        """Return every sign-in that counts."""
        return tuple(each for each in self._by_digest.values() if self.counts(each))

    def adopt(self, sessions: Iterable[Session], *, ended_before: float) -> None:
        """Take in what the disk holds. What was ended here stays ended, what was ended there ends here."""
        self.ended_before = max(self.ended_before, ended_before)
        found = tuple(sessions)
        digests = frozenset(each.digest for each in found)
        for digest in self._on_disk - digests:
            self._drop(digest)
        self._on_disk = digests
        for session in found:
            known = self._by_digest.get(session.digest)
            if session.digest not in self._ended and (known is None or known.seen < session.seen):
                self._put(session)
        for session in list(self._by_digest.values()):
            if session.since <= self.ended_before or not self.counts(session):
                self._drop(session.digest)

    def stored(self, sessions: Iterable[Session]) -> None:
        """Note that the disk holds these now."""
        self._on_disk = frozenset(each.digest for each in sessions)

    def _put(self, session: Session) -> None:
        self._by_digest[session.digest] = session
        self._by_login[session.login] = session

    def _drop(self, digest: str) -> None:
        session = self._by_digest.pop(digest, None)
        if session is not None:
            self._by_login.pop(session.login, None)
