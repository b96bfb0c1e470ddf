"""In the log: no reaction, edit or deletion of another message than was seen."""

from __future__ import annotations

import time
from dataclasses import replace

from core.models.content import Content, Kind, Reference
from core.models.messages import InboxContact, SendState, SentMessage
from pages.ui.received_files import key_of
from tests.app.composing import (
    ANA,
    A,
    B,
    Page,
    about,
    arrived,
    entry,
    in_group,
    uma,
)
from tests.app.fake_services import FakeServices
from tests.support.contents import words


def test_the_same_message_of_two_instances_has_two_sets_of_buttons(scene: FakeServices) -> None:
    """In a group that both are in it has one id."""
    assert key_of(in_group()) != key_of(in_group(instance_id=B))


def test_a_contact_that_is_renamed_stays_the_filter(page: Page, scene: FakeServices) -> None:
    """Though its option reads differently, or is gone; two that look the same are two."""
    arrived(scene, entry())
    hidden = [InboxContact("1@lid", "", ""), InboxContact("2@lid", "", "")]
    scene.contacts = [*hidden, InboxContact(ANA, ANA, "Ana")]
    app = page("messages", id=A, view="log")
    for key in ("1@lid", "2@lid", ANA):
        app.selectbox(key=f"inbox-contact-{A}").set_value(key).run()
        assert scene.looked_for[-1][0] == key
    scene.contacts = [InboxContact(ANA, ANA, "Ana Maria"), *hidden]
    app.run()
    assert scene.looked_for[-1][0] == ANA
    scene.contacts = hidden
    app.run()
    app.run()
    assert scene.looked_for[-1][0] == ANA
    assert not app.exception


def test_what_is_drawn_for_one_message_never_acts_on_another(page: Page, scene: FakeServices) -> None:
    """A press on the old row finds no button of that name, not one that means the other message."""
    scene.views = [uma()]
    plain = SentMessage("r1", A, ANA, words("um"), SendState.SENT, time.time(), message_id="3EB1")
    scene.sent = [plain, replace(plain, request_id="r2", message_id="3EB2", content=words("dois"))]
    app = page("messages", id=A, view="log")
    keys = []
    for of in ("r1", "r2"):
        app.menu_button(key=f"act-{of}").click("react").run()
        keys.append({button.key for button in app.button if (button.key or "").startswith("react-")})
    assert len(keys[0]) == len(keys[1]) == 7
    assert not keys[0] & keys[1]
    app.button(key="react-0-r2").click().run()
    assert about(scene) == Reference("3EB2", from_me=True, text="dois", kind=Kind.TEXT)
    for of, said in (("r1", "um"), ("r2", "dois")):
        app.menu_button(key=f"act-{of}").click("edit").run()
        assert app.text_area(key=f"edit-text-{of}").value == said
    app.text_area(key="edit-text-r2").set_value("dois!")
    app.button(key="edit-save-r2").click().run()
    assert scene.sent[0].content == Content(
        Kind.EDIT, text="dois!", about=Reference("3EB2", from_me=True, text="dois", kind=Kind.TEXT)
    )


def test_a_reaction_is_pressed_twice_and_sent_once(page: Page, scene: FakeServices) -> None:
    """Both halves of a double press carry one name."""
    arrived(scene, entry())
    app = page("messages", id=A, view="log")
    app.menu_button(key=f"inbox-react-{key_of(scene.received[0])}").click("👍")
    name = app.session_state["inbox-next"]
    app.run()
    assert scene.sent[0].request_id == name
    assert app.session_state["inbox-next"] != name


def test_what_acts_on_a_message_carries_the_account_that_was_seen(page: Page, scene: FakeServices) -> None:
    """Linked to another phone between the drawing and the press: nothing goes out."""
    arrived(scene, entry())
    scene.sent = [SentMessage("r", A, ANA, words("oi"), SendState.SENT, time.time(), message_id="3EB0")]
    app = page("messages", id=A, view="log")
    app.menu_button(key="act-r").click("delete").run()
    scene.views = [replace(uma(), phone="5531933333333")]
    app.button(key="delete-sent-r").click().run()
    assert not app.exception
    assert len(scene.sent) == 1
