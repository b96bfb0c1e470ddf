"""A slower limit towards strangers, and how new an instance is."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from core.errors import LimitReachedError
from core.models.health.sending import Restriction, SendingHealth
from core.models.timeline import HistoryEntry, HistoryKind
from core.services import runtime
from core.services.phone_numbers import number_variants
from core.services.rate_limits import left_today, link_age
from tests.support.contents import words
from tests.unit.services.conftest import ID, RecordingRegistry, send

PEOPLE = [f"+55119{number:08}" for number in range(61234000, 61234040)]
DAY_S = 86_400.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, registry: RecordingRegistry) -> list[float]:
    """The time; everybody is a stranger."""
    now = [1_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    registry.strangers = {one.lstrip("+") for one in PEOPLE}
    return now


def press(to: str) -> str:
    """The code of the refusal and its detail; empty when it went out."""
    try:
        send(ID, to=to, content=words())
    except LimitReachedError as error:
        return f"{error.code} {error.detail}"
    return ""


def test_three_strangers_a_minute(registry: RecordingRegistry, clock: list[float]) -> None:
    """The fourth has to wait; who is known need not, and does not count."""
    for person in PEOPLE[:3]:
        assert press(person) == ""
        clock[0] += 5
    assert press(PEOPLE[3]) == "new-contact-rate 46"
    registry.strangers.discard(PEOPLE[4].lstrip("+"))
    assert press(PEOPLE[4]) == ""
    clock[0] += 46
    assert press(PEOPLE[3]) == ""
    assert [one.stranger for one in registry.sends] == [True, True, True, False, True]


def test_twenty_strangers_a_day(registry: RecordingRegistry, clock: list[float]) -> None:
    """The next one can be written to when the first was a day ago."""
    for person in PEOPLE[:20]:
        assert press(person) == ""
        clock[0] += 60
    assert press(PEOPLE[20]) == "new-contact-day 24"
    clock[0] += DAY_S - 20 * 60
    assert press(PEOPLE[20]) == ""


def test_the_limits_are_settings(registry: RecordingRegistry, clock: list[float]) -> None:
    """All four."""
    running = runtime.current()
    strict = replace(
        running.settings,
        sends_per_minute=1,
        sends_per_day=2,
        new_contacts_per_minute=1,
        new_contacts_per_day=1,
    )
    runtime.install(replace(running, settings=strict))
    known = "+5511961239999"
    assert press(known) == ""
    assert press(known).startswith("send-rate")
    clock[0] += 60
    assert press(PEOPLE[0]) == ""
    clock[0] += 60
    assert press(known).startswith("send-day")
    clock[0] += DAY_S - 100
    assert press(PEOPLE[1]).startswith("new-contact-day")


def test_groups_and_repeated_presses_are_no_strangers(
    registry: RecordingRegistry, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group carries its name; a press that is repeated asks nobody anything."""
    sent = send(ID, to=" 120363000000000001@g.us ", content=words(), request_id="r")
    assert (sent.to, sent.stranger) == ("120363000000000001@g.us", False)
    assert send(ID, to="120363000000000001@g.us", content=words(), request_id="r") is sent


@pytest.mark.parametrize(
    ("age_days", "new", "days"), [(0.1, True, 0), (6.9, True, 6), (7.0, False, 7), (400, False, 400)]
)
def test_a_new_instance_is_told(registry: RecordingRegistry, age_days: float, new: bool, days: int) -> None:
    """By its last linking; without one in the timeline, by its creation."""
    linked = time.time() - age_days * DAY_S
    registry.history = [HistoryEntry(1, linked, HistoryKind.LINKED, "", "")]
    assert (link_age(ID).is_new, link_age(ID).days) == (new, days)
    registry.history = []
    registry.instance = replace(registry.instance, created_at=linked)
    assert (link_age(ID).is_new, link_age(ID).days) == (new, days)


def test_an_old_brazilian_account_is_known_without_its_nine() -> None:
    """Both ways round; other numbers have one spelling."""
    assert (
        set(number_variants("5511962345678"))
        == {"5511962345678", "551162345678"}
        == set(number_variants("551162345678"))
    )
    assert number_variants("12025550123") == ("12025550123",)


def test_nobody_is_a_stranger_to_oneself(registry: RecordingRegistry, clock: list[float]) -> None:
    """A test to the own number does not count, however WhatsApp writes that number."""
    own = registry.instance.phone
    registry.strangers |= set(number_variants(own))
    for number in number_variants(own):
        assert not send(ID, to=f"+{own}", content=words(), request_id=number).stranger


def test_what_is_left_today_goes_down_with_each_send_and_comes_back_a_day_later(
    registry: RecordingRegistry, clock: list[float]
) -> None:
    """Of the day's limit; never less than nothing."""
    assert left_today(ID) == 200
    for person in PEOPLE[:3]:
        assert press(person) == ""
    assert left_today(ID) == 197
    clock[0] += DAY_S + 1
    assert left_today(ID) == 200


def test_while_new_contacts_are_paused_only_known_people_are_written_to(
    registry: RecordingRegistry, clock: list[float]
) -> None:
    """The refusal says for how many hours; at the end it is over without a press."""
    until = clock[0] + 2.5 * 3600
    paused = SendingHealth(restriction=Restriction(paused_until=until))
    registry.instance = replace(registry.instance, sending=paused)
    assert press(PEOPLE[0]) == "new-contact-paused 3"
    registry.strangers.discard(PEOPLE[1].lstrip("+"))
    assert press(PEOPLE[1]) == ""
    clock[0] = until
    assert press(PEOPLE[0]) == ""
    assert [one.to for one in registry.sends] == [PEOPLE[1].lstrip("+"), PEOPLE[0].lstrip("+")]
