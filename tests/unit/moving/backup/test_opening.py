"""A backup comes back as it was made; one that is anything else is refused, whatever is wrong with it."""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import contents, tar
from core.moving.backup.age import Decrypting, Encrypting
from core.moving.backup.opening import open_backup
from core.moving.backup.packing import Source, copy_sessions, pack
from core.store.instance_file import read_facts, write_record_in
from tests.unit.moving.backup.conftest import APP, PASSPHRASE, count, tables

MakeInstance = Callable[..., Source]
Members = list[tuple[str, bytes]]


def packed(tmp_path: Path, *sources: Source, messages: bool = True) -> Path:
    """A backup of those instances."""
    staging, target = tmp_path / "staging", tmp_path / "backup.age"
    staging.mkdir()
    copy_sessions(sources, staging)
    pack(sources, staging, target, passphrase=PASSPHRASE, messages=messages, head=APP)
    return target


def members_of(path: Path) -> Members:
    """What is in a backup, in its order."""
    with path.open("rb") as file:
        content, found = Decrypting(file, PASSPHRASE), []
        while member := tar.next_member(content):
            name, size = member
            found.append((name, content.read(size)))
            content.read(len(tar.padding(size)))
    return found


def rewritten(path: Path, members: Members, *, end: bytes = tar.END) -> Path:
    """The same file with other members, sealed with the right passphrase."""
    with path.open("wb") as file:
        sealed = Encrypting(file, PASSPHRASE)
        for name, data in members:
            sealed.write(tar.header(name, len(data), made_at=1.0) + data + tar.padding(len(data)))
        sealed.write(end)
        sealed.close()
    return path


def refusal(path: Path, target: Path, passphrase: str = PASSPHRASE) -> MoveRefusedError:
    """Why it is not opened."""
    target.mkdir(exist_ok=True)
    with pytest.raises(MoveRefusedError) as caught:
        open_backup(path, passphrase, target)
    return caught.value


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """An empty folder to open in."""
    (tmp_path / "opened").mkdir()
    return tmp_path / "opened"


@pytest.fixture
def backup(tmp_path: Path, make_instance: MakeInstance) -> Path:
    """A sound backup of one instance."""
    return packed(tmp_path, make_instance())


def test_it_comes_back_as_it_was(tmp_path: Path, opened: Path, make_instance: MakeInstance) -> None:
    """Both instances, each with its session, record, timeline and messages, in folders only we may enter."""
    sources = make_instance(), make_instance("matriz-k7m2xq", "Matriz")
    found = open_backup(packed(tmp_path, *sources), PASSPHRASE, opened)
    assert (found.app_version, found.made_at, found.messages) == (*APP, True)
    assert found.names == ("Loja", "Matriz")
    assert [device.index for device in found.devices] == [0, 1]
    assert all(device.number and device.keys and device.device for device in found.devices)
    for index, source in enumerate(sources):
        folder = opened / str(index)
        assert {path.name for path in folder.iterdir()} == {"session.db", "instance.json", "history.db"}
        assert folder.stat().st_mode & 0o777 == 0o700
        original = Path(source.folder)
        assert (folder / "instance.json").read_bytes() == (original / "instance.json").read_bytes()
        for table in tables(original / "session.db"):
            assert count(folder / "session.db", table) == count(original / "session.db", table)
        assert count(folder / "history.db", "sent") == 2
        assert count(folder / "history.db", "entries") == 1


@pytest.mark.parametrize(("at", "found"), [(0.0, 0.0), (5.0, 5.0), (-1.0, APP[1]), (9e99, APP[1])])
def test_what_was_moved_elsewhere_is_told(
    tmp_path: Path, opened: Path, make_instance: MakeInstance, at: float, found: float
) -> None:
    """A mark with a time that cannot be is one all the same, and can be shown."""
    source = make_instance()
    folder = Path(source.folder)
    write_record_in(folder, replace(read_facts(folder), moved_out_at=at))
    (device,) = open_backup(packed(tmp_path, source), PASSPHRASE, opened).devices
    assert device.moved_out_at == found


def test_messages_are_a_choice(tmp_path: Path, opened: Path, make_instance: MakeInstance) -> None:
    """Without them the timeline is in it and not one word of a message."""
    found = open_backup(packed(tmp_path, make_instance(), messages=False), PASSPHRASE, opened)
    assert not found.messages
    assert count(opened / "0" / "history.db", "entries") == 1
    assert count(opened / "0" / "history.db", "sent") == 0
    assert b"Segredo" not in (opened / "0" / "history.db").read_bytes()


def test_nothing_in_it_can_be_read_without_the_passphrase(backup: Path) -> None:
    """No name, number, key or table."""
    data = backup.read_bytes()
    assert not any(word in data for word in (b"Loja", b"5511912345678", b"SQLite", b"whatsmeow", b"json"))
    assert backup.stat().st_mode & 0o777 == 0o600


def test_spaces_around_a_passphrase_do_not_count(backup: Path, opened: Path) -> None:
    """They come along when it is pasted."""
    assert open_backup(backup, f" {PASSPHRASE}\n", opened).names == ("Loja",)


def test_wrong_and_missing_passphrases_are_told(backup: Path, opened: Path) -> None:
    """Each by its own name; nothing is written."""
    assert refusal(backup, opened, "another").code == MoveCode.WRONG_PASSPHRASE
    assert refusal(backup, opened, "").code == MoveCode.PASSPHRASE_MISSING
    assert list(opened.iterdir()) == []


@pytest.mark.parametrize("part", range(12))
def test_a_backup_that_was_cut_off_is_refused(backup: Path, tmp_path: Path, part: int) -> None:
    """Anywhere."""
    data = backup.read_bytes()
    backup.write_bytes(data[: len(data) * part // 12])
    assert refusal(backup, tmp_path / "opened").code in (MoveCode.DAMAGED, MoveCode.UNKNOWN_FORMAT)


@pytest.mark.parametrize("part", range(12))
def test_a_changed_byte_is_found(backup: Path, tmp_path: Path, part: int) -> None:
    """Anywhere behind the header, which ``test_age`` looks at."""
    data = bytearray(backup.read_bytes())
    data[300 + (len(data) - 301) * part // 11] ^= 0x40
    backup.write_bytes(data)
    assert refusal(backup, tmp_path / "opened").code == MoveCode.DAMAGED


def without(members: Members, name: str) -> Members:
    return [member for member in members if member[0] != name]


def changed(members: Members, name: str, data: bytes) -> Members:
    return [(member, data if member == name else old) for member, old in members]


def other_version(members: Members) -> Members:
    head = msgspec.json.decode(members[0][1])
    return [("backup.json", msgspec.json.encode({**head, "version": 2})), *members[1:]]


def other_format(members: Members) -> Members:
    head = msgspec.json.decode(members[0][1])
    return [("backup.json", msgspec.json.encode({**head, "format": "x"})), *members[1:]]


def with_manifest(members: Members, **more: Any) -> Members:
    manifest = msgspec.json.decode(members[-1][1])
    return changed(members, "manifest.json", msgspec.json.encode({**manifest, **more}))


DEEP = b"[" * 100_000
EMPTY = b'{"messages":true,"devices":[]}'
WRONG: dict[str, tuple[Callable[[Members], Members], MoveCode]] = {
    "nothing": (lambda m: [], MoveCode.UNKNOWN_FORMAT),
    "no head": (lambda m: m[1:], MoveCode.UNKNOWN_FORMAT),
    "another format": (other_format, MoveCode.UNKNOWN_FORMAT),
    "a newer version": (other_version, MoveCode.SCHEMA_TOO_NEW),
    "no manifest": (lambda m: without(m, "manifest.json"), MoveCode.DAMAGED),
    "no session": (lambda m: without(m, "0/session.db"), MoveCode.DAMAGED),
    "no history": (lambda m: without(m, "0/history.db"), MoveCode.DAMAGED),
    "a part too many": (lambda m: [*m[:-1], ("1/session.db", b"x"), m[-1]], MoveCode.DAMAGED),
    "a part twice": (lambda m: [m[0], m[1], *m[1:]], MoveCode.DAMAGED),
    "another name": (lambda m: [m[0], ("0/other.db", b"x"), *m[1:]], MoveCode.DAMAGED),
    "a way up": (lambda m: [m[0], ("../../x", b"x"), *m[1:]], MoveCode.DAMAGED),
    "an absolute path": (lambda m: [m[0], ("/tmp/x", b"x"), *m[1:]], MoveCode.DAMAGED),
    "another session": (lambda m: changed(m, "0/session.db", b"x"), MoveCode.DAMAGED),
    "too large a record": (lambda m: changed(m, "0/instance.json", bytes(2 << 20)), MoveCode.TOO_LARGE),
    "too large a manifest": (lambda m: changed(m, "manifest.json", bytes(2 << 20)), MoveCode.TOO_LARGE),
    "a manifest that is none": (lambda m: changed(m, "manifest.json", b"{}"), MoveCode.DAMAGED),
    "a deep manifest": (lambda m: changed(m, "manifest.json", DEEP), MoveCode.DAMAGED),
    "a deep head": (lambda m: changed(m, "backup.json", DEEP), MoveCode.DAMAGED),
    "no devices": (
        lambda m: [m[0], ("manifest.json", b'{"messages":true,"devices":[]}')],
        MoveCode.NO_DEVICE,
    ),
    "devices that are not there": (lambda m: [m[0], m[-1]], MoveCode.DAMAGED),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_other_contents_are_refused(backup: Path, tmp_path: Path, wrong: str) -> None:
    """Sealed with the right passphrase, but by somebody else. Nothing is written outside of the folder."""
    change, code = WRONG[wrong]
    rewritten(backup, change(members_of(backup)))
    before = {path for path in tmp_path.rglob("*") if "opened" not in path.parts}
    assert refusal(backup, tmp_path / "opened").code == code
    assert {path for path in tmp_path.rglob("*") if "opened" not in path.parts} == before


def test_what_follows_its_end_is_refused(backup: Path, opened: Path) -> None:
    """Nothing hides behind it."""
    rewritten(backup, members_of(backup), end=tar.END + b"more")
    assert refusal(backup, opened).code == MoveCode.DAMAGED


def link(kind: bytes) -> bytes:
    """A header as tar has it for links, devices and the like."""
    block = bytearray(tar.header("0/session.db", 0, made_at=1.0))
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"5", b"6", b"x", b"g", b"L", b"K", b"S"])
def test_nothing_but_plain_files_is_taken(backup: Path, opened: Path, kind: bytes) -> None:
    """No link, no device, no folder, no long name, no attribute."""
    head = members_of(backup)[0]
    rewritten(backup, [head], end=link(kind) + tar.END)
    assert refusal(backup, opened).code == MoveCode.DAMAGED


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON whatsmeow_lid_map BEGIN SELECT 1; END", MoveCode.DAMAGED),
        ("CREATE VIEW v AS SELECT 1", MoveCode.DAMAGED),
        ("CREATE VIRTUAL TABLE f USING fts5(x)", MoveCode.DAMAGED),
        ("DROP TABLE whatsmeow_sessions", MoveCode.DAMAGED),
        ("DELETE FROM whatsmeow_device", MoveCode.NO_DEVICE),
        ("UPDATE whatsmeow_version SET version = 99, compat = 99", MoveCode.SCHEMA_TOO_NEW),
        ("UPDATE whatsmeow_device SET jid = 'x'", MoveCode.DAMAGED),
    ],
)
def test_a_session_that_does_more_than_it_should_is_refused(
    backup: Path, tmp_path: Path, opened: Path, statement: str, code: MoveCode
) -> None:
    """With the right checksums: whoever sealed it wrote them."""
    assert refusal(altered(backup, "session.db", statement, tmp_path / "other.db"), opened).code == code


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM sent; END", MoveCode.DAMAGED),
        ("CREATE VIEW v AS SELECT 1", MoveCode.DAMAGED),
        ("PRAGMA user_version = 99", MoveCode.SCHEMA_TOO_NEW),
    ],
)
def test_a_history_that_does_more_than_it_should_is_refused(
    backup: Path, tmp_path: Path, opened: Path, statement: str, code: MoveCode
) -> None:
    """The web process opens it later: it must be plain."""
    assert refusal(altered(backup, "history.db", statement, tmp_path / "other.db"), opened).code == code


def altered(backup: Path, part: str, statement: str, path: Path) -> Path:
    """Seal the backup again with one database changed by ``statement``, which is run at ``path``."""
    members = members_of(backup)
    path.write_bytes(dict(members)[f"0/{part}"])
    with closing(sqlite3.connect(path)) as file:
        file.execute(statement)
        file.commit()
    return resealed(backup, members, part, path.read_bytes())


def resealed(path: Path, members: Members, part: str, data: bytes) -> Path:
    """The backup with another part and a manifest that fits it."""
    import hashlib

    manifest = msgspec.json.decode(members[-1][1], type=contents.Manifest)
    parts = tuple(
        contents.Part(name=part, size=len(data), sha256=hashlib.sha256(data).hexdigest())
        if old.name == part
        else old
        for old in manifest.devices[0].parts
    )
    device = msgspec.structs.replace(manifest.devices[0], parts=parts)
    manifest = msgspec.structs.replace(manifest, devices=(device,))
    members = changed(changed(members, f"0/{part}", data), "manifest.json", msgspec.json.encode(manifest))
    return rewritten(path, members)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.binary(max_size=3000))
def test_no_content_is_ever_another_error(tmp_path: Path, data: bytes) -> None:
    """Sealed with the right passphrase or not at all."""
    path, target = tmp_path / "any", tmp_path / "opened-any"
    path.write_bytes(data)
    refusal(path, target)
    sealed = io.BytesIO()
    file = Encrypting(sealed, PASSPHRASE)
    file.write(data)
    file.close()
    path.write_bytes(sealed.getvalue())
    refusal(path, target)
    assert not list(target.rglob("*"))


def test_a_full_disk_is_told(backup: Path, opened: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As what it is."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(MoveRefusedError) as caught:
        open_backup(backup, PASSPHRASE, opened)
    assert caught.value.code == MoveCode.DISK_FULL
