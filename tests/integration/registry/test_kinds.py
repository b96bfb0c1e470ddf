"""Every kind of message with the genuine core: what the contact's phone decrypts, field by field."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from core.models.content import Attachment, Content, Kind, Reference
from core.models.instance import InstanceState
from core.models.messages import SendState, SentMessage
from core.store import session
from tests.emulator import content as seen
from tests.emulator.reading import media_field, unwrap
from tests.integration.registry.support import Paired, RegistryHarness

S = InstanceState
PREVIEW: Final = base64.b64encode(b"\xff\xd8\xff a small picture").decode()
WAVE: Final = base64.b64encode(bytes(range(64))).decode()
FILE: Final = b"\x00\x01 any bytes \xff" * 5_000
ANIMATED: Final = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02" + FILE
OGG: Final = "audio/ogg; codecs=opus"


def image(text: str = "") -> Content:
    file = Attachment("f.jpg", "image/jpeg", width=640, height=480, thumbnail=PREVIEW)
    return Content(Kind.IMAGE, text=text, file=file)


FILES: Final[Mapping[str, tuple[Content, seen.Content, dict[str, Any]]]] = {
    "image": (
        image("uma *foto*"),
        seen.Image(FILE, "image/jpeg", "uma *foto*"),
        {"width": 640, "height": 480, "jpegThumbnail": base64.b64decode(PREVIEW)},
    ),
    "video": (
        Content(
            Kind.VIDEO,
            text="um filme",
            file=Attachment("f.mp4", "video/mp4", seconds=7, width=320, height=240, thumbnail=PREVIEW),
        ),
        seen.Video(FILE, "video/mp4", "um filme", 7),
        {"width": 320, "height": 240, "jpegThumbnail": base64.b64decode(PREVIEW), "gifPlayback": False},
    ),
    "audio": (
        Content(Kind.AUDIO, text="never shown", file=Attachment("m.mp3", "audio/mpeg", seconds=61)),
        seen.Audio(FILE, "audio/mpeg", 61),
        {"waveform": b""},
    ),
    "voice": (
        Content(Kind.VOICE, file=Attachment("v.ogg", OGG, seconds=3, waveform=WAVE)),
        seen.Audio(FILE, OGG, 3, voice=True),
        {"waveform": bytes(range(64))},
    ),
    "document": (
        Content(Kind.DOCUMENT, file=Attachment("orçamento ✓.pdf", "application/pdf", thumbnail=PREVIEW)),
        seen.Document(FILE, "orçamento ✓.pdf", "application/pdf"),
        {"title": "orçamento ✓.pdf", "jpegThumbnail": base64.b64decode(PREVIEW)},
    ),
    "document with a caption": (
        Content(Kind.DOCUMENT, text="segue", file=Attachment("a.csv", "text/csv")),
        seen.Document(FILE, "a.csv", "text/csv", "segue"),
        {"title": "a.csv"},
    ),
    "sticker": (
        Content(Kind.STICKER, file=Attachment("s.webp", "image/webp", width=512, height=512)),
        seen.Sticker(FILE),
        {"width": 512, "height": 512, "isAnimated": False},
    ),
}
LINK: Final = {
    "url": "https://example.com/a",
    "title": "Exemplo",
    "description": "Um lugar",
    "thumbnail": PREVIEW,
}
WORDS: Final[Mapping[str, tuple[Content, seen.Content]]] = {
    "text": (Content(Kind.TEXT, text="Olá! *negrito* ✅"), seen.Text("Olá! *negrito* ✅")),
    "text with a link": (
        Content(Kind.TEXT, text="veja https://example.com/a", link=json.dumps(LINK)),
        seen.Text("veja https://example.com/a", "https://example.com/a", "Exemplo", "Um lugar"),
    ),
    "location": (
        Content(
            Kind.LOCATION, latitude=-23.561414, longitude=-46.655881, name="MASP", address="Paulista, 1578"
        ),
        seen.Location(-23.561414, -46.655881, "MASP", "Paulista, 1578"),
    ),
    "bare location": (
        Content(Kind.LOCATION, latitude=0.0, longitude=12.5),
        seen.Location(0.0, 12.5),
    ),
    "contact": (
        Content(Kind.CONTACT, name="Silva; João, Dr.", phone="5511999990000"),
        seen.Contact(
            "Silva; João, Dr.",
            "BEGIN:VCARD\nVERSION:3.0\nN:;Silva\\; João\\, Dr.;;;\nFN:Silva\\; João\\, Dr.\n"
            "TEL;type=CELL;type=VOICE;waid=5511999990000:+5511999990000\nEND:VCARD",
        ),
    ),
    "poll": (
        Content(Kind.POLL, text="Que dia?", options=("segunda", "terça"), choices=1),
        seen.Poll("Que dia?", ("segunda", "terça"), 1),
    ),
    "poll with any number": (
        Content(Kind.POLL, text="Quais?", options=("a", "b", "c"), choices=0),
        seen.Poll("Quais?", ("a", "b", "c"), 0),
    ),
}


@pytest.fixture
def paired(house: RegistryHarness) -> Paired:
    """A connected instance."""
    house.open()
    return house.pair()


def with_file(content: Content, folder: Path, data: bytes = FILE) -> Content:
    """The content with its file where a composer leaves it."""
    assert content.file is not None
    path = folder / "to-be-sent"
    path.write_bytes(data)
    return replace(content, file=replace(content.file, path=str(path), size=len(data)))


def sent(house: RegistryHarness, paired: Paired, to: str, content: Content) -> SentMessage:
    """The send, which the server took, and whose id the core wrote down before it left."""
    done = house.send(paired.id, to=to, content=content, timeout=15)
    assert (done.state, done.reason) == (SendState.SENT, "")
    assert session.message_id_of(house.folder(paired.id), done.secret) == done.message_id
    message = house.emulator.message_of(done.message_id)
    assert message.messageContextInfo.messageSecret.hex() == done.secret
    return done


def reference(message: SentMessage, *, from_me: bool = True, text: str = "") -> Reference:
    return Reference(message.message_id, chat="", sender="", from_me=from_me, text=text)


def test_files_arrive_as_they_are(house: RegistryHarness, paired: Paired, tmp_path: Path) -> None:
    """Each kind under its own field, with what a phone shows of it before and after it fetched the bytes.

    Nothing is left on this machine afterwards, and what is stored does not tell where it lay.
    """
    contact = house.contact()
    for content, expected, fields in FILES.values():
        given = with_file(content, tmp_path)
        done = sent(house, paired, contact, given)
        assert house.emulator.content_of(done.message_id) == expected
        message = house.emulator.message_of(done.message_id)
        part = getattr(unwrap(message), media_field(message))
        assert {name: getattr(part, name) for name in fields} == fields
        assert part.url.startswith("https://mmg.whatsapp.net/v/")
        assert part.mediaKeyTimestamp > 1_700_000_000
        assert given.file is not None
        assert not Path(given.file.path).exists()
    captioned = [
        one for one in house.emulator.messages_to(contact) if "documentWithCaptionMessage" in one.kinds
    ]
    assert len(captioned) == 1, "a caption of a document has a wrapper of its own"
    moving = sent(house, paired, contact, with_file(FILES["sticker"][0], tmp_path, ANIMATED))
    assert house.emulator.message_of(moving.message_id).stickerMessage.isAnimated
    house.registry.stop()
    house.open()
    stored = [one.content.file for one in house.registry.sent(paired.id)]
    assert {one.path for one in stored if one} == {""}
    assert stored[-1] is not None
    assert stored[-1].width == 640


def test_a_file_is_sent_again_without_it(house: RegistryHarness, paired: Paired, tmp_path: Path) -> None:
    """Days later, from what is remembered: the same bytes, nothing uploaded, another message."""
    contact = house.contact()
    first = sent(house, paired, contact, with_file(FILES["voice"][0], tmp_path))
    uploads = len(house.emulator.state().media)
    house.registry.stop()
    house.open()
    house.wait(paired.id, S.CONNECTED)
    (known,) = house.registry.sent(paired.id)
    assert (known.state, known.message_id) == (SendState.SENT, first.message_id)
    house.emulator.faults(media_status=500)
    again = house.send(paired.id, to=contact, content=known.content, timeout=15)
    assert again.state is SendState.SENT
    house.emulator.clear_faults()
    assert house.emulator.content_of(again.message_id) == FILES["voice"][1]
    assert again.message_id != first.message_id
    assert len(house.emulator.state().media) == uploads


def test_words_places_people_and_polls_arrive(house: RegistryHarness, paired: Paired) -> None:
    """As they were written."""
    contact = house.contact()
    for content, expected in WORDS.values():
        done = sent(house, paired, contact, content)
        assert house.emulator.content_of(done.message_id) == expected
    (linked,) = [one for one in house.emulator.messages_to(contact) if one.kinds == ("extendedTextMessage",)]
    text = house.emulator.message_of(linked.message_id).extendedTextMessage
    assert text.jpegThumbnail == base64.b64decode(PREVIEW)


def test_what_we_do_to_a_message_names_it(house: RegistryHarness, paired: Paired, tmp_path: Path) -> None:
    """Reactions, an edit and a deletion are about the message that they name; so are answers of any kind."""
    contact = house.contact()
    theirs = house.emulator.write(seen.Text("tudo bem?"), sender=contact, receiver=paired.number)
    lid = house.emulator.lid_of(contact)
    about_theirs = Reference(theirs, chat=lid, sender=lid, text="tudo bem?")
    ours = sent(house, paired, contact, Content(Kind.TEXT, text="oi"))
    about_ours = reference(ours, text="oi")
    changes: list[tuple[Content, seen.Content]] = [
        (Content(Kind.REACTION, text="❤️", about=about_theirs), seen.Reaction(theirs, "❤️")),
        (Content(Kind.REACTION, text="", about=about_theirs), seen.Reaction(theirs, "")),
        (
            Content(Kind.EDIT, text="oi, tudo bem?", about=about_ours),
            seen.Edit(ours.message_id, "oi, tudo bem?"),
        ),
        (Content(Kind.DELETE, about=about_ours), seen.Deletion(ours.message_id)),
    ]
    ids = []
    for content, expected in changes:
        done = sent(house, paired, contact, content)
        assert house.emulator.content_of(done.message_id) == expected
        ids.append(done.message_id)
    views = {view.message_id: view for view in house.emulator.messages_to(contact)}
    assert [views[each].target_id for each in ids] == [theirs, theirs, ours.message_id, ours.message_id]
    assert [views[each].target_mine for each in ids] == [False, False, True, True]
    assert [views[each].edit for each in ids] == ["", "7", "1", "7"]
    answers = [
        replace(Content(Kind.TEXT, text="tudo!"), about=about_theirs),
        replace(with_file(image("olha"), tmp_path), about=about_theirs),
        replace(WORDS["location"][0], about=about_theirs),
        replace(WORDS["contact"][0], about=about_theirs),
        replace(WORDS["poll"][0], about=about_theirs),
        replace(Content(Kind.TEXT, text="e isto"), about=about_ours),
    ]
    for answer in answers:
        done = sent(house, paired, contact, answer)
        context = context_of(house, done)
        assert answer.about is not None
        assert context.stanzaId == answer.about.message_id
        assert context.quotedMessage.conversation == answer.about.text
        assert context.participant == (f"{paired.number}@s.whatsapp.net" if answer.about.from_me else lid)


def test_who_hides_their_number_can_be_answered(house: RegistryHarness, paired: Paired) -> None:
    """By the address that WhatsApp gives instead, also when the core knows no number behind it."""
    contact = house.contact()
    lid = house.emulator.lid_of(contact)
    theirs = house.emulator.write(
        seen.Text("quem é?"), sender=contact, receiver=paired.number, hide_other=True
    )
    about = Reference(theirs, chat=lid, sender=lid, text="quem é?")
    done = sent(house, paired, lid, Content(Kind.TEXT, text="a loja", about=about))
    assert [view.quoted_id for view in house.emulator.messages_to(contact)] == [theirs]
    assert house.registry.sent(paired.id)[0].message_id == done.message_id


def context_of(house: RegistryHarness, message: SentMessage) -> Any:
    """What a decrypted message says of the one that it answers."""
    inner = unwrap(house.emulator.message_of(message.message_id))
    (part,) = (value for field, value in inner.ListFields() if hasattr(value, "contextInfo"))
    return part.contextInfo


def test_a_group_gets_every_kind(house: RegistryHarness, paired: Paired, tmp_path: Path) -> None:
    """Every member reads it; what is about another's message names its author too."""
    contact, other = house.contact(), house.contact()
    group = house.emulator.make_group("Time", members=[contact, paired.number, other])
    kinds = {**{name: one[:2] for name, one in FILES.items()}, **WORDS}
    for content, expected in kinds.values():
        given = with_file(content, tmp_path) if content.file else content
        done = sent(house, paired, group, given)
        assert house.emulator.content_of(done.message_id) == expected
    theirs = house.emulator.write(seen.Text("oi, time"), sender=other, group=group)
    author = house.emulator.lid_of(other)
    about = Reference(theirs, chat=group, sender=author, text="oi, time")
    mine = sent(house, paired, group, Content(Kind.TEXT, text="oi"))
    sent(house, paired, group, Content(Kind.REACTION, text="👍", about=about))
    quote = sent(house, paired, group, Content(Kind.TEXT, text="oi!", about=about))
    own = sent(house, paired, group, Content(Kind.TEXT, text="e eu", about=reference(mine, text="oi")))
    sent(house, paired, group, Content(Kind.EDIT, text="olá", about=reference(mine)))
    sent(house, paired, group, Content(Kind.DELETE, about=reference(mine)))
    views = house.emulator.state().messages_in(group)
    assert {frozenset(view.readers) for view in views} == {frozenset({contact, other, paired.number})}
    assert not any(view.error for view in views)
    reaction, _, _, edit, deletion = views[-5:]
    assert (reaction.target_id, reaction.target_mine, reaction.target_author) == (theirs, False, author)
    assert (edit.target_id, edit.target_mine, edit.edit) == (mine.message_id, True, "1")
    assert (deletion.target_id, deletion.target_mine, deletion.edit) == (mine.message_id, True, "7")
    assert context_of(house, quote).participant == author
    assert context_of(house, own).participant == house.emulator.lid_of(paired.number)


def test_a_group_that_does_not_take_it_says_why(house: RegistryHarness, paired: Paired) -> None:
    """Left, unknown, or for admins only: each has its words; nothing is left uncertain."""
    contact = house.contact()
    words = Content(Kind.TEXT, text="oi")

    def outcome(group: str) -> tuple[SendState, str]:
        done = house.send(paired.id, to=group, content=words, timeout=15)
        return done.state, done.reason

    closed = house.emulator.make_group("Avisos", members=[contact, paired.number], admins_only=True)
    house.emulator.faults(ack_error="420")
    assert outcome(closed) == (SendState.FAILED, "wa-group-admins-only")
    opened = house.emulator.make_group("Livre", members=[contact, paired.number])
    assert outcome(opened) == (SendState.FAILED, "wa-error-420")
    house.emulator.clear_faults()
    without = house.emulator.make_group("Outros", members=[contact, house.contact()])
    assert outcome(without) == (SendState.FAILED, "wa-group-left")
    assert outcome("120363000000000001@g.us") == (SendState.FAILED, "wa-group-left")
    own = house.emulator.make_group("Meu", members=[paired.number, contact], admins_only=True)
    assert outcome(own) == (SendState.SENT, "")


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"media_status": 413}, "media-too-large"),
        ({"media_status": 403}, "media-refused"),
        ({"media_status": 500}, "media-refused"),
        ({"half_answers": 2}, "media-unreachable"),
    ],
)
def test_a_file_that_is_not_taken_is_told(
    house: RegistryHarness, paired: Paired, tmp_path: Path, faults: dict[str, Any], reason: str
) -> None:
    """Failed for its own reason, no message left, and the next one goes."""
    contact = house.contact()
    house.emulator.faults(**faults)
    given = with_file(image(), tmp_path)
    done = house.send(paired.id, to=contact, content=given, timeout=15)
    assert (done.state, done.reason) == (SendState.FAILED, reason)
    assert not list(tmp_path.glob("to-be-sent"))
    house.emulator.clear_faults()
    sent(house, paired, contact, with_file(image(), tmp_path))
    assert len(house.emulator.messages_to(contact)) == 1


def test_an_upload_without_an_answer_is_begun_again(
    house: RegistryHarness, paired: Paired, tmp_path: Path
) -> None:
    """A host ends a connection that was kept for the next one just when that begins: no page tells of it."""
    contact = house.contact()
    house.emulator.faults(half_answers=1)
    sent(house, paired, contact, with_file(image(), tmp_path))
    assert len(house.emulator.messages_to(contact)) == 1


def test_a_file_that_is_gone_is_told(house: RegistryHarness, paired: Paired, tmp_path: Path) -> None:
    """Somebody emptied the folder between the choice and the press."""
    given = with_file(image(), tmp_path)
    (tmp_path / "to-be-sent").unlink()
    done = house.send(paired.id, to=house.contact(), content=given, timeout=15)
    assert (done.state, done.reason) == (SendState.FAILED, "file-gone")


def test_a_text_does_not_wait_for_a_file(house: RegistryHarness, paired: Paired, tmp_path: Path) -> None:
    """While the media host is slow, words still go out at once."""
    contact = house.contact()
    house.emulator.faults(media_delay_s=3.0)
    results: list[SentMessage] = []
    given = with_file(image(), tmp_path)
    slow = threading.Thread(
        target=lambda: results.append(house.send(paired.id, to=contact, content=given, timeout=30))
    )
    slow.start()
    house.send_text(paired.id, to=contact, text="já", timeout=2.0)
    assert [view.kind for view in house.emulator.messages_to(contact)] == ["text"]
    slow.join(15)
    assert [one.state for one in results] == [SendState.SENT]
    assert [view.kind for view in house.emulator.messages_to(contact)] == ["text", "image"]
