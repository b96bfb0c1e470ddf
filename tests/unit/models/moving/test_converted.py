"""What was made of a session."""

from __future__ import annotations

import msgspec

from core.models.moving.converted import ConvertedSession, Lost
from core.models.moving.device import Conversations
from tests.support.moving_keys import LID, made_device


def test_no_number_is_in_a_repr() -> None:
    """Contacts are named to the owner, never to a log."""
    lost = Lost(contacts=("5511970000002",), damaged=("session-…0002.0",))
    for shown in (repr(lost), str(lost), f"{lost}", repr([lost])):
        assert "Lost" in shown
        assert "5511970000002" not in shown


def test_it_crosses_a_process_whole() -> None:
    """Bytes, numbers and names; the child that reads an upload hands it over as MessagePack."""
    session = ConvertedSession(
        keys=made_device(),
        conversations=Conversations(sessions={f"{LID}_1:0": b"\x00\xff"}),
        lost=Lost(contacts=("5511970000002",), groups=2, damaged=("session-…0002.0",)),
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(session), type=ConvertedSession) == session
