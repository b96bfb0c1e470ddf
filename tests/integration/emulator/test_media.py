"""Files between the genuine core and the emulator's phones, over the media host."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Picture

from tests.emulator.content import Audio, Content, Document, Image, Sticker, Video
from tests.emulator.handle import Emulator
from tests.integration.emulator.conftest import Linked
from tests.support.neonize_core import CoreError


def _picture(form: str) -> bytes:
    out = io.BytesIO()
    Picture.effect_noise((320, 240), 60).convert("RGB").save(out, form)
    return out.getvalue()


FILES: tuple[Content, ...] = (
    Image(_picture("JPEG"), "image/jpeg", "Olá, uma foto ✅"),
    Video(b"\0\0\0\x18ftypmp42" + bytes(40_000), "video/mp4", "um filme", 12),
    Audio(b"ID3" + bytes(range(256)) * 20, "audio/mpeg", 7),
    Audio(b"OggS" + bytes(range(256)) * 8, "audio/ogg; codecs=opus", 3, voice=True),
    Document(b"%PDF-1.4\n" + bytes(5_000), "contrato – nº 3.pdf", "application/pdf"),
    Sticker(_picture("WEBP"), "image/webp"),
)


def test_files_of_every_kind_arrive_at_the_phone(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The recipient's phone fetches, checks and decrypts exactly the bytes that were sent, as their kind."""
    sent = {linked.core.write(content, to=contact): content for content in FILES}
    assert {message_id: emulator.content_of(message_id) for message_id in sent} == sent
    views = {view.message_id: view for view in emulator.messages_to(contact)}
    assert [views[message_id].error for message_id in sent] == [""] * len(FILES)


def test_files_of_every_kind_reach_the_core(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The core fetches, checks and decrypts exactly the bytes a contact's phone sent, under their kind."""
    sent = {emulator.write(content, sender=contact, receiver=linked.number): content for content in FILES}
    assert {message_id: linked.core.content_of(message_id) for message_id in sent} == sent


def test_a_damaged_file_is_refused_by_the_core(emulator: Emulator, linked: Linked, contact: str) -> None:
    """One wrong bit: the genuine core checks hashes, so it gives no bytes at all."""
    message_id = emulator.write(FILES[0], sender=contact, receiver=linked.number)
    linked.core.wait("message")
    emulator.faults(corrupt_media=True)
    with pytest.raises(CoreError, match="doesn't match"):
        linked.core.download(message_id)
    emulator.faults(corrupt_media=False)
    assert linked.core.content_of(message_id) == FILES[0]


def test_a_refused_upload_fails_and_sends_nothing(emulator: Emulator, linked: Linked, contact: str) -> None:
    """What the media host does not take never becomes a message; the core says which status it got."""
    emulator.faults(media_status=413)
    with pytest.raises(CoreError, match="413"):
        linked.core.write(FILES[0], to=contact)
    assert emulator.messages_from(linked.number) == ()


def test_a_file_that_is_gone_is_told(emulator: Emulator, linked: Linked, contact: str) -> None:
    """Old files leave the media host: the download ends with its answer, 404."""
    message_id = emulator.write(FILES[5], sender=contact, receiver=linked.number)
    linked.core.wait("message")
    emulator.faults(media_status=404)
    with pytest.raises(CoreError, match="404"):
        linked.core.download(message_id)
