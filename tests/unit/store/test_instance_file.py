"""instance.json: whatever is in it, the instance and its session survive."""

from __future__ import annotations

import json
import logging
import math
import os
import stat
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import CorruptFileError
from core.models.health.sending import Ban, SelfTest, SelfTestStep
from core.models.instance import InstanceRecord
from core.models.timeline import HistoryKind
from core.store import timeline
from core.store.instance_file import create_folder, load_records, read_record, write_record
from core.store.json_file import OPTIONAL
from tests.unit.store.conftest import make_store

ID = "loja-k7m2xq"
RECORD = InstanceRecord(
    id=ID, name="Loja 👩‍👩‍👧", created_at=5.5, wanted=True, phone="5511912345678", linked=True
)


def stored(auth_dir: Path, record: InstanceRecord = RECORD) -> Path:
    """Path of the stored record."""
    create_folder(auth_dir, record)
    return auth_dir / record.id / "instance.json"


def body(**changed: object) -> bytes:
    """A good record's bytes, but for what is named."""
    return json.dumps({"version": 1, **asdict(RECORD), **changed}).encode()


def without(name: str) -> bytes:
    kept: dict[str, Any] = json.loads(body())
    del kept[name]
    return json.dumps(kept).encode()


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), wanted=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_comes_back_as_it_was(tmp_path: Path, name: str, wanted: bool) -> None:
    """Names are free text: emoji, quotes, newlines; and the file stays readable for people."""
    record = InstanceRecord(id=ID, name=name, created_at=1.5, wanted=wanted)
    (tmp_path / ID).mkdir(exist_ok=True)
    write_record(tmp_path, record)
    assert read_record(tmp_path, ID) == record


def test_what_is_known_of_its_sends_is_kept(tmp_path: Path) -> None:
    """The last test, a ban, a suspicion, the pause that was ended and the daily test: each as it was."""
    test = SelfTest(7.25, SelfTestStep.NO_ANSWER, reason="send-timeout", accepted_s=0.5, daily=True)
    record = replace(
        RECORD,
        daily_test=6.5,
        self_test=test,
        ban=Ban(5.5, "5511912345678", until=9.5, code=2, lifted_at=10.5),
        restricted_since=4.5,
        new_contacts_allowed=3.5,
    )
    stored(tmp_path, record)
    assert read_record(tmp_path, ID) == record


def test_what_happens_with_calls_is_kept_and_off_by_default(tmp_path: Path) -> None:
    """A record of a version that did not know of it has neither; it is written only once it is wanted."""
    assert "reject_calls" not in stored(tmp_path).read_text()
    assert (read_record(tmp_path, ID).reject_calls, read_record(tmp_path, ID).reject_calls_text) == (
        False,
        "",
    )
    record = replace(RECORD, reject_calls=True, reject_calls_text="Escreva,\npor favor ✅")
    write_record(tmp_path, record)
    assert read_record(tmp_path, ID) == record


def test_folders_and_files_are_private(tmp_path: Path) -> None:
    """0700 and 0600, whatever the umask lets through."""
    before = os.umask(0)
    try:
        path = stored(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_line_that_guides_tell_people_to_look_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Creating an instance logs exactly this, once, at INFO."""
    caplog.set_level(logging.INFO)
    stored(tmp_path)
    expected = f"Created new auth directory for instance {ID} at {tmp_path}/{ID}"
    assert [(r.getMessage(), r.levelno) for r in caplog.records] == [(expected, logging.INFO)]


def test_a_folder_that_cannot_get_its_record_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk at creation: the error is told, no empty folder, no line about one."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        create_folder(tmp_path, RECORD)
    assert list(tmp_path.iterdir()) == []
    assert caplog.records == []


def test_an_existing_folder_is_never_taken_over(tmp_path: Path) -> None:
    """Should an id ever come twice, the first instance keeps its folder and record."""
    stored(tmp_path)
    with pytest.raises(FileExistsError):
        create_folder(tmp_path, InstanceRecord(id=ID, name="other", created_at=9, wanted=False))
    assert read_record(tmp_path, ID) == RECORD


def test_a_newer_version_with_more_in_it_is_read(tmp_path: Path) -> None:
    """After a roll-back of the app the instances are still there."""
    stored(tmp_path).write_bytes(body(version=2, webhook={"url": "https://example.test"}))
    assert load_records(tmp_path) == ([RECORD], [])


CORRUPT = {
    "empty": b"",
    "zeros, as after a power cut": b"\0" * 300,
    "binary": bytes(range(256)) * 4,
    "truncated": body()[:-10],
    "not an object": b"[1, 2]",
    "null": b"null",
    "an abyss": b"[" * 60_000,
    "huge": b'{"name": "' + b"x" * 1_000_000 + b'"}',
    "another instance's": body(id="other-k7m2xq"),
    "an id that leaves the folder": body(id="../x"),
    "no name": body(name=""),
    "a name that no text can hold": body(name="\ud800"),
    "a time that is no number": body(created_at="yesterday"),
    "a time without end": body(created_at=math.inf),
    "a time that is not one": body(created_at=math.nan),
    "a time beyond all floats": body(created_at=10**400),
    "a truth for a time": body(created_at=True),
    "a word for a truth": body(wanted="true"),
    "a number for a truth": body(linked=1),
    "a number for a phone": body(phone=5511912345678),
    "nothing for a name": body(name=None),
    **{f"without {each.name}": without(each.name) for each in fields(RECORD) if each.metadata != OPTIONAL},
}


@pytest.mark.parametrize("content", CORRUPT.values(), ids=list(CORRUPT))
def test_a_damaged_record_is_kept_and_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    """Set aside byte for byte, told, never deleted; the instance goes on under its id, others untouched."""
    other = InstanceRecord(id="other-bbbbbb", name="Other", created_at=1, wanted=True)
    create_folder(tmp_path, other)
    path = stored(tmp_path)
    path.write_bytes(content)
    records, (notice,) = load_records(tmp_path)
    assert other in records
    (rebuilt,) = (record for record in records if record.id == ID)
    assert (rebuilt.name, rebuilt.linked, rebuilt.wanted) == ("loja", False, False)
    assert (notice.code, notice.instance_id) == ("record-corrupt", ID)
    assert notice.detail.startswith("instance.json.corrupt-")
    assert (path.parent / notice.detail).read_bytes() == content
    assert read_record(tmp_path, ID) == rebuilt
    assert load_records(tmp_path) == (records, []), "told once"
    assert "5511912345678" not in caplog.text


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(list(asdict(RECORD))), inner),
    ).map(lambda value: json.dumps(value).encode())
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_is_ever_another_error(tmp_path: Path, content: bytes) -> None:
    """Only the one error that sets it aside: any other would keep every instance from starting."""
    (tmp_path / ID).mkdir(exist_ok=True)
    (tmp_path / ID / "instance.json").write_bytes(content)
    with pytest.raises(CorruptFileError) as caught:
        read_record(tmp_path, ID)
    assert caught.value.code == "record-corrupt"


def test_a_folder_in_the_place_of_a_record_is_set_aside_too(tmp_path: Path) -> None:
    """One odd instance never keeps the others from starting."""
    path = stored(tmp_path)
    path.unlink()
    path.mkdir()
    records, (notice,) = load_records(tmp_path)
    assert [record.id for record in records] == [ID]
    assert (path.parent / notice.detail).is_dir()


@pytest.mark.parametrize("devices", [0, 1])
@pytest.mark.parametrize("damaged", [False, True])
def test_a_lost_record_is_rebuilt_from_the_session(tmp_path: Path, devices: int, damaged: bool) -> None:
    """A paired session beside it means linked, and started again; an unpaired one stays stopped."""
    path = stored(tmp_path)
    make_store(path.parent, devices=devices)
    if damaged:
        path.write_bytes(b"{")
    else:
        path.unlink()
    (record,), notices = load_records(tmp_path)
    assert (record.name, record.linked, record.wanted) == ("loja", bool(devices), bool(devices))
    assert len(notices) == damaged
    assert read_record(tmp_path, ID) == record


@pytest.mark.parametrize(
    ("kinds", "moved_out"),
    [
        (
            [HistoryKind.CONNECTED, HistoryKind.STOPPED, HistoryKind.MOVED_OUT, HistoryKind.PROCESS_STARTED],
            True,
        ),
        ([HistoryKind.MOVED_OUT, HistoryKind.STARTING, HistoryKind.CONNECTED], False),
    ],
)
def test_a_lost_record_of_one_that_was_moved_away_does_not_start_it(
    tmp_path: Path, kinds: list[HistoryKind], moved_out: bool
) -> None:
    """Its timeline knows; once it was started here again, that counts."""
    path = stored(tmp_path)
    make_store(path.parent, devices=1)
    for at, kind in enumerate(kinds, start=1):
        timeline.append(path.parent, kind, at=at)
    path.unlink()
    (record,), _ = load_records(tmp_path)
    assert (record.linked, record.wanted, bool(record.moved_out_at)) == (True, not moved_out, moved_out)


def test_a_session_that_cannot_be_read_counts_as_linked(tmp_path: Path) -> None:
    """Its start will say what is wrong; unlinked, it would show a QR as if nothing had been there."""
    path = stored(tmp_path)
    path.unlink()
    (path.parent / "session.db").write_bytes(b"garbage" * 1_000)
    (record,), _ = load_records(tmp_path)
    assert (record.linked, record.wanted) == (True, True)


def test_a_record_set_aside_by_a_process_that_then_died_is_rebuilt(tmp_path: Path) -> None:
    """The instance does not vanish between two steps."""
    path = stored(tmp_path)
    path.rename(path.with_name("instance.json.corrupt-20240101T000000Z"))
    (record,), notices = load_records(tmp_path)
    assert (record.id, record.name, notices) == (ID, "loja", [])


def test_instances_come_oldest_first(tmp_path: Path) -> None:
    """By creation, then by id: the list never jumps."""
    made = [
        InstanceRecord(id=id_, name=id_, created_at=at, wanted=False)
        for id_, at in (("c-1", 2.0), ("a-1", 3.0), ("b-2", 1.0), ("b-1", 1.0))
    ]
    for record in made:
        create_folder(tmp_path, record)
    records, _ = load_records(tmp_path)
    assert [record.id for record in records] == ["b-1", "b-2", "c-1", "a-1"]


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    """The first start ever."""
    assert load_records(tmp_path) == ([], [])
