"""Two hundred uploads, damaged, hostile or half there: refused in words, and nothing of them stays."""

from __future__ import annotations

import io
import logging
import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import age
from core.moving.staging import STAGING_DIR, staging_folder
from core.services.moving import imports
from core.services.runtime import Runtime
from pages.ui.texts.message import UNKNOWN
from pages.ui.texts.moving import move_message
from tests.support.backups import PASSPHRASE
from tests.support.hostile_uploads import FAMILIES, MARK
from tests.support.runtimes import installed, runtime_of

_MEGABYTE = 1024
"""In kilobytes, as the system counts resident memory."""


class _Empty:
    """A registry without instances."""

    @property
    def moving(self) -> Any:
        return self

    def require_absent(self, jid: str) -> None:
        """Nothing is here."""


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """The reader and the uploads are the real ones; a guess of a passphrase costs next to nothing."""
    monkeypatch.setattr(age, "WORK_FACTOR", 10)
    auth_dir = tmp_path / "auth"
    auth_dir.mkdir()
    with installed(replace(runtime_of(auth_dir), registry=cast("Any", _Empty()))) as made:
        yield made
    made.move_reader.close()
    made.uploads.close()


def _refusal(runtime: Runtime, path: Path) -> MoveRefusedError | None:
    """Do with an upload what the page does; give why it was refused."""
    name = ""
    try:
        name = imports.keep_upload(io.BytesIO(path.read_bytes()))
        found = imports.inspect_upload(name, passphrase=PASSPHRASE)
        for device in found.devices:
            with (
                runtime.uploads.reading(name) as kept,
                staging_folder(runtime.settings.auth_dir) as scratch,
                staging_folder(runtime.settings.auth_dir) as target,
            ):
                assert kept is not None
                runtime.move_reader.prepare(
                    kept, scratch=scratch, passphrase=PASSPHRASE, device=device, target=target
                )
    except MoveRefusedError as refused:
        return refused
    finally:
        if name:
            imports.discard_upload(name)
    return None


def _is_said(refused: MoveRefusedError) -> bool:
    """Whether there is a sentence for it that quotes nothing of the upload."""
    known = refused.code in set(MoveCode) and move_message(refused).what != UNKNOWN.what
    return known and MARK not in refused.detail


def _left(auth_dir: Path) -> list[Path]:
    return list((auth_dir / STAGING_DIR).rglob("*"))


def _resident_kb() -> int:
    """What this process has ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.timeout(230)
@pytest.mark.parametrize("family", FAMILIES)
def test_all_of_a_family_are_refused(
    runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture, family: str
) -> None:
    """By a code that has a sentence; nothing is left on the disk, nothing of them stands in a log."""
    auth_dir, work = runtime.settings.auth_dir, tmp_path / "work"
    work.mkdir()
    wrong: dict[str, object] = {}
    with caplog.at_level(logging.DEBUG):
        for name, make in FAMILIES[family]():
            path = make(work / "upload")
            refused = _refusal(runtime, path)
            for each in work.iterdir():
                each.unlink()
            if refused is None or not _is_said(refused):
                wrong[name] = refused
            elif left := _left(auth_dir):
                wrong[name] = left
    assert wrong == {}
    for secret in (MARK, PASSPHRASE, "5511987650000", "5511990000001"):
        assert secret not in caplog.text


def test_memory_stays_bounded(runtime: Runtime, tmp_path: Path) -> None:
    """Of the process that asks, under the largest of them; the reader's own is bounded by the system."""
    largest = dict(FAMILIES["zips"]())
    _refusal(runtime, largest["browser"](tmp_path / "upload"))
    before, others = _resident_kb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    for name in ("bomb", "bomb-many", "members", "overlap"):
        assert _refusal(runtime, largest[name](tmp_path / "upload")) is not None
    assert _resident_kb() - before < 60 * _MEGABYTE
    # The largest child of all: a browser of another test may have been larger; and until it becomes another
    # program, a child is as large as this process.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert largest_child <= max(others, own, 700 * _MEGABYTE)


def test_there_are_two_hundred_of_them() -> None:
    """Each with a name of its own."""
    names = [(family, name) for family, make in FAMILIES.items() for name, _ in make()]
    assert len(names) == len(set(names))
    assert len(names) >= 200
