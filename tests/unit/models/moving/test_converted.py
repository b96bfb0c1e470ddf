"""What was made of a session."""

from __future__ import annotations

import msgspec

from core.models.moving.converted import ConvertedSession, Lost
from core.models.moving.device import Conversations
from tests.support.moving_keys import LID, made_device


def test_it_crosses_a_process_whole() -> None:
    """Bytes, numbers and names; the child that reads an upload hands it over as MessagePack."""
    session = ConvertedSession(
        keys=made_device(),
        conversations=Conversations(sessions={f"{LID}_1:0": b"\x00\xff"}),
        lost=Lost(contacts=("5511970000002",), groups=2, damaged=("session-…0002.0",)),
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(session), type=ConvertedSession) == session
