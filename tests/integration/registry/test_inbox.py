"""What people write, of every kind, from the emulator's phones through the genuine core into the inbox."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from PIL import Image as Picture

from core.errors import AppError
from core.models.content import Kind
from core.models.messages import InboxEntry
from core.services import inbox
from tests.emulator.content import (
    Audio,
    Chat,
    Contact,
    Content,
    Deletion,
    Document,
    Edit,
    Event,
    Image,
    Location,
    Past,
    Poll,
    Reaction,
    Sticker,
    Text,
    Video,
    Vote,
)
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.contents import words
from tests.support.polling import eventually

VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:João\nTEL;waid=5511999990000:+55 11 99999-0000\nEND:VCARD"


def jpeg() -> bytes:
    """A picture."""
    made = io.BytesIO()
    Picture.new("RGB", (320, 200), "teal").save(made, "JPEG")
    return made.getvalue()


FILES: dict[Kind, Content] = {
    Kind.IMAGE: Image(jpeg(), "image/jpeg", "uma foto"),
    Kind.VIDEO: Video(b"\0\0\0\x18ftypmp42" + b"v" * 5_000, "video/mp4", "um filme", 7),
    Kind.AUDIO: Audio(b"ID3" + b"a" * 3_000, "audio/mpeg", 61),
    Kind.VOICE: Audio(b"OggS" + b"o" * 900, "audio/ogg; codecs=opus", 3, voice=True),
    Kind.DOCUMENT: Document(b"%PDF-1.4 " + b"d" * 70_000, "ata.pdf", "application/pdf", "leia"),
    Kind.STICKER: Sticker(b"RIFF\0\0\0\0WEBP", "image/webp"),
}
PLAIN: dict[Kind, Content] = {
    Kind.TEXT: Text("Olá ✓"),
    Kind.LOCATION: Location(-23.561414, -46.655881, "MASP", "Av. Paulista, 1578"),
    Kind.CONTACT: Contact("João", VCARD),
    Kind.POLL: Poll("Que dia?", ("segunda", "terça"), 1),
    Kind.EVENT: Event("Reunião", "Traga o contrato", 1_800_000_000, "Sala 3"),
}


@pytest.fixture
def paired(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> Paired:
    """A connected instance, which the services know."""
    house.open()
    monkeypatch.setattr(inbox, "current", lambda: SimpleNamespace(registry=house.registry))
    return house.pair()


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


@pytest.mark.parametrize("in_group", [False, True])
def test_every_kind_arrives_and_its_file_byte_for_byte(
    house: RegistryHarness, paired: Paired, ana: str, in_group: bool
) -> None:
    """From a person and in a group: the kind, the sender's number, the words; nothing is fetched unasked."""
    group = house.emulator.make_group("Família ❤️", members=[ana, paired.number]) if in_group else ""
    receiver = "" if in_group else paired.number
    contents = {**FILES, **PLAIN}
    sent = {
        kind: house.emulator.write(content, sender=ana, receiver=receiver, group=group)
        for kind, content in contents.items()
    }
    for kind, message_id in sent.items():
        found = entry(paired, message_id)
        assert (found.kind, found.contact, found.name) == (kind, ana, "Ana")
        assert (found.group, found.from_me) == (in_group, False)
    if in_group:
        entry(paired, sent[Kind.TEXT], lambda one: one.group_name == "Família ❤️")
    document = entry(paired, sent[Kind.DOCUMENT]).content
    assert (document.text, document.file and document.file.name) == ("leia", "ata.pdf")
    event = entry(paired, sent[Kind.EVENT]).content
    assert (event.name, event.text, event.address) == ("Reunião", "Traga o contrato", "Sala 3")
    assert (event.starts_at, event.cancelled) == (1_800_000_000, False)
    place = entry(paired, sent[Kind.LOCATION]).content
    assert (place.name, round(place.latitude, 5)) == ("MASP", -23.56141)
    assert entry(paired, sent[Kind.CONTACT]).content.phone == "5511999990000"
    for kind, content in FILES.items():
        assert inbox.fetch(paired.id, sent[kind]) == content.data  # type: ignore[union-attr]
    assert len(inbox.conversation(paired.id)) == len(contents)
    kept = b"".join(path.read_bytes() for path in house.folder(paired.id).iterdir())
    assert b"d" * 1_000 not in kept, "no file is stored"


def test_a_file_that_cannot_be_had_is_told_by_why(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Gone from the servers, damaged; and a message without one."""
    sent = house.emulator.write(FILES[Kind.IMAGE], sender=ana, receiver=paired.number)
    text = house.emulator.write(Text("oi"), sender=ana, receiver=paired.number)
    entry(paired, sent)
    entry(paired, text)
    for fault, code in (({"media_status": 410}, "file-gone"), ({"corrupt_media": True}, "file-damaged")):
        house.emulator.faults(**fault)
        with pytest.raises(AppError) as caught:
            inbox.fetch(paired.id, sent)
        house.emulator.clear_faults()
        assert caught.value.code == code
    with pytest.raises(AppError) as caught:
        inbox.fetch(paired.id, text)
    assert caught.value.code == "file-none"
    assert inbox.fetch(paired.id, sent) == jpeg()


def test_the_sender_learns_of_reading_only_when_asked(
    house: RegistryHarness, paired: Paired, ana: str
) -> None:
    """No read receipt by itself; then one for exactly that message, which stays marked."""
    first, second = (
        house.emulator.write(Text(text), sender=ana, receiver=paired.number) for text in ("um", "dois")
    )
    entry(paired, second)

    def read() -> list[str]:
        receipts = house.emulator.state().receipts_of(paired.number)
        return [one.message_id for one in receipts if one.kind == "read"]

    assert read() == []
    inbox.mark_read(paired.id, [first])
    eventually(lambda: read() == [first], timeout=10, seen=read)
    assert [one.read for one in inbox.conversation(paired.id)] == [False, True]


def test_what_is_said_of_a_message_shows_on_it(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Newest words, reactions with who, votes as options; a deleted one says nothing any more."""
    text, poll, gone = (
        house.emulator.write(content, sender=ana, receiver=paired.number)
        for content in (Text("primeiro"), PLAIN[Kind.POLL], Text("segredo"))
    )
    for change in (Edit(text, "segundo"), Edit(text, "terceiro"), Reaction(text, "😂"), Deletion(gone)):
        house.emulator.write(change, sender=ana, receiver=paired.number)
    house.emulator.write(Vote(poll, ("terça",)), sender=ana, receiver=paired.number)
    house.emulator.write(Reaction(text, "👍"), sender=paired.number, receiver=ana)
    answer = house.emulator.write(Text("sim"), sender=ana, receiver=paired.number, quoting=text)
    changed = entry(paired, text, lambda one: len(one.changes.reactions) == 2)
    assert (changed.content.text, changed.changes.edited) == ("terceiro", True)
    assert [(one.text, one.who, one.from_me) for one in changed.changes.reactions] == [
        ("😂", "Ana", False),
        ("👍", "", True),
    ]
    voted = entry(paired, poll, lambda one: one.changes.votes)
    assert [(one.text, one.who) for one in voted.changes.votes] == [("terça", "Ana")]
    deleted = entry(paired, gone, lambda one: one.changes.deleted)
    assert "segredo" not in deleted.content.to_json()
    assert inbox.conversation(paired.id, search="segredo") == ()
    assert inbox.conversation(paired.id, search="primeiro") == ()
    assert [one.message_id for one in inbox.conversation(paired.id, search="TERCEÍRO")] == [text]
    quoted = entry(paired, answer).content.about
    assert quoted is not None
    assert (quoted.message_id, quoted.text) == (text, "primeiro")


def test_a_gif_is_known_from_a_film(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Phones send both as a video; a page calls one of them a GIF."""
    gif = house.emulator.write(Video(b"\0\0\0\x18ftypmp42", gif=True), sender=ana, receiver=paired.number)
    film = house.emulator.write(Video(b"\0\0\0\x18ftypmp42"), sender=ana, receiver=paired.number)
    marks = []
    for message_id in (gif, film):
        file = entry(paired, message_id).content.file
        assert file is not None
        marks.append(file.gif)
    assert marks == [True, False]


def test_what_is_quoted_is_named_with_its_small_picture(
    house: RegistryHarness, paired: Paired, ana: str
) -> None:
    """An answer to a picture says so, also where the picture has no words."""
    photo = house.emulator.write(Image(jpeg(), "image/jpeg"), sender=ana, receiver=paired.number)
    answer = house.emulator.write(Text("linda"), sender=ana, receiver=paired.number, quoting=photo)
    quoted = entry(paired, answer).content.about
    assert quoted is not None
    assert (quoted.message_id, quoted.text, quoted.kind) == (photo, "", Kind.IMAGE)


def test_what_is_said_of_our_messages_is_known(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """A contact's reaction to what was sent from here."""
    sent = house.registry.send(paired.id, to=ana, content=words("oi"), timeout=10)
    house.emulator.write(Reaction(sent.message_id, "❤️"), sender=ana, receiver=paired.number)

    def marks() -> list[str]:
        found = inbox.changes_of_sent(paired.id, house.registry.sent(paired.id)).get(sent.message_id)
        return [one.text for one in found.reactions] if found else []

    eventually(lambda: marks() == ["❤️"], timeout=10, seen=marks)
    assert inbox.conversation(paired.id) == ()


def test_a_missed_call_is_in_the_inbox(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Once it ended, with the caller's number and whether it was with video."""
    call_id = house.emulator.ring(caller=ana, receiver=paired.number, video=True)
    house.emulator.hang_up(call_id)
    missed = entry(paired, call_id)
    assert (missed.kind, missed.contact, missed.content.name) == (Kind.CALL, ana, "video")


def test_the_past_is_no_news(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """What a phone tells of long ago is not shown as arrived; what comes after it is."""
    house.emulator.send_history(
        paired.number, [Chat(ana, (Past(Text("de antes"), at=1_700_000_000, author=ana),), unread=1)]
    )
    later = house.emulator.write(Text("agora"), sender=ana, receiver=paired.number)
    entry(paired, later)
    assert [one.content.text for one in inbox.conversation(paired.id)] == ["agora"]


def test_nobody_is_shown_by_a_lid(house: RegistryHarness, paired: Paired, ana: str) -> None:
    """Who hides the number is nobody by name of an address, and can be looked for all the same."""
    stranger = house.contact()
    house.emulator.write(Text("quem?"), sender=stranger, receiver=paired.number, hide_other=True)
    house.emulator.write(Text("eu"), sender=ana, receiver=paired.number)
    eventually(
        lambda: len(inbox.conversation(paired.id)) == 2,
        timeout=10,
        seen=lambda: inbox.conversation(paired.id),
    )
    people = inbox.contacts(paired.id)
    assert [each.number for each in people] == [ana, ""]
    (hidden,) = inbox.conversation(paired.id, contact=people[1].key)
    assert (hidden.contact, hidden.content.text) == ("", "quem?")
    lid = house.emulator.lid_of(stranger).partition("@")[0]
    assert lid not in repr(people) + repr(hidden)
    assert lid not in json.dumps([hidden.contact, hidden.name, hidden.group_name])
