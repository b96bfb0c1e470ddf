"""Whether an instance can send: its self-test, its failing sends, and a restriction by WhatsApp."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SELF_TEST: Final = "self-test-"
"""With this the request id of every self-test begins."""
DAILY_TEST: Final = f"{SELF_TEST}daily-"
"""With this, that of the daily one."""


class SelfTestStep(StrEnum):
    """Where a self-test stands. On disk, beside its instance."""

    SENDING = "sending"
    """On its way to WhatsApp's server."""
    RETURNING = "returning"
    """The server took it; the phone has not confirmed it yet."""
    PASSED = "passed"
    """The phone of the same account confirmed it to the instance that had sent it."""
    NOT_SENT = "not-sent"
    """It did not go out."""
    NO_ANSWER = "no-answer"
    """The server did not confirm it in time."""
    NO_RETURN = "no-return"
    """The server took it, the phone has not confirmed it: it may be off."""

    @property
    def ended(self) -> bool:
        """Return whether the test is over."""
        return self not in (SelfTestStep.SENDING, SelfTestStep.RETURNING)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The last message of an instance to its own number."""

    at: float
    """When it was written down, in seconds since the epoch."""
    step: SelfTestStep
    reason: str = ""
    """Code of the send (``SendCode``), when it failed."""
    accepted_s: float | None = None
    """Seconds until WhatsApp's server took it."""
    returned_s: float | None = None
    """Seconds until the phone's confirmation was here; None also when it came while this was not watched."""
    daily: bool = False
    """It was the daily one."""


class RestrictionLight(StrEnum):
    """What is known of a restriction of the account by WhatsApp."""

    NONE = ""
    SUSPECTED = "suspected"
    """New people are refused (463), and another signal points the same way."""
    BANNED = "banned"
    """WhatsApp said so: a temporary ban."""


@dataclass(frozen=True, slots=True)
class Ban:
    """A temporary ban, as WhatsApp told of it. Stored beside the instance."""

    at: float
    """Seconds since the epoch, as are the other times."""
    phone: str
    """Digits of the account."""
    until: float | None = None
    """None when WhatsApp did not say."""
    code: int = 0
    """Its cause, by neonize's number (``TemporaryBan.TempBanReason``); 0 when it is not known."""
    lifted_at: float | None = None
    """When the account connected again; None while it has not."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """The light of one instance, and what it is made of."""

    light: RestrictionLight = RestrictionLight.NONE
    since: float = 0.0
    """Seconds since the epoch, as are the other times; 0 without a light."""
    until: float | None = None
    """The end of a ban; None when it is not known."""
    code: int = 0
    """The cause of a ban, as of ``Ban``."""
    refused: int = 0
    """New people to whom WhatsApp refused a message, one after the other."""
    passed: int = 0
    """Messages to people who know the account that went through since then."""
    paused_until: float | None = None
    """Until then this app writes to no new people; None when they are not paused."""


@dataclass(frozen=True, slots=True)
class SendingTrouble:
    """A connected instance whose sends fail."""

    since: float
    """When the first of them failed, in seconds since the epoch."""
    failures: int
    """Sends that failed since the last one that got through."""
    reason: str
    """Code of the newest of them (``SendCode``)."""


_UNRESTRICTED: Final = Restriction()


@dataclass(frozen=True, slots=True)
class SendingHealth:
    """What is known of an instance's ability to send."""

    trouble: SendingTrouble | None = None
    """None while nothing speaks against it, and while it is not connected."""
    restriction: Restriction = _UNRESTRICTED
    self_test: SelfTest | None = None
    """The last one; None before the first."""
    daily_since: float = 0.0
    """Since when it tests itself once a day, in seconds since the epoch; 0 when it does not."""


NOTHING_KNOWN: Final = SendingHealth()
"""Of an instance that was neither tested nor restricted, and whose sends did not fail."""
