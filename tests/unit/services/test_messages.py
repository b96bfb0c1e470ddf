"""Sending by hand: what is refused, what is passed on, and how fast."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import (
    AppError,
    InvalidInputError,
    LimitReachedError,
    NotConnectedError,
    UnknownInstanceError,
)
from core.messages.outbox import KEPT_PER_INSTANCE
from core.models.content import Attachment, Content, Kind, Reference
from core.models.instance import InstanceState
from core.models.messages import SendState, SentMessage
from core.models.recipients import Recipient
from core.services import message_validation, messages
from core.services.messages import recent_messages, resend, verify
from core.settings import MOST_SENDS_PER_DAY, read_settings
from tests.support.contents import words
from tests.unit.services.conftest import ID, RecordingRegistry, send, view

TO = "+55 11 91234-5678"


def send_text(instance_id: str, *, to: str, text: str, request_id: str = "") -> SentMessage:
    """Send words."""
    return send(instance_id, to=to, content=words(text), request_id=request_id)


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time as the services and the recording registry see it."""
    clock = Clock()
    monkeypatch.setattr("time.time", clock.time)
    return clock


@pytest.mark.parametrize(
    "text", ["oi", "x" * 4096, "linha 1\nlinha 2\n", "👩‍👩‍👧 ✅", " com espaços ", "<b>&amp;</b>"]
)
def test_a_text_is_passed_on_as_it_is(registry: RecordingRegistry, text: str) -> None:
    """Spaces, lines and emoji are the person's business; the number is cleaned."""
    sent = send_text(ID, to=TO, text=text)
    assert (sent.content.text, sent.to, sent.instance_id) == (text, "5511912345678", ID)
    assert registry.sends == [sent]


def test_half_an_emoji_becomes_a_question_mark(registry: RecordingRegistry) -> None:
    """A lone surrogate cannot travel; the rest of the text does."""
    assert send_text(ID, to=TO, text="a\ud83db").content.text == "a?b"


@pytest.mark.parametrize(
    ("to", "text", "code", "detail"),
    [
        ("", "oi", "number-empty", ""),
        ("abc", "oi", "number-letters", ""),
        ("11 91234-5678", "oi", "number-no-country", "+55 11912345678"),
        (TO, "", "text-empty", ""),
        (TO, " \n\t\u00a0 ", "text-empty", ""),
        (TO, "x" * 4097, "text-too-long", "4096"),
        (TO, "🙂" * 5_000, "text-too-long", "4096"),
    ],
)
def test_bad_input_sends_nothing(
    registry: RecordingRegistry, to: str, text: str, code: str, detail: str
) -> None:
    """Each mistake has its code; nothing reaches the registry."""
    with pytest.raises(InvalidInputError) as caught:
        send_text(ID, to=to, text=text)
    assert (caught.value.code, caught.value.detail) == (code, detail)
    assert registry.sends == []


@pytest.mark.parametrize("state", [state for state in InstanceState if state is not InstanceState.CONNECTED])
def test_only_a_connected_instance_sends(registry: RecordingRegistry, state: InstanceState) -> None:
    """In every other state the person is told, and nothing waits to go out later by surprise."""
    registry.instance = view(state=state)
    with pytest.raises(NotConnectedError):
        send_text(ID, to=TO, text="oi")
    assert registry.sends == []


def test_an_unknown_instance_is_told(registry: RecordingRegistry) -> None:
    """A page that was left open on a deleted instance."""
    with pytest.raises(UnknownInstanceError):
        send_text("gone-bbbbbb", to=TO, text="oi")
    assert registry.sends == []


def test_a_repeated_request_sends_once_even_when_nothing_may_be_sent(registry: RecordingRegistry) -> None:
    """A page that runs again gets the first outcome, also after the instance went down."""
    first = send_text(ID, to=TO, text="oi", request_id="r")
    registry.instance = replace(registry.instance, state=InstanceState.RECONNECTING)
    assert send_text(ID, to=TO, text="oi", request_id="r") is first
    assert len(registry.sends) == 1


def test_twenty_a_minute_and_no_more(registry: RecordingRegistry, clock: Clock) -> None:
    """The 21st within a minute is refused with the seconds to wait; after them it goes."""
    for _ in range(20):
        send_text(ID, to=TO, text="oi")
        clock.now += 1
    with pytest.raises(LimitReachedError) as caught:
        send_text(ID, to=TO, text="oi")
    assert (caught.value.code, caught.value.detail) == ("send-rate", "41")
    clock.now += float(caught.value.detail)
    for _ in range(2):  # the first two are older than a minute by then
        send_text(ID, to=TO, text="oi")
    with pytest.raises(LimitReachedError):
        send_text(ID, to=TO, text="oi")
    assert len(registry.sends) == 22


def test_a_repeated_request_is_not_counted_as_a_send(registry: RecordingRegistry, clock: Clock) -> None:
    """At the limit a page that runs again still gets its outcome."""
    for number in range(20):
        send_text(ID, to=TO, text="oi", request_id=str(number))
    assert send_text(ID, to=TO, text="oi", request_id="0").request_id == "0"


def test_the_limit_is_each_instances_own(registry: RecordingRegistry, clock: Clock) -> None:
    """One busy instance does not hold back another."""
    for _ in range(20):
        send_text(ID, to=TO, text="oi")
    registry.instance = view(id_="other-bbbbbb")
    assert send_text("other-bbbbbb", to=TO, text="oi").instance_id == "other-bbbbbb"


def test_a_send_soon_is_on_its_way_and_follows_every_rule(registry: RecordingRegistry, clock: Clock) -> None:
    """It comes back before there is an answer; an id never sends twice, and what is refused does not go."""
    to = Recipient("5511912345678")
    sent = messages.send_soon(ID, to=to, content=words("oi"), request_id="r")
    assert sent.state is SendState.SENDING
    assert messages.send_soon(ID, to=to, content=words("outro"), request_id="r") == sent
    assert registry.sends == [sent]
    with pytest.raises(InvalidInputError, match="text-empty"):
        messages.send_soon(ID, to=to, content=words(" "), request_id="s")
    with pytest.raises(AppError, match="account-changed"):
        messages.send_soon(ID, to=to, content=words("oi"), request_id="s", account="5521900000000")
    for number in range(19):
        messages.send_soon(ID, to=to, content=words("oi"), request_id=f"more-{number}")
    with pytest.raises(LimitReachedError):
        messages.send_soon(ID, to=to, content=words("oi"), request_id="one too many")
    assert len(registry.sends) == 20


def test_a_message_may_be_sent_again_without_waiting(registry: RecordingRegistry) -> None:
    """As another one, on its way."""
    send_text(ID, to=TO, text="oi", request_id="first")
    again = resend(ID, "first", new_request_id="second", wait=False)
    assert (again.request_id, again.state, again.content.text) == ("second", SendState.SENDING, "oi")


def test_the_last_twenty_are_shown_newest_first(registry: RecordingRegistry, clock: Clock) -> None:
    """More than a page can use is not given."""
    for number in range(30):
        send_text(ID, to=TO, text=str(number))
        clock.now += 10
    assert [message.content.text for message in recent_messages(ID)] == [str(n) for n in range(29, 9, -1)]


def test_two_hundred_a_day_and_no_more(registry: RecordingRegistry, clock: Clock) -> None:
    """The 201st within 24 hours is refused with the hours to wait; after them it goes."""
    for _ in range(200):
        send_text(ID, to=TO, text="oi")
        clock.now += 60
    with pytest.raises(LimitReachedError) as caught:
        send_text(ID, to=TO, text="oi")
    assert (caught.value.code, caught.value.detail) == ("send-day", "21")
    clock.now += 86_400 - 200 * 60 + 1
    send_text(ID, to=TO, text="oi")
    with pytest.raises(LimitReachedError):
        send_text(ID, to=TO, text="oi")


def test_a_look_at_an_uncertain_send_sends_nothing(registry: RecordingRegistry) -> None:
    """It gives what is known then."""
    sent = send_text(ID, to=TO, text="oi", request_id="r")
    assert verify(ID, "r") is sent
    assert registry.sends == [sent]


PHOTO = Content(Kind.IMAGE, text="foto", file=Attachment("f.jpg", "image/jpeg", size=65_536, path="/tmp/f"))


def uploaded(message: SentMessage) -> SentMessage:
    """The send after its file reached the media host."""
    assert message.content.file is not None
    file = replace(message.content.file, remote="{}")
    return replace(message, content=replace(message.content, file=file))


@pytest.mark.parametrize("to", [TO, "120363000000000001@g.us", "123456789012345@lid"])
def test_a_message_is_sent_again_as_another_one(registry: RecordingRegistry, to: str) -> None:
    """To the same recipient; pressed twice, it is one more and not two."""
    first = send(ID, to=to, content=words("oi"), request_id="r")
    again = resend(ID, "r", new_request_id="s")
    assert (again.to, again.content, again.request_id) == (first.to, words("oi"), "s")
    assert resend(ID, "r", new_request_id="s") is again
    assert registry.sends == [first, again]


def test_a_file_is_sent_again_from_the_media_host(registry: RecordingRegistry, clock: Clock) -> None:
    """Without the file, and without waiting for an upload; not when it never came there, or too long ago."""
    send(ID, to=TO, content=PHOTO, request_id="r")
    with pytest.raises(InvalidInputError, match="resend-file"):
        resend(ID, "r", new_request_id="s")
    registry.sends[0] = uploaded(registry.sends[0])
    registry.timeouts.clear()
    again = resend(ID, "r", new_request_id="s")
    assert again.content.file == replace(registry.sends[0].content.file, path="")  # type: ignore[type-var]
    assert registry.timeouts == [15.0]
    clock.now += messages.FILE_KEPT_S + 1
    with pytest.raises(InvalidInputError, match="resend-file"):
        resend(ID, "r", new_request_id="t")


@pytest.mark.parametrize(("request_id", "code"), [("r", "resend-kind"), ("never", "resend-unknown")])
def test_what_cannot_be_sent_again_is_told(registry: RecordingRegistry, request_id: str, code: str) -> None:
    """A reaction is made anew; of a send that is not remembered nothing is known."""
    about = Reference("3A", from_me=False)
    send(ID, to=TO, content=Content(Kind.REACTION, text="👍", about=about), request_id="r")
    with pytest.raises(InvalidInputError) as caught:
        resend(ID, request_id, new_request_id="s")
    assert caught.value.code == code


def test_a_file_has_its_own_time(registry: RecordingRegistry) -> None:
    """The page waits for its way to the media host too, however slow."""
    send(ID, to=TO, content=PHOTO)
    send(ID, to=TO, content=words())
    assert registry.timeouts == [15.0 + 30.0 + 1.0, 15.0]


def test_a_group_carries_its_name(registry: RecordingRegistry) -> None:
    """As the sender knows it, also when it is sent again; nothing is asked of WhatsApp for it."""
    group = Recipient("120363000000000001@g.us", "Time")
    assert messages.send(ID, to=group, content=words(), request_id="r").to_name == "Time"
    assert resend(ID, "r", new_request_id="s").to_name == "Time"
    unnamed = Recipient(group.address)
    assert messages.send(ID, to=unnamed, content=words()).to_name == ""


def test_without_a_running_registry_the_way_to_start_is_named() -> None:
    """Somebody who ran the wrong command reads the right one."""
    with pytest.raises(RuntimeError, match=r"streamlit run app\.py") as caught:
        send_text(ID, to=TO, text="oi")
    assert not isinstance(caught.value, AppError)


def test_the_limits_are_the_promised_ones() -> None:
    """Other numbers are other promises."""
    assert (message_validation.TEXT_LIMIT, messages.ANSWER_WITHIN_S) == (4096, 15.0)
    assert MOST_SENDS_PER_DAY == 200 <= KEPT_PER_INSTANCE
    promised = read_settings({})
    assert (promised.sends_per_minute, promised.sends_per_day) == (20, 200)
    assert (promised.new_contacts_per_minute, promised.new_contacts_per_day) == (3, 20)
