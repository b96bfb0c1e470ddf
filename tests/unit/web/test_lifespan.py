"""The end of the process has a limit under the real server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
import uvicorn
from starlette.applications import Starlette

from core.services.runtime import current
from core.services.state.change_bus import ChangeBus
from core.web.lifespan import HTTP_GRACE_S, bound_shutdown, end_settings_polling, make_lifespan


def test_open_requests_cannot_hold_up_the_end_under_uvicorn() -> None:
    """Called in the lifespan of a real server, as the product does, it sets the limit on that server."""
    outcome: list[bool] = []

    @asynccontextmanager
    async def watched(_: Starlette) -> AsyncIterator[None]:
        outcome.append(bound_shutdown(ChangeBus()))
        server.should_exit = True
        yield

    config = uvicorn.Config(Starlette(lifespan=watched), port=0, log_level="critical", log_config=None)
    server = uvicorn.Server(config)
    assert config.timeout_graceful_shutdown is None
    before = signal.getsignal(signal.SIGTERM)
    server.run()
    assert outcome == [True]
    assert config.timeout_graceful_shutdown == HTTP_GRACE_S
    assert signal.getsignal(signal.SIGTERM) is before


def test_under_another_server_it_says_so() -> None:
    """Nothing is found and nothing is changed: the caller warns."""
    assert bound_shutdown(ChangeBus()) is False


_POLLED: Final = """
import sys, threading, time
from streamlit.watcher import watch_file
from core.web.lifespan import end_settings_polling

def polling():
    return [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]

watch_file(sys.argv[1], print, watcher_type="poll", allow_nonexistent=True)
time.sleep(0.5)
assert polling(), "it looks again and again"
assert end_settings_polling()
for thread in polling():
    thread.join(5)
assert not polling()
"""


def test_streamlit_looks_for_changes_of_its_settings_no_more(tmp_path: Path) -> None:
    """In a process of its own, since it ends for good; and nothing is said of it on the way."""
    command = (sys.executable, "-c", _POLLED, str(tmp_path / "config.toml"))
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_streamlit_that_looks_in_another_way_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is changed: the caller warns."""
    monkeypatch.setitem(sys.modules, "streamlit.watcher.polling_path_watcher", None)
    assert end_settings_polling() is False


def _foreign(*_: object) -> None:
    raise AssertionError("nobody sends a signal here")


@pytest.mark.parametrize("handler", [_foreign, signal.SIG_IGN])
def test_a_foreign_handler_is_left_alone(handler: Callable[..., None] | signal.Handlers) -> None:
    """Another library's signal handler is no server of ours."""
    before = signal.signal(signal.SIGTERM, handler)
    try:
        assert bound_shutdown(ChangeBus()) is False
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_bad_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends with one sentence that names the variable, before anything runs."""
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(SystemExit, match="LOG_LEVEL='LOUD'"):
        make_lifespan()
    with pytest.raises(RuntimeError):
        current()
