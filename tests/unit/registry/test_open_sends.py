"""Sends that nobody waits for: settled, given up in time, and their files deleted."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.messages.outbox import Outbox
from core.models.content import Attachment, Content, Kind
from core.models.messages import SendState, SentMessage
from core.registry.open_sends import OpenSends
from tests.support.contents import words
from tests.support.polling import eventually

ID = "a"


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """An outbox with a folder for one instance."""
    (tmp_path / ID).mkdir()
    return Outbox(clock=time.time, folder_of=tmp_path.joinpath, boot_id="run")


def recorded(outbox: Outbox, content: Content | None = None) -> SentMessage:
    message = SentMessage(
        "r", ID, "5511912345678", content or words("oi"), SendState.SENDING, 1.0, boot_id="run"
    )
    return outbox.record(message)[0]


def with_file(path: Path) -> Content:
    path.write_bytes(b"x")
    return Content(Kind.DOCUMENT, file=Attachment(name="a.txt", size=1, path=str(path)))


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "open-send"]


def test_a_send_is_followed_without_being_waited_for(outbox: Outbox, tmp_path: Path) -> None:
    """The call returns at once; the file lies there until the outcome is known, and not longer."""
    told: list[str] = []
    path = tmp_path / "file"
    message = recorded(outbox, with_file(path))
    began = time.monotonic()
    OpenSends(outbox, on_given_up=told.append).follow(message, timeout=30)
    assert time.monotonic() - began < 1
    assert path.exists()
    outbox.set_outcome(ID, "r", SendState.SENT, message_id="3A")
    eventually(lambda: not path.exists() and not threads(), timeout=5, seen=threads)
    assert outbox.recent(ID)[0].state is SendState.SENT
    assert told == [], "the worker's event told of it already"


def test_a_send_without_an_answer_becomes_uncertain(outbox: Outbox, tmp_path: Path) -> None:
    """The page hears of it, though no event of a worker comes."""
    told: list[str] = []
    path = tmp_path / "file"
    OpenSends(outbox, on_given_up=told.append).follow(recorded(outbox, with_file(path)), timeout=0.05)
    eventually(lambda: told, timeout=5, seen=lambda: told)
    assert told == [ID]
    assert (outbox.recent(ID)[0].state, outbox.recent(ID)[0].reason) == (SendState.UNCERTAIN, "send-timeout")
    assert not path.exists()


def test_a_caller_that_waits_gets_the_outcome(outbox: Outbox) -> None:
    """As it is once settled."""
    message = recorded(outbox)
    outbox.set_outcome(ID, "r", SendState.FAILED, reason="wa-send-refused")
    assert OpenSends(outbox, on_given_up=lambda _: None).wait(message, timeout=1).reason == "wa-send-refused"


def test_a_send_whose_instance_is_gone_ends_its_thread(
    outbox: Outbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is left running, the file is deleted, and no traceback is logged."""
    path = tmp_path / "file"
    gone = replace(recorded(outbox), instance_id="gone", content=with_file(path))
    with caplog.at_level(logging.INFO):
        OpenSends(outbox, on_given_up=lambda _: None).follow(gone, timeout=30)
        eventually(lambda: not threads(), timeout=5, seen=threads)
    assert not path.exists()
    assert all(record.levelno < logging.ERROR for record in caplog.records)
