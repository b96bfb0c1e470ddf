"""What a link's browser may ask WhatsApp for: enough for a person, too little for a program."""

from __future__ import annotations

from core.services.pairing.presses import MOST, PATIENCE_S, GuestPresses
from tests.unit.services.pairing.conftest import Clock

NUMBER = "5511912345678"


def test_presses_are_counted_by_link() -> None:
    """One that asked too often has no more; another link has its own."""
    presses = GuestPresses()
    assert all(presses.allow("a", NUMBER) for _ in range(MOST))
    assert not presses.allow("a", NUMBER)
    assert presses.allow("b")


def test_the_number_is_known_again_and_kept_nowhere() -> None:
    """Of the last press alone; a press for new codes asks for no number."""
    presses = GuestPresses()
    assert not presses.asked_for("a", NUMBER)
    presses.allow("a", NUMBER)
    assert presses.asked_for("a", NUMBER)
    assert not presses.asked_for("a", "5511900000000")
    assert not presses.asked_for("b", NUMBER)
    assert NUMBER not in repr(vars(presses))
    presses.allow("a")
    assert not presses.asked_for("a", NUMBER)
    assert presses.waits_for_code("a") is None


def test_a_code_is_awaited_for_a_while() -> None:
    """And then no longer: WhatsApp may never answer."""
    clock = Clock()
    presses = GuestPresses(clock=clock)
    presses.allow("a", NUMBER)
    clock.now += PATIENCE_S / 2
    assert presses.waits_for_code("a") == PATIENCE_S / 2
    clock.now += PATIENCE_S
    assert presses.waits_for_code("a") is None


def test_there_is_a_bound_on_links() -> None:
    """Memory stays small, however many links are made."""
    presses = GuestPresses()
    for number in range(1_500):
        presses.allow(f"link-{number}")
    assert len(presses._asked) <= 1_000
