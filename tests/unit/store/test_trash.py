"""Deleted instances on disk: moved whole, found again, and nothing else touched."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from core.errors import UnknownInstanceError
from core.models.instance import InstanceRecord
from core.store import trash
from core.store.instance_file import create_folder, read_record, write_record
from core.store.session import has_device
from tests.unit.store.conftest import make_store

ID: Final = "loja-k7m2xq"
NOW: Final = 1_700_000_000.9


def make(auth_dir: Path, *, instance_id: str = ID, linked: bool = True) -> Path:
    """An instance with a session, on disk."""
    record = InstanceRecord(instance_id, "Loja", 1.0, wanted=True, phone="5511912345678", linked=linked)
    create_folder(auth_dir, record)
    make_store(auth_dir / instance_id, devices=int(linked))
    return auth_dir / instance_id


def test_a_deleted_instance_is_moved_whole_and_found(tmp_path: Path) -> None:
    """Its folder is gone from the living; name, number and both dates can be told."""
    folder = make(tmp_path)
    files = {path.name for path in folder.iterdir()}
    name = trash.move_to_trash(tmp_path, ID, now=NOW)
    assert name == f"{ID}-1700000000"
    assert not folder.exists()
    assert {path.name for path in (tmp_path / trash.TRASH_DIR / name).iterdir()} == files
    assert (tmp_path / trash.TRASH_DIR).stat().st_mode & 0o777 == 0o700
    found = trash.find_deleted(tmp_path, name)
    assert trash.deleted(tmp_path) == (found,)
    assert (found.id, found.name, found.phone, found.linked) == (ID, "Loja", "5511912345678", True)
    assert (found.deleted_at, found.purged_at) == (1_700_000_000.0, 1_700_000_000.0 + 7 * 24 * 3600)


def test_the_newest_is_told_first(tmp_path: Path) -> None:
    """Whatever order the disk lists them in."""
    for number, at in enumerate((NOW + 5, NOW, NOW + 9)):
        make(tmp_path, instance_id=f"loja-{number}")
        trash.move_to_trash(tmp_path, f"loja-{number}", now=at)
    assert [one.id for one in trash.deleted(tmp_path)] == ["loja-2", "loja-0", "loja-1"]


def test_without_a_trash_there_is_nothing_in_it(tmp_path: Path) -> None:
    """Neither where it was never made nor where a file has its name."""
    assert trash.deleted(tmp_path) == ()
    (tmp_path / trash.TRASH_DIR).write_text("a file")
    assert trash.deleted(tmp_path) == ()


def test_restored_it_is_as_it_was(tmp_path: Path) -> None:
    """Record and session lie where they lay; the trash has forgotten it."""
    make(tmp_path)
    before = read_record(tmp_path, ID)
    name = trash.move_to_trash(tmp_path, ID, now=NOW)
    trash.restore(tmp_path, trash.find_deleted(tmp_path, name))
    assert read_record(tmp_path, ID) == before
    assert has_device(tmp_path / ID)
    assert trash.deleted(tmp_path) == ()
    with pytest.raises(UnknownInstanceError):
        trash.find_deleted(tmp_path, name)


def test_restoring_never_overwrites_a_living_instance(tmp_path: Path) -> None:
    """Its folder exists again: refused, and both are whole."""
    make(tmp_path)
    name = trash.move_to_trash(tmp_path, ID, now=NOW)
    make(tmp_path, linked=False)
    with pytest.raises(OSError, match="not empty"):
        trash.restore(tmp_path, trash.find_deleted(tmp_path, name))
    assert not has_device(tmp_path / ID)
    assert trash.find_deleted(tmp_path, name).linked


def test_moving_what_is_not_there_leaves_the_rest_alone(tmp_path: Path) -> None:
    """Refused; so is a second deletion that would land on the first one."""
    with pytest.raises(FileNotFoundError):
        trash.move_to_trash(tmp_path, ID, now=NOW)
    make(tmp_path)
    trash.move_to_trash(tmp_path, ID, now=NOW)
    make(tmp_path)
    with pytest.raises(OSError, match="not empty"):
        trash.move_to_trash(tmp_path, ID, now=NOW)
    assert read_record(tmp_path, ID).id == ID
    assert len(trash.deleted(tmp_path)) == 1


def test_a_purged_one_is_gone_and_only_that_one(tmp_path: Path) -> None:
    """Its files are erased; its neighbours, dead or living, are not."""
    for instance_id in (ID, "outra-b2b2b2", "viva-c3c3c3"):
        make(tmp_path, instance_id=instance_id)
    name, other = (trash.move_to_trash(tmp_path, one, now=NOW) for one in (ID, "outra-b2b2b2"))
    trash.purge(tmp_path, trash.find_deleted(tmp_path, name))
    assert [path.name for path in (tmp_path / trash.TRASH_DIR).iterdir()] == [other]
    assert has_device(tmp_path / "viva-c3c3c3")


@pytest.mark.parametrize("instance_id", ["..", ".", "", "../x", ".trash", "a/b", "A", "a" * 41, "a\0b"])
def test_nothing_but_an_id_is_ever_moved(tmp_path: Path, instance_id: str) -> None:
    """A hostile name is refused before any path is made of it."""
    make(tmp_path)
    with pytest.raises(ValueError, match="not an instance id"):
        trash.move_to_trash(tmp_path, instance_id, now=NOW)
    assert (tmp_path / ID).is_dir()


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        f"../{ID}",
        ID,
        f"{ID}-1",
        f"{ID}-1700000000/",
        f"x/../{ID}-1700000000",
        f"{ID}-1700000000\n",
    ],
)
def test_only_the_exact_name_finds_it(tmp_path: Path, name: str) -> None:
    """What is not literally a name in the trash is unknown, however a path would read it."""
    make(tmp_path)
    trash.move_to_trash(tmp_path, ID, now=NOW)
    make(tmp_path)
    with pytest.raises(UnknownInstanceError):
        trash.find_deleted(tmp_path, name)


@pytest.mark.parametrize(
    "damage", ["no record", "garbage", "a folder", "another id", "a strange name", "no date"]
)
def test_what_is_not_ours_is_neither_told_nor_touched(tmp_path: Path, damage: str) -> None:
    """Folders without a sound record of their own stay where they are, unseen; the sound one is told."""
    make(tmp_path)
    make(tmp_path, instance_id="boa-b2b2b2")
    good = trash.move_to_trash(tmp_path, "boa-b2b2b2", now=NOW)
    folder = tmp_path / trash.TRASH_DIR / trash.move_to_trash(tmp_path, ID, now=NOW)
    record = folder / "instance.json"
    match damage:
        case "no record":
            record.unlink()
        case "garbage":
            record.write_bytes(b"\xff{")
        case "a folder":
            record.unlink()
            record.mkdir()
        case "another id":
            record.write_text(record.read_text().replace(ID, "outra-c3c3c3"))
        case "a strange name":
            folder = folder.rename(folder.with_name("..%2f-1700000000"))
        case "no date":
            folder = folder.rename(folder.with_name(ID))
    assert [one.trash_name for one in trash.deleted(tmp_path)] == [good]
    with pytest.raises(UnknownInstanceError):
        trash.find_deleted(tmp_path, folder.name)
    assert folder.is_dir()


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link that bears a good name is no deleted instance: purging it could erase a living one."""
    folder = make(tmp_path)
    (tmp_path / trash.TRASH_DIR).mkdir()
    (tmp_path / trash.TRASH_DIR / f"{ID}-1700000000").symlink_to(folder)
    assert trash.deleted(tmp_path) == ()
    assert (folder / "session.db").is_file()


def test_a_link_inside_a_purged_folder_costs_only_the_link(tmp_path: Path) -> None:
    """What it points to stays."""
    living = make(tmp_path, instance_id="viva-c3c3c3")
    (make(tmp_path) / "link").symlink_to(living)
    name = trash.move_to_trash(tmp_path, ID, now=NOW)
    trash.purge(tmp_path, trash.find_deleted(tmp_path, name))
    assert (living / "session.db").is_file()


def test_a_moved_number_is_told_apart(tmp_path: Path) -> None:
    """Restored, it must not be promised to connect."""
    make(tmp_path)
    record = read_record(tmp_path, ID)
    write_record(tmp_path, replace(record, moved_out_at=5.0))
    name = trash.move_to_trash(tmp_path, ID, now=NOW)
    assert trash.find_deleted(tmp_path, name).moved_out


def test_a_record_that_changed_in_the_trash_is_read_anew(tmp_path: Path) -> None:
    """What is told is what lies there now: nothing is remembered between two looks."""
    make(tmp_path)
    name = trash.move_to_trash(tmp_path, ID, now=NOW)
    trash_dir = tmp_path / trash.TRASH_DIR
    shutil.move(trash_dir / name, trash_dir / ID)
    write_record(trash_dir, InstanceRecord(ID, "Outro nome", 1.0, wanted=False))
    shutil.move(trash_dir / ID, trash_dir / name)
    assert trash.find_deleted(tmp_path, name).name == "Outro nome"
