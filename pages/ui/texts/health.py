"""Whether an instance can send, and whether WhatsApp restricts it, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.models.health.sending import SelfTestStep
from pages.ui.i18n import N_
from pages.ui.texts.message import Message

FAILS: Final = N_("Connected, but does not send")
"""The state of an instance whose sends fail, in a few words."""
SUSPECTED: Final = N_("May be restricted")

SELF_TESTS: Final[Mapping[str, Message]] = {
    SelfTestStep.PASSED: Message(N_("A test went out, and the phone confirmed it.")),
    SelfTestStep.NO_RETURN: Message(
        N_("WhatsApp took a test, but the phone did not confirm it."),
        N_("The phone may be off or without internet."),
    ),
    SelfTestStep.NOT_SENT: Message(
        N_("A test did not go out."), N_("Test again; if it fails, press “Restart”.")
    ),
    SelfTestStep.NO_ANSWER: Message(
        N_("WhatsApp did not confirm a test in time."), N_("Test again; if it fails, press “Restart”.")
    ),
}
"""How a self-test ended."""
BAN_CAUSES: Final[Mapping[int, str]] = {
    1: N_("WhatsApp's reason: too many messages to people who do not have this number."),
    2: N_("WhatsApp's reason: too many people blocked this number."),
    3: N_("WhatsApp's reason: too many groups with people who do not have this number."),
    4: N_("WhatsApp's reason: the same message too many times."),
    5: N_("WhatsApp's reason: too many messages to a broadcast list."),
}
"""By neonize's number of the cause. Source: neonize, ``TemporaryBan.TempBanReason``."""
