"""Who came in, how, and what is remembered of it. None of it holds a cookie's or a password's text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class SignInMethod(StrEnum):
    """What somebody showed at the door."""

    PASSWORD = "password"  # noqa: S105  # the name of a way in
    OIDC = "oidc"
    LINK = "link"
    """The link that the start of an app without a password printed."""
    LOCAL = "local"
    """Nothing: no visitor asked for it, or a browser on this machine before there were links."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is looking at a page. Times are seconds since the epoch."""

    how: SignInMethod
    who: str
    """An e-mail address; empty for the password and for the link."""
    address: str
    """IP address at the sign-in."""
    since: float


LOCAL_VISITOR: Final = Visitor(SignInMethod.LOCAL, "", "127.0.0.1", 0.0)
"""Stands for what nobody's page asked for."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one browser; ends by signing out, after 12 h without use, and after 7 days."""

    digest: str
    """SHA-256 of what the cookie holds, as hexadecimal: whoever reads it cannot make the cookie from it."""
    how: SignInMethod
    who: str
    address: str
    since: float
    seen: float

    @property
    def login(self) -> str:
        """Names this sign-in to pages and to Streamlit; useless as a cookie."""
        return self.digest[:32]

    @property
    def visitor(self) -> Visitor:
        """What pages may know of it."""
        return Visitor(self.how, self.who, self.address, self.since)


@dataclass(frozen=True, slots=True)
class FailedAttempts:
    """Wrong passwords of one client in a row."""

    failures: int
    until: float
    """Refused until then; seconds since the epoch."""
    at: float
    """Of the last one."""


@dataclass(frozen=True, slots=True)
class SharedAttemptBudget:
    """Tries left for all unknown clients together, and when that was so."""

    left: float
    at: float


@dataclass(frozen=True, slots=True)
class AuthState:
    """All that must outlive the process; what an empty door starts with."""

    salt: str
    """Of the verifier; hexadecimal."""
    verifier: str
    """scrypt of the password these sessions were opened with; hexadecimal."""
    ended_before: float = 0.0
    """Sessions opened until then are over: everybody was signed out."""
    sessions: tuple[Session, ...] = ()
    devices: tuple[tuple[str, float], ...] = ()
    """Digests of browsers that signed in before, and until when that counts."""
    tallies: tuple[tuple[str, FailedAttempts], ...] = ()
    budget: SharedAttemptBudget | None = None
