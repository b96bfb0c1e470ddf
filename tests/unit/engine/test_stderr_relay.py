"""What a worker writes to stderr: passed on in whole lines, masked, without its hints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine.stderr_relay import LINES_KEPT, StderrRelay
from core.logs import LINE_LIMIT


@dataclass
class Pipe:
    """A relay and the end a worker would write to."""

    relay: StderrRelay
    write_end: int
    ended: bool = False

    def write(self, data: bytes) -> None:
        os.write(self.write_end, data)
        assert self.relay.read()

    def finish(self) -> None:
        os.close(self.write_end)
        assert not self.relay.read()
        self.ended = True


def new_pipe(log_tail: Path | None = None) -> Pipe:
    read_end, write_end = os.pipe()
    return Pipe(StderrRelay(read_end, log_tail=log_tail), write_end)


def say(file: Path, text: str) -> None:
    """A worker that writes this and ends."""
    pipe = new_pipe(file)
    for start in range(0, len(text), 4_096):
        pipe.write(text[start : start + 4_096].encode())
    pipe.finish()


def kept(file: Path) -> list[str]:
    return file.read_text().splitlines()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Closed at the end, if the test did not."""
    made = new_pipe()
    yield made
    if not made.ended:
        os.close(made.write_end)
        os.close(made.relay.descriptor)


def test_lines_pass_whole_however_they_were_written(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """A line in three pieces is one line; two in one piece are two."""
    for piece in (b"fi", b"rst\nsec", b"ond\nthird\n"):
        pipe.write(piece)
    assert capsys.readouterr().err == "first\nsecond\nthird\n"


def test_the_last_line_of_a_crash_is_not_lost(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """Also without a line end; then the descriptor is closed."""
    pipe.write(b"panic: runtime")
    pipe.finish()
    assert capsys.readouterr().err == "panic: runtime\n"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(pipe.relay.descriptor)


def test_numbers_and_qrs_are_masked_even_when_written_in_pieces(
    pipe: Pipe, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mask sees the line, not the piece."""
    for piece in (b"to 55119", b"12345678 qr 2@ABCDEFGH", b"IJKLMNOPQRSTUVWX,abc\n"):
        pipe.write(piece)
    assert capsys.readouterr().err == "to …5678 qr [qr]\n"


def test_hints_for_a_terminal_are_dropped(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no terminal to press Ctrl+C at; empty lines go too."""
    pipe.write(b"Press Ctrl+C to exit\n\n\nreal\n")
    assert capsys.readouterr().err == "real\n"


def test_a_line_without_end_does_not_fill_the_memory(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """It is passed on in parts of about 64 KiB."""
    for _ in range(4):
        pipe.write(b"x" * 40_000)
    assert len(capsys.readouterr().err) >= 80_000


def test_a_closed_stderr_is_no_reason_to_die(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of our log may go; the workers stay."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with monkeypatch.context() as broken:
        stderr = os.fdopen(write_end, "w")
        broken.setattr("sys.stderr", stderr)
        pipe.write(b"one\ntwo\n")
        pipe.write(b"three\n")
        with pytest.raises(BrokenPipeError):
            stderr.close()


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=10))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_stop_the_relay(capsys: pytest.CaptureFixture[str], pieces: list[bytes]) -> None:
    """Whatever a crashing runtime writes, the relay goes on to the end."""
    pipe = new_pipe()
    for piece in pieces:
        pipe.write(piece)
    pipe.finish()
    capsys.readouterr()


# -- the last lines of a worker ------------------------------------------------------------------------------


def test_the_newest_lines_are_kept_when_the_worker_ends(tmp_path: Path) -> None:
    """Sixty of them, in order, in a file that only its owner can read."""
    file = tmp_path / "worker.log"
    before = os.umask(0)
    try:
        say(file, "".join(f"line {number}\n" for number in range(200)))
    finally:
        os.umask(before)
    assert LINES_KEPT == 60
    assert kept(file) == [f"line {number}" for number in range(140, 200)]
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_kept_of_a_line_is_bounded(tmp_path: Path) -> None:
    """Sixty endless lines of each worker would fill the one process that all of them come from."""
    file = tmp_path / "worker.log"
    say(file, "".join(f"{number:02}" + "x" * 30_000 + "\n" for number in range(LINES_KEPT)))
    assert [line[:2] for line in kept(file)] == [f"{number:02}" for number in range(LINES_KEPT)]
    assert file.stat().st_size <= LINES_KEPT * (LINE_LIMIT + 1)


@pytest.mark.parametrize(
    "head",
    [
        "panic: runtime error: index out of range [3] with length 3",
        "fatal error: concurrent map writes",
        "SIGABRT: abort",
        "unexpected fault address 0x7f00dead\nfatal error: fault",
        "panic: first\npanic: second",
    ],
)
def test_of_a_crash_the_head_is_kept(tmp_path: Path, head: str) -> None:
    """What happened stands first; hundreds of goroutines after it, and the lines before it, go."""
    file = tmp_path / "worker.log"
    trace = "".join(f"goroutine {number} [select]:\n" for number in range(300))
    say(file, f"hello\n{head}\n\n{trace}")
    lines = kept(file)
    assert lines[: head.count("\n") + 1] == head.split("\n")
    assert lines[-1] == f"goroutine {len(lines) - 2 - head.count(chr(10))} [select]:"
    assert len(lines) == LINES_KEPT


def test_the_last_lines_are_masked(tmp_path: Path) -> None:
    """The file may be shown and sent to others: no number, no QR."""
    file = tmp_path / "worker.log"
    say(file, "panic: no session of 5511912345678@s.whatsapp.net\nqr 2@ABCDEFGHIJKLMNOPQRSTUVWX,abc\n")
    assert kept(file) == ["panic: no session of …5678@s.whatsapp.net", "qr [qr]"]


def test_each_worker_has_the_last_word(tmp_path: Path) -> None:
    """The next one's words replace the old ones, however short; one that says nothing leaves them."""
    file = tmp_path / "worker.log"
    say(file, "a long farewell\n" * 50)
    say(file, "short\n")
    assert kept(file) == ["short"]
    say(file, "Press Ctrl+C to exit\n\n")
    assert kept(file) == ["short"]


def test_silence_leaves_no_file(tmp_path: Path) -> None:
    """Most workers end in order and have nothing to say."""
    file = tmp_path / "worker.log"
    say(file, "")
    say(file, "Press Ctrl+C to exit\n\n")
    assert not file.exists()


def test_a_line_that_had_no_end_is_kept_too(tmp_path: Path) -> None:
    """A process that dies in the middle of a word."""
    file = tmp_path / "worker.log"
    say(file, "first\npanic: hal")
    assert kept(file) == ["panic: hal"]


def test_a_folder_that_is_gone_stops_no_worker(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The instance was deleted meanwhile: its words are lost, the preloader goes on, no folder appears."""
    say(tmp_path / "gone" / "worker.log", "panic: late\n")
    assert "last lines" in caplog.text
    assert list(tmp_path.iterdir()) == []
