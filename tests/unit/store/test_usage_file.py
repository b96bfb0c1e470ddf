"""Samples of use: back as they were, and no reason to lose anything when they are not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.usage import InstancesSample, UsageHistory, UsageSample
from core.store.usage_file import SAMPLES_FILE, read_usage, write_usage

HISTORY = UsageHistory(
    totals=(UsageSample(1_800_000_000.0, 5), UsageSample(1_800_003_600.0, 9_000_000_000_000)),
    instances=(InstancesSample(1_800_000_000.0, {"loja-bcdfgh": 5, "um-bcdfgh": 0}),),
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The same, in a file for the owner only."""
    write_usage(tmp_path, HISTORY)
    assert read_usage(tmp_path) == HISTORY
    assert (tmp_path / SAMPLES_FILE).stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == [SAMPLES_FILE]  # noqa: PTH208


def test_without_a_file_there_is_no_past(tmp_path: Path) -> None:
    """A first start is no error."""
    assert read_usage(tmp_path) == UsageHistory()
    assert list(tmp_path.iterdir()) == []


def _changed(**fields: object) -> bytes:
    body = {"version": 1, "totals": [[1.0, 2]], "instances": [[1.0, {"a-b": 2}]]}
    return json.dumps(body | fields).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"version": 1, "tot',
        b"[" * 100_000,
        b"[]",
        b"\xff\xfe\x00",
        _changed(version=2),
        _changed(totals=None),
        _changed(totals=[[1.0]]),
        _changed(totals=[["1", 2]]),
        _changed(totals=[[True, 2]]),
        _changed(totals=[[1.0, -2]]),
        _changed(totals=[[1.0, 2.5]]),
        _changed(instances=[[1.0, ["a-b"]]]),
        _changed(instances=[[1.0, {"a-b": None}]]),
        _changed(totals=[[1.0, 2]]).replace(b"1.0, 2]", b"NaN, 2]"),
        _changed(totals=[[1.0, 2]]).replace(b"1.0, 2]", b"1e999, 2]"),
        _changed() + b" " * (5 * 1024 * 1024),
    ],
    ids=range(17),
)
def test_what_is_no_history_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """Kept whole under another name; the next one can be written."""
    (tmp_path / SAMPLES_FILE).write_bytes(content)
    assert read_usage(tmp_path) == UsageHistory()
    (kept,) = tmp_path.iterdir()
    assert kept.name.startswith(f"{SAMPLES_FILE}.corrupt-")
    assert kept.read_bytes() == content
    write_usage(tmp_path, HISTORY)
    assert read_usage(tmp_path) == HISTORY


def test_a_folder_in_its_place_is_moved_away(tmp_path: Path) -> None:
    """It would block every later sample."""
    (tmp_path / SAMPLES_FILE).mkdir()
    assert read_usage(tmp_path) == UsageHistory()
    write_usage(tmp_path, HISTORY)


def test_names_that_are_no_ids_are_dropped(tmp_path: Path) -> None:
    """They would become keys that nobody made."""
    (tmp_path / SAMPLES_FILE).write_bytes(_changed(instances=[[1.0, {"../x": 1, "a-b": 2}]]))
    assert read_usage(tmp_path).instances == (InstancesSample(1.0, {"a-b": 2}),)


@given(st.binary(max_size=300))
def test_no_bytes_are_an_error(content: bytes) -> None:
    """Whatever lies there: a history, and nothing lost."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / SAMPLES_FILE).write_bytes(content)
        read_usage(Path(name))
        assert [each.read_bytes() for each in Path(name).iterdir()] == [content]
