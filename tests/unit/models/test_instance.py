"""Which states count as running, and the QR steps of a pairing: numbered, with an end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.models.instance import (
    DAY_S,
    QR_LIFETIMES_S,
    InstanceState,
    InstanceView,
    PhoneSilence,
    qr_step,
)


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


NOW = 100 * DAY_S


def silent(
    days: float, *, state: InstanceState = InstanceState.CONNECTED, since: float = 0.0
) -> InstanceView:
    """An instance whose phone has given no sign for so many days."""
    return InstanceView(
        id="loja-k7m2xq",
        name="Loja",
        state=state,
        reason="",
        detail="",
        phone="5511912345678",
        since=since,
        restarts=0,
        worker_pid=None,
        qr=None,
        next_try_at=None,
        linked=True,
        created_at=1.0,
        phone_silent_since=NOW - days * DAY_S,
    )


@pytest.mark.parametrize(
    ("days", "silence"),
    [
        (-1, PhoneSilence.NONE),
        (0, PhoneSilence.NONE),
        (9.99, PhoneSilence.NONE),
        (10, PhoneSilence.NOTED),
        (11.99, PhoneSilence.NOTED),
        (12, PhoneSilence.URGENT),
        (40, PhoneSilence.URGENT),
    ],
)
def test_a_silent_phone_is_noted_from_day_10_and_urgent_from_day_12(
    days: float, silence: PhoneSilence
) -> None:
    """WhatsApp unlinks its devices after 14."""
    view = silent(days)
    assert view.phone_silence(now=NOW) is silence
    assert view.phone_silent_days(now=NOW) == max(0, int(days))


def test_silence_is_claimed_only_of_a_phone_that_can_be_heard() -> None:
    """A connection that drops for a moment changes nothing; one that is away for days cannot tell."""
    reconnecting = InstanceState.RECONNECTING
    assert silent(12, state=reconnecting, since=NOW - 60).phone_silence(now=NOW) is PhoneSilence.URGENT
    assert silent(12, state=reconnecting, since=NOW - 2 * DAY_S).phone_silence(now=NOW) is PhoneSilence.NONE
    for state in set(InstanceState) - {InstanceState.CONNECTED, reconnecting}:
        assert silent(12, state=state).phone_silence(now=NOW) is PhoneSilence.NONE


def test_it_is_moved_out_only_while_it_has_the_session_that_was_handed_out() -> None:
    """One that was unlinked since is linked anew, with a session of its own."""
    moved = replace(silent(0), moved_out_at=5.0)
    assert moved.is_moved_out
    assert not replace(moved, linked=False).is_moved_out
    assert not replace(moved, moved_out_at=0.0).is_moved_out
