"""Commands about the profile go over the pipe whole, and say nothing of people in a log."""

from __future__ import annotations

import pytest

from core.engine.protocol import decode_command, encode
from core.models.profile.commands import (
    AskProfile,
    RejectCall,
    SetAbout,
    SetProfileName,
    SetProfilePicture,
    Unblock,
)
from core.models.worker_commands import WorkerCommand

TEXT = "Ana 5511912345678"
COMMANDS: tuple[WorkerCommand, ...] = (
    AskProfile("a", "r"),
    SetProfileName("a", "r", name=TEXT),
    SetAbout("a", "r", text=TEXT),
    SetProfilePicture("a", "r", picture=TEXT),
    Unblock("a", "r", address=TEXT),
    RejectCall("a", "C1"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_arrives_as_it_was_sent(command: WorkerCommand) -> None:
    """The worker reads the same; `repr` shows who it is for and none of the words."""
    assert decode_command(encode(command)) == command
    assert TEXT not in repr(command)
    assert "instance_id='a'" in repr(command)
