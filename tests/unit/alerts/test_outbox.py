"""What is due where, what comes together, and when it is tried again."""

from __future__ import annotations

from itertools import count

import pytest

from core.alerts.addresses import Address
from core.alerts.outbox import GATHER_S, GIVE_UP_S, LINES, LONGEST_S, Batch, Outbox, wait_s
from core.models.alerts.deliveries import Delivery, DeliveryFailure, DeliveryState, Outcome
from core.models.alerts.incidents import Notice, NoticeKind, Trouble

AT = 1_800_000_000.0
A, B = (Address(name, f"ntfys://{name}", "ntfy", False) for name in "ab")
FAILED = Outcome(DeliveryFailure.UNREACHABLE)


class Post:
    """An outbox with two addresses."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self._ids = count()

    def add(self, *notices: Notice) -> tuple[Delivery, ...]:
        made = self.outbox.planned(notices, (A, B), muted=("mudo",), new_id=lambda: f"d{next(self._ids)}")
        self.outbox.accept(made)
        return made

    def take(self, now: float, *, quiet: bool = False, at_once: int = 9) -> dict[str, Batch]:
        return {
            each.address.id: each for each in self.outbox.take((A, B), now=now, quiet=quiet, at_once=at_once)
        }

    def settle(self, batch: Batch, outcome: Outcome, now: float) -> tuple[Delivery, ...]:
        return self.outbox.settle(batch, outcome, now=now, wait=lambda tries: 30.0 * tries)


def notice(number: int = 0, kind: NoticeKind = NoticeKind.OPENED, *, subject: str = "loja") -> Notice:
    return Notice(f"n{number}", kind, AT + number, f"i{number}", subject, Trouble.FAILED, "Loja", AT)


def test_what_happens_together_comes_in_one_message() -> None:
    """After a few seconds, up to ten lines, oldest first; the rest follows."""
    post = Post()
    post.add(*(notice(number) for number in range(LINES + 3)))
    assert post.take(AT + GATHER_S - 1) == {}
    first = post.take(AT + GATHER_S)["a"]
    assert [each.id for each in first.notices] == [f"n{number}" for number in range(LINES)]
    post.settle(first, Outcome(), AT + 6)
    assert len(post.take(AT + 60)["a"].notices) == 3


def test_one_message_at_a_time_to_an_address() -> None:
    """What is under way is not sent again; the other address has its own."""
    post = Post()
    post.add(notice())
    assert set(post.take(AT + 10)) == {"a", "b"}
    assert post.take(AT + 10) == {}


def test_only_so_many_at_once() -> None:
    """Who waits longest goes first."""
    post = Post()
    post.add(notice())
    (first,) = post.take(AT + 10, at_once=1).values()
    assert post.take(AT + 10, at_once=1) == {}
    post.settle(first, FAILED, AT + 10)
    (second,) = post.take(AT + 100, at_once=1).values()
    assert second.address is not first.address


def test_a_failure_is_tried_again_and_a_success_is_not() -> None:
    """With the count, the moment and the reason of the last attempt."""
    post = Post()
    post.add(notice())
    batch = post.take(AT + 10)["a"]
    (after,) = post.settle(batch, FAILED, AT + 11)
    assert (after.state, after.tries, after.tried_at) == (DeliveryState.WAITING, 1, AT + 11)
    assert after.failure is DeliveryFailure.UNREACHABLE
    assert "a" not in post.take(AT + 40)
    again = post.take(AT + 41)["a"]
    (done,) = post.settle(again, Outcome(), AT + 42)
    assert (done.state, done.tries, done.failure) == (DeliveryState.DELIVERED, 2, None)
    assert "a" not in post.take(AT + 9_999)
    assert done in post.outbox.settled


def test_a_message_that_a_service_does_not_like_holds_up_no_other() -> None:
    """Fewer lines with each such answer; after some of them the later ones go first."""
    post = Post()
    post.add(*(notice(number) for number in range(LINES)))
    now, sizes = AT + 10, []
    for _ in range(5):
        now += 9_999
        batch = post.take(now)["a"]
        sizes.append(len(batch.deliveries))
        post.settle(batch, Outcome(DeliveryFailure.REFUSED, "413"), now)
    assert sizes == [10, 5, 2, 1, 1]
    assert post.take(now + 9_999)["a"].notices[0].id == "n1"


def test_a_service_that_was_away_gets_few_messages() -> None:
    """All that waits comes together, however often it was tried."""
    post = Post()
    post.add(*(notice(number) for number in range(LINES)))
    now = AT + 10
    for outcome in (FAILED, Outcome(DeliveryFailure.REFUSED, "503"), Outcome(DeliveryFailure.TIMEOUT)):
        now += 9_999
        post.settle(post.take(now)["a"], outcome, now)
    assert len(post.take(now + 9_999)["a"].deliveries) == LINES


def test_it_is_given_up_after_a_week() -> None:
    """Not before, and it stays in sight."""
    post = Post()
    post.add(notice())
    batch = post.take(AT + GIVE_UP_S - 1)["a"]
    (still,) = post.settle(batch, FAILED, AT + GIVE_UP_S - 1)
    assert still.state is DeliveryState.WAITING
    (over,) = post.settle(post.take(AT + GIVE_UP_S + 60)["a"], FAILED, AT + GIVE_UP_S + 60)
    assert over.state is DeliveryState.GIVEN_UP


def test_quiet_hours_hold_everything_but_a_test() -> None:
    """Who presses the button is awake."""
    post = Post()
    post.add(notice())
    assert post.take(AT + 10, quiet=True) == {}
    post.add(Notice("t", NoticeKind.TEST, AT))
    assert [each.kind for each in post.take(AT + 10, quiet=True)["a"].notices] == [NoticeKind.TEST]


def test_a_test_is_tried_once() -> None:
    """Its result is what was asked for."""
    post = Post()
    post.add(Notice("t", NoticeKind.TEST, AT))
    (after,) = post.settle(post.take(AT)["a"], FAILED, AT)
    assert after.state is DeliveryState.GIVEN_UP


def test_a_reminder_of_what_never_arrived_is_not_added() -> None:
    """A service that was down for a week brings one message of it, not eight."""
    post = Post()
    post.add(notice())
    post.settle(post.take(AT + 10)["a"], Outcome(), AT + 10)
    made = post.add(notice(kind=NoticeKind.REMINDER))
    assert [each.address_id for each in made] == ["a"]


def test_muted_instances_and_addresses_that_are_gone() -> None:
    """Nothing is made for the first; the second are given up, also while under way."""
    post = Post()
    assert post.add(notice(subject="mudo")) == ()
    post.add(notice())
    under_way = post.take(AT + 10)["a"]
    (dropped,) = post.outbox.drop({"a"}, now=AT + 11)
    assert dropped.state is DeliveryState.GIVEN_UP
    assert post.settle(under_way, FAILED, AT + 12) == ()
    assert [each.address_id for each in post.outbox.waiting] == ["b"]


@pytest.mark.parametrize(
    ("tries", "least", "most"), [(1, 24, 36), (2, 48, 72), (9, 2_880, 4_320), (99, 2_880, 4_320)]
)
def test_waits_double_up_to_an_hour(tries: int, least: float, most: float) -> None:
    """With a spread, so that several do not come at the same moment for ever."""
    assert wait_s(tries, jitter=0.0) == pytest.approx(least)
    assert wait_s(tries, jitter=1.0) == pytest.approx(most)
    assert wait_s(tries, jitter=0.5) <= LONGEST_S
