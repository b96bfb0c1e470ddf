"""What WhatsApp tells of a number and of the account's groups, through a real worker."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from core.errors import AppError, NotConnectedError, WorkerLostError
from core.models.messages import SendState
from core.models.recipients import Group, NumberLookup
from core.models.worker_commands import CheckNumber, ListGroups
from core.services import recipients
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.runtimes import installed, runtime_of


def face() -> bytes:
    """A picture as people have one."""
    data = io.BytesIO()
    Image.new("RGB", (96, 96), "teal").save(data, "JPEG")
    return data.getvalue()


@pytest.fixture
def paired(house: RegistryHarness) -> Iterator[Paired]:
    """A connected instance, where the services look for it."""
    registry = house.open()
    with installed(replace(runtime_of(house.auth_dir), registry=registry)) as runtime:
        yield house.pair()
    runtime.media.close()


def test_a_number_is_checked_with_what_its_owner_shows(house: RegistryHarness, paired: Paired) -> None:
    """A name once they wrote, a business at once; the picture unless hidden; no WhatsApp is told as that."""
    contact = house.fresh_number()
    house.emulator.add_phone(contact, "Ana")
    assert recipients.check(paired.id, contact) == NumberLookup(exists=True, number=contact)
    house.emulator.set_picture(contact, face())
    house.emulator.inbound(sender=contact, receiver=paired.number, text="oi")
    house.emulator.wait_for(lambda s: s.receipts_of(paired.number), what="the delivery")
    shown = recipients.check(paired.id, contact)
    assert shown == NumberLookup(exists=True, number=contact, name="Ana", picture=face())
    house.emulator.set_picture(contact, face(), hidden=True)
    assert recipients.check(paired.id, contact).picture == b""
    house.emulator.set_picture(contact, b"no picture at all")
    assert recipients.check(paired.id, contact).picture == b""
    shop = house.fresh_number()
    house.emulator.add_phone(shop, business="Padaria Sol")
    assert recipients.check(paired.id, shop).name == "Padaria Sol"
    stranger = house.contact()
    house.emulator.faults(unknown_numbers=[stranger])
    assert recipients.check(paired.id, stranger) == NumberLookup(exists=False, number=stranger)


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("555198{}", "5551998{}"),  # Brazil, before the 9
        ("5551997{}", "555197{}"),
        ("52155{}34", "5255{}34"),  # Mexico, with the 1
        ("54911{}34", "5411{}34"),  # Argentina, a mobile
        ("5411{}35", "54911{}35"),  # and a business on a landline
    ],
)
def test_an_account_is_found_in_either_spelling_and_written_to(
    house: RegistryHarness, paired: Paired, known: str, typed: str
) -> None:
    """It is named as WhatsApp knows it; what goes to either reaches it, and so does an answer to it."""
    end = house.fresh_number()[-6:]
    known, typed = known.format(end), typed.format(end)
    house.emulator.add_phone(known, "Ana")
    assert recipients.check(paired.id, typed).number == known
    assert recipients.check(paired.id, known).number == known
    house.emulator.inbound(sender=known, receiver=paired.number, text="oi")
    for to in (typed, known):
        assert house.send_text(paired.id, to=to, text=to, timeout=10).state is SendState.SENT
    assert [message.text for message in house.emulator.messages_to(known)] == [typed, known]


def test_the_groups_are_told_by_name(
    house: RegistryHarness, paired: Paired, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those the account is in; a new one shows after a minute, or at once when asked for."""
    contact = house.contact()
    assert recipients.groups(paired.id) == ()
    team = house.emulator.make_group("time", members=[contact, paired.number, house.contact()])
    news = house.emulator.make_group("Avisos", members=[contact, paired.number], admins_only=True)
    house.emulator.make_group("Dos outros", members=[contact, house.contact()])
    expected = (Group(news, "Avisos", 2, may_write=False), Group(team, "time", 3))
    assert recipients.groups(paired.id) == ()
    assert recipients.groups(paired.id, refresh=True) == expected == recipients.groups(paired.id)
    monkeypatch.setattr(recipients, "GROUPS_KEPT_S", 0.0)
    house.emulator.change_group(team, rename="Time")
    assert [group.name for group in recipients.groups(paired.id)] == ["Avisos", "Time"]


def test_a_question_without_an_answer_ends(house: RegistryHarness, paired: Paired) -> None:
    """Not connected, a worker that dies meanwhile, an answer that takes too long: each its own error."""
    house.emulator.faults(latency_s=2.0)
    with pytest.raises(AppError, match="no-answer"):
        house.registry.ask(ListGroups(paired.id, uuid4().hex), timeout=0.3)
    caught: list[Any] = []

    def ask() -> None:
        question = CheckNumber(paired.id, uuid4().hex, number=house.fresh_number())
        with pytest.raises(WorkerLostError) as error:
            house.registry.ask(question, timeout=20)
        caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    house.worker(paired.id).kill()
    asking.join(10)
    assert len(caught) == 1
    house.emulator.clear_faults()
    house.registry.stop_instance(paired.id, timeout=5)
    with pytest.raises(NotConnectedError):
        house.registry.ask(ListGroups(paired.id, uuid4().hex), timeout=5)
    with pytest.raises(NotConnectedError):
        recipients.groups(paired.id, refresh=True)
