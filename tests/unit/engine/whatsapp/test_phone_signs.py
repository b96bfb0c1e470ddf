"""Signs of the phone itself: its own doings, and no other device's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from core.engine.whatsapp.neonize_types import Source
from core.engine.whatsapp.phone_signs import PhoneSigns
from core.models.worker_events import PhoneSeen

ID = "loja-k7m2xq"
NOW = 1_795_000_000


def source(*, mine: bool = True, device: int = 0, user: str = "5511912345678") -> Source:
    return cast(Source, SimpleNamespace(IsFromMe=mine, Sender=SimpleNamespace(User=user, Device=device)))


@pytest.fixture
def seen() -> list[PhoneSeen]:
    return []


@pytest.fixture
def signs(seen: list[PhoneSeen]) -> PhoneSigns:
    return PhoneSigns(ID, emit=seen.append, clock=lambda: NOW)


def test_what_the_phone_does_is_reported_with_its_time(signs: PhoneSigns, seen: list[PhoneSeen]) -> None:
    """What waited is of the time when it was done; WhatsApp gives it in seconds or milliseconds."""
    signs.look(source(), NOW - 90_000)
    signs.look(source(), (NOW - 60_000) * 1000)
    assert seen == [PhoneSeen(ID, at=NOW - 90_000.0), PhoneSeen(ID, at=NOW - 60_000.0)]


@pytest.mark.parametrize("other", [source(mine=False), source(device=7), source(user="")])
def test_others_and_other_devices_are_no_sign(
    signs: PhoneSigns, seen: list[PhoneSeen], other: Source
) -> None:
    """A second computer may be busy for months while the phone lies in a drawer."""
    signs.look(other, NOW)
    assert seen == []


def test_a_busy_phone_is_reported_every_ten_minutes(signs: PhoneSigns, seen: list[PhoneSeen]) -> None:
    """However much it writes."""
    for second in range(0, 3_600, 10):
        signs.look(source(), NOW - 7_200 + second)
    assert len(seen) == 6


def test_a_time_in_the_future_counts_as_now(signs: PhoneSigns, seen: list[PhoneSeen]) -> None:
    """Else one wrong clock would hide the phone's silence for good."""
    signs.look(source(), NOW + 10**6)
    assert seen == [PhoneSeen(ID, at=float(NOW))]
