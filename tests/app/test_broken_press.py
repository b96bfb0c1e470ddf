"""Whatever breaks behind a send: a sentence, a line in the log, and the next press works."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AppError, InvalidInputError
from core.services import attachments, messages, recipients
from core.services.web_fetch import link_preview
from tests.app.breaking import SENTENCE, Breaks, Page, each_break, logged, photo, press
from tests.app.composing import A, uma
from tests.app.conftest import text_of
from tests.app.conversing import group_talk, talk
from tests.app.fake_services import FakeServices
from tests.app.writing import box_of, keep_pages, press_send, sent, texts, type_in

pytestmark = each_break


@pytest.fixture
def app(page: Page, scene: FakeServices, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A conversation in which nothing was said yet."""
    keep_pages(monkeypatch)
    scene.views, scene.conversations = [uma()], [talk(latest=None), group_talk()]
    return page("messages", id=A, c="ana")


def test_a_send_that_breaks_is_told_and_can_be_repeated(
    app: AppTest,
    scene: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The button is alive without a reload; what was typed is still there."""
    monkeypatch.setattr(messages, "send_soon", Breaks(error, messages.send_soon))
    press_send(app, "Olá")
    assert "Veja a conversa" in app.error[0].value
    assert "Error" not in text_of(app)
    assert logged(caplog, error)
    assert box_of(app)["text"] == "Olá"
    press(app, "send-again")
    assert [text for *_, text in texts(scene)] == ["Olá"]
    assert not app.error


def test_a_number_check_that_breaks_stops_no_send(
    app: AppTest,
    scene: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The check before the send says what it can: nothing; a profile picture that bursts is no reason."""
    monkeypatch.setattr(recipients, "check", Breaks(error, recipients.check, times=9))
    press_send(app, "Olá")
    assert len(scene.sent) == 1
    assert logged(caplog, error)


@pytest.mark.parametrize("refusal", [None, InvalidInputError("link-unreachable"), AppError("no-answer")])
def test_a_message_goes_without_a_preview_that_cannot_be_had(
    app: AppTest,
    scene: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    refusal: AppError | None,
) -> None:
    """And the page says that it did."""
    monkeypatch.setattr(link_preview, "link_preview", Breaks(refusal or error, lambda _: "{}"))
    text = "veja https://example.com/a"
    type_in(app, text)
    (box,) = (one for one in app.checkbox if (one.key or "").startswith("send-link-"))
    box.check().run()
    press_send(app, text)
    assert [(content.text, content.link) for *_, content in sent(scene)] == [(text, "")]
    assert "Enviada sem a prévia do link" in text_of(app)


def upload(app: AppTest, name: str = "foto.jpg") -> AppTest:
    (uploader,) = (one for one in app.file_uploader if (one.key or "").startswith("send-file-image-"))
    uploader.upload(name, photo(), "image/jpeg").run()
    assert not app.exception, app.exception
    return app


def test_an_upload_whose_check_breaks_is_told_and_another_one_works(
    app: AppTest,
    scene: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The page stands meanwhile."""
    monkeypatch.setattr(attachments, "prepare", Breaks(error, attachments.prepare))
    upload(press(app, "attach-photo"))
    assert SENTENCE in app.error[0].value
    assert logged(caplog, error)
    upload(app, "outra.jpg")
    assert SENTENCE not in text_of(app)
    press_send(app)
    assert scene.sent[0].content.file is not None


@pytest.mark.parametrize("service", ["content", "limit", "available"])
def test_a_file_that_cannot_be_shown_stops_no_send(
    app: AppTest, scene: FakeServices, monkeypatch: pytest.MonkeyPatch, error: Exception, service: str
) -> None:
    """What is drawn of it breaks: the rest of the page stands, and the button works."""
    upload(press(app, "attach-photo"))
    monkeypatch.setattr(attachments, service, Breaks(error, lambda *_: b"", times=99))
    app.run()
    assert not app.exception
    press_send(app)
    assert len(scene.sent) == 1
