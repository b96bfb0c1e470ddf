"""What was made of another system's session, and what of it stays behind."""

from __future__ import annotations

import msgspec

from core.models.moving.device import Conversations, DeviceKeys, Secret


class Lost(Secret, frozen=True, kw_only=True):
    """What cannot be moved. Nothing of it stops the device from logging in, sending and receiving."""

    contacts: tuple[str, ...] = ()
    """Numbers (digits) of people whose first message may arrive only after their phone has sent it again."""
    unnamed_contacts: int = 0
    """How many more there are whose number the source does not hold."""
    everyone: bool = False
    """The source holds no conversation at all: this is so for each person written with before."""
    groups: int = 0
    """Groups in which each member's first message may need the same."""
    damaged: tuple[str, ...] = ()
    """Names of the parts that could not be read, without the numbers in them."""


class ConvertedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A device, checked, with what was found for its conversations."""

    keys: DeviceKeys
    conversations: Conversations
    lost: Lost = Lost()
