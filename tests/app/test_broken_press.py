"""Whatever breaks behind a press: a sentence, a line in the log, and the next press works."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.errors import AppError, InvalidInputError
from core.models.content import Attachment, Content, Kind
from core.models.deleted import DeletedInstance
from core.models.instance import InstanceState
from core.models.message import SendState, SentMessage
from core.models.pairing import ShowQr
from core.models.received import InboxEntry
from core.services import attachments, inbox, instances, messages, previews, recipients
from core.services.opened import opened
from pages.ui.inbox_actions import key_of
from tests.app.conftest import Scene, connected, text_of, view
from tests.support.contents import words

Page = Callable[..., AppTest]
NUMBER: Final = "+55 11 91234-5678"
SENTENCE: Final = "Algo inesperado deu errado"
BREAKS: Final = (
    Image.DecompressionBombError("60000 x 60000"),
    MemoryError(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    LookupError("unknown encoding"),
    RuntimeError("boom"),
    RecursionError(),
    ZeroDivisionError(),
)


@pytest.fixture(params=BREAKS, ids=lambda error: type(error).__name__)
def error(request: pytest.FixtureRequest) -> Exception:
    """What breaks."""
    found: Exception = request.param
    return found


class Breaks:
    """A service that breaks as often as it is told to, and then works."""

    def __init__(self, error: Exception, works: Callable[..., Any], *, times: int = 1) -> None:
        self._error, self._works, self._left = error, works, times

    def __call__(self, *args: Any, **named: Any) -> Any:
        self._left -= 1
        if self._left >= 0:
            raise self._error
        return self._works(*args, **named)


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def composed(app: AppTest, text: str = "Olá") -> AppTest:
    app.text_input(key="send-to").set_value(NUMBER)
    app.text_area(key="send-text").set_value(text).run()
    assert not app.exception, app.exception
    return app


def logged(caplog: pytest.LogCaptureFixture, error: Exception) -> bool:
    """Whether the traceback is in the log."""
    return any(record.exc_info and record.exc_info[1] is error for record in caplog.records)


def test_a_send_that_breaks_is_told_and_can_be_repeated(
    page: Page,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The button is alive without a reload; what was typed is still there."""
    scene.views = [connected()]
    monkeypatch.setattr(messages, "send", Breaks(error, scene.send))
    app = press(composed(page("messages")), "send")
    assert SENTENCE in app.error[0].value
    assert "últimas mensagens" in app.error[0].value
    assert "Error" not in text_of(app)
    assert logged(caplog, error)
    assert app.text_area(key="send-text").value == "Olá"
    press(app, "send")
    assert [each.content.text for each in scene.sent] == ["Olá"]
    assert app.success


def test_a_number_check_that_breaks_stops_no_send(
    page: Page,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The check before the send says what it can: nothing; a profile picture that bursts is no reason."""
    scene.views = [connected()]
    monkeypatch.setattr(recipients, "check", Breaks(error, scene.check, times=9))
    press(composed(page("messages")), "send")
    assert len(scene.sent) == 1
    assert logged(caplog, error)


@pytest.mark.parametrize("refusal", [None, InvalidInputError("link-unreachable"), AppError("no-answer")])
def test_a_message_goes_without_a_preview_that_cannot_be_had(
    page: Page,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    refusal: AppError | None,
) -> None:
    """And the page says that it did."""
    scene.views = [connected()]
    monkeypatch.setattr(previews, "link_preview", Breaks(refusal or error, lambda _: "{}"))
    app = composed(page("messages"), "veja https://example.com/a")
    app.checkbox(key="send-link").check().run()
    press(app, "send")
    assert [(each.content.text, each.content.link) for each in scene.sent] == [
        ("veja https://example.com/a", "")
    ]
    assert app.success
    assert "Enviada sem a prévia do link" in app.info[0].value


def photo() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(made, "JPEG")
    return made.getvalue()


def upload(app: AppTest, name: str = "foto.jpg") -> AppTest:
    app.file_uploader(key="send-file-image-0").upload(name, photo(), "image/jpeg").run()
    assert not app.exception, app.exception
    return app


def with_image_kind(app: AppTest) -> AppTest:
    app.text_input(key="send-to").set_value(NUMBER).run()
    app.pills(key="send-kind").set_value(Kind.IMAGE).run()
    assert not app.exception, app.exception
    return app


def test_an_upload_whose_check_breaks_is_told_and_another_one_works(
    page: Page,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The page stands meanwhile."""
    scene.views = [connected()]
    monkeypatch.setattr(attachments, "prepare", Breaks(error, attachments.prepare))
    app = upload(with_image_kind(page("messages")))
    assert SENTENCE in app.error[0].value
    assert logged(caplog, error)
    app.run()
    assert SENTENCE in app.error[0].value
    upload(app, "outra.jpg")
    assert SENTENCE not in text_of(app)
    press(app, "send")
    assert scene.sent[0].content.file is not None


@pytest.mark.parametrize("service", ["content", "limit", "available"])
def test_a_file_that_cannot_be_shown_stops_no_send(
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception, service: str
) -> None:
    """What is drawn of it breaks: the rest of the page stands, and the button works."""
    scene.views = [connected()]
    app = upload(with_image_kind(page("messages")))
    monkeypatch.setattr(attachments, service, Breaks(error, lambda *_: b"", times=99))
    app.run()
    assert not app.exception
    assert SENTENCE in text_of(app)
    press(app, "send")
    assert len(scene.sent) == 1


def test_groups_that_break_are_told(
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """And can be asked for again."""
    scene.views = [connected()]
    monkeypatch.setattr(recipients, "groups", Breaks(error, lambda *_, **__: (), times=2))
    app = page("messages")
    app.segmented_control(key="send-way").set_value("group").run()
    assert SENTENCE in app.warning[0].value
    press(app, "send-groups-again")
    assert "não está em nenhum grupo" in text_of(app)


def received(scene: Scene) -> InboxEntry:
    file = Attachment("f.jpg", "image/jpeg", remote="{}")
    said = Content(Kind.IMAGE, text="oi", file=file)
    chat = "5511912345678@s.whatsapp.net"
    found = InboxEntry("loja-1", "3A", "5511912345678", "Ana", said, time.time(), chat=chat, sender=chat)
    scene.views, scene.received, scene.file = [connected()], [found], photo()
    return found


def test_a_file_of_the_inbox_that_breaks_is_told_and_can_be_fetched_again(
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """In fetching it, in opening it, in showing it."""
    key = key_of(received(scene))
    steps: dict[str, Callable[..., Any]] = {
        "core.services.inbox.fetch": scene.fetch,
        "pages.ui.inbox_actions.opened": opened,
    }
    for name, works in steps.items():
        monkeypatch.setattr(name, Breaks(error, works))
        app = press(page("messages"), f"inbox-get-{key}")
        assert SENTENCE in text_of(app)
        press(app, f"inbox-get-{key}")
        assert SENTENCE not in text_of(app)
        assert [each for each in app.main if each.type == "image"]


def test_a_reaction_and_a_mark_that_break_are_told_and_work_again(
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """In the inbox."""
    key = key_of(received(scene))
    monkeypatch.setattr(messages, "send", Breaks(error, scene.send))
    app = page("messages")
    for found in (True, False):
        app.menu_button(key=f"inbox-react-{key}").click("👍").run()
        assert not app.exception
        assert (SENTENCE in text_of(app)) is found
    monkeypatch.setattr(inbox, "mark_read", Breaks(error, scene.verb("mark-read")))
    for found in (True, False):
        press(app, f"inbox-read-{key}")
        assert (SENTENCE in text_of(app)) is found


@pytest.mark.parametrize("action", ["react", "edit", "delete", "resend"])
def test_what_is_done_to_a_sent_message_breaks_and_works_again(
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception, action: str
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
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The form stays open with its name."""
    monkeypatch.setattr(instances, "create_instance", Breaks(error, scene.create_instance))
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
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception, name: str
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
    page: Page, scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The last of the kind."""
    item = DeletedInstance("x-1-9", "x-1", "Velha", "", deleted_at=0.0, purged_at=9e9, linked=False)
    scene.deleted = [item]
    monkeypatch.setattr(instances, "restore_instance", Breaks(error, scene.restore_instance))
    app = press(page(), "restore-x-1-9")
    assert SENTENCE in text_of(app)
    press(app, "restore-x-1-9")
    assert [each.name for each in scene.views] == ["Velha"]
    scene.deleted = [item]
    monkeypatch.setattr(instances, "purge_instance", Breaks(error, scene.purge_instance))
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
    app.segmented_control(key="pairing-way").set_value("code").run()
    app.text_input(key="pairing-number").set_value(NUMBER).run()
    assert SENTENCE in text_of(press(app, "pairing-request"))
    press(app, "pairing-request")
    assert asked == ["n-1"]
