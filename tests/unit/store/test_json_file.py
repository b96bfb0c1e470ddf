"""Our JSON files: typed on the way in, the same bytes on the way out, one error for all that is not ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CorruptFileError
from core.hosting.persistence import start_history
from core.store import auth_file, instance_file, json_file, usage_file
from tests.support.stored import unpack


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside the file."""

    at: float


@dataclass(frozen=True, slots=True)
class Body:
    """What the file holds."""

    name: str
    parts: tuple[Part, ...]
    count: int = 0
    on: bool = False


BODY: Final = Body("José", (Part(1.5), Part(2.0)), count=3, on=True)
GOOD: Final = {"version": 1, "name": "a", "parts": [{"at": 1}], "count": 3, "on": True}


def load(path: Path, *, version: int | None = 1) -> Body:
    return json_file.load(path, Body, largest=1_000, code="body-corrupt", version=version)


def with_content(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def changed(**fields: object) -> bytes:
    return json.dumps(GOOD | fields).encode()


@pytest.mark.parametrize("readable", [False, True])
def test_what_was_saved_is_loaded(tmp_path: Path, readable: bool) -> None:
    """Every field, in a file for the owner only."""
    path = tmp_path / "body.json"
    json_file.save(path, BODY, version=1, readable=readable)
    assert load(path) == BODY
    assert path.stat().st_mode & 0o777 == 0o600


def test_unknown_fields_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    """At the top and further inside."""
    path = with_content(tmp_path / "body.json", changed(parts=[{"at": 1, "more": {}}], hook=[1]))
    assert load(path) == Body("a", (Part(1.0),), 3, True)


def test_another_version_is_told_from_damage(tmp_path: Path) -> None:
    """Even when the rest is nothing that this version knows; a file without a version is damaged."""
    path = with_content(tmp_path / "body.json", b'{"version": 2, "all": "new"}')
    with pytest.raises(json_file.OtherVersionError):
        load(path)
    with pytest.raises(CorruptFileError) as caught:
        load(with_content(path, b'{"name": "a"}'))
    assert type(caught.value) is CorruptFileError
    assert load(with_content(path, changed(version=7)), version=None).name == "a"


WRONG: Final = {
    "nothing": b"",
    "half": changed()[:-3],
    "a list": b"[]",
    "null": b"null",
    "an abyss": b"[" * 900,
    "too large": changed() + b" " * 1_000,
    "no utf-8": b"\xff\xfe\x00",
    "a number for a text": changed(name=5),
    "a text for a number": changed(count="3"),
    "a truth for a number": changed(count=True),
    "a fraction for a whole number": changed(count=2.5),
    "a number for a truth": changed(on=1),
    "a part that is none": changed(parts=[[]]),
    "a part without its field": changed(parts=[{}]),
    "not a number": changed(parts=[{"at": float("nan")}]),
    "a number without end": changed(parts=[{"at": float("inf")}]),
    "a number beyond all floats": changed(parts=[{"at": 10**400}]),
    "an exponent beyond all floats": changed().replace(b'"at": 1', b'"at": 1e999'),
    "a text without end": changed(parts="aaaa"),
    **{
        f"without {name}": json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()
        for name in GOOD
    },
}


@pytest.mark.parametrize("content", WRONG.values(), ids=list(WRONG))
def test_anything_else_is_one_error_and_is_left_where_it_is(tmp_path: Path, content: bytes) -> None:
    """With the caller's code, and nothing of the content in it."""
    path = with_content(tmp_path / "body.json", content)
    with pytest.raises(CorruptFileError) as caught:
        load(path)
    assert caught.value.code == "body-corrupt"
    assert path.read_bytes() == content


def test_an_error_quotes_nothing_of_the_file(tmp_path: Path) -> None:
    """It goes to the log: the place of what is wrong, never what is there."""
    path = with_content(tmp_path / "body.json", changed(parts=[{"at": "5511912345678"}]))
    with pytest.raises(CorruptFileError) as caught:
        load(path)
    assert caught.value.detail == "`$.parts[0].at`"


@given(st.binary(max_size=300))
def test_no_bytes_are_another_error(content: bytes) -> None:
    """Whatever lies there."""
    import tempfile

    with tempfile.TemporaryDirectory() as name, pytest.raises(CorruptFileError):
        load(with_content(Path(name) / "body.json", content))


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    """The first is to be set aside, the second is a first start."""
    with pytest.raises(CorruptFileError):
        load(tmp_path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json")


def _record(auth_dir: Path) -> None:
    (record, *_) = instance_file.load_records(auth_dir)[0]
    instance_file.write_record(auth_dir, record)


def _door(auth_dir: Path) -> None:
    state = auth_file.read_auth_state(auth_dir)
    assert state is not None
    auth_file.write_auth_state(auth_dir, state)


def _usage(auth_dir: Path) -> None:
    usage_file.write_usage(auth_dir, usage_file.read_usage(auth_dir))


def _boots(auth_dir: Path) -> None:
    history, _ = start_history.load(auth_dir)
    assert history is not None
    start_history.save(auth_dir, history)


@pytest.mark.parametrize("rewrite", [_record, _door, _usage, _boots])
def test_files_of_today_are_written_again_byte_for_byte(
    tmp_path: Path, rewrite: Callable[[Path], Any]
) -> None:
    """Read and saved, each file that an earlier version left is the one that it left."""
    auth_dir = unpack(tmp_path / "stored").auth_dir
    before = {path: path.read_bytes() for path in auth_dir.rglob("*.json")}
    rewrite(auth_dir)
    assert {path: path.read_bytes() for path in auth_dir.rglob("*.json")} == before
