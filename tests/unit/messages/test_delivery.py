"""A send's story in any order: it ends at the furthest that was heard, and never goes back."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messages.delivery import received, settled
from core.models.messages import SendState, SentMessage, Tick
from tests.support.contents import words

QUEUED: Final = SentMessage("r", "a", "5511912345678", words(), SendState.SENDING, created_at=1.0)
RECEIPTS: Final = (Tick.DELIVERED, Tick.READ, Tick.PLAYED)
News = Tick | SendState
NEWS: Final = st.lists(st.sampled_from(RECEIPTS) | st.sampled_from(list(SendState)[1:]), max_size=12)


def after(message: SentMessage, news: News, *, at: float) -> SentMessage:
    """The send once that is heard: a receipt, or how the send ended."""
    if isinstance(news, Tick):
        return received(message, news, at=at, now=at)
    return settled(message, news, at=at, reason="" if news is SendState.SENT else "why", message_id="3EB0")


@given(NEWS)
def test_it_ends_at_the_furthest_and_never_goes_back(heard: list[News]) -> None:
    """Answers and receipts late, doubled and mixed up: no step back, no time changed."""
    message = QUEUED
    for at, news in enumerate(heard, start=2):
        before, message = message, after(message, news, at=float(at))
        assert message.tick >= before.tick
        for name in ("delivered_at", "read_at", "played_at"):
            assert getattr(before, name) in (None, getattr(message, name))
    receipts = [news for news in heard if isinstance(news, Tick)]
    if receipts:
        assert message.tick is max(receipts)
        assert (message.state, message.reason) == (SendState.SENT, "")
    elif SendState.SENT not in heard:
        assert message.tick is Tick.QUEUED


@given(NEWS, st.sampled_from(RECEIPTS))
def test_what_is_heard_twice_changes_nothing(heard: list[News], again: Tick) -> None:
    """Each linked device of the recipient says it; the first one counts."""
    message = QUEUED
    for news in heard:
        message = after(message, news, at=2.0)
    once = received(message, again, at=3.0, now=3.5)
    assert received(once, again, at=4.0, now=4.5) == once


@pytest.mark.parametrize("state", list(SendState))
def test_a_receipt_proves_that_it_went_out(state: SendState) -> None:
    """Whatever was believed before; it is settled by our clock, not by WhatsApp's whole seconds."""
    message = after(QUEUED, state, at=2.0) if state is not SendState.SENDING else QUEUED
    found = received(message, Tick.DELIVERED, at=5.0, now=5.7)
    assert (found.state, found.reason, found.delivered_at) == (SendState.SENT, "", 5.0)
    assert found.settled_at == (2.0 if state is SendState.SENT else 5.7)


def test_an_id_that_is_known_is_kept() -> None:
    """The end of a worker says no id; the core's store had."""
    named = settled(QUEUED, SendState.UNCERTAIN, at=2.0, message_id="3EB0")
    assert settled(named, SendState.UNCERTAIN, at=3.0).message_id == "3EB0"
