"""What arrives, in the log that is open: a text, a picture that is fetched, and an answer from there."""

from __future__ import annotations

import io

from PIL import Image as Picture
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator.content import Image, Reaction, Text
from tests.support.polling import eventually

AT_ONCE_MS = 2_000


def test_a_text_and_a_picture_arrive_and_are_answered(connected: Connected) -> None:
    """By itself, in order; the picture only on a press; reading and reacting reach the sender's phone."""
    emulator, owner, friend = connected.emulator, connected.number, connected.friend
    made = io.BytesIO()
    Picture.new("RGB", (300, 200), "teal").save(made, "JPEG")
    with connected.visitor("/messages?id={id}&view=log") as person:
        expect(person.by_key("inbox")).to_contain_text("aparecem aqui na hora")
        text = emulator.write(Text("Tudo bem?"), sender=friend, receiver=owner)
        inbox = person.by_key("inbox")
        expect(inbox).to_contain_text("Tudo bem?", timeout=AT_ONCE_MS)
        expect(inbox).to_contain_text("Amiga")
        inbox.get_by_role("button", name="Marcar como lida").click()
        expect(inbox).to_contain_text("Marcada como lida")

        def read() -> list[str]:
            receipts = emulator.state().receipts_of(owner)
            return [one.message_id for one in receipts if one.kind == "read"]

        eventually(lambda: read() == [text], timeout=5, seen=read)
        inbox.get_by_role("button", name="Reagir").click()
        person.page.get_by_text("👍", exact=True).click()
        expect(inbox.locator(".wa-reaction")).to_contain_text("👍")
        (reaction,) = emulator.messages_to(friend)
        assert emulator.content_of(reaction.message_id) == Reaction(text, "👍")
        emulator.write(Image(made.getvalue(), "image/jpeg", "a loja"), sender=friend, receiver=owner)
        expect(inbox).to_contain_text("a loja", timeout=AT_ONCE_MS)
        inbox.get_by_role("button", name="Mostrar imagem").click()
        expect(inbox.get_by_alt_text("Imagem recebida")).to_be_visible()
        expect(inbox.get_by_role("button", name="Salvar arquivo")).to_be_visible()
        inbox.get_by_role("button", name="Responder").first.click()
        expect(person.by_key("talk")).to_contain_text("Amiga")
        expect(person.by_key("reply-strip")).to_contain_text("a loja")
    assert "Tudo bem" not in connected.app.log_text()
