"""Calls: told of once as they ring, rejected once, and then not missed a second time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.engine.whatsapp.neonize_types import CallOffer, CallTerminate, Client
from core.engine.whatsapp.profile.calls import IncomingCalls
from core.models.content import Kind
from core.models.profile.commands import RejectCall
from core.models.profile.events import CallOffered, CallRejected
from core.models.worker_events import MessageArrived, WorkerEvent

ID, NUMBER = "loja-k7m2xq", "5511912345678"


class RefusedError(Exception):
    pass


class FakeClient:
    """Notes what is rejected; refuses when it is told to."""

    def __init__(self) -> None:
        self.rejected: list[tuple[str, str]] = []
        self.error: Exception | None = None

    def reject_call(self, caller: Any, call_id: str) -> None:
        if self.error is not None:
            raise self.error
        self.rejected.append((caller.User, call_id))


class Heard:
    """The calls of one account, and what was told of them."""

    def __init__(self) -> None:
        self.client = FakeClient()
        self.events: list[WorkerEvent] = []
        self.calls = IncomingCalls(
            cast(Client, self.client),
            ID,
            refused=RefusedError,
            number_of=lambda _: "",
            emit=self.events.append,
        )

    def ring(
        self, call_id: str = "C1", *, video: bool = False, server: str = "lid", group: bool = False
    ) -> None:
        nodes = [SimpleNamespace(Tag="video" if video else "audio")]
        attributes = [SimpleNamespace(name="group-jid")] if group else []
        data = SimpleNamespace(Nodes=nodes, Attrs=attributes)
        self.calls.ring(cast(CallOffer, SimpleNamespace(basicCallMeta=meta(call_id, server), data=data)))

    def hang_up(self, call_id: str = "C1", *, reason: str = "timeout") -> None:
        ended = SimpleNamespace(reason=reason, basicCallMeta=meta(call_id, "lid"))
        self.calls.hang_up(cast(CallTerminate, ended))

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


def meta(call_id: str, server: str) -> SimpleNamespace:
    """What surrounds a call by somebody whose number is known."""
    caller = SimpleNamespace(User="77", Server=server)
    number = SimpleNamespace(User=NUMBER, Server="s.whatsapp.net")
    return SimpleNamespace(callID=call_id, callCreator=caller, callCreatorAlt=number, timestamp=1_700_000_000)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_call_is_told_of_once(heard: Heard) -> None:
    """WhatsApp repeats an offer that was not confirmed."""
    heard.ring()
    heard.ring()
    assert heard.events == [CallOffered(ID, "C1", at=1_700_000_000.0)]


def test_a_rejected_call_stands_in_the_conversation_once(heard: Heard) -> None:
    """As a rejected one, before it is told that it was rejected; its end adds nothing."""
    heard.ring(video=True)
    heard.calls.reject(RejectCall(ID, "C1"))
    heard.calls.reject(RejectCall(ID, "C1"))
    assert heard.client.rejected == [("77", "C1")]
    heard.hang_up()
    assert heard.kinds() == ["CallOffered", "MessageArrived", "CallRejected"]
    arrived, rejected = heard.events[1:]
    assert isinstance(arrived, MessageArrived)
    assert (arrived.message_id, arrived.contact) == ("C1", NUMBER)
    assert (arrived.content.kind, arrived.content.name) == (Kind.CALL, "rejected_video")
    assert rejected == CallRejected(ID, "C1", "77@lid", NUMBER, at=1_700_000_000.0)


def test_a_rejected_call_without_video_is_one_too(heard: Heard) -> None:
    """It is no missed one, in whose content nothing is said."""
    heard.ring()
    heard.calls.reject(RejectCall(ID, "C1"))
    arrived = heard.events[1]
    assert isinstance(arrived, MessageArrived)
    assert arrived.content.name == "rejected"


def test_a_call_that_nobody_takes_is_missed(heard: Heard) -> None:
    """With what its offer said; not when another device of the account took it."""
    heard.ring(video=True)
    heard.hang_up()
    heard.ring("C2")
    heard.hang_up("C2", reason="accepted_elsewhere")
    assert heard.kinds() == ["CallOffered", "MessageArrived", "CallOffered"]
    missed = heard.events[1]
    assert isinstance(missed, MessageArrived)
    assert missed.content.name == "video"


def test_the_call_of_a_group_is_left_to_the_phone(heard: Heard) -> None:
    """Nothing is told while it rings: whoever else is called may take it. It is missed all the same."""
    heard.ring(group=True)
    assert heard.events == []
    heard.hang_up()
    assert heard.kinds() == ["MessageArrived"]


def test_only_people_call(heard: Heard) -> None:
    """An address of anything else, or an id that is none, is no call."""
    heard.ring(server="call")
    heard.ring("C" * 5_000)
    assert heard.events == []


def test_what_the_core_refuses_to_reject_is_not_told_as_rejected(
    heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be missed then; the log says nothing of the caller."""
    heard.ring()
    heard.client.error = RefusedError(f"not connected to {NUMBER}")
    heard.calls.reject(RejectCall(ID, "C1"))
    heard.hang_up()
    assert heard.kinds() == ["CallOffered", "MessageArrived"]
    assert "not rejected: RefusedError" in caplog.text
    assert NUMBER not in caplog.text


def test_an_unknown_call_is_not_rejected(heard: Heard) -> None:
    """It ended, or belonged to the worker before this one."""
    heard.calls.reject(RejectCall(ID, "C9"))
    assert heard.client.rejected == []


def test_calls_without_an_end_cost_no_memory(heard: Heard) -> None:
    """The oldest are forgotten."""
    for number in range(1_000):
        heard.ring(f"C{number}")
    assert len(heard.calls._calls) == 100
    heard.calls.reject(RejectCall(ID, "C0"))
    heard.calls.reject(RejectCall(ID, "C999"))
    assert heard.client.rejected == [("77", "C999")]
