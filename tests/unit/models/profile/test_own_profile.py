"""What an account shows of itself stays out of logs, and its limits are WhatsApp's."""

from __future__ import annotations

import pytest

from core.models.profile.own_profile import BlockedPerson, OwnProfile


@pytest.mark.parametrize(
    "data",
    [
        BlockedPerson("5511912345678@s.whatsapp.net", number="5511912345678", name="Ana"),
        OwnProfile("Ana", about="5511912345678", blocked=(BlockedPerson("5511912345678"),)),
    ],
)
def test_no_name_and_no_number_is_in_a_repr(data: object) -> None:
    """A traceback or a log line may hold one."""
    assert "Ana" not in repr(data)
    assert "5511912345678" not in repr(data)


def test_nothing_known_is_not_nothing_there() -> None:
    """An empty about or block list was said by WhatsApp; None was not."""
    assert OwnProfile("Ana").about is None
    assert OwnProfile("Ana").blocked is None
    assert OwnProfile("Ana", about="", blocked=()) != OwnProfile("Ana")
