"""What is said of a chosen file before it is sent, and the choice to send it unchanged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.media import ffmpeg, ffmpeg_program
from core.services import attachments
from tests.app.conftest import text_of
from tests.support.media_samples import ffmpeg_folder, h264_mp4, heic, image, moving, recorded

UNCHANGED = "send-unchanged"


def form(kind: str) -> None:
    """The part of the composer that takes a file."""
    import streamlit as st  # run as a script of its own

    from core.models.content import Kind
    from pages.ui.conversations.writing import files

    place = ("a-1", "ana")
    turn = st.session_state.setdefault("turn", 0)

    def drop() -> None:
        files.forget_file(place)
        st.session_state["turn"] = turn + 1

    files.draw_file_field(place, Kind(kind), key=str(turn), drop=drop)
    ready = files.ready_at(place)
    file = ready.attachment if ready else None
    st.code(
        f"{ready.sent_as} {file.mime} {file.width}x{file.height} {file.name}" if ready and file else "nothing"
    )


def chosen(data: bytes, name: str, kind: str = "image") -> AppTest:
    app = AppTest.from_function(form, kwargs={"kind": kind}, default_timeout=30).run()
    return upload(app, data, name, kind)


def upload(app: AppTest, data: bytes, name: str, kind: str = "image", *, turn: int = 0) -> AppTest:
    key = f"send-file-{kind}-{turn}"
    app.file_uploader(key=key).upload(name, data, "application/octet-stream").run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def buttons(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


@pytest.fixture
def with_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(ffmpeg_folder(tmp_path / "bin")), prepend=os.pathsep)


@pytest.fixture
def without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "program", lambda: "")
    monkeypatch.setattr(ffmpeg_program, "found", lambda: "")


def test_the_photo_of_an_iphone_is_shown_and_nothing_asked() -> None:
    """It is ready to be sent as any photo."""
    app = chosen(heic(), "IMG_0001.HEIC")
    assert app.code[0].value == "image image/jpeg 200x320 "
    assert not app.error
    assert not app.info
    assert UNCHANGED not in buttons(app)


@pytest.mark.usefixtures("with_ffmpeg")
def test_a_gif_is_said_to_move_and_may_go_unchanged() -> None:
    """The choice is the person's; nothing is chosen for them but what they picked."""
    app = chosen(moving("GIF"), "dança.gif")
    assert app.code[0].value == "video video/mp4 64x64 "
    assert "sent as a GIF" in app.info[0].value
    press(app, UNCHANGED)
    assert app.code[0].value == "document image/gif 0x0 dança.gif"
    assert not app.info
    assert UNCHANGED not in buttons(app)
    assert "sent as a document" in text_of(app)
    app.run()
    assert app.code[0].value == "document image/gif 0x0 dança.gif"


@pytest.mark.usefixtures("without_ffmpeg")
def test_without_ffmpeg_a_gif_can_go_as_a_document() -> None:
    """Why it cannot go as a GIF is said, with one press that sends it all the same."""
    app = chosen(moving("GIF"), "dança.gif")
    assert app.code[0].value == "nothing"
    assert "needs ffmpeg" in app.error[0].value
    press(app, UNCHANGED)
    assert app.code[0].value == "document image/gif 0x0 dança.gif"
    assert not app.error


def test_a_long_picture_is_said_to_become_unreadable() -> None:
    """As an image by default, whole on request."""
    app = chosen(image("JPEG", 1_080, 20_000), "conversa.jpg")
    assert app.code[0].value == "image image/jpeg 221x4096 "
    assert "very long" in app.info[0].value
    press(app, UNCHANGED)
    assert app.code[0].value == "document image/jpeg 0x0 conversa.jpg"


def test_another_file_is_not_sent_unchanged_because_the_last_one_was() -> None:
    """The choice belongs to the file."""
    app = press(chosen(image("JPEG", 1_080, 20_000), "a.jpg"), UNCHANGED)
    press(app, "send-file-drop")
    assert app.code[0].value == "nothing"
    upload(app, image("JPEG"), "b.jpg", turn=1)
    assert app.code[0].value == "image image/jpeg 320x200 "


@pytest.mark.usefixtures("with_ffmpeg")
@pytest.mark.parametrize("kind", ["image", "audio", "voice", "sticker"])
def test_what_is_none_of_its_kind_may_go_as_a_document(kind: str) -> None:
    """What is wrong is said, and what can be done."""
    app = chosen(b"%PDF-1.7 " + b"x" * 500, "ata.pdf", kind)
    assert len(app.error) == 1
    press(app, UNCHANGED)
    assert app.code[0].value == "document application/pdf 0x0 ata.pdf"


@pytest.mark.usefixtures("with_ffmpeg")
def test_a_sound_that_only_ffmpeg_knows_is_taken() -> None:
    """Nothing is asked."""
    app = chosen(recorded("w64"), "som.w64", "audio")
    assert app.code[0].value == "audio audio/mp4 0x0 "
    assert not app.error


@pytest.mark.usefixtures("with_ffmpeg")
def test_a_film_may_be_chosen_where_a_photo_is() -> None:
    """What it is decides, not where it was chosen."""
    app = chosen(h264_mp4(), "filme.mp4")
    assert app.code[0].value.startswith("video video/mp4 ")
    assert not app.error


def test_a_file_that_is_not_there_any_more_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lay here for too long: it is prepared again from what was chosen, or chosen again."""
    app = chosen(image("JPEG"), "a.jpg")
    prepared: list[str] = []
    real = attachments.prepare_photo_or_film

    def prepare(data: bytes, *, name: str, **more: Any) -> Any:
        prepared.append(name)
        return real(data, name=name, **more)

    monkeypatch.setattr(attachments, "prepare_photo_or_film", prepare)
    monkeypatch.setattr(attachments, "present", lambda _: False)
    app.run()
    assert prepared == ["a.jpg"]
