"""What belongs to a chat and not to one message: its timer, who is typing, who is behind its address."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from core.models.content import Content, Kind, Reference
from core.models.instance import InstanceState, PresenceMode
from core.models.messages import Activity, SendState
from core.services import conversations, presence, recipients
from core.store import session
from tests.emulator.content import Image, Text, TimerSetting
from tests.emulator.proto import Proto
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.contents import words
from tests.support.polling import eventually
from tests.support.runtimes import installed, runtime_of

DAY = 86_400


@pytest.fixture
def paired(house: RegistryHarness) -> Iterator[Paired]:
    """A connected instance, where the services look for it."""
    registry = house.open()
    with installed(replace(runtime_of(house.auth_dir), registry=registry)) as runtime:
        yield house.pair()
    runtime.media.close()


@pytest.fixture
def ana(house: RegistryHarness, paired: Paired) -> str:
    """A contact who calls herself Ana."""
    number = house.fresh_number()
    house.emulator.add_phone(number, "Ana")
    return number


def name_account(house: RegistryHarness, paired: Paired) -> None:
    """Let the core know what its account is called, as a phone tells it: without that it is never online."""
    house.registry.stop_instance(paired.id, timeout=10)
    store = session.session_path(house.folder(paired.id))
    with closing(sqlite3.connect(store, isolation_level=None)) as file:
        file.execute("UPDATE whatsmeow_device SET push_name = 'Dona'")
    house.registry.start_instance(paired.id)
    house.wait(paired.id, InstanceState.CONNECTED)


def heard(house: RegistryHarness, paired: Paired, message_id: str) -> None:
    """Wait until the instance confirmed a message."""
    house.emulator.wait_for(
        lambda state: [one for one in state.receipts_of(paired.number) if one.message_id == message_id],
        what="the delivery",
    )


def context_of(house: RegistryHarness, paired: Paired, to: str, content: Content | None = None) -> Proto:
    """What a message that is sent now says of what it answers and how long it lasts."""
    sent = house.send(paired.id, to=to, content=content or words("oi"), timeout=10)
    assert sent.state is SendState.SENT, sent
    message = house.emulator.message_of(sent.message_id)
    (part,) = [part for field, part in message.ListFields() if field.name != "messageContextInfo"]
    return part.contextInfo if not isinstance(part, str) else None


def timer_of(house: RegistryHarness, paired: Paired, to: str) -> int:
    """After how many seconds a text disappears that is sent now; 0 for never."""
    context = context_of(house, paired, to)
    return context.expiration if context is not None else 0


def test_our_messages_carry_the_chats_timer(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """As its messages or its setting told last; of whichever kind; also after a restart of everything."""
    assert timer_of(house, paired, ana) == 0
    sent = house.emulator.write(Text("some"), sender=ana, receiver=paired.number, timer=DAY)
    heard(house, paired, sent)
    eventually(lambda: timer_of(house, paired, ana) == DAY, timeout=10, seen=lambda: "no timer")
    place = Content(Kind.LOCATION, latitude=1, longitude=2, name="Aqui")
    assert context_of(house, paired, ana, place).expiration == DAY
    poll = Content(Kind.POLL, text="Dia?", options=("seg", "ter"))
    assert context_of(house, paired, ana, poll).expiration == DAY
    assert timer_of(house, paired, house.contact()) == 0
    house.registry.stop()
    with installed(replace(runtime_of(house.auth_dir), registry=house.open())) as runtime:
        eventually(
            lambda: house.view(paired.id).state == "connected", timeout=10, seen=lambda: house.view(paired.id)
        )
        assert timer_of(house, paired, ana) == DAY
        house.emulator.write(TimerSetting(0), sender=paired.number, receiver=ana)
        eventually(lambda: timer_of(house, paired, ana) == 0, timeout=10, seen=lambda: "still a timer")
    runtime.media.close()


def test_a_groups_timer_counts_though_nothing_was_heard_there(
    house: RegistryHarness, paired: Paired, ana: str
) -> None:
    """It is asked for before the first message; a change is told."""
    group = house.emulator.make_group("Time", members=[ana, paired.number], timer=7 * DAY)
    silent = house.emulator.make_group("Sem pressa", members=[ana, paired.number])
    assert timer_of(house, paired, group) == 7 * DAY
    assert timer_of(house, paired, silent) == 0
    house.emulator.set_group_timer(group, DAY)
    eventually(lambda: timer_of(house, paired, group) == DAY, timeout=10, seen=lambda: "another timer")
    house.emulator.set_group_timer(group, 0)
    eventually(lambda: timer_of(house, paired, group) == 0, timeout=10, seen=lambda: "still a timer")


def test_a_quote_says_what_it_quotes(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """A picture with its small one, a place by its name: as phones quote them."""
    quote = Reference("3A1", chat=house.emulator.lid_of(ana), kind=Kind.IMAGE, text="praia", thumbnail="/9j/")
    context = context_of(house, paired, ana, replace(words("linda"), about=quote))
    picture = context.quotedMessage.imageMessage
    assert (context.stanzaId, picture.caption, picture.jpegThumbnail) == ("3A1", "praia", b"\xff\xd8\xff")
    place = replace(quote, kind=Kind.LOCATION, text="MASP", thumbnail="")
    context = context_of(house, paired, ana, replace(words("onde?"), about=place))
    assert context.quotedMessage.locationMessage.name == "MASP"
    voice = replace(quote, kind=Kind.VOICE, text="", thumbnail="")
    context = context_of(house, paired, ana, replace(words("ouvi"), about=voice))
    assert context.quotedMessage.audioMessage.ptt


def test_who_is_typing_is_heard_only_by_who_is_online(
    house: RegistryHarness, paired: Paired, ana: str
) -> None:
    """By itself the instance says nothing of its owner, and its phone is silenced by nothing."""
    sent = house.emulator.write(Text("oi"), sender=ana, receiver=paired.number)
    heard(house, paired, sent)
    assert house.emulator.show_doing("typing", sender=ana, receiver=paired.number) == 0
    house.send_text(paired.id, to=ana, text="oi", timeout=10)
    assert house.emulator.state().presences_of(paired.number) == ()
    presence.show_typing(paired.id, ana, True)
    state = house.emulator.wait_for(
        lambda state: [one for one in state.presences_of(paired.number) if one.kind == "composing"],
        what="that the owner types",
    )
    # What the account is called is not known yet: it is not even online for that.
    assert [(one.kind, one.to_number) for one in state.presences_of(paired.number)] == [("composing", ana)]


def test_what_the_other_side_does_is_shown(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Typing, recording, nothing; in a group too."""
    group = house.emulator.make_group("Time", members=[ana, paired.number])
    sent = house.emulator.write(Text("oi"), sender=ana, receiver=paired.number)
    heard(house, paired, sent)
    house.registry.set_presence(paired.id, mode=PresenceMode.NEVER)
    name_account(house, paired)
    said = ["unavailable", "available", "composing"]
    house.emulator.wait_for(
        lambda state: [one.kind for one in state.presences_of(paired.number)] == said[:1],
        what="that the owner is not there",
    )
    presence.show_typing(paired.id, ana, True)
    house.emulator.wait_for(
        lambda state: [one.kind for one in state.presences_of(paired.number)] == said,
        what="that the owner is there and types",
    )
    for chat, where in ((ana, {"receiver": paired.number}), (group, {"group": group})):
        for doing, shown in (
            ("typing", Activity.TYPING),
            ("recording", Activity.RECORDING),
            ("", Activity.NOTHING),
        ):
            assert house.emulator.show_doing(doing, sender=ana, **where) == 1
            eventually(
                lambda chat=chat, shown=shown: presence.typing(paired.id, chat) is shown,  # type: ignore[misc]
                timeout=10,
                seen=lambda chat=chat: presence.typing(paired.id, chat),  # type: ignore[misc]
            )


def test_a_community_is_not_offered_as_a_group(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Its groups are."""
    house.emulator.make_group("Condomínio", members=[ana, paired.number], community=True)
    house.emulator.make_group("Avisos", members=[ana, paired.number])
    assert [group.name for group in recipients.groups(paired.id, refresh=True)] == ["Avisos"]


def test_a_group_that_no_longer_lets_us_in_takes_nothing(
    house: RegistryHarness, paired: Paired, ana: str
) -> None:
    """Though the core was not told of it."""
    group = house.emulator.make_group("Time", members=[ana, paired.number])
    assert house.send_text(paired.id, to=group, text="oi", timeout=10).state is SendState.SENT
    house.emulator.shut_out(group, paired.number)
    sent = house.send_text(paired.id, to=group, text="ainda?", timeout=10)
    assert (sent.state, sent.reason) == (SendState.FAILED, "wa-group-left")
    assert len(house.emulator.state().messages_in(group)) == 1


def test_a_number_is_one_account_with_and_without_its_9(house: RegistryHarness, paired: Paired) -> None:
    """Whichever is typed, the message goes to the one account that has it."""
    number = house.fresh_number()
    old = number[:4] + number[5:]
    house.emulator.add_phone(old, "Beto")
    sent = house.send_text(paired.id, to=number, text="oi", timeout=10)
    assert sent.state is SendState.SENT
    assert [one.message_id for one in house.emulator.messages_to(old)] == [sent.message_id]
    found = recipients.check(paired.id, number)
    assert (found.exists, found.number) == (True, old)


def test_who_hid_their_number_is_known_once_it_shows(house: RegistryHarness, paired: Paired) -> None:
    """One person, one conversation: what was said before is in it."""
    stranger = house.contact()
    first = house.emulator.write(Text("quem?"), sender=stranger, receiver=paired.number, hide_other=True)
    heard(house, paired, first)
    house.send_text(paired.id, to=stranger, text="você", timeout=10)

    def found() -> list[tuple[str, int]]:
        there = conversations.list_conversations(paired.id)
        return [(one.number, len(conversations.thread(paired.id, one.id).messages)) for one in there]

    eventually(lambda: found() == [(stranger, 2)], timeout=10, seen=found)


def test_a_picture_that_is_answered_comes_with_its_small_one(
    house: RegistryHarness, paired: Paired, ana: str
) -> None:
    """As a reader sees what is meant."""
    picture = Image(b"\xff\xd8\xff\xd9", caption="praia", thumbnail="/9j/wAALCAACAAMBAREA/9oACAEBAAA/AP/Z")
    sent = house.emulator.write(picture, sender=ana, receiver=paired.number)
    answer = house.emulator.write(Text("linda"), sender=ana, receiver=paired.number, quoting=sent)
    heard(house, paired, answer)

    def about() -> Reference | None:
        for one in conversations.list_conversations(paired.id):
            for message in conversations.thread(paired.id, one.id).messages:
                if message.message_id == answer:
                    return message.content.about
        return None

    found = eventually(about, timeout=10, seen=about)
    assert (found.kind, found.text) == (Kind.IMAGE, "praia")
    assert found.thumbnail
