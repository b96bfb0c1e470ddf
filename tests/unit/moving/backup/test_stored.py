"""The backups at BACKUP_TO: listed with their time and size, and read in pieces, whatever the place is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.models.moving.backup import BackupProblem
from core.moving.backup.destination import NotStoredError
from core.moving.backup.shelf import file_name
from core.moving.backup.stored import MOST_LISTED, PIECE, StoredBackups, stored_backups
from core.settings import BackupSettings
from tests.support.bucket import ACCESS_KEY, BUCKET, SECRET_KEY, Bucket, running_bucket

DAY_S = 86_400.0
OLD, NEW = file_name(1_700_000_000.0), file_name(1_700_000_000.0 + DAY_S)
BY_HAND = OLD.replace(".age", " (1).age")
OTHERS = ("fotos.age", ".whatsapp-backup-20260101T000000Z.age.tmp", "whatsapp-backup-.age", "notas.txt")


@dataclass
class Place:
    """A folder or a bucket, and how something is laid into it."""

    settings: BackupSettings
    folder: Path
    bucket: Bucket

    @property
    def there(self) -> StoredBackups:
        return stored_backups(self.settings)

    def lay(self, name: str, data: bytes = b"x") -> None:
        if self.settings.to.startswith("s3://"):
            self.bucket.objects[f"loja/{name}"] = data
        else:
            self.folder.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(data)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """A service in the shape of S3."""
    with running_bucket() as running:
        yield running


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path, bucket: Bucket) -> Place:
    """Each kind of place."""
    to = str(tmp_path / "copias") if request.param == "folder" else f"s3://{BUCKET}/loja"
    settings = BackupSettings(
        to, "correta bateria", endpoint=bucket.url, access_key=ACCESS_KEY, secret_key=SECRET_KEY
    )
    return Place(settings, tmp_path / "copias", bucket)


def test_they_are_listed_the_newest_first(place: Place) -> None:
    """With the time in their names, and their size; one that was laid there by hand too, and nothing else."""
    assert place.there.listed() == ()
    place.lay(OLD, b"abc")
    place.lay(NEW, b"abcde")
    place.lay(BY_HAND, b"a")
    for other in OTHERS:
        place.lay(other)
    found = place.there.listed()
    assert [(one.name, one.size) for one in found] == [(NEW, 5), (OLD, 3), (BY_HAND, 1)]
    assert [one.made_at for one in found] == [1_700_086_400.0, 1_700_000_000.0, 1_700_000_000.0]


def test_a_name_without_a_time_is_of_the_time_of_its_file(place: Place) -> None:
    """Also where what looks like a time is none."""
    for name in ("whatsapp-backup-loja.age", "whatsapp-backup-20269999T000000Z.age"):
        place.lay(name)
    assert all(one.made_at > 1_700_000_000.0 for one in place.there.listed())


def test_a_long_list_is_cut(place: Place) -> None:
    """The newest stay in it."""
    names = [file_name(day * DAY_S) for day in range(MOST_LISTED + 3)]
    for name in names:
        place.lay(name)
    assert [one.name for one in place.there.listed()] == names[:2:-1]


def test_one_is_read_in_pieces(place: Place) -> None:
    """Never more of it in memory than one piece."""
    data = os.urandom(2 * PIECE + 5)
    place.lay(NEW, data)
    assert place.there.size(NEW) == len(data)
    pieces = list(place.there.pieces(NEW))
    assert [len(piece) for piece in pieces] == [PIECE, PIECE, 5]
    assert b"".join(pieces) == data
    assert place.bucket.most_given <= PIECE


@pytest.mark.parametrize("name", [NEW, "../segredo.age", f"../{OLD}", f"x/{OLD}", "fotos.age", ""])
def test_one_that_is_not_there_is_said(place: Place, name: str) -> None:
    """A name never leads out of the place."""
    place.lay(OLD)
    (place.folder.parent / "segredo.age").write_bytes(b"s")
    with pytest.raises(FileNotFoundError):
        place.there.size(name)
    with pytest.raises(FileNotFoundError):
        list(place.there.pieces(name))


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """In the system's words."""
    (tmp_path / "file").write_text("x")
    there = stored_backups(BackupSettings(str(tmp_path / "file"), "correta bateria"))
    for ask in (there.listed, lambda: there.size(NEW), lambda: list(there.pieces(NEW))):
        with pytest.raises(NotStoredError) as caught:
            ask()
        assert caught.value.problem is BackupProblem.FOLDER
        assert caught.value.detail


def test_a_service_that_refuses_is_said(place: Place, bucket: Bucket) -> None:
    """Whatever it is asked for, and without a word of its answer."""
    if not place.settings.to.startswith("s3://"):
        return
    place.lay(NEW)
    bucket.refuses = True
    for ask in (place.there.listed, lambda: place.there.size(NEW), lambda: list(place.there.pieces(NEW))):
        with pytest.raises(NotStoredError) as caught:
            ask()
        assert (caught.value.problem, caught.value.detail) == (BackupProblem.REFUSED, "")
