"""What a session's files are called: ``<kind>-<id>.json``."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a file holds, of what is read here (Baileys, src/Types/Auth.ts, ``SignalDataTypeMap``)."""

    PRE_KEY = "pre-key"
    SESSION = "session"
    IDENTITY = "identity-key"
    LID_MAPPING = "lid-mapping"
    SENDER_KEY = "sender-key"
    APP_STATE_KEY = "app-state-sync-key"
    TRUST_TOKEN = "tctoken"  # noqa: S105  # a name


class Address(NamedTuple):
    """One device of a person, as Signal's sessions are named."""

    user: str
    domain: str
    """Empty: ``user`` is a number. ``1``: it is a LID."""
    device: str

    def __str__(self) -> str:
        """Return it as the core writes it (whatsmeow, types/jid.go, ``SignalAddress``)."""
        return f"{self.user}_{self.domain}:{self.device}" if self.domain else f"{self.user}:{self.device}"


LID_DOMAIN: Final = "1"

_KINDS: Final = re.compile(rf"({'|'.join(Kind)})-(?!memory-)(.{{1,200}})")
_ADDRESS: Final = re.compile(r"([0-9]{1,20})(?:_([0-9]{1,3}))?\.([0-9]{1,5})", re.ASCII)
_KEY_ID: Final = re.compile(r"0|[1-9][0-9]{0,7}", re.ASCII)
_SENDER: Final = re.compile(r"([0-9-]{5,50}@g\.us)(?:--|::)([0-9_]{1,24})(?:--|::)([0-9]{1,5})", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
_REVERSE: Final = "_reverse"


def kind_and_id(name: str) -> tuple[Kind, str] | None:
    """Return what a file's name (without ``.json``), or a field's in Redis, says; None for any other."""
    match = _KINDS.fullmatch(name)
    return (Kind(match[1]), match[2]) if match else None


def address_of(name: str) -> Address | None:
    """Return the address in ``5511999990000_1.7``; None for what is none."""
    match = _ADDRESS.fullmatch(name)
    return Address(match[1], match[2] or "", match[3]) if match else None


def key_id_of(name: str) -> int | None:
    """Return the number of a one-time key; None for what is none."""
    return int(name) if _KEY_ID.fullmatch(name) else None


def sender_of(name: str) -> tuple[str, Address] | None:
    """Return group and member in ``123@g.us--1234_1--0`` or ``123@g.us::…``; None for what is none."""
    match = _SENDER.fullmatch(name)
    address = address_of(f"{match[2]}.{match[3]}") if match else None
    return (match[1], address) if match and address else None


def number_and_lid(name: str, value: str) -> tuple[str, str] | None:
    """Return the pair that a file of ``lid-mapping`` holds, whichever of the two its name is; None for none.

    Source: Baileys, src/Signal/lid-mapping.ts: the number's file holds the LID, ``<lid>_reverse`` the number.
    """
    first = name.removesuffix(_REVERSE)
    if not (_NUMBER.fullmatch(first) and _NUMBER.fullmatch(value)):
        return None
    return (value, first) if name.endswith(_REVERSE) else (first, value)
