"""Sessions in an upload: every folder that is one, every row with what belongs to it, and nothing else."""

from __future__ import annotations

import json

import pytest

from core.models.moving.device import MoveRefusedError
from core.moving.baileys.folder import convert_folder
from core.moving.baileys.sources import find_sessions
from tests.support.baileys.samples import Files, creds_of, folder_of
from tests.support.moving_keys import made_device

DEVICE = made_device()
FOLDER = folder_of(DEVICE, sessions=2, one_time_keys=4)
KEYS = {name: data for name, data in FOLDER.items() if name != "creds.json"}
HASH = {name.removesuffix(".json"): data.decode() for name, data in KEYS.items()}


def row(session_id: str = "0b9c") -> bytes:
    creds = json.dumps(json.dumps(creds_of(DEVICE)))
    return json.dumps({"id": "cm1", "sessionId": session_id, "creds": creds}).encode()


def under(folder: str, files: Files) -> Files:
    return {folder + name: data for name, data in files.items()}


@pytest.mark.parametrize("folder", ["", "auth_info/", "a/b/c/", "a\\b\\", ".sessions/noweb/default/"])
def test_a_folder_is_found_wherever_it_lies(folder: str) -> None:
    """At the top of a zip, in a folder of it, packed on Windows, as WAHA keeps it."""
    (found,) = find_sessions(under(folder, FOLDER) | {"README.md": b"x", f"{folder}store.sqlite3": b"x"})
    assert found == FOLDER
    assert len(convert_folder(found).conversations.sessions) == 2


def test_each_folder_is_a_session_of_its_own() -> None:
    """As WAHA and multi-device servers keep several; a person chooses."""
    other = folder_of(made_device(), sessions=0)
    found = find_sessions(under("noweb/a/", FOLDER) | under("noweb/b/", other) | under("x/", KEYS))
    assert found == (FOLDER, other)


def test_what_a_system_adds_to_a_zip_is_passed_over() -> None:
    """macOS's forks bear the same names."""
    added = {"__MACOSX/auth/._creds.json": b"\x00\x05", "auth/._creds.json": b"\x00", "auth/.DS_Store": b""}
    assert find_sessions(under("auth/", FOLDER) | added) == (FOLDER,)


@pytest.mark.parametrize(
    "files",
    [
        {"session.json": row(), "keys.json": json.dumps(HASH).encode()},
        {"export/Session.json": row(), "export/hash.json": json.dumps(HASH).encode(), "package.json": b"{}"},
        {"session.json": row()} | under("instances/0b9c/", KEYS),
        {"session.json": row()} | under("instances/another/", KEYS),
        under("0b9c/", KEYS | {"session.json": row()}),
        {"one.json": json.dumps({"session": json.loads(row()), "keys": HASH}).encode()},
        {"redis.json": json.dumps(HASH | {"creds": json.dumps(creds_of(DEVICE))}).encode()},
    ],
    ids=[
        "row and hash",
        "beside others",
        "folder by id",
        "one folder",
        "in the folder",
        "one file",
        "redis alone",
    ],
)
def test_a_row_is_found_with_what_belongs_to_it(files: Files) -> None:
    """The hash, or the folder of the instance's id."""
    (found,) = find_sessions(files)
    converted = convert_folder(found)
    assert converted.keys == DEVICE
    assert len(converted.conversations.sessions) == 2
    assert len(converted.conversations.one_time_keys) == 4


def test_a_row_alone_moves_the_device_alone() -> None:
    """That everybody's first message may need a resend is said."""
    (found,) = find_sessions({"session.json": row()})
    assert convert_folder(found).lost.everyone


def test_of_several_rows_each_gets_its_own_folder() -> None:
    """A hash cannot be told whose it is: then the device moves alone."""
    rows = b"[" + row("1") + b"," + row("2") + b"]"
    first, second = find_sessions({"rows.json": rows} | under("instances/2/", KEYS))
    assert (len(first), len(second)) == (1, len(FOLDER))
    first, second = find_sessions({"rows.json": rows, "hash.json": json.dumps(HASH).encode()})
    assert (len(first), len(second)) == (1, 1)


@pytest.mark.parametrize(
    "files", [{}, {"a.txt": b"x"}, {"a.json": b"{}"}, {"a.json": b"{", "b.json": b"["}, under("x/", KEYS)]
)
def test_where_there_is_none_none_is_found(files: Files) -> None:
    """Other files, damaged JSON among them, are no session."""
    assert find_sessions(files) == ()


def test_a_single_file_that_is_damaged_is_said() -> None:
    """It was meant to be one."""
    with pytest.raises(MoveRefusedError):
        find_sessions({"session.json": b"{"})
    with pytest.raises(MoveRefusedError):
        find_sessions({"session.json": json.dumps({"sessionId": "1", "creds": "%"}).encode()})
