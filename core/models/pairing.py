"""The steps that a pairing yields. A page draws the step it is given and counts nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

QR_LIFETIMES_S: Final = (60, 20, 20, 20, 20, 20)
"""How long each QR of one batch is good for. Source: whatsmeow, ``qrchan.go``: 60 s for the first, 20 s for
each that follows; the server hands out six."""


@dataclass(frozen=True, slots=True)
class ShowQr:
    """One QR to show until ``expires_at``."""

    code: str
    """The text inside the QR. Scanning it takes the session: never log it."""
    index: int
    """1 for the first of the batch."""
    total: int
    expires_at: float
    """Seconds since the epoch."""

    def __repr__(self) -> str:
        return f"ShowQr(index={self.index}, total={self.total}, expires_at={self.expires_at:.0f})"


@dataclass(frozen=True, slots=True)
class ShowPairingCode:
    """A code to type on the phone until ``expires_at``, instead of scanning."""

    code: str
    """Eight characters. Typing it takes the session: never log it."""
    number: str
    """Digits of the number it was asked for."""
    expires_at: float
    """Seconds since the epoch."""

    def __repr__(self) -> str:
        return f"ShowPairingCode(expires_at={self.expires_at:.0f})"


def qr_step(code: str, *, index: int, shown_at: float) -> ShowQr:
    """Return the step for the ``index``-th QR (from 1) of a batch that the core emitted at ``shown_at``."""
    lifetime = QR_LIFETIMES_S[0] if index == 1 else QR_LIFETIMES_S[-1]
    return ShowQr(
        code=code, index=index, total=max(index, len(QR_LIFETIMES_S)), expires_at=shown_at + lifetime
    )
