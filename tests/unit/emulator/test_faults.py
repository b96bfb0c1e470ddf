"""Faults: set by name, cleared at once, limited to numbers."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import pytest

from tests.emulator.faults import BANNED, Faults
from tests.emulator.nodes import SERVER, Node, child, raw
from tests.emulator.pairing import Pairing
from tests.emulator.session import Session
from tests.emulator.world import World


def test_only_what_is_named_changes() -> None:
    """A second update keeps what the first one set."""
    faults = Faults()
    faults.update({"refuse": True})
    faults.update({"latency_s": 1})
    assert (faults.refuse, faults.latency_s, faults.blackhole) == (True, 1.0, False)


def test_json_becomes_the_declared_types() -> None:
    """Lists become sets, and attribute values text: stanzas carry nothing else."""
    faults = Faults()
    faults.update({"unknown_numbers": ["1", "2"], "failure": {"reason": 402}})
    assert faults.unknown_numbers == frozenset({"1", "2"})
    assert faults.failure == {"reason": "402"}


@pytest.mark.parametrize("values", [{"refuze": True, "refuse": True}, {"failure": "402"}])
def test_nonsense_is_refused_and_changes_nothing(values: dict[str, object]) -> None:
    """A misspelled fault would let a test pass for the wrong reason."""
    faults = Faults()
    with pytest.raises(ValueError, match=r"no such fault|not a mapping"):
        faults.update(values)
    assert faults == Faults()


def test_faults_hit_everyone_or_the_numbers_named() -> None:
    """Empty `only_numbers` means all."""
    assert Faults(failure=BANNED).hits("1")
    limited = Faults(only_numbers=frozenset({"1"}))
    assert limited.hits("1")
    assert not limited.hits("2")


class Spy:
    """A client's session that only notes what it is sent."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sent: list[Node] = []

    async def send(self, node: Node) -> None:
        self.sent.append(node)


def test_a_passkey_request_is_what_a_client_understands() -> None:
    """From the server itself, with the WebAuthn options as JSON; nothing is linked."""
    world = World(faults=Faults(passkey=True))
    phone, spy = world.phone("5511960000000"), Spy(world)
    assert asyncio.run(Pairing(cast("Session", spy)).link(phone, adv_secret=b"")) is None
    [node] = spy.sent
    assert (node.tag, node.attrs["type"], node.attrs["from"]) == (
        "notification",
        "passkey_prologue_request",
        SERVER,
    )
    options = json.loads(raw(child(node, "passkey_request_options")))
    assert {"challenge", "rpId", "allowCredentials", "userVerification"} <= options.keys()
    assert phone.devices == {}
