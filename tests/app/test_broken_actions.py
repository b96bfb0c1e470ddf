"""Whatever breaks behind the other buttons: a sentence, and the next press works."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from core.models.content import Attachment, Content, Kind
from core.models.instance import DeletedInstance, InstanceState, ShowQr
from core.models.messages import InboxEntry, SendState, SentMessage
from core.services import inbox, instances, messages
from core.services.received_file import prepare_for_display
from pages.ui.received_files import key_of
from tests.app.breaking import NUMBER, SENTENCE, Breaks, Page, each_break, photo, press
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.support.contents import words

pytestmark = each_break


def received(scene: FakeServices) -> InboxEntry:
    file = Attachment("f.jpg", "image/jpeg", remote="{}")
    said = Content(Kind.IMAGE, text="oi", file=file)
    chat = "5511912345678@s.whatsapp.net"
    found = InboxEntry("loja-1", "3A", "5511912345678", "Ana", said, time.time(), chat=chat, sender=chat)
    scene.views, scene.received, scene.file = [connected()], [found], photo()
    return found


def test_a_file_of_the_inbox_that_breaks_is_told_and_can_be_fetched_again(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """In fetching it, in opening it, in showing it."""
    key = key_of(received(scene))
    steps: dict[str, Callable[..., Any]] = {
        "core.services.inbox.fetch": inbox.fetch,
        "pages.ui.messages.inbox_actions.prepare_for_display": prepare_for_display,
    }
    for name, works in steps.items():
        monkeypatch.setattr(name, Breaks(error, works))
        app = press(page("messages"), f"inbox-get-{key}")
        assert SENTENCE in text_of(app)
        press(app, f"inbox-get-{key}")
        assert SENTENCE not in text_of(app)
        assert [each for each in app.main if each.type == "image"]


def test_a_reaction_and_a_mark_that_break_are_told_and_work_again(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """In the inbox."""
    key = key_of(received(scene))
    monkeypatch.setattr(messages, "send", Breaks(error, messages.send))
    app = page("messages")
    for found in (True, False):
        app.menu_button(key=f"inbox-react-{key}").click("👍").run()
        assert not app.exception
        assert (SENTENCE in text_of(app)) is found
    monkeypatch.setattr(inbox, "mark_read", Breaks(error, inbox.mark_read))
    for found in (True, False):
        press(app, f"inbox-read-{key}")
        assert (SENTENCE in text_of(app)) is found


@pytest.mark.parametrize("action", ["react", "edit", "delete", "resend"])
def test_what_is_done_to_a_sent_message_breaks_and_works_again(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception, action: str
) -> None:
    """Each action is one send."""
    scene.views = [connected()]
    scene.sent = [
        SentMessage("r", "loja-1", "5511912345678", words("oi"), SendState.SENT, time.time(), message_id="3E")
    ]
    once = scene.sent[0]
    monkeypatch.setattr(messages, "send", Breaks(error, lambda *_, **__: once))
    monkeypatch.setattr(messages, "resend", Breaks(error, lambda *_, **__: once))
    buttons = {"react": "react-0-r", "edit": "edit-save-r", "delete": "delete-sent-r"}
    app = page("messages")
    for found in (True, False):
        app.menu_button(key="act-r").click(action).run()
        if action in buttons:
            press(app, buttons[action])
        assert not app.exception
        assert (SENTENCE in text_of(app)) is found


def test_a_creation_that_breaks_is_told_and_works_again(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The form stays open with its name."""
    monkeypatch.setattr(instances, "create_instance", Breaks(error, instances.create_instance))
    app = press(page(), "new-instance")
    app.text_input(key="instance-name").set_value("Loja")
    press(app, "create-instance")
    assert SENTENCE in app.error[0].value
    press(app, "create-instance")
    assert [each.name for each in scene.views] == ["Loja"]


VERBS: Final = {
    "stop": ("stop_instance", ("stop",)),
    "restart": ("restart_instance", ("restart",)),
    "rename": ("rename_instance", ("rename", "rename-save")),
    "log-out": ("log_out_instance", ("log-out", "log-out-confirm")),
    "delete": ("delete_instance", ("delete", "delete-confirm")),
}


@pytest.mark.parametrize("name", VERBS)
def test_what_is_done_to_an_instance_breaks_and_works_again(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception, name: str
) -> None:
    """Each of its buttons."""
    scene.views = [connected()]
    service, keys = VERBS[name]
    done: list[str] = []
    monkeypatch.setattr(instances, service, Breaks(error, lambda instance_id, *_: done.append(instance_id)))
    app = page("instance", id="loja-1")
    for key in keys:
        press(app, key)
    assert SENTENCE in text_of(app)
    assert done == []
    press(app, keys[-1])
    assert done == ["loja-1"]


def test_the_trash_and_the_pairing_code_break_and_work_again(
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The last of the kind."""
    item = DeletedInstance("x-1-9", "x-1", "Velha", "", deleted_at=0.0, purged_at=9e9, linked=False)
    scene.deleted = [item]
    monkeypatch.setattr(instances, "restore_instance", Breaks(error, instances.restore_instance))
    app = press(page(), "restore-x-1-9")
    assert SENTENCE in text_of(app)
    press(app, "restore-x-1-9")
    assert [each.name for each in scene.views] == ["Velha"]
    scene.deleted = [item]
    monkeypatch.setattr(instances, "purge_instance", Breaks(error, instances.purge_instance))
    app = page()
    for _ in range(2):
        press(app, "purge-x-1-9")
        press(app, "purge-confirm-x-1-9")
    assert scene.deleted == []
    scene.views = [view("n-1", "Nova", InstanceState.PAIRING, qr=ShowQr("code", 1, 6, time.time() + 60))]
    asked: list[str] = []
    monkeypatch.setattr(
        instances, "request_pairing_code", Breaks(error, lambda instance_id, _: asked.append(instance_id))
    )
    app = page("instance", id="n-1")
    press(app, "pairing-by-code")
    app.text_input(key="pairing-number").set_value(NUMBER).run()
    assert SENTENCE in text_of(press(app, "pairing-request"))
    press(app, "pairing-request")
    assert asked == ["n-1"]
