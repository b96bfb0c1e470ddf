"""Every state, every event: what an instance becomes, and what happens to its worker."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Final, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.content import Content, Kind
from core.models.instance import RUNNING, InstanceState, ShowPairingCode, ShowQr
from core.models.messages import Activity, Tick
from core.models.profile.own_profile import BlockedPerson
from core.models.recipients import Group
from core.models.worker_events import (
    ClientOutdated,
    Connected,
    ConnectFailed,
    ConnectFailure,
    DataReceived,
    Disconnected,
    KeepAliveRestored,
    KeepAliveTimeout,
    LoggedOut,
    LoginOutcome,
    LogOutResult,
    MessageFailed,
    MessageSent,
    PairingCode,
    PairingCodeFailed,
    QrCode,
    StreamReplaced,
    TemporaryBan,
    WorkerEvent,
    WorkerExited,
    WorkerStarted,
)
from core.registry.lifecycle import (
    ALLOWED,
    InvalidTransitionError,
    Status,
    WorkerAction,
    on_launch,
    reduce,
    transition,
)

S = InstanceState
ID: Final = "loja-k7m2xq"
NOW: Final = 1_700_000_000.0
QR: Final = ShowQr("2@code", index=1, total=6, expires_at=NOW + 60)

CODE: Final = ShowPairingCode("ABCD1234", number="5511912345678", expires_at=NOW + 160)

# Written out by hand, from the house's rules, and not taken from the code.
CHANGES: Final = {
    S.STOPPED: {S.STARTING, S.LOGGED_OUT, S.FAILED},
    S.STARTING: {S.STOPPED, S.PAIRING, S.CONNECTED, S.RECONNECTING, S.LOGGED_OUT, S.FAILED},
    S.PAIRING: {S.STOPPED, S.CONNECTED, S.RECONNECTING, S.LOGGED_OUT, S.FAILED},
    S.CONNECTED: {S.STOPPED, S.RECONNECTING, S.LOGGED_OUT, S.FAILED},
    S.RECONNECTING: {S.STOPPED, S.PAIRING, S.CONNECTED, S.LOGGED_OUT, S.FAILED},
    S.LOGGED_OUT: {S.STOPPED, S.STARTING},
    S.FAILED: {S.STOPPED, S.STARTING, S.LOGGED_OUT},
}
OUTCOMES: Final = (
    "success",
    "timeout",
    "error",
    "err-client-outdated",
    "err-scanned-without-multidevice",
    "err-unexpected-state",
    "passkey-request",
    "",
    "something-new",
)
CHOSEN: Final[tuple[WorkerEvent, ...]] = (
    WorkerStarted(ID, pid=7),
    QrCode(ID, code="2@other", index=2, at=NOW),
    *(LoginOutcome(ID, outcome=outcome) for outcome in OUTCOMES),
    Connected(ID, phone="5511912345678"),
    Connected(ID, phone=""),
    Disconnected(ID),
    ConnectFailed(ID, detail="no route to host"),
    LoggedOut(ID),
    StreamReplaced(ID),
    TemporaryBan(ID, code=101, expires_in_s=3600.0),
    TemporaryBan(ID, code=0, expires_in_s=1e300),
    TemporaryBan(ID, code=0, expires_in_s=-1e300),
    TemporaryBan(ID, code=0, expires_in_s=float("nan")),
    ClientOutdated(ID),
    ConnectFailure(ID, reason="service_unavailable"),
    ConnectFailure(ID, reason="main_device_gone"),
    KeepAliveTimeout(ID, errors=1),
    KeepAliveRestored(ID),
    MessageSent(ID, request_id="r", message_id="m"),
    MessageFailed(ID, request_id="r", reason="wa-send-refused"),
    WorkerExited(ID, pid=7),
    DataReceived(ID, at=NOW),
    PairingCode(ID, code="ABCD1234", number="5511912345678"),
    PairingCodeFailed(ID, detail="429: rate-overlimit"),
    LogOutResult(ID, error=""),
    LogOutResult(ID, error="timed out"),
)
_SAMPLES: Final = {
    bool: True,
    str: "x",
    str | None: None,
    int: 1,
    float: 1.0,
    Tick: Tick.READ,
    Activity: Activity.TYPING,
    Content: Content(Kind.TEXT),
    tuple[Group, ...]: (),
    tuple[str, ...]: ("5511912345678",),
    tuple[BlockedPerson, ...] | None: (BlockedPerson("77@lid"),),
}
EVENTS: Final[tuple[WorkerEvent, ...]] = (
    *CHOSEN,
    # Kinds that change no state need no line above; they are tried all the same.
    *(
        kind(**{name: _SAMPLES[hint] for name, hint in get_type_hints(kind).items()})
        for kind in get_args(WorkerEvent)
        if kind not in {type(event) for event in CHOSEN}
    ),
)
STATUSES: Final = tuple(
    Status(state, since=1.0, reason=reason, qr=qr, linked=linked, phone="5511987654321")
    for state, reason, qr, linked in itertools.product(
        S, ("", "wa-keepalive-timeout"), (None, QR), (False, True)
    )
)


def up(*, state: S = S.CONNECTED, linked: bool = True, reason: str = "", qr: ShowQr | None = None) -> Status:
    return Status(state, since=1.0, linked=linked, phone="5511912345678", reason=reason, qr=qr)


def test_the_table_is_the_one_the_house_agreed_on() -> None:
    """A change added or dropped by accident is noticed; every state is in the table."""
    assert {state: set(to) for state, to in ALLOWED.items()} == CHANGES


@pytest.mark.parametrize(("before", "to"), list(itertools.product(S, S)))
def test_only_listed_changes_pass(before: S, to: S) -> None:
    """Listed changes and staying pass; every other pair raises and leaves the status as it was."""
    status = Status(before, since=1.0)
    if to is before or to in CHANGES[before]:
        assert transition(status, to, now=2.0).state is to
    else:
        with pytest.raises(InvalidTransitionError, match=f"{before} -> {to}"):
            transition(status, to, now=2.0)
    assert status == Status(before, since=1.0)


@pytest.mark.parametrize("to", [S.STOPPED, S.PAIRING])
def test_a_change_clears_what_belonged_to_the_old_state(to: S) -> None:
    """QR, code, reason, detail and the planned attempt go; who is linked stays."""
    old = Status(S.PAIRING, 1.0, "why", "what", QR, CODE, next_try_at=9.0, linked=True, phone="5511912345678")
    new = transition(old, to, now=2.0, reason="new", detail="fact")
    assert new == Status(
        to, 1.0 if to is S.PAIRING else 2.0, "new", "fact", linked=True, phone="5511912345678"
    )


def test_every_kind_of_event_is_tried_below() -> None:
    """A new event cannot be forgotten in these tests."""
    assert {type(event) for event in EVENTS} == set(get_args(WorkerEvent))


@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_no_event_is_ever_an_error(event: WorkerEvent) -> None:
    """Whatever the core says, in whatever state: an answer, and only a listed change."""
    for status in STATUSES:
        after, following = reduce(status, event, now=NOW)
        assert after.state is status.state or after.state in CHANGES[status.state]
        assert isinstance(following, WorkerAction)
        if following is WorkerAction.RETRY:
            assert after.state is S.RECONNECTING
        if not after.state.running and status.state.running:
            assert following is WorkerAction.END
        if after.state is not S.PAIRING:
            assert after.qr is None or after.qr == status.qr


@pytest.mark.parametrize("state", sorted(set(S) - RUNNING))
@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_what_was_decided_stays_decided(state: S, event: WorkerEvent) -> None:
    """A stopped, logged-out or failed instance ignores late words of its old worker."""
    status = Status(state, since=1.0, reason="why", linked=True)
    assert reduce(status, event, now=NOW) == (status, WorkerAction.KEEP)


@given(
    st.lists(st.sampled_from(EVENTS), max_size=12),
    st.sampled_from(STATUSES),
    st.floats(min_value=0, max_value=4e9),
)
def test_no_order_of_events_breaks_the_table(events: list[WorkerEvent], status: Status, now: float) -> None:
    """Long, impossible orders of events change states only along the table, and never raise."""
    for event in events:
        after, following = reduce(status, event, now=now)
        assert after.state is status.state or after.state in CHANGES[status.state]
        status = after if following is not WorkerAction.RETRY else on_launch(after, now=now, automatic=True)


# -- pairing -------------------------------------------------------------------------------------------------


def test_qrs_are_numbered_steps_that_expire() -> None:
    """The first of six lives 60 s, each other one 20 s, counted from when the core made it."""
    status = Status(S.STARTING, since=1.0)
    made_at = NOW - 3
    for index, lifetime in enumerate((60, 20, 20, 20, 20, 20), start=1):
        status, following = reduce(status, QrCode(ID, f"2@{index}", index, at=made_at), now=NOW)
        assert (status.state, following) == (S.PAIRING, WorkerAction.KEEP)
        assert status.qr == ShowQr(f"2@{index}", index, total=6, expires_at=made_at + lifetime)
        assert status.since == NOW


def test_a_scanned_qr_is_shown_no_more() -> None:
    """After the scan neither code is of use; the instance counts as linked before it is connected."""
    shown = replace(up(state=S.PAIRING, linked=False, qr=QR), pairing_code=CODE)
    status, following = reduce(shown, LoginOutcome(ID, "success"), now=NOW)
    assert (status.qr, status.pairing_code) == (None, None)
    assert (status.linked, status.state, following) == (True, S.PAIRING, WorkerAction.KEEP)


@pytest.mark.parametrize(("index", "batch_left"), [(1, 160), (2, 100), (5, 40), (6, 20)])
def test_a_pairing_code_is_good_until_the_batch_ends(index: int, batch_left: int) -> None:
    """It dies with the connection, so with the last QR: not with the one that shows, and not later."""
    status, _ = reduce(Status(S.STARTING, since=1.0), QrCode(ID, "2@code", index, at=NOW), now=NOW)
    status, following = reduce(status, PairingCode(ID, "ABCD1234", "5511912345678"), now=NOW + 3)
    assert status.pairing_code == ShowPairingCode("ABCD1234", "5511912345678", expires_at=NOW + batch_left)
    assert (status.state, following) == (S.PAIRING, WorkerAction.KEEP)
    assert status.qr is not None


def test_a_pairing_code_outlives_the_qrs_of_its_batch() -> None:
    """The next QR leaves it where it is; the code after it replaces it; the end of the batch removes it."""
    shown = replace(up(state=S.PAIRING, linked=False, qr=QR), pairing_code=CODE)
    status, _ = reduce(shown, QrCode(ID, "2@next", 2, at=NOW), now=NOW)
    assert status.pairing_code == CODE
    status, _ = reduce(status, PairingCode(ID, "WXYZ9876", "5511912345678"), now=NOW)
    assert status.pairing_code is not None
    assert status.pairing_code.code == "WXYZ9876"
    assert status.pairing_code.expires_at == NOW + 20 + 4 * 20
    status, _ = reduce(status, LoginOutcome(ID, "timeout"), now=NOW + 100)
    assert (status.state, status.pairing_code) == (S.STOPPED, None)


@pytest.mark.parametrize("state", sorted(RUNNING))
def test_a_pairing_code_that_comes_too_late_is_not_shown(state: S) -> None:
    """Without a QR there is no batch it could belong to: scanned meanwhile, or broken off."""
    status = up(state=state, linked=False)
    assert reduce(status, PairingCode(ID, "ABCD1234", "5511912345678"), now=NOW) == (
        status,
        WorkerAction.KEEP,
    )


def test_a_refused_pairing_code_leaves_the_qr() -> None:
    """The reason is told, scanning is still possible, and a code that does come clears the reason."""
    shown = up(state=S.PAIRING, linked=False, qr=QR)
    status, following = reduce(shown, PairingCodeFailed(ID, detail="429"), now=NOW)
    assert status == replace(shown, reason="pairing-code-failed", detail="429")
    assert following is WorkerAction.KEEP
    status, _ = reduce(status, PairingCode(ID, "ABCD1234", "5511912345678"), now=NOW)
    assert (status.reason, status.detail, status.pairing_code is not None) == ("", "", True)


def test_a_refused_pairing_code_is_no_trouble_of_a_connected_instance() -> None:
    """Scanned before the refusal came: nothing is wrong."""
    assert reduce(up(), PairingCodeFailed(ID, detail="429"), now=NOW) == (up(), WorkerAction.KEEP)


@pytest.mark.parametrize("seconds_left", [0.9, 0.0, -5.0])
def test_a_batch_that_ran_out_stops_the_instance(seconds_left: float) -> None:
    """Nobody scanned: stopped, said so, worker ended; no endless row of QRs for an empty room."""
    last = replace(QR, index=6, expires_at=NOW + seconds_left)
    status, following = reduce(
        up(state=S.PAIRING, linked=False, qr=last), LoginOutcome(ID, "timeout"), now=NOW
    )
    assert (status.state, status.reason, status.qr, following) == (
        S.STOPPED,
        "qr-expired",
        None,
        WorkerAction.END,
    )


@pytest.mark.parametrize("seconds_left", [1.1, 20.0, 60.0])
def test_a_batch_that_broke_off_is_tried_again(seconds_left: float) -> None:
    """The same word while a code is still good means that the connection broke: a new batch follows."""
    shown = replace(QR, expires_at=NOW + seconds_left)
    status, following = reduce(
        up(state=S.PAIRING, linked=False, qr=shown), LoginOutcome(ID, "timeout"), now=NOW
    )
    assert (status.state, status.reason, following) == (S.RECONNECTING, "wa-disconnected", WorkerAction.RETRY)


@pytest.mark.parametrize("outcome", ["timeout", "error", "err-unexpected-state"])
@pytest.mark.parametrize("state", [S.PAIRING, S.CONNECTED, S.RECONNECTING])
def test_a_pairing_that_succeeded_cannot_fail_afterwards(outcome: str, state: S) -> None:
    """A late word of the finished attempt never stops an instance that is linked."""
    status = up(state=state, linked=True)
    assert reduce(status, LoginOutcome(ID, outcome), now=NOW) == (status, WorkerAction.KEEP)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("err-client-outdated", "wa-client-outdated"),
        ("passkey-request", "passkey-required"),
        ("err-scanned-without-multidevice", "pairing-no-multidevice"),
        ("error", "pairing-failed"),
        ("err-unexpected-state", "pairing-failed"),
        ("never heard of", "pairing-failed"),
    ],
)
def test_a_refused_pairing_says_why_and_waits_for_a_person(outcome: str, reason: str) -> None:
    """No retry by itself: the same refusal would follow. The core's own word is kept as the detail."""
    status, following = reduce(up(state=S.PAIRING, linked=False, qr=QR), LoginOutcome(ID, outcome), now=NOW)
    assert (status.state, status.reason, status.detail) == (S.FAILED, reason, outcome)
    assert following is WorkerAction.END
    assert status.qr is None


# -- connected -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(RUNNING))
def test_connected_is_connected_from_anywhere(state: S) -> None:
    """Number and link are known, reason and QR are gone, the worker stays."""
    before = Status(state, since=1.0, reason="why", qr=QR if state is S.PAIRING else None)
    status, following = reduce(before, Connected(ID, phone="5511912345678"), now=NOW)
    since = 1.0 if state is S.CONNECTED else NOW
    assert status == Status(S.CONNECTED, since, linked=True, phone="5511912345678")
    assert following is WorkerAction.KEEP


def test_a_login_that_names_no_number_keeps_the_known_one() -> None:
    """The core may not know its number yet."""
    status, _ = reduce(up(state=S.RECONNECTING), Connected(ID, phone=""), now=NOW)
    assert status.phone == "5511912345678"


def test_a_qr_for_a_connected_instance_changes_nothing() -> None:
    """A stray code never throws a connected instance back to pairing."""
    assert reduce(up(), QrCode(ID, "2@stray", 1, at=NOW), now=NOW) == (up(), WorkerAction.KEEP)


@pytest.mark.parametrize(
    ("event", "reason"),
    [(Disconnected(ID), "wa-disconnected"), (KeepAliveTimeout(ID, errors=1), "wa-keepalive-timeout")],
)
def test_a_lost_connection_is_left_to_the_core(event: WorkerEvent, reason: str) -> None:
    """The core reconnects by itself: the worker stays, the state says what is going on."""
    status, following = reduce(up(), event, now=NOW)
    assert (status.state, status.reason, status.since) == (S.RECONNECTING, reason, NOW)
    assert (status.linked, following) == (True, WorkerAction.KEEP)


def test_an_answered_keep_alive_ends_only_its_own_trouble() -> None:
    """A restored keep-alive connects what its time-out disconnected, and nothing else."""
    slow = up(state=S.RECONNECTING, reason="wa-keepalive-timeout")
    assert reduce(slow, KeepAliveRestored(ID), now=NOW)[0].state is S.CONNECTED
    gone = up(state=S.RECONNECTING, reason="wa-disconnected")
    assert reduce(gone, KeepAliveRestored(ID), now=NOW) == (gone, WorkerAction.KEEP)


@pytest.mark.parametrize(
    ("after_s", "reason"),
    [(0.0, "wa-running-elsewhere"), (59.0, "wa-running-elsewhere"), (60.0, "wa-stream-replaced")],
)
@pytest.mark.parametrize("state", [S.STARTING, S.CONNECTED, S.RECONNECTING])
def test_a_session_that_is_taken_back_at_once_runs_elsewhere(state: S, after_s: float, reason: str) -> None:
    """It is left there, with what to look for: fighting for it would take it from both."""
    status, action = reduce(replace(up(state=state), since=NOW), StreamReplaced(ID), now=NOW + after_s)
    assert (status.state, status.reason, status.linked, action) == (S.FAILED, reason, True, WorkerAction.END)
    assert status.next_try_at is None


def test_a_break_while_nothing_is_linked_changes_nothing() -> None:
    """Only a session can reconnect; a pairing attempt ends with its own word."""
    status = up(state=S.PAIRING, linked=False, qr=QR)
    assert reduce(status, Disconnected(ID), now=NOW) == (status, WorkerAction.KEEP)


@pytest.mark.parametrize("state", sorted(RUNNING))
@pytest.mark.parametrize(
    ("event", "to", "reason", "detail"),
    [
        (WorkerExited(ID, pid=1), S.RECONNECTING, "worker-exited", ""),
        (ConnectFailed(ID, detail="refused"), S.RECONNECTING, "wa-unreachable", "refused"),
        (StreamReplaced(ID), S.FAILED, "wa-stream-replaced", ""),
        (ClientOutdated(ID), S.FAILED, "wa-client-outdated", ""),
        (
            TemporaryBan(ID, code=101, expires_in_s=3600),
            S.FAILED,
            "wa-temporary-ban",
            "2023-11-14T23:13:20+00:00",
        ),
        *(
            (ConnectFailure(ID, reason=why), S.RECONNECTING, "wa-connect-refused", why)
            for why in ("service_unavailable", "internal_server_error", "experimental")
        ),
        (
            ConnectFailure(ID, reason="cat_expired"),
            S.FAILED,
            "wa-connect-refused",
            "cat_expired",
        ),
        (LoggedOut(ID), S.LOGGED_OUT, "wa-logged-out", ""),
    ],
)
def test_what_ends_a_worker(state: S, event: WorkerEvent, to: S, reason: str, detail: str) -> None:
    """What passes is retried; what needs a person stops and says why. A session goes only with a logout."""
    status, following = reduce(up(state=state), event, now=NOW)
    assert (status.state, status.reason, status.detail) == (to, reason, detail)
    assert following is (WorkerAction.RETRY if to is S.RECONNECTING else WorkerAction.END)
    assert status.linked is not isinstance(event, LoggedOut)
    assert status.qr is None


@pytest.mark.parametrize("expires_in_s", [0.0, -60.0, 1e300, -1e300, float("inf"), float("nan")])
def test_a_ban_without_a_sensible_end_is_still_a_ban(expires_in_s: float) -> None:
    """A duration that is unknown, past or in no calendar is left out: nothing breaks, no try follows."""
    status, following = reduce(up(), TemporaryBan(ID, code=1, expires_in_s=expires_in_s), now=NOW)
    assert (status.state, status.reason, following) == (S.FAILED, "wa-temporary-ban", WorkerAction.END)
    assert (status.detail, status.next_try_at) == ("", None)


def test_a_ban_is_over_at_its_end() -> None:
    """One more try is planned for that moment; the session is kept for it."""
    status, _ = reduce(up(), TemporaryBan(ID, code=101, expires_in_s=3600), now=NOW)
    assert (status.next_try_at, status.linked) == (NOW + 3600, True)


def tried_after_a_ban() -> Status:
    """The one try by itself after a first ban."""
    banned, _ = reduce(up(), TemporaryBan(ID, code=101, expires_in_s=3600), now=NOW)
    return on_launch(banned, now=NOW + 3600, automatic=True)


def test_a_second_ban_in_a_row_is_final() -> None:
    """Its end is told in words, and nothing more is planned, whatever went wrong between the two."""
    status, following = reduce(tried_after_a_ban(), ConnectFailed(ID, detail="no network"), now=NOW)
    assert following is WorkerAction.RETRY
    status = on_launch(status, now=NOW, automatic=True)
    status, following = reduce(status, TemporaryBan(ID, code=101, expires_in_s=7200), now=NOW)
    assert (status.state, status.reason, following) == (S.FAILED, "wa-banned-again", WorkerAction.END)
    assert (status.detail, status.next_try_at) == ("2023-11-15T00:13:20+00:00", None)
    assert status.linked


@pytest.mark.parametrize("how", ["connected", "a person"])
def test_a_ban_counts_anew_after_a_connection_or_a_person(how: str) -> None:
    """Then the next ban is a first one again."""
    status = tried_after_a_ban()
    if how == "connected":
        status, _ = reduce(status, Connected(ID, ""), now=NOW)
    else:
        refused, _ = reduce(status, TemporaryBan(ID, code=101, expires_in_s=60), now=NOW)
        status = on_launch(refused, now=NOW, automatic=False)
    status, _ = reduce(status, TemporaryBan(ID, code=101, expires_in_s=60), now=NOW)
    assert (status.reason, status.next_try_at) == ("wa-temporary-ban", NOW + 60)


@pytest.mark.parametrize("event", [StreamReplaced(ID), ClientOutdated(ID), ConnectFailure(ID, "cat_expired")])
def test_what_no_time_heals_is_not_tried_again(event: WorkerEvent) -> None:
    """Another copy, an old core, a refusal: only a person can do something."""
    assert reduce(up(), event, now=NOW)[0].next_try_at is None


# -- logging out here ----------------------------------------------------------------------------------------


def test_an_unlinked_device_is_logged_out() -> None:
    """WhatsApp removed it as asked: the session is gone, the number is still known, the worker ends."""
    status, following = reduce(up(), LogOutResult(ID, error=""), now=NOW)
    assert status == Status(S.LOGGED_OUT, NOW, "logged-out-here", linked=False, phone="5511912345678")
    assert following is WorkerAction.END


def test_a_failed_log_out_costs_nothing() -> None:
    """Still connected, still linked, and the reason is told; a connection made anew forgets it."""
    status, following = reduce(up(), LogOutResult(ID, error="timed out"), now=NOW)
    assert status == replace(up(), reason="log-out-failed", detail="timed out")
    assert following is WorkerAction.KEEP
    assert reduce(status, Connected(ID, ""), now=NOW)[0].reason == ""


# -- a new worker --------------------------------------------------------------------------------------------


def test_a_replaced_worker_is_still_reconnecting() -> None:
    """Reason and time of the trouble stay until it is over; the planned attempt is used up."""
    status = replace(up(state=S.RECONNECTING, reason="worker-exited"), next_try_at=9.0)
    assert on_launch(status, now=NOW, automatic=True) == replace(status, next_try_at=None)


@pytest.mark.parametrize("state", [S.STOPPED, S.LOGGED_OUT, S.FAILED])
def test_a_first_worker_is_starting(state: S) -> None:
    """A start forgets why the instance stood still."""
    status = on_launch(Status(state, since=1.0, reason="why", detail="what"), now=NOW, automatic=False)
    assert (status.state, status.since, status.reason, status.detail) == (S.STARTING, NOW, "", "")
