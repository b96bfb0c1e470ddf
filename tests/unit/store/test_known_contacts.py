"""Whom an instance knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.models.content import Content, Kind
from core.models.messages import ReceivedMessage, SendState, SentMessage
from core.store import inbox_table, outbox_table
from core.store.known_contacts import knows
from tests.support.contents import words

NUMBER = "5511912345678"


def test_nobody_is_known_at_first(folder: Path) -> None:
    """And a look makes no file."""
    assert not knows(folder, [NUMBER])
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("state", "known"),
    [
        (SendState.SENDING, True),
        (SendState.SENT, True),
        (SendState.UNCERTAIN, True),
        (SendState.FAILED, False),
    ],
)
def test_whoever_was_written_to_is_known(folder: Path, state: SendState, known: bool) -> None:
    """Unless it did not go out: a refused stranger stays one."""
    message = SentMessage("r", folder.name, NUMBER, words(), SendState.SENDING, 1.0)
    outbox_table.write_new(folder, message)
    outbox_table.write_outcomes(folder, [replace(message, state=state)])
    assert knows(folder, ["551112345678", NUMBER]) is known
    assert not knows(folder, ["551112345678"])


def test_who_only_called_is_not_known(folder: Path) -> None:
    """A call says nothing: a stranger stays one."""
    chat = f"{NUMBER}@s.whatsapp.net"
    called = ReceivedMessage(folder.name, "3A", NUMBER, "Ana", Content(Kind.CALL), 1.0, chat=chat)
    inbox_table.write(folder, [called], names={}, keep=inbox_table.Retention())
    assert not knows(folder, [NUMBER])
    wrote = ReceivedMessage(folder.name, "3B", NUMBER, "Ana", words(), 2.0, chat=chat)
    inbox_table.write(folder, [wrote], names={}, keep=inbox_table.Retention())
    assert knows(folder, [NUMBER])


@pytest.mark.parametrize(("group", "known"), [(False, True), (True, False)])
def test_whoever_wrote_is_known(folder: Path, group: bool, known: bool) -> None:
    """To this account, that is: words in a group are for everybody."""
    chat = "120@g.us" if group else f"{NUMBER}@s.whatsapp.net"
    arrived = ReceivedMessage(folder.name, "3A", NUMBER, "Ana", words(), 1.0, group=group, chat=chat)
    inbox_table.write(folder, [arrived], names={}, keep=inbox_table.Retention())
    assert knows(folder, [NUMBER]) is known
