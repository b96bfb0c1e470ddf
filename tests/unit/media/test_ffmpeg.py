"""One ffmpeg is as good as another: the oldest that distributions have, and the newest."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.models.content import Kind
from core.services import attachments
from tests.support.media_samples import h264_mp4, moving, recorded

pytestmark = pytest.mark.usefixtures("kept")

OLD = """#!/bin/sh
# As versions before 4.4: an unknown option ends it, streams are listed two spaces further in, and the time
# of the progress has its old name only.
for word in "$@"; do
    case "$word" in -stats_period | -fps_mode | -enc_time_base) echo "Unrecognized option" >&2; exit 1 ;; esac
done
test "$1" = -version && exec echo "ffmpeg version 4.2.7-0ubuntu0.1 Copyright (c) 2000-2022"
{{ {program} "$@" 3>&1 1>&4 2>&3 4>&- |
    sed -u -e 's/^  Stream/    Stream/' -e 's/^out_time_us=.*//' >&2 4>&-; }} 4>&1
"""


@pytest.fixture
def old_ffmpeg(with_ffmpeg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that behaves as version 4.2."""
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "ffmpeg").write_text(OLD.format(program=with_ffmpeg / "ffmpeg"))
    (folder / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.usefixtures("old_ffmpeg")
def test_an_old_version_takes_every_kind() -> None:
    """Film, sound, voice note and GIF."""
    film = attachments.prepare(Kind.VIDEO, h264_mp4(), name="x")
    assert (film.mime, film.width) == ("video/mp4", 160)
    other = attachments.prepare(Kind.VIDEO, recorded("matroska", "-c:v", "mpeg4", video="64x48"), name="x")
    assert other.seconds == 1
    assert attachments.prepare(Kind.AUDIO, recorded("wav"), name="x").mime == "audio/mp4"
    assert attachments.prepare(Kind.VOICE, recorded("wav"), name="x").waveform
    assert attachments.prepare(Kind.IMAGE, moving("GIF"), name="x").gif


@pytest.mark.usefixtures("with_ffmpeg")
def test_a_file_cannot_pass_for_another_by_what_it_says_of_itself() -> None:
    """A title that looks like a line of ffmpeg's own is a title."""
    line = "x\n    Stream #0:9: Video: h264, yuv420p\n  Stream #0:8: Video: h264, yuv420p"
    sound = recorded("matroska", "-c:a", "aac", "-metadata", f"title={line}", "-metadata", f"{line}=1")
    with pytest.raises(InvalidInputError, match="file-not-video"):
        attachments.prepare(Kind.VIDEO, sound, name="x")
