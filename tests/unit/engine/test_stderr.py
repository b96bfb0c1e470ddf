"""What workers write to stderr is passed on and kept, with its own time, level and source."""

from __future__ import annotations

import logging
import os
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine.stderr import as_line, forward_stderr
from core.logs import RecentLines, set_up_logging
from tests.support.polling import eventually


def test_a_line_of_our_logging_keeps_what_it_says() -> None:
    """Written there, in local time, as core.logs writes."""
    line = as_line("2026-11-23 22:04:05,123 ERROR core.engine.worker no way  instance=a-b", now=1.0)
    assert (line.level, line.source, line.text) == ("ERROR", "core.engine.worker", "no way  instance=a-b")
    assert line.at == time.mktime((2026, 11, 23, 22, 4, 5, 0, 0, -1)) + 0.123


def test_what_the_core_writes_past_it_is_a_warning_of_now() -> None:
    """Crash reports, above all; masked like everything."""
    line = as_line("panic: no session of 5511912345678@s.whatsapp.net", now=1.0)
    assert (line.at, line.level, line.source) == (1.0, "WARNING", "worker")
    assert line.text == "panic: no session of …5678@s.whatsapp.net"


def test_lines_reach_stderr_and_memory_and_the_end_frees_the_pipe(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread goes with the last writer."""
    root, lines = logging.getLogger(), RecentLines()
    monkeypatch.setattr(root, "handlers", root.handlers[:])
    monkeypatch.setattr(root, "level", root.level)
    set_up_logging("WARNING", lines=lines)
    before = set(threading.enumerate())
    read_end, write_end = os.pipe()
    stream = os.fdopen(read_end, "rb")
    forward_stderr(stream)
    os.write(write_end, b"first of test_listener\nto 5511912345678\nno end")
    os.close(write_end)
    eventually(lambda: stream.closed, timeout=5, seen=lines.all)
    eventually(lambda: set(threading.enumerate()) <= before, timeout=5, seen=threading.enumerate)
    assert [line.text for line in lines.all()] == ["first of test_listener", "to …5678", "no end"]
    assert capfd.readouterr().err == "first of test_listener\nto …5678\nno end\n"


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_is_too_strange(text: str) -> None:
    """Whatever a crashing runtime writes becomes a line."""
    assert as_line(text, now=1.0).level


@pytest.mark.parametrize("at", ["2026-13-45 99:99:99,123", "0000-00-00 00:00:00,000"])
def test_a_time_that_cannot_be_is_no_record(at: str) -> None:
    """It only looks like one of ours."""
    assert as_line(f"{at} INFO x y", now=1.0).at == 1.0
