"""Calls that are rejected by the genuine core while their instance's owner wants that, and the text after."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.models.content import Kind
from core.models.instance import InstanceState
from core.models.timeline import HistoryKind
from core.services.profile import own_profile
from core.services.profile.call_texts import send_text
from core.services.runtime import Runtime
from core.store import timeline
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.polling import eventually
from tests.support.runtimes import installed, runtime_of

TEXT = "Não atendo chamadas por aqui. Escreva, por favor."


@pytest.fixture
def runtime(house: RegistryHarness) -> Iterator[Runtime]:
    """Services on a registry with the genuine core behind it, as the app's start puts them together."""
    made = runtime_of(house.auth_dir)
    house.on_call_rejected = made.rejected_calls.put
    made.rejected_calls.serve(send_text)
    with installed(replace(made, registry=house.open())) as running:
        yield running


@pytest.fixture
def paired(runtime: Runtime, house: RegistryHarness) -> Paired:
    return house.pair()


@pytest.fixture
def ana(house: RegistryHarness) -> str:
    """Who calls."""
    return house.contact()


def ring(house: RegistryHarness, paired: Paired, caller: str, *, video: bool = False) -> str:
    return house.emulator.ring(caller=caller, receiver=paired.number, video=video)


def wait_rejected(house: RegistryHarness, paired: Paired, *calls: str) -> None:
    """Wait until exactly these were rejected, each with the right caller."""
    state = house.emulator.wait_for(
        lambda state: len(state.calls_rejected_by(paired.number)) == len(calls), what="so many rejections"
    )
    rejected = state.calls_rejected_by(paired.number)
    assert [one.call_id for one in rejected] == list(calls)
    assert all(one.caller for one in rejected)


def noted(house: RegistryHarness, paired: Paired) -> list[str]:
    """What the timeline says of rejected calls."""
    entries = timeline.entries(house.folder(paired.id), limit=50, kinds=(HistoryKind.CALL_REJECTED,))
    return [entry.detail for entry in entries]


def test_a_call_rings_on_unless_its_owner_wants_otherwise(
    house: RegistryHarness, paired: Paired, ana: str
) -> None:
    """Off by default: it is missed when the caller gives up, and nothing else happens."""
    call_id = ring(house, paired, ana)
    house.emulator.hang_up(call_id)
    eventually(
        lambda: house.registry.inbox.find(paired.id, (call_id,)),
        timeout=10,
        seen=lambda: house.view(paired.id),
    )
    assert house.emulator.state().calls_rejected_by(paired.number) == ()
    assert noted(house, paired) == []


@pytest.mark.parametrize("video", [False, True])
def test_a_call_is_rejected_while_it_rings(
    house: RegistryHarness, paired: Paired, ana: str, video: bool
) -> None:
    """Noted with the last digits of who called, and in the conversation once, though its end is told too."""
    own_profile.set_call_rejection(paired.id, on=True)
    call_id = ring(house, paired, ana, video=video)
    wait_rejected(house, paired, call_id)
    house.emulator.hang_up(call_id)
    eventually(
        lambda: noted(house, paired) == [f"…{ana[-4:]}"], timeout=10, seen=lambda: noted(house, paired)
    )
    later = ring(house, paired, ana)
    wait_rejected(house, paired, call_id, later)

    def calls() -> list[tuple[str, str]]:
        found = house.registry.inbox.find(paired.id, (call_id, later))
        return sorted((one.message.message_id, one.message.content.name) for one in found)

    expected = sorted([(call_id, "rejected_video" if video else "rejected"), (later, "rejected")])
    eventually(lambda: calls() == expected, timeout=10, seen=calls)
    assert {one.message.content.kind for one in house.registry.inbox.find(paired.id, (call_id,))} == {
        Kind.CALL
    }
    assert house.emulator.messages_to(ana) == ()


def test_the_caller_gets_the_text_once_a_day(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Each call is rejected, also the second one and one after a restart; the text comes once."""
    own_profile.set_call_rejection(paired.id, on=True, text=TEXT)
    first = ring(house, paired, ana)
    house.emulator.wait_for(lambda state: state.messages_to(ana), what="the text")
    second = ring(house, paired, ana)
    wait_rejected(house, paired, first, second)
    house.close()
    registry = house.open()
    house.wait(paired.id, InstanceState.CONNECTED)
    with installed(replace(runtime_of(house.auth_dir), registry=registry)):
        assert (registry.view(paired.id).reject_calls, registry.view(paired.id).reject_calls_text) == (
            True,
            TEXT,
        )
        third = ring(house, paired, ana)
        wait_rejected(house, paired, first, second, third)
        other = house.contact()
        ring(house, paired, other)
        # Calls are answered one after the other: when the last one has its text, the others have none.
        house.emulator.wait_for(lambda state: state.messages_to(other), what="the text")
    assert [one.stranger for one in registry.sent(paired.id)] == [True, True], "a call makes nobody known"
    (text,) = house.emulator.messages_to(ana)
    assert (text.text, text.sender_number) == (TEXT, paired.number)
    assert text.at <= time.time()
