"""Which states count as running, and the QR steps of a pairing: numbered, with an end."""

from __future__ import annotations

import pytest

from core.models.instance import QR_LIFETIMES_S, InstanceState, qr_step


def test_running_means_that_there_is_or_will_be_a_worker() -> None:
    """Four states run; three wait for a person."""
    running = {state.value for state in InstanceState if state.running}
    assert running == {"starting", "pairing", "connected", "reconnecting"}
    assert {state.value for state in InstanceState} - running == {"stopped", "logged_out", "failed"}


def test_a_batch_lasts_160_seconds() -> None:
    """60 s, then five times 20 s, as whatsmeow hands them out."""
    assert QR_LIFETIMES_S == (60, 20, 20, 20, 20, 20)


@pytest.mark.parametrize(("index", "lifetime"), [(1, 60), (2, 20), (6, 20)])
def test_a_step_ends_when_the_core_drops_its_code(index: int, lifetime: int) -> None:
    """The lifetime counts from when the core made the code, not from when a page looks."""
    step = qr_step("2@x", index=index, shown_at=1_000.0)
    assert (step.index, step.total, step.expires_at) == (index, 6, 1_000.0 + lifetime)


def test_a_seventh_code_is_number_seven_of_seven() -> None:
    """Should the server hand out more, a page never says "7 of 6"."""
    step = qr_step("2@x", index=7, shown_at=0.0)
    assert (step.index, step.total, step.expires_at) == (7, 7, 20.0)
