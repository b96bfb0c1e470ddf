"""Which states count as running."""

from __future__ import annotations

from core.models.instance import InstanceState


def test_running_means_that_there_is_or_will_be_a_worker() -> None:
    """Four states run; three wait for a person."""
    running = {state.value for state in InstanceState if state.running}
    assert running == {"starting", "pairing", "connected", "reconnecting"}
    assert {state.value for state in InstanceState} - running == {"stopped", "logged_out", "failed"}
