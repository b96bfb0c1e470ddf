"""Backups arrive whole in a folder and in a bucket; old ones of ours go, and nothing else does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.models.moving.backup import BackupProblem
from core.moving.backup.destination import NotStoredError, destination_of
from core.moving.backup.retention import scheduled_name
from core.moving.backup.shelf import file_name
from core.settings import BackupSettings
from tests.support.bucket import ACCESS_KEY, BUCKET, SECRET_KEY, Bucket, running_bucket

INSTALL, OTHER = "0123456789", "abcdef0123"
NAME = scheduled_name(INSTALL, 0.0)
LARGE = 20 << 20


def to(place: str, endpoint: str = "") -> BackupSettings:
    """Settings of a daily backup to that place."""
    return BackupSettings(
        place, "correta bateria", endpoint=endpoint, access_key=ACCESS_KEY, secret_key=SECRET_KEY
    )


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A file larger than what is uploaded in one part."""
    path = tmp_path / "backup.age"
    path.write_bytes(os.urandom(LARGE))
    return path


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """A service in the shape of S3."""
    with running_bucket() as running:
        yield running


def problem(place: BackupSettings, path: Path) -> NotStoredError:
    """Why it does not get there."""
    with pytest.raises(NotStoredError) as caught:
        destination_of(place).put(path, NAME, before="")
    return caught.value


def test_a_folder_gets_it_whole(tmp_path: Path, backup: Path) -> None:
    """The folder is made, the file is for its owner only, and nothing else is left."""
    destination_of(to(str(tmp_path / "a" / "b"))).put(backup, NAME, before="")
    (stored,) = (tmp_path / "a" / "b").iterdir()
    assert stored.name == NAME
    assert stored.read_bytes() == backup.read_bytes()
    assert stored.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_does_not_take_it_is_told(tmp_path: Path, backup: Path) -> None:
    """In the system's words."""
    (tmp_path / "file").write_text("x")
    told = problem(to(str(tmp_path / "file")), backup)
    assert told.problem is BackupProblem.FOLDER
    assert told.detail


def test_a_folder_that_is_gone_is_not_made_anew(tmp_path: Path, backup: Path) -> None:
    """It is on a disk that is not mounted: the disk beneath is not filled. Made by a person, it is used."""
    folder = tmp_path / "disk" / "copias"
    place = destination_of(to(str(folder)))
    mark = place.put(backup, NAME, before="")
    shutil.rmtree(tmp_path / "disk")
    with pytest.raises(NotStoredError) as caught:
        place.put(backup, NAME, before=mark)
    assert caught.value.problem is BackupProblem.FOLDER_GONE
    assert not (tmp_path / "disk").exists()
    folder.mkdir(parents=True)
    assert place.put(backup, NAME, before=mark) == mark


def test_the_empty_mount_point_of_a_disk_is_not_used(
    tmp_path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a folder, as any other, of the disk beneath."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted, genuine = [str(disk)], os.path.ismount
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) in mounted or genuine(path))
    place = destination_of(to(str(disk / "copias")))
    mark = place.put(backup, NAME, before="")
    assert mark == str(disk)
    assert place.put(backup, NAME, before=mark) == mark
    mounted.clear()
    with pytest.raises(NotStoredError) as caught:
        place.put(backup, NAME, before=mark)
    assert caught.value.problem is BackupProblem.FOLDER_GONE


def test_what_a_kill_left_goes_with_the_next_backup(tmp_path: Path, backup: Path) -> None:
    """What others are writing there stays."""
    ours, theirs = f".{scheduled_name(INSTALL, 5.0)}.tmp", f".{scheduled_name(OTHER, 5.0)}.tmp"
    others = {theirs, f".{file_name(5.0)}.tmp", ".x.tmp"}
    folder = tmp_path / "copias"
    folder.mkdir()
    for name in (ours, *others):
        (folder / name).write_text("x")
    destination_of(to(str(folder))).put(backup, NAME, before="")
    assert {path.name for path in folder.iterdir()} == {NAME, *others}


def of_days(count: int, install: str = INSTALL) -> list[str]:
    """Names of one backup a day."""
    return [scheduled_name(install, day * 86_400.0) for day in range(count)]


def test_only_old_backups_of_this_install_go_from_a_folder(tmp_path: Path) -> None:
    """Those of another install, and whatever else lies there, stay."""
    names, kept = of_days(10), {*of_days(10, OTHER), file_name(1.0), "fotos.age", "whatsapp-backup-mine.age"}
    for name in (*names, *kept):
        (tmp_path / name).write_text("x")
    folder = scheduled_name(INSTALL, 2.0)
    (tmp_path / folder).mkdir()
    destination_of(to(str(tmp_path))).remove_old(names[-1])
    assert {path.name for path in tmp_path.iterdir()} == {*names[3:], *kept, folder}


@pytest.mark.parametrize("prefix", ["", "/loja/copias"])
def test_a_bucket_gets_it_whole(bucket: Bucket, backup: Path, prefix: str) -> None:
    """In parts of a bounded size, each signed; under the prefix."""
    destination_of(to(f"s3://{BUCKET}{prefix}", bucket.url)).put(backup, NAME, before="")
    key = f"{prefix}/{NAME}".lstrip("/")
    assert bucket.objects == {key: backup.read_bytes()}
    assert bucket.unsigned == 0
    assert bucket.most_at_once <= 8 << 20


def test_only_old_backups_of_this_install_go_from_a_bucket(bucket: Bucket) -> None:
    """Those of another install, and whatever else lies there, stay; also beside the prefix."""
    names = [f"loja/{name}" for name in of_days(10)]
    others = [f"loja/{name}" for name in (*of_days(10, OTHER), file_name(1.0), "fotos.age")]
    beside = [NAME, f"outra/{NAME}"]
    bucket.objects.update(dict.fromkeys([*names, *others, *beside], b"x"))
    destination_of(to(f"s3://{BUCKET}/loja", bucket.url)).remove_old(of_days(10)[-1])
    assert set(bucket.objects) == {*names[3:], *others, *beside}


def test_a_service_that_refuses_is_told(bucket: Bucket, backup: Path) -> None:
    """Without a word of its answer: it may quote keys."""
    bucket.refuses = True
    told = problem(to(f"s3://{BUCKET}", bucket.url), backup)
    assert (told.problem, told.detail) == (BackupProblem.REFUSED, "")


def test_a_service_that_does_not_answer_is_told(bucket: Bucket, backup: Path) -> None:
    """Nothing listens there."""
    place = to(f"s3://{BUCKET}", bucket.url)
    bucket.close()
    assert problem(place, backup).problem is BackupProblem.UNREACHABLE
