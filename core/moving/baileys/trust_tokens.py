"""``tctoken-….json``: by what WhatsApp's server knows that a contact wants to hear from this account.

Without it a message to a contact may be refused with error 463, as one to a stranger.
"""

from __future__ import annotations

import re
from typing import Final

from core.models.moving.device import TrustToken
from core.moving.baileys.part import Part

_CONTACT: Final = re.compile(r"[0-9]{1,20}@(?:lid|s\.whatsapp\.net)", re.ASCII)
_LARGEST: Final = 4096


def convert_trust_token(contact: str, part: Part) -> TrustToken | None:
    """Return the token of a contact's address; None where there is none (any more).

    Source: Baileys, src/Types/Auth.ts (``tctoken``); whatsmeow, store/store.go (``PrivacyToken``). Raises
    MoveRefusedError for a damaged one.
    """
    token, at, sent_at = part.get("token"), part.get("timestamp"), part.get("senderTimestamp")
    if _CONTACT.fullmatch(contact) is None or token is None or at is None:
        return None
    data = token.data()
    if len(data) > _LARGEST:
        raise part.damaged()
    if not data:
        return None
    sent = sent_at.whole_number() if sent_at else None
    return TrustToken(contact=contact, token=data, at=at.whole_number(), sent_at=sent)
