"""Sign-ins and pairing links: who may see what, and what is stored of it.

Holds no text of a cookie, a link or a password.
"""

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
    PAIRING_LINK = "pairing-link"
    """Not at all: the visitor holds a link that shows the codes of one instance and nothing else."""
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


class LinkEnd(StrEnum):
    """Why a pairing link does not work any more."""

    NOT_YET = ""
    LINKED = "linked"
    """The phone was linked: what it was made for is done."""
    REVOKED = "revoked"
    """Its maker took it back, made another, or stopped the instance."""
    EXPIRED = "expired"
    GONE = "gone"
    """The instance was deleted."""


@dataclass(frozen=True, slots=True)
class PairingLink:
    """A link that lets one browser see the codes of one instance, for some minutes."""

    id: str
    """Names it; opens nothing."""
    instance_id: str
    digest: str
    """SHA-256 of its secret, in hexadecimal."""
    made_at: float
    """Seconds since the epoch."""
    guest: str = ""
    """SHA-256 of the cookie of the browser that opened it; empty before one did."""
    opened_at: float = 0.0
    address: str = ""
    """IP address of that browser."""
    ended: LinkEnd = LinkEnd.NOT_YET


@dataclass(frozen=True, slots=True)
class PairingLinks:
    """All pairing links that are remembered, oldest first."""

    links: tuple[PairingLink, ...] = ()
