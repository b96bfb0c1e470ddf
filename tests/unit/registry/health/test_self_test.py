"""How far a self-test came, and how long it took."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from core.models.health.sending import SelfTest, SelfTestStep
from core.models.messages import SendState
from core.registry.health.self_test import RETURN_S, judge, newest
from tests.unit.registry.health.sends import KNOWN, NOW, PHONE, send

S = SelfTestStep
SENT: Final = send(PHONE, at=0, request_id="self-test-1")
"""Written half a second before NOW, taken by the server at NOW."""
BEGIN: Final = SENT.created_at


def test_the_newest_test_is_found_among_other_messages() -> None:
    """By its request id; a message that the owner wrote to themselves is no test."""
    own = send(PHONE, at=1)
    assert newest((own, SENT, send(PHONE, at=-9, request_id="self-test-0"))) is SENT
    assert newest((own, send(KNOWN, at=0))) is None


def test_it_passes_when_the_phone_has_confirmed_it() -> None:
    """With the times of both steps, as they were seen here: WhatsApp tells whole seconds only."""
    delivered = send(PHONE, at=0, request_id="self-test-1", delivered_at=NOW)
    passed = judge(delivered, now=NOW + 0.25)
    assert passed == SelfTest(BEGIN, S.PASSED, accepted_s=0.5, returned_s=0.75)


def test_a_confirmation_of_which_the_moment_is_not_known_has_no_time() -> None:
    """It came while the app was stopped, or long after."""
    read = send(PHONE, at=0, request_id="self-test-1", read_at=NOW)
    assert judge(read, now=NOW + 3600) == SelfTest(BEGIN, S.PASSED, accepted_s=0.5, returned_s=None)


def test_a_phone_that_is_off_is_not_a_failure_to_send() -> None:
    """It may take half a minute; then it is said, and a late confirmation still passes the test."""
    waits = judge(SENT, now=NOW + RETURN_S - 1)
    assert waits == SelfTest(BEGIN, S.RETURNING, accepted_s=0.5)
    assert judge(SENT, now=NOW + RETURN_S).step is S.NO_RETURN


def test_each_failure_names_its_step_and_reason() -> None:
    """On the way to the server: known to have failed, or not known."""
    refused = send(PHONE, at=0, request_id="self-test-1", reason="wa-error-500")
    lost = send(PHONE, at=0, request_id="self-test-daily-1", reason="send-timeout")
    begun = send(PHONE, at=0, request_id="self-test-1", state=SendState.SENDING, settled_at=None)
    assert judge(refused, now=NOW) == SelfTest(BEGIN, S.NOT_SENT, reason="wa-error-500")
    assert judge(lost, now=NOW) == SelfTest(BEGIN, S.NO_ANSWER, reason="send-timeout", daily=True)
    assert judge(begun, now=NOW) == SelfTest(BEGIN, S.SENDING)


@given(
    st.sampled_from(SendState),
    st.none() | st.floats(NOW - 60, NOW + 60),
    st.none() | st.floats(NOW - 60, NOW + 60),
    st.floats(NOW, NOW + 9_999),
)
def test_times_are_never_negative(
    state: SendState, settled_at: float | None, delivered_at: float | None, now: float
) -> None:
    """WhatsApp's clock may differ from ours."""
    told = send(
        PHONE,
        at=0,
        request_id="self-test-1",
        state=state,
        settled_at=settled_at,
        delivered_at=delivered_at,
    )
    test = judge(told, now=now)
    assert test.accepted_s is None or test.accepted_s >= 0
    assert test.returned_s is None or test.returned_s >= (test.accepted_s or 0)
    assert (test.step is S.PASSED) == (state is SendState.SENT and delivered_at is not None)
