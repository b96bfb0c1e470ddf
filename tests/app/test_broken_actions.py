"""Whatever breaks behind the other buttons: a sentence, and the next press works."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from core.models.content import Attachment, Content, Kind
from core.models.instance import DeletedInstance, InstanceState, ShowQr
from core.models.messages import SendState, SentMessage
from core.services import inbox, instances, messages
from core.services.received_file import prepare_for_display
from pages.ui.widgets.picture import draw_picture
from tests.app.breaking import NUMBER, SENTENCE, Breaks, Page, each_break, photo, press
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected, view
from tests.app.threads import LOJA, Open, Press, arrived, went
from tests.support.contents import words

pytestmark = each_break


def test_a_file_that_breaks_is_told_and_can_be_fetched_again(
    opened: Open, pressed: Press, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """In fetching it, in opening it, in showing it."""
    scene.file = photo()
    file = Attachment("f.jpg", "image/jpeg", remote="{}")
    steps: dict[str, Callable[..., Any]] = {
        "core.services.inbox.fetch": inbox.fetch,
        "pages.ui.conversations.bubbles.files.prepare_for_display": prepare_for_display,
        "pages.ui.conversations.bubbles.files.draw_picture": draw_picture,
    }
    for number, (name, works) in enumerate(steps.items()):
        app = opened(arrived(f"3{number}", Content(Kind.IMAGE, text="oi", file=file)))
        monkeypatch.setattr(name, Breaks(error, works))
        pressed(app, "open", f"3{number}", times=("a1",))
        assert SENTENCE in text_of(app), name
        pressed(app, "open", f"3{number}", times=("a2",))
        assert SENTENCE not in text_of(app), name
        assert app.get("imgs") or app.get("html"), name


@pytest.mark.parametrize(
    ("what", "service"), [("react", "send"), ("read", "mark_read"), ("delete", "send"), ("resend", "resend")]
)
def test_what_is_pressed_in_a_bubble_breaks_and_works_again(
    opened: Open,
    pressed: Press,
    scene: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    what: str,
    service: str,
) -> None:
    """Each is one call; a press that broke was taken, the next one is another."""
    sent = SendState.FAILED if what == "resend" else SendState.SENT
    mine = what in ("delete", "resend")
    app = opened(went(state=sent) if mine else arrived("r1", unread=True))
    done: list[object] = []

    def works(*given: object, **_: object) -> SentMessage:
        done.append(given)
        return SentMessage("r", LOJA, NUMBER, words("oi"), SendState.SENT, time.time())

    where = inbox if service == "mark_read" else messages
    monkeypatch.setattr(where, service, Breaks(error, works))
    for press_id, broke in (("a1", True), ("a2", False)):
        pressed(app, what, "r1", "👍", times=(press_id,))
        assert (SENTENCE in text_of(app)) is broke
    assert len(done) == 1


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
