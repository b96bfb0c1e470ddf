"""The recent chats that a phone hands over when it links a device, for those who want them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from core.models.conversations import Conversation
from core.services import conversations
from tests.emulator.content import Chat, Past, Text
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually
from tests.support.runtimes import installed, runtime_of


@pytest.fixture
def opened(house: RegistryHarness) -> Iterator[RegistryHarness]:
    """A registry, where the services look for it."""
    registry = house.open()
    with installed(replace(runtime_of(house.auth_dir), registry=registry)) as runtime:
        yield house
    runtime.media.close()


def said(chat: Conversation) -> list[str]:
    """What was said in a chat, oldest first."""
    return [one.content.text for one in conversations.thread(chat.instance_id, chat.id).messages]


def test_recent_chats_appear_with_names_and_last_messages(
    opened: RegistryHarness, fresh_number: Callable[[], str]
) -> None:
    """In their order, as read; what arrives meanwhile is unread, and the chat's timer is known."""
    ana, beto, owner = fresh_number(), fresh_number(), fresh_number()
    opened.emulator.add_phone(ana, "Ana")
    opened.emulator.add_phone(beto, "Beto")
    opened.emulator.add_phone(owner, "Dona")
    group = opened.emulator.make_group("Time", members=[ana, owner])
    now = int(time.time())
    opened.emulator.send_history(
        owner,
        [
            Chat(
                ana,
                (Past(Text("um"), now - 900, ana), Past(Text("dois"), now - 800)),
                unread=1,
                timer=86_400,
            ),
            Chat(beto, tuple(Past(Text(str(number)), now - 700 + number, beto) for number in range(30))),
            Chat(group, (Past(Text("no time"), now - 600, ana),)),
        ],
    )
    paired = opened.pair(number=owner, history=True)
    opened.emulator.write(Text("agora"), sender=ana, receiver=owner)

    def there() -> list[tuple[str, str, int]]:
        found = conversations.list_conversations(paired.id)
        return [(one.name, one.latest.text if one.latest else "", one.unread) for one in found]

    expected = [("Ana", "agora", 1), ("Time", "no time", 0), ("Beto", "29", 0)]
    eventually(lambda: there() == expected, timeout=20, seen=there)
    first, second, third = conversations.list_conversations(paired.id)
    assert said(first) == ["um", "dois", "agora"]
    assert said(second) == ["no time"]
    assert said(third) == [str(number) for number in range(10, 30)], "the last twenty"
    assert first.number == ana
    assert conversations.unread_counts() == {paired.id: 1}
    sent = opened.send_text(paired.id, to=ana, text="sim", timeout=10)
    part = opened.emulator.message_of(sent.message_id).extendedTextMessage
    assert part.contextInfo.expiration == 86_400


def test_without_a_wish_the_past_stays_on_the_phone(
    opened: RegistryHarness, fresh_number: Callable[[], str]
) -> None:
    """Nothing of it is taken over."""
    ana, owner = fresh_number(), fresh_number()
    past = Chat(ana, (Past(Text("de antes"), int(time.time()) - 900, ana),))
    opened.emulator.send_history(owner, [past])
    paired = opened.pair(number=owner)
    opened.emulator.write(Text("agora"), sender=ana, receiver=owner)
    eventually(lambda: conversations.list_conversations(paired.id), timeout=10, seen=lambda: "nothing")
    (only,) = conversations.list_conversations(paired.id)
    assert said(only) == ["agora"]


def test_a_large_past_does_not_hold_up_what_happens_now(
    opened: RegistryHarness, fresh_number: Callable[[], str]
) -> None:
    """It comes at leisure, and only so much of it."""
    owner, ana = fresh_number(), fresh_number()
    now = int(time.time())
    chats = [
        Chat(number := fresh_number(), tuple(Past(Text("x" * 500), now - at, number) for at in range(30)))
        for _ in range(40)
    ]
    opened.emulator.send_history(owner, chats)
    paired = opened.pair(number=owner, history=True)
    before = time.monotonic()
    opened.send_text(paired.id, to=ana, text="já", timeout=10)
    assert time.monotonic() - before < 3
    eventually(
        lambda: len(conversations.list_conversations(paired.id, limit=100)) == 41,
        timeout=30,
        seen=lambda: len(conversations.list_conversations(paired.id, limit=100)),
    )
