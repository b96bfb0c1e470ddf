"""A person at the composer: who they write as, who wrote to them, and what they press."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from core.models.content import Content, Kind, Reference
from core.models.instance import InstanceView
from core.models.messages import InboxContact, InboxEntry
from pages.ui.received_files import key_of
from tests.app.fake_services import FakeServices, connected

Page = Callable[..., AppTest]
A, B = "a-1", "b-2"
A_PHONE, B_PHONE = "5511911111111", "5511922222222"
ANA, BRUNO = "5511912345678", "5521987654321"
ANA_TYPED, BRUNO_TYPED = "+55 11 91234-5678", "+55 21 98765-4321"
FAMILY, TEAM = "120363000000000001@g.us", "120363000000000002@g.us"


def uma(**more: Any) -> InstanceView:
    return replace(connected(A, "Uma"), phone=A_PHONE, **more)


def outra(**more: Any) -> InstanceView:
    return replace(connected(B, "Outra"), phone=B_PHONE, **more)


def entry(message_id: str = "3A", **more: Any) -> InboxEntry:
    said = Content(Kind.TEXT, text="Você vem?")
    chat = f"{ANA}@s.whatsapp.net"
    return replace(InboxEntry(A, message_id, ANA, "Ana", said, time.time(), chat=chat, sender=chat), **more)


def in_group(message_id: str = "3G", **more: Any) -> InboxEntry:
    return entry(message_id, group=True, chat=FAMILY, group_name="Família", **more)


def arrived(scene: FakeServices, *entries: InboxEntry) -> None:
    scene.views = [uma()]
    scene.received = list(entries)
    scene.contacts = [InboxContact(ANA, ANA, "Ana")]


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def answer(app: AppTest, to: InboxEntry, text: str = "Sim") -> AppTest:
    press(app, f"inbox-answer-{key_of(to)}")
    app.text_area(key="send-text").set_value(text).run()
    return app


def written(app: AppTest, *, to: str = ANA_TYPED, text: str = "Olá") -> AppTest:
    app.text_input(key="send-to").set_value(to)
    app.text_area(key="send-text").set_value(text).run()
    return app


def sends(scene: FakeServices) -> list[tuple[str, ...]]:
    return [call[:3] for call in scene.calls if call[0] == "send"]


def about(scene: FakeServices) -> Reference | None:
    return scene.sent[0].content.about
