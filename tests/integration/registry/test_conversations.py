"""One person, one conversation, through the genuine core: hidden numbers, spellings, groups, the phone."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from core.models.conversations import Conversation, Filter, Thread
from core.models.instance import InstanceState
from core.models.messages import SendState
from core.models.recipients import Recipient
from core.services import conversations, inbox
from tests.emulator.content import Reaction, Text
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.contents import words
from tests.support.polling import eventually


@pytest.fixture
def paired(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> Paired:
    """A connected instance, which the services know."""
    house.open()
    for service in (conversations, inbox):
        monkeypatch.setattr(service, "current", lambda: SimpleNamespace(registry=house.registry))
    return house.pair()


def listed(paired: Paired, test: Callable[[tuple[Conversation, ...]], object]) -> tuple[Conversation, ...]:
    """The list, once it is as the test wants it."""

    def look() -> tuple[Conversation, ...] | None:
        found = conversations.list_conversations(paired.id)
        return found if test(found) else None

    return eventually(look, timeout=10, seen=lambda: conversations.list_conversations(paired.id))


def newest(paired: Paired) -> str:
    """What was said last in any conversation."""
    found = conversations.list_conversations(paired.id, limit=1)
    return found[0].latest.text if found and found[0].latest else ""


def said(paired: Paired, conversation: Conversation, *texts: str) -> Thread:
    """The thread, once it says just that."""

    def look() -> Thread | None:
        thread = conversations.thread(paired.id, conversation.id)
        return thread if [one.content.text for one in thread.messages] == [*texts] else None

    return eventually(look, timeout=10, seen=lambda: conversations.thread(paired.id, conversation.id))


def test_first_with_a_hidden_number_then_with_it(house: RegistryHarness, paired: Paired) -> None:
    """One conversation, under the id it had; answers reach the person by the number that is known then."""
    ana = house.contact()
    write = house.emulator.write
    write(Text("quem fala?"), sender=ana, receiver=paired.number, hide_other=True)
    (hidden,) = listed(paired, bool)
    assert (hidden.number, hidden.address) == ("", house.emulator.lid_of(ana))
    answer = house.send_text(paired.id, to=hidden.address, text="a loja", timeout=15)
    assert answer.state is SendState.SENT
    write(Text("sou a Ana"), sender=ana, receiver=paired.number)
    write(Text("de novo"), sender=ana, receiver=paired.number, by_number=True)
    thread = said(paired, hidden, "quem fala?", "a loja", "sou a Ana", "de novo")
    (known,) = listed(paired, lambda found: len(found) == 1)
    assert (known.id, known.number, known.address) == (hidden.id, ana, ana)
    assert thread.conversation == known
    house.send_text(paired.id, to=known.address, text="oi, Ana", timeout=15)
    said(paired, hidden, "quem fala?", "a loja", "sou a Ana", "de novo", "oi, Ana")
    assert [one.text for one in house.emulator.messages_to(ana)] == ["a loja", "oi, Ana"]


def test_an_account_from_before_the_nine(house: RegistryHarness, paired: Paired) -> None:
    """Written to with it, answering without it: one conversation."""
    tail = house.fresh_number()[-7:]
    dialled, known = f"55519{8}{tail}", f"5551{8}{tail}"
    house.emulator.add_phone(known, "Ana")
    begun = conversations.with_recipient(paired.id, Recipient(dialled))
    assert house.send_text(paired.id, to=dialled, text="oi", timeout=15).state is SendState.SENT
    house.emulator.write(Text("quem é?"), sender=known, receiver=paired.number)
    said(paired, begun, "oi", "quem é?")
    (one,) = listed(paired, bool)
    assert (one.id, one.number, one.name) == (begun.id, known, "Ana")
    assert conversations.with_recipient(paired.id, Recipient(dialled)) == one


def test_a_group_and_its_members_apart(house: RegistryHarness, paired: Paired) -> None:
    """Everybody's words in one conversation, and what its members write alone in theirs."""
    ana, beto = house.contact(), house.contact()
    group = house.emulator.make_group("Família", members=[ana, beto, paired.number])
    first = house.emulator.write(Text("oi a todos"), sender=ana, group=group)
    house.emulator.write(Text("oi"), sender=beto, group=group)
    house.emulator.write(Text("só para você"), sender=ana, receiver=paired.number)
    found = listed(paired, lambda found: len(found) == 2 and any(one.name == "Família" for one in found))
    family = next(one for one in found if one.group)
    said(paired, family, "oi a todos", "oi")
    house.emulator.write(Reaction(first, "👍"), sender=beto, group=group)
    house.registry.send(paired.id, to=group, content=words("oi, família"), to_name="Família", timeout=15)
    thread = said(paired, family, "oi a todos", "oi", "oi, família")
    assert [one.author for one in thread.messages] == [ana, beto, ""]
    assert [one.id for one in conversations.list_conversations(paired.id, only=Filter.GROUPS)] == [family.id]
    eventually(
        lambda: conversations.thread(paired.id, family.id).messages[0].changes.reactions,
        timeout=10,
        seen=lambda: conversations.thread(paired.id, family.id),
    )


def test_what_the_owner_writes_on_the_phone(house: RegistryHarness, paired: Paired) -> None:
    """In the same conversation as what is sent from here, once, and never unread."""
    ana = house.contact()
    house.emulator.write(Text("pelo celular"), sender=paired.number, receiver=ana)
    (conversation,) = listed(paired, bool)
    house.send_text(paired.id, to=ana, text="daqui", timeout=15)
    house.emulator.write(Text("resposta"), sender=ana, receiver=paired.number)
    thread = said(paired, conversation, "pelo celular", "daqui", "resposta")
    assert [(one.from_me, one.unread) for one in thread.messages] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert conversations.get(paired.id, conversation.id).unread == 1


def test_a_restart_keeps_what_is_unread(house: RegistryHarness, paired: Paired) -> None:
    """By conversation, up to what was shown; ids stay the same, and what comes then is added."""
    ana, beto = house.contact(), house.contact()
    for sender, text in ((ana, "1"), (ana, "2"), (beto, "3")):
        house.emulator.write(Text(text), sender=sender, receiver=paired.number)
        eventually(lambda text=text: newest(paired) == text, timeout=10, seen=lambda: newest(paired))  # type: ignore[misc]
    with_beto, with_ana = conversations.list_conversations(paired.id)
    shown = conversations.thread(paired.id, with_ana.id).messages[0]
    conversations.note_seen(paired.id, with_ana.id, up_to=shown.key)
    house.registry.stop()
    house.open()
    house.wait(paired.id, InstanceState.CONNECTED)
    again = conversations.list_conversations(paired.id)
    assert [(one.id, one.unread) for one in again] == [(with_beto.id, 1), (with_ana.id, 1)]
    assert conversations.unread_counts() == {paired.id: 2}
    house.emulator.write(Text("4"), sender=ana, receiver=paired.number)
    said(paired, with_ana, "1", "2", "4")
    assert conversations.unread_counts() == {paired.id: 3}

    def read() -> int:
        return sum(one.kind == "read" for one in house.emulator.state().receipts_of(paired.number))

    assert read() == 0
    conversations.mark_read(paired.id, with_ana.id)
    eventually(read, timeout=10, seen=read)
    assert conversations.unread_counts() == {paired.id: 1}
