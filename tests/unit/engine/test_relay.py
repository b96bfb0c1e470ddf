"""What a worker writes to stderr: passed on in whole lines, masked, without its hints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine.relay import Relay


@dataclass
class Pipe:
    """A relay and the end a worker would write to."""

    relay: Relay
    write_end: int
    ended: bool = False

    def write(self, data: bytes) -> None:
        os.write(self.write_end, data)
        assert self.relay.pump()

    def finish(self) -> None:
        os.close(self.write_end)
        assert not self.relay.pump()
        self.ended = True


def new_pipe() -> Pipe:
    read_end, write_end = os.pipe()
    return Pipe(Relay(read_end), write_end)


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


def test_the_last_words_of_a_crash_are_not_lost(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
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
    """Nobody can press Ctrl+C there; empty lines go too."""
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
