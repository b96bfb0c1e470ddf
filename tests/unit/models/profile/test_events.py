"""Events about the profile and calls go over the pipe whole, and say nothing of people in a log."""

from __future__ import annotations

import pytest

from core.engine.protocol import decode_event, encode
from core.errors import WorkerLostError
from core.models.profile.events import CallOffered, CallRejected, ProfileChanged, ProfileRead
from core.models.profile.own_profile import BlockedPerson
from core.models.worker_events import WorkerEvent

NUMBER = "5511912345678"
EVENTS: tuple[WorkerEvent, ...] = (
    ProfileRead(
        "a", "r", name="Ana", about=None, picture_url=NUMBER, blocked=(BlockedPerson("1@lid", NUMBER, "Bia"),)
    ),
    ProfileRead("a", "r", name="", about="", picture_url="", blocked=None),
    ProfileChanged("a", "r"),
    CallOffered("a", NUMBER, at=1.0),
    CallRejected("a", "C1", f"{NUMBER}@s.whatsapp.net", NUMBER, at=1.0),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_arrives_as_it_was_told(event: WorkerEvent) -> None:
    """The supervisor reads the same; `repr` shows neither names nor numbers."""
    assert decode_event(encode(event)) == event
    assert not {"Ana", "Bia", NUMBER} & set(repr(event).replace("'", " ").split())


def test_a_block_list_of_something_else_is_refused() -> None:
    """A worker that was taken over can send a wrong line at most."""
    line = encode(EVENTS[0]).replace(b'"blocked":[{', b'"blocked":[{"x":[],').replace(b'"1@lid"', b"7")
    with pytest.raises(WorkerLostError):
        decode_event(line)
