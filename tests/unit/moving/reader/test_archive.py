"""A zip of a stranger: what is in it comes out within bounds, or a refusal says why not."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.reader import archive
from core.moving.reader.archive import MOST_UNPACKED, open_archive
from tests.support.disk_room import room_for


def _zip(path: Path, files: dict[str, bytes], *, packed: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packed) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def _refusal(path: Path) -> MoveRefusedError:
    with pytest.raises(MoveRefusedError) as refused:
        _read_all(path)
    return refused.value


def _read_all(path: Path) -> None:
    with open_archive(path) as opened:
        for name in opened.names:
            opened.read(name, most=MOST_UNPACKED)


def test_files_are_read_by_name(tmp_path: Path) -> None:
    """Folders, and what computers add by themselves, are none."""
    path = _zip(
        tmp_path / "a.zip",
        {
            "auth/": b"",
            "auth/creds.json": b"{}",
            "__MACOSX/auth/._creds.json": b"x",
            "auth/._creds.json": b"x",
            "auth/.DS_Store": b"x",
        },
    )
    with open_archive(path) as opened:
        assert opened.names == ("auth/creds.json",)
        assert opened.read("auth/creds.json", most=10) == b"{}"
        assert opened.head("auth/creds.json", 1) == b"{"


def test_a_file_is_written_where_we_say(tmp_path: Path) -> None:
    """Its own name plays no part; mode 0600; nothing that lies there is replaced."""
    with open_archive(_zip(tmp_path / "a.zip", {"x/y.db": b"data"})) as opened:
        opened.extract("x/y.db", tmp_path / "0.db")
        assert (tmp_path / "0.db").read_bytes() == b"data"
        assert (tmp_path / "0.db").stat().st_mode & 0o777 == 0o600
        with pytest.raises(MoveRefusedError) as refused:
            opened.extract("x/y.db", tmp_path / "0.db")
    assert refused.value.code == MoveCode.DISK_FULL


def test_unpacking_stops_before_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others write to it at the same time."""
    path = _zip(tmp_path / "a.zip", {"x.db": bytes(300_000)}, packed=zipfile.ZIP_STORED)
    target = tmp_path / "0.db"
    with open_archive(path) as opened:
        assert opened.size("x.db") == 300_000
        room_for(monkeypatch, 200_000, written=target)
        with pytest.raises(MoveRefusedError) as refused:
            opened.extract("x.db", target)
    assert refused.value.code == MoveCode.DISK_FULL
    assert target.stat().st_size <= 200_000


@pytest.mark.parametrize(
    "name",
    ["../creds.json", "a/../../creds.json", "/etc/creds.json", "C:/creds.json", "..\\creds.json", "a" * 501],
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    """Though no name ever becomes a path here: whoever made it wants something else."""
    assert _refusal(_zip(tmp_path / "a.zip", {name: b"{}"})).code == MoveCode.ARCHIVE_UNSAFE


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    """Only files and folders are packed by anybody."""
    entry = zipfile.ZipInfo("creds.json")
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(entry, b"/etc/passwd")
    assert _refusal(tmp_path / "a.zip").code == MoveCode.ARCHIVE_UNSAFE


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    """Which of them counts would be a guess."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("creds.json", b"1")
        file.writestr("creds.json", b"2")
    assert _refusal(tmp_path / "a.zip").code == MoveCode.ARCHIVE_UNSAFE


@pytest.mark.parametrize("packed", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_ways_of_packing_are_refused(tmp_path: Path, packed: int) -> None:
    """Their memory is not bounded as that of the common one is."""
    assert _refusal(_zip(tmp_path / "a.zip", {"x": b"x"}, packed=packed)).code == MoveCode.ARCHIVE_UNSAFE


def test_a_password_is_said(tmp_path: Path) -> None:
    """It is not damage: the person packs it again without one."""
    path = _zip(tmp_path / "a.zip", {"creds.json": b"{}"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert _refusal(path).code == MoveCode.ARCHIVE_LOCKED


def test_a_bomb_is_refused_before_it_bursts(tmp_path: Path) -> None:
    """One that says how large it is, and one that grows more than any file of a session."""
    path = _zip(tmp_path / "a.zip", {"x": bytes(8 << 20)})
    refused = _refusal(path)
    assert refused.code == MoveCode.TOO_LARGE


def test_what_it_says_of_its_size_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What really comes out is counted, over all members."""
    monkeypatch.setattr(archive, "MOST_UNPACKED", 1000)
    path = _zip(tmp_path / "a.zip", {"x": bytes(range(256)) * 3, "y": bytes(range(256)) * 3})
    assert _refusal(path).code == MoveCode.TOO_LARGE


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before one of them is opened."""
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    path = _zip(tmp_path / "a.zip", {str(number): b"" for number in range(4)})
    assert _refusal(path).code == MoveCode.TOO_LARGE


def _flip(data: bytearray) -> None:
    data[60] ^= 0xFF


def _cut(data: bytearray) -> None:
    del data[len(data) // 2 :]


def _offset(data: bytearray) -> None:
    at = data.index(b"PK\x01\x02") + 42
    data[at : at + 4] = b"\xf0\xff\xff\xff"


@pytest.mark.parametrize("damage", [_flip, _cut, _offset])
def test_damage_names_the_part(tmp_path: Path, damage: Callable[[bytearray], None]) -> None:
    """The zip as a whole, or the file in it."""
    path = _zip(tmp_path / "a.zip", {"auth/creds.json": bytes(range(256)) * 8}, packed=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    damage(data)
    path.write_bytes(data)
    refused = _refusal(path)
    assert refused.code == MoveCode.DAMAGED
    assert refused.detail in ("zip", "auth/creds.json")
