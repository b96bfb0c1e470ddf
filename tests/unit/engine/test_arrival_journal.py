"""The arrival journal: what is in it after any end of its process, and how it stays small."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.engine import arrival_journal
from core.engine.arrival_journal import (
    ArrivalJournal,
    JournalContents,
    keep_raw,
    leftovers,
    new_path,
    read,
    sweep,
    take_unhandled,
)
from tests.support.polling import eventually

pytestmark = pytest.mark.usefixtures("journals_closed")


LINES = (b'{"kind":"A"}\n', b"\xff\x00 any bytes\n", b"")


def journal_in(
    folder: Path, *lines: bytes, most: int = arrival_journal.MOST_BYTES
) -> tuple[ArrivalJournal, Path]:
    path = new_path(folder)
    journal = ArrivalJournal(path, most=most)
    for line in lines:
        journal.append(line)
    return journal, path


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    """Any bytes; only the owner may read the file."""
    _, path = journal_in(tmp_path, *LINES)
    assert read(path) == JournalContents(LINES, (), damaged=False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert leftovers(tmp_path) == [path]


@pytest.mark.parametrize("kept", range(50))
def test_a_torn_tail_is_left_out(tmp_path: Path, kept: int) -> None:
    """Cut at any byte: all whole records before it are there, and nothing is said to be damaged."""
    _, path = journal_in(tmp_path, b"first line\n", b"second line\n")
    data = path.read_bytes()
    path.write_bytes(data[:kept])
    whole = [line for line, end in ((b"first line\n", 24), (b"second line\n", len(data))) if end <= kept]
    assert len(data) == 49
    assert read(path) == JournalContents(tuple(whole), (), damaged=False)


@pytest.mark.parametrize("at", range(17))
def test_wrong_bytes_end_what_is_believed(tmp_path: Path, at: int) -> None:
    """What lies before them is read; what lies behind is not trusted, though it may look right."""
    _, path = journal_in(tmp_path, b"one\n")
    begin = path.stat().st_size
    _, other = journal_in(tmp_path, b"two\n", b"three\n")
    data = bytearray(path.read_bytes() + other.read_bytes())
    data[begin + at] ^= 0x40
    path.write_bytes(data)
    contents = read(path)
    assert contents.events[0] == b"one\n"
    assert b"two\n" not in contents.events
    assert contents.damaged or len(contents.events) == 1


def test_a_file_of_anything_is_read_without_harm(tmp_path: Path) -> None:
    """No event comes of it."""
    path = new_path(tmp_path)
    for data in (b"", b"x", b"SQLite format 3\0" * 100, os.urandom(5_000), b"\0" * 4_096):
        path.write_bytes(data)
        assert read(path).raw == ()
        assert set(read(path).events) <= {b""}


def test_it_is_emptied_once_all_is_stored(tmp_path: Path) -> None:
    """And goes on from there; a part of it that is stored changes nothing yet."""
    journal, path = journal_in(tmp_path, *LINES)
    journal.stored(2)
    assert read(path).events == LINES
    journal.stored(3)
    assert path.stat().st_size == 0
    journal.append(b"next\n")
    assert read(path).events == (b"next\n",)
    journal.stored(3)  # late and again
    assert read(path).events == (b"next\n",)
    journal.stored(4)
    assert path.stat().st_size == 0


def test_a_flood_of_which_some_is_always_on_its_way_stays_small(tmp_path: Path) -> None:
    """What is stored is cut off; what is not, is there at every moment."""
    journal, path = journal_in(tmp_path)
    line = b"x" * 1_000
    for number in range(5_000):
        journal.append(b"%d " % number + line)
        journal.stored(number - 10)
        assert path.stat().st_size < 400_000
        if number % 97 == 0:
            events = read(path).events
            assert [int(event.split()[0]) for event in events[-11:]] == list(
                range(max(0, number - 10), number + 1)
            )
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    journal.stored(5_000)
    assert path.stat().st_size == 0


def test_at_its_bound_the_oldest_stay(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is told once; events are counted on, and there is room again when the first are stored."""
    journal, path = journal_in(tmp_path, *(b"%d" % number for number in range(100)), most=300)
    assert 200 < path.stat().st_size <= 300
    kept = read(path).events
    assert kept == tuple(b"%d" % number for number in range(len(kept)))
    assert caplog.text.count("without their journal: it is full") == 1
    journal.stored(100)
    journal.append(b"after")
    assert read(path).events == (b"after",)
    assert f"again, without {100 - len(kept)} records" in caplog.text


@pytest.mark.parametrize("part", [0, 5])
def test_a_full_disk_costs_the_journal_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: int
) -> None:
    """Nothing is raised, it is told once, half a record is taken back, and it goes on when there is room."""
    journal, path = journal_in(tmp_path, b"before\n")
    genuine = os.write

    def refuse(file: int, data: bytes) -> int:
        if not part:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return genuine(file, data[:part])

    with monkeypatch.context() as full:
        full.setattr(os, "write", refuse)
        for _ in range(3):
            journal.append(b"lost\n")
    journal.append(b"after\n")
    assert read(path) == JournalContents((b"before\n", b"after\n"), (), damaged=False)
    assert caplog.text.count("go on without their journal") == 1
    journal.stored(5)
    assert path.stat().st_size == 0


def test_a_folder_that_is_gone_costs_the_journal_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made as soon as it can be, and not tried at each event."""
    path = new_path(tmp_path / "gone")
    journal = ArrivalJournal(path)
    journal.append(b"1")
    path.parent.mkdir()
    journal.append(b"2")
    assert not path.exists()
    monkeypatch.setattr("time.monotonic", lambda: 1e9)
    journal.append(b"3")
    assert read(path).events == (b"3",)


def test_another_folder_in_its_place_is_not_written_to(tmp_path: Path) -> None:
    """A disk that was unmounted shows one: what is stored stays in the file that is open."""
    folder, elsewhere = tmp_path / "a", tmp_path / "b"
    folder.mkdir()
    journal, path = journal_in(folder, *[b"x" * 100_000] * 5)
    folder.rename(elsewhere)
    folder.mkdir()
    journal.stored(4)
    journal.append(b"y")
    assert list(folder.iterdir()) == []
    assert read(elsewhere / path.name).events[-1] == b"y"


def test_who_stores_never_waits_for_who_writes(tmp_path: Path) -> None:
    """The writer may wait for the pipe, and the pipe for this thread; the file is emptied later."""
    journal, path = journal_in(tmp_path, b"1")
    with journal.lock:
        other = threading.Thread(target=journal.stored, args=(1,))
        other.start()
        other.join(5)
        assert not other.is_alive()
        assert read(path).events == (b"1",)
    journal.append(b"2")
    assert read(path).events == (b"2",)


def test_an_event_of_the_core_is_there_until_what_it_becomes_is(tmp_path: Path) -> None:
    """While it is handled it is in the file, then the events; one that becomes nothing leaves nothing."""
    journal, path = journal_in(tmp_path)
    with journal.handling(17, b"raw"):
        assert read(path) == JournalContents((), ((17, b"raw"),), damaged=False)
        journal.append(b"event")
        assert read(path) == JournalContents((b"event",), ((17, b"raw"),), damaged=False)
    assert read(path) == JournalContents((b"event",), (), damaged=False)
    journal.stored(1)
    with journal.handling(17, b"status"):
        assert read(path) == JournalContents((), ((17, b"status"),), damaged=False)
    assert path.stat().st_size == 0
    with pytest.raises(ValueError, match="cannot"), journal.handling(17, b"bad"):
        raise ValueError("cannot be handled")
    assert path.stat().st_size == 0


def test_one_that_is_kept_stays_until_it_is_ended(tmp_path: Path) -> None:
    """Beside others that come and are stored, also when stored ones are cut off."""
    journal, path = journal_in(tmp_path)
    with journal.handling(17, b"sealed"):
        end = journal.keep()
    for number in range(6):
        with journal.handling(17, b"other"):
            journal.append(b"x" * 100_000)
        journal.stored(number + 1)
    assert read(path).raw == ((17, b"sealed"),)
    assert path.stat().st_size < 400_000
    journal.append(b"opened")
    end()
    assert read(path).raw == ()
    assert read(path).events[-1] == b"opened"
    journal.stored(7)
    assert path.stat().st_size == 0


def test_what_was_not_handled_is_given_to_the_next_client_twice_at_most(tmp_path: Path) -> None:
    """What is in the journal besides is for its reader, who removes it; one may be what ended the client."""
    journal, path = journal_in(tmp_path, b"event")
    with journal.handling(17, b"first"), journal.handling(18, b"second"):
        contents = read(path)  # the process ended here
    keep_raw(path, contents)
    assert leftovers(tmp_path) == []
    given = take_unhandled(tmp_path)
    assert next(given) == (17, b"first")
    del given  # and the next one here
    assert list(take_unhandled(tmp_path)) == [(17, b"first"), (18, b"second")]
    assert list(take_unhandled(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_taken_in_full_they_are_gone(tmp_path: Path) -> None:
    """And inside ``again`` none gets into the next journal, or it could go on for ever."""
    journal, path = journal_in(tmp_path)
    with journal.handling(17, b"first"):
        contents = read(path)
    keep_raw(path, contents)
    other, second = journal_in(tmp_path)
    with other.again():
        for code, body in take_unhandled(tmp_path):
            with other.handling(code, body):
                other.append(b"event")
    assert read(second) == JournalContents((b"event",), (), damaged=False)
    assert [one.name for one in tmp_path.iterdir()] == [second.name]


def test_an_event_after_the_end_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    """The journal may have been read and removed: then there is another one, for its reader."""
    journal, path = journal_in(tmp_path, b"1")
    journal.close()
    journal.append_late(b"2")
    assert read(path).events == (b"1", b"2")
    path.unlink()
    journal.append_late(b"3")
    assert read(path).events == (b"3",)


def test_a_file_half_made_is_swept(tmp_path: Path) -> None:
    """A process may end while it shortens its journal; the journal is whole."""
    _, path = journal_in(tmp_path, b"1")
    path.with_name(f".{path.name}.tmp").write_bytes(b"half")
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


_WRITER = """
import sys
from pathlib import Path
from core.engine.arrival_journal import ArrivalJournal
journal = ArrivalJournal(Path(sys.argv[1]))
number = 0
while True:
    line = b"%d %s" % (number, b"x" * (number % 3_000))
    with journal.handling(17, line):
        print(number, flush=True)
        journal.append(line)
    number += 1
    journal.stored(number - 5)
"""


def test_sigkill_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """Whatever the process began with is there, as an event or as what is to become one; in order."""
    for run in range(12):
        path = new_path(tmp_path)
        said = tmp_path / f"said-{run}"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", _WRITER, str(path)], stdout=output, stderr=subprocess.DEVNULL
            )
        eventually(lambda: said.stat().st_size > 2_000 * (1 + run), timeout=30, seen=said.stat)  # noqa: B023
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        begun = int(said.read_bytes().rsplit(b"\n", 2)[-2])
        contents = read(path)
        numbers = [int(event.split()[0]) for event in contents.events]
        assert not contents.damaged
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        unhandled = [int(body.split()[0]) for _, body in contents.raw]
        assert {*numbers, *unhandled} >= set(range(max(0, begun - 4), begun + 1))
