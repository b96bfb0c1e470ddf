"""Damaged and hostile folders: a device comes out, or MoveRefusedError; nothing else, and soon."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from core.models.moving.device import MoveRefusedError
from core.moving.baileys.folder import convert_folder
from core.moving.baileys.sources import find_sessions
from core.moving.session_writer import write_session
from tests.support.baileys.samples import Files, app_state_key_of, buffer, creds_of, folder_of, sender_key_of
from tests.support.moving_keys import made_device

DEVICE: Final = made_device()
FOLDER: Final = folder_of(DEVICE, sessions=2, one_time_keys=3) | {
    "sender-key-120363000000000001@g.us--1_1--0.json": json.dumps(sender_key_of()).encode(),
    "app-state-sync-key-AAAAAFjX.json": json.dumps(app_state_key_of(b"k" * 32)).encode(),
    "tctoken-1@lid.json": json.dumps({"token": buffer(b"t"), "timestamp": "1700000000"}).encode(),
}
ROW: Final = {"sessionId": "0b9c", "creds": json.dumps(json.dumps(creds_of(DEVICE)))}
HASH: Final = {name.removesuffix(".json"): data.decode() for name, data in FOLDER.items()}
SOON: Final = timedelta(seconds=5)

numbers = st.one_of(
    st.integers(-2, 300), st.sampled_from([2**31, 2**32, 2**53, 10**30, 10**400, -(10**30)]), st.floats()
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        numbers,
        st.text(max_size=40),
        st.binary(max_size=40).map(lambda data: {"type": "Buffer", "data": list(data)}),
        st.sampled_from(["", "AA==", "=", "\ud800", "x" * 3000]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def changed(value: Any, path: tuple[Any, ...], new: Any, *, gone: bool) -> Any:
    """The value with another thing, or nothing, in one place."""
    value = copy.deepcopy(value)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    if gone:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return value


@st.composite
def damaged_values(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value with up to three things missing, or replaced by others."""
    for _ in range(draw(st.integers(1, 3))):
        where = places(value)
        if not where:
            break
        value = changed(value, draw(st.sampled_from(where)), draw(values), gone=draw(st.booleans()))
    return value


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


@st.composite
def damaged_folders(draw: st.DrawFn) -> Files:
    """A folder in which one or two files hold something else, are cut, overwritten, or have another name."""
    files = dict(FOLDER)
    for name in draw(st.lists(st.sampled_from(sorted(FOLDER)), min_size=1, max_size=2, unique=True)):
        data = files.pop(name)
        match draw(st.sampled_from(["value", "value", "value", "cut", "bytes", "name", "deep", "gone"])):
            case "value":
                files[name] = as_bytes(draw(damaged_values(json.loads(data))))
            case "cut":
                files[name] = data[: draw(st.integers(0, len(data)))]
            case "bytes":
                at = draw(st.integers(0, len(data) - 1))
                files[name] = data[:at] + draw(st.binary(max_size=8)) + data[at + 1 :]
            case "name":
                files[draw(st.text(max_size=30)) + draw(st.sampled_from(["", ".json"]))] = data
            case "deep":
                files[name] = draw(st.sampled_from([b"[", b'{"a":', b'{"_sessions":'])) * 20_000
    return files


def convert_and_write(files: Files, folder: Path) -> None:
    """What a move does with a folder."""
    try:
        converted = convert_folder(files)
        write_session(folder / "session.db", converted.keys, converted.conversations)
    except MoveRefusedError as error:
        refused = error
    else:
        event("moved")
        return
    event(refused.code)
    # Named in words, without what was in the file.
    assert refused.code.startswith("move-")
    assert len(refused.detail) <= 80
    assert refused.detail.isprintable()


@settings(deadline=SOON, max_examples=300)
@given(files=damaged_folders())
def test_a_damaged_folder_is_refused_or_moved(files: Files, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Fields missing, of other kinds, of other lengths, huge, nested without end."""
    convert_and_write(files, tmp_path_factory.getbasetemp())


@settings(deadline=SOON, max_examples=150)
@given(row=damaged_values(ROW), keys=damaged_values(HASH), cut=st.integers(0, 400))
def test_a_damaged_export_is_refused_or_moved(
    row: Any, keys: Any, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Of Evolution API: what is JSON inside JSON may be damaged on each floor."""
    uploads = (
        {"session.json": as_bytes(row), "keys.json": as_bytes(keys)},
        {"one.json": as_bytes({"row": row, "keys": keys})},
        {"one.json": as_bytes([row, keys])[: -cut or None]},
    )
    for upload in uploads:
        try:
            found = find_sessions(upload)
        except MoveRefusedError:
            continue
        for files in found:
            convert_and_write(files, tmp_path_factory.getbasetemp())


@settings(deadline=SOON, max_examples=60)
@given(creds=damaged_values(creds_of(DEVICE)))
def test_damaged_creds_never_make_another_device(creds: Any) -> None:
    """Whatever was changed in them, what comes out is the same device or none."""
    try:
        keys = convert_folder({"creds.json": as_bytes(creds)}).keys
    except MoveRefusedError:
        return
    assert keys.identity_private == DEVICE.identity_private
    assert keys.account_signature == DEVICE.account_signature
    assert keys.signed_prekey_private == DEVICE.signed_prekey_private
