"""Whatever breaks behind a send: a sentence, a line in the log, and the next press works."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError, InvalidInputError
from core.models.content import Kind
from core.services import attachments, messages, recipients
from core.services.web_fetch import link_preview
from tests.app.breaking import NUMBER, SENTENCE, Breaks, Page, each_break, logged, photo, press
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected

pytestmark = each_break


def composed(app: AppTest, text: str = "Olá") -> AppTest:
    app.text_input(key="send-to").set_value(NUMBER)
    app.text_area(key="send-text").set_value(text).run()
    assert not app.exception, app.exception
    return app


def test_a_send_that_breaks_is_told_and_can_be_repeated(
    page: Page,
    scene: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The button is alive without a reload; what was typed is still there."""
    scene.views = [connected()]
    monkeypatch.setattr(messages, "send", Breaks(error, messages.send))
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
    scene: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The check before the send says what it can: nothing; a profile picture that bursts is no reason."""
    scene.views = [connected()]
    monkeypatch.setattr(recipients, "check", Breaks(error, recipients.check, times=9))
    press(composed(page("messages")), "send")
    assert len(scene.sent) == 1
    assert logged(caplog, error)


@pytest.mark.parametrize("refusal", [None, InvalidInputError("link-unreachable"), AppError("no-answer")])
def test_a_message_goes_without_a_preview_that_cannot_be_had(
    page: Page,
    scene: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    refusal: AppError | None,
) -> None:
    """And the page says that it did."""
    scene.views = [connected()]
    monkeypatch.setattr(link_preview, "link_preview", Breaks(refusal or error, lambda _: "{}"))
    app = composed(page("messages"), "veja https://example.com/a")
    app.checkbox(key="send-link").check().run()
    press(app, "send")
    assert [(each.content.text, each.content.link) for each in scene.sent] == [
        ("veja https://example.com/a", "")
    ]
    assert app.success
    assert "Enviada sem a prévia do link" in app.info[0].value


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
    scene: FakeServices,
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
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception, service: str
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
    page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """And can be asked for again."""
    scene.views = [connected()]
    monkeypatch.setattr(recipients, "groups", Breaks(error, lambda *_, **__: (), times=2))
    app = page("messages")
    app.segmented_control(key="send-way").set_value("group").run()
    assert SENTENCE in app.warning[0].value
    press(app, "send-groups-again")
    assert "não está em nenhum grupo" in text_of(app)
