"""Messages that ask for more than their words: cards, sealed ones, ones that do not come whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from core.models.content import CardPhone, ContactCard, Kind
from core.models.instance import InstanceState
from core.models.messages import InboxEntry
from core.services import inbox
from tests.emulator.content import (
    Contact,
    Contacts,
    Event,
    EventAnswer,
    Raw,
    Reaction,
    SealedEdit,
    SealedReaction,
    Text,
)
from tests.emulator.proto import wa
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.contents import words
from tests.support.polling import eventually
from tests.support.runtimes import installed, runtime_of


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


def entry(paired: Paired, message_id: str, test: Callable[[InboxEntry], object] = bool) -> InboxEntry:
    """That message, once it is there and as the test wants it."""

    def look() -> InboxEntry | None:
        found = (one for one in inbox.conversation(paired.id) if one.message_id == message_id)
        return next((one for one in found if test(one)), None)

    return eventually(look, timeout=10, seen=lambda: [repr(one) for one in inbox.conversation(paired.id)])


def card(*lines: str) -> str:
    return "\n".join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD"))


def test_contact_cards_are_as_written(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Every person and every number of one message, without a country that it does not say."""
    sent = house.emulator.write(
        Contacts(
            (
                ("Ana", card("FN:Ana", "TEL;CELL:11 91111-0000", "TEL;TYPE=WORK:+55 11 3333-0000;ext=12")),
                ("Beto", card("FN:Beto", "item1.TEL;waid=5511999990000:+55 11 99999-0000")),
            )
        ),
        sender=ana,
        receiver=paired.number,
    )
    found = entry(paired, sent).content
    assert found.kind is Kind.CONTACT
    assert found.contacts == (
        ContactCard(
            "Ana",
            (CardPhone("11 91111-0000"), CardPhone("+55 11 3333-0000", "551133330000", "12")),
        ),
        ContactCard("Beto", (CardPhone("+55 11 99999-0000", "5511999990000"),)),
    )
    assert [one.message_id for one in inbox.conversation(paired.id, search="Beto")] == [sent]


def test_a_card_of_two_people_is_two(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Though WhatsApp calls only the first by name."""
    text = card("FN:Ana", "TEL:1") + "\n" + card("FN:Beto", "TEL:2")
    sent = house.emulator.write(Contact("Ana", text), sender=ana, receiver=paired.number)
    cards = entry(paired, sent).content.cards
    assert [(one.name, one.phones[0].written) for one in cards] == [("Ana", "1"), ("Beto", "2")]


def test_a_withheld_message_has_a_line(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """It came, from whom and when; only the phone shows what it is."""
    sent = house.emulator.withhold(sender=ana, receiver=paired.number)
    found = entry(paired, sent)
    assert (found.kind, found.contact, found.name) == (Kind.PHONE_ONLY, ana, "Ana")


@pytest.mark.parametrize("in_group", [False, True])
def test_a_garbled_message_has_a_line_until_it_comes_whole(
    house: RegistryHarness, paired: Paired, ana: str, in_group: bool
) -> None:
    """Its sender's phone sends it again when it is asked to: then it says what it says, in its place."""
    group = house.emulator.make_group("Time", members=[ana, paired.number]) if in_group else ""
    receiver = "" if in_group else paired.number
    before = house.emulator.write(Text("antes"), sender=ana, receiver=receiver, group=group)
    entry(paired, before)
    sent = house.emulator.write(Text("segredo"), sender=ana, receiver=receiver, group=group, garbled=True)
    found = entry(paired, sent)
    assert (found.kind, found.name, found.group) == (Kind.UNREADABLE, "Ana", in_group)
    house.emulator.wait_for(
        lambda state: [one for one in state.receipts_of(paired.number) if one.kind == "retry"],
        what="a request to send it again",
    )
    after = house.emulator.write(Text("depois"), sender=ana, receiver=receiver, group=group)
    entry(paired, after)
    house.emulator.resend(sent)
    whole = entry(paired, sent, lambda one: one.kind is Kind.TEXT)
    assert whole.content.text == "segredo"
    assert len(inbox.conversation(paired.id)) == 3


def test_sealed_reactions_and_edits_are_opened(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """With the secret of the message that they are about, which the core keeps; after a restart too."""
    text = house.emulator.write(Text("primeiro", secret=True), sender=ana, receiver=paired.number)
    entry(paired, text)
    house.emulator.write(SealedReaction(text, "🎉"), sender=ana, receiver=paired.number)
    entry(paired, text, lambda one: [mark.text for mark in one.changes.reactions] == ["🎉"])
    before = house.view(paired.id)
    house.registry.restart_instance(paired.id)
    # What arrives while a worker goes is another matter: the core may have taken it, and nobody heard of it.
    assert house.registry.wait_for(
        paired.id,
        lambda view: view.state is InstanceState.CONNECTED and view.since > before.since,
        timeout=10,
    )
    house.emulator.write(SealedEdit(text, "segundo"), sender=ana, receiver=paired.number)
    edited = entry(paired, text, lambda one: one.changes.edited)
    assert edited.content.text == "segundo"
    assert len(inbox.conversation(paired.id)) == 1


def test_a_sealed_reaction_to_our_message_is_opened(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Its secret is one that went along."""
    sent = house.registry.send(paired.id, to=ana, content=words("oi"), timeout=10)
    house.emulator.write(SealedReaction(sent.message_id, "❤️"), sender=ana, receiver=paired.number)

    def marks() -> list[str]:
        found = inbox.changes_of_sent(paired.id, house.registry.sent(paired.id)).get(sent.message_id)
        return [one.text for one in found.reactions] if found else []

    eventually(lambda: marks() == ["❤️"], timeout=10, seen=marks)
    assert inbox.conversation(paired.id) == ()


def test_answers_to_an_event_are_counted(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """The newest of each person, in a group."""
    group = house.emulator.make_group("Time", members=[ana, paired.number])
    event = house.emulator.write(Event("Reunião"), sender=ana, group=group)
    entry(paired, event)
    for answer in ("MAYBE", "GOING"):
        house.emulator.write(EventAnswer(event, answer), sender=ana, group=group)
    found = entry(paired, event, lambda one: [mark.text for mark in one.changes.votes] == ["going"])
    assert [mark.who for mark in found.changes.votes] == ["Ana"]
    assert len(inbox.conversation(paired.id)) == 1


def test_what_cannot_be_opened_is_one_quiet_line(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Without the secret it says nothing, and what comes after it is there."""
    sealed = wa.Message(
        encReactionMessage={
            "targetMessageKey": {"remoteJid": "7@lid", "fromMe": True, "id": "3AUNKNOWN"},
            "encPayload": b"x" * 40,
            "encIv": b"i" * 12,
        }
    )
    sent = house.emulator.write(Raw(sealed.SerializeToString()), sender=ana, receiver=paired.number)
    assert entry(paired, sent).kind is Kind.UNREADABLE
    after = house.emulator.write(Text("depois"), sender=ana, receiver=paired.number)
    house.emulator.write(Reaction(after, "👍"), sender=ana, receiver=paired.number)
    entry(paired, after, lambda one: one.changes.reactions)
