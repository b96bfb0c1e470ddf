"""A connection that does not send: told by its own sends, cleared by one that gets through."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.health.sending import SendingTrouble
from core.models.messages import SendState, SentMessage
from core.registry.health.trouble import WINDOW_S, find
from tests.unit.registry.health.sends import KNOWN, NOW, PHONE, new_person, refused, send

LOST: Final = "send-timeout"
SINCE: Final = NOW - 3600


def trouble(*sends: SentMessage, connected_at: float = SINCE) -> SendingTrouble | None:
    return find(sends, phone=PHONE, connected_at=connected_at, now=NOW)


def failures(count: int, reason: str = LOST) -> tuple[SentMessage, ...]:
    """So many in a row, the last ten seconds ago."""
    return tuple(send(KNOWN, at=-10 * (n + 1), reason=reason) for n in range(count))


@pytest.mark.parametrize("reason", [LOST, "wa-send-refused", "not-connected", "wa-error-500", "wa-error-463"])
def test_three_in_a_row_are_trouble(reason: str) -> None:
    """Since the first of them, with the reason of the last; two may be chance."""
    assert trouble(*failures(3, reason)) == SendingTrouble(NOW - 30, failures=3, reason=reason)
    assert trouble(*failures(2, reason)) is None


def test_a_failed_test_is_enough() -> None:
    """The own number is always there."""
    assert trouble(send(PHONE, at=-5, reason=LOST)) == SendingTrouble(NOW - 5, failures=1, reason=LOST)


def test_one_that_gets_through_ends_it() -> None:
    """Also one whose confirmation came late; what failed before it no longer counts."""
    assert trouble(*failures(5), send(KNOWN, at=-1)) is None
    assert trouble(*failures(2), send(KNOWN, at=-15), send(KNOWN, at=-25, reason=LOST)) is None


@pytest.mark.parametrize(
    "reason",
    [
        "wa-not-on-whatsapp",
        "wa-error-479",
        "media-refused",
        "file-gone",
        "wa-group-left",
        "worker-lost",
        "never-left",
    ],
)
def test_what_lies_with_others_does_not_count(reason: str) -> None:
    """A recipient, a file, a group, an interruption: none says that the connection does not send."""
    assert trouble(*failures(9, reason)) is None


def test_what_is_refused_for_new_people_or_groups_does_not_count() -> None:
    """Another light is for new people; a group has rules of its own."""
    assert trouble(*(refused(n, at=-n) for n in range(9))) is None
    group = "120363000000000000@g.us"
    assert trouble(*(send(group, at=-n, reason="wa-error-420") for n in range(9))) is None
    assert trouble(*(send(group, at=-n, reason=LOST) for n in range(9))) is not None


def test_a_new_connection_begins_without_trouble() -> None:
    """Of it nothing is known yet; its first failure goes on from those before."""
    assert trouble(*failures(3), connected_at=NOW - 5) is None
    again = trouble(send(new_person(1), at=-1, reason=LOST), *failures(2), connected_at=NOW - 5)
    assert again == SendingTrouble(NOW - 20, failures=3, reason=LOST)


def test_failures_of_yesterday_are_over() -> None:
    """They say nothing of now."""
    assert trouble(*(send(KNOWN, at=-WINDOW_S - n, reason=LOST) for n in range(5)), connected_at=0) is None


@given(
    st.lists(
        st.builds(
            lambda to, at, reason: send(to, at=-at, reason=reason),
            st.sampled_from((KNOWN, PHONE, new_person(1))),
            st.floats(0, 2 * WINDOW_S),
            st.sampled_from(("", LOST, "wa-error-463", "wa-error-500", "file-gone")),
        ),
        max_size=10,
    )
)
def test_a_send_that_gets_through_now_always_ends_it(sends: list[SentMessage]) -> None:
    """And without one, trouble is never made of fewer failures than there are."""
    found = trouble(*sends)
    failed = [one for one in sends if one.state is not SendState.SENT]
    assert found is None or 1 <= found.failures <= len(failed)
    assert trouble(*sends, send(KNOWN, at=0)) is None
