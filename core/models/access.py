"""Sign-ins: who signed in, how, and what is stored of it. Holds no text of a cookie or a password."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class SignInMethod(StrEnum):
    """How a visitor signed in."""

    PASSWORD = "password"  # noqa: S105  # the name of a method
    OIDC = "oidc"
    LINK = "link"
    """The link that the start of an app without a password printed."""
    LOCAL = "local"
    """Without signing in: the app itself, or a browser on this machine before sign-in links existed."""


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
"""Stands for what the app does by itself."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one browser; ends by signing out, after 12 h without use, and after 7 days."""

    digest: str
    """SHA-256 of the cookie's value, in hexadecimal: the cookie cannot be made from it."""
    how: SignInMethod
    who: str
    address: str
    since: float
    seen: float

    @property
    def login(self) -> str:
        """Return the id of this sign-in for pages and Streamlit; useless as a cookie."""
        return self.digest[:32]

    @property
    def visitor(self) -> Visitor:
        """Return what pages may know of it."""
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
    """All of signing in that must outlive the process; its defaults are those of a new installation."""

    salt: str
    """Of the verifier; hexadecimal."""
    verifier: str
    """scrypt of the password these sessions were opened with; hexadecimal."""
    ended_before: float = 0.0
    """Sessions opened until then are over: all were signed out."""
    sessions: tuple[Session, ...] = ()
    devices: tuple[tuple[str, float], ...] = ()
    """Digests of browsers that signed in before, and until when that counts."""
    tallies: tuple[tuple[str, FailedAttempts], ...] = ()
    budget: SharedAttemptBudget | None = None
