"""Who is typing, as pages ask for it, and what they may show of the owner."""

from __future__ import annotations

import pytest

from core.errors import UnknownInstanceError
from core.models.messages import Activity
from core.models.worker_events import Typing
from core.services import presence
from tests.unit.services.conftest import ID, RecordingRegistry


def test_a_brazilian_number_is_one_person_with_and_without_its_9(registry: RecordingRegistry) -> None:
    """Whichever of the two the conversation has, and WhatsApp tells of."""
    registry.typing.handle_event(Typing(ID, "7@lid", "551181234567", Activity.TYPING))
    assert presence.typing(ID, "5511981234567") is Activity.TYPING
    assert presence.typing(ID, "551181234567") is Activity.TYPING
    assert presence.typing(ID, "7@lid") is Activity.TYPING
    assert not presence.typing(ID, "1203@g.us")


def test_what_is_shown_of_the_owner_is_asked_for(registry: RecordingRegistry) -> None:
    """Nothing is by itself; an instance that is not there is an error."""
    presence.show_typing(ID, "5511981234567", True)
    presence.show_typing(ID, "5511981234567", False)
    assert registry.shown == [("5511981234567", True), ("5511981234567", False)]
    with pytest.raises(UnknownInstanceError):
        presence.show_typing("other", "5511981234567", True)
