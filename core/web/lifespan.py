"""What happens at process start, before any visit, and at its end."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import FrameType
from typing import Any, Final

import anyio

from core.errors import SettingError
from core.hosting.persistence.host import read_host
from core.logs import RecentLines, set_up_logging
from core.sandbox.limits import forbid_dumps
from core.services.profile.call_texts import send_text
from core.services.runtime import Runtime, install
from core.services.state.change_bus import ChangeBus
from core.settings import Settings, read_settings
from core.web.auth_setup import AuthSetup

log = logging.getLogger(__name__)

HTTP_GRACE_S: Final = 1
"""For requests under way at the end; one stalled download would otherwise hold the stop for ever."""
RECORDER_GRACE_S: Final = 2
"""One small file; a disk that hangs must not take the time that the workers need."""
REGISTRY_GRACE_S: Final = 20
"""Render ends a process 30 s after it asked."""
# The first page would import it anyway and make its visitor wait. Not pandas: no page needs these 80 MB, as
# long as it gives Streamlit nothing that it may take for a table.
_PRELOADED: Final = ("streamlit.elements.lib.column_config_utils",)


def make_lifespan(
    auth_setup: AuthSetup | None = None,
) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """Return the start and stop of this process; a setting that cannot be used ends it with a sentence."""
    try:
        settings = read_settings()
    except SettingError as error:
        sys.exit(error.detail)
    return lambda _app: _lifespan(settings, auth_setup or AuthSetup(settings))


@asynccontextmanager
async def _lifespan(settings: Settings, auth_setup: AuthSetup) -> AsyncIterator[dict[str, Any]]:
    """Start the registry with the process, stop it in order at the end.

    The port answers nothing until this yields, so it yields fast: sessions are restored in the background.
    """
    log_lines = RecentLines()
    set_up_logging(settings.log_level, lines=log_lines)
    forbid_dumps()
    runtime = Runtime.create(
        settings, read_host(os.environ), sign_ins=auth_setup.authenticator, log_lines=log_lines
    )
    runtime.changes.bind()
    runtime.start()
    install(runtime)
    runtime.rejected_calls.serve(send_text)
    try:
        async with auth_setup.running() as prepared:
            try:
                yield await _serve(runtime, prepared)
            finally:
                await _close(runtime)
                log.info("stopped")
    finally:
        install(None)


async def _serve(runtime: Runtime, prepared: asyncio.Future[None]) -> dict[str, Any]:
    if not bound_shutdown(runtime.changes):
        log.warning("not running under uvicorn: an open download can delay the stop")
    for name in _PRELOADED:
        importlib.import_module(name)
    if not end_settings_polling():
        log.warning("Streamlit goes on looking for changes of its settings")
    gc.collect()
    gc.freeze()  # later collections skip tens of thousands of start-up objects
    await prepared
    return {"registry": runtime.registry}


async def _close(runtime: Runtime) -> None:
    """Take the steps of ``Runtime.close``, and leave behind what a disk that hangs does not let end."""
    runtime.changes.close()
    with anyio.move_on_after(RECORDER_GRACE_S, shield=True):
        await anyio.to_thread.run_sync(runtime.start_recorder.close, abandon_on_cancel=True)
    with anyio.move_on_after(REGISTRY_GRACE_S, shield=True):
        await anyio.to_thread.run_sync(runtime.stop, abandon_on_cancel=True)
    await anyio.to_thread.run_sync(runtime.media.close)


def end_settings_polling() -> bool:
    """Have Streamlit look at its settings no more. Return False when it cannot be told.

    It looks for changes of ``config.toml`` five times a second for as long as it runs, whatever
    ``fileWatcherType`` says: a quarter of a hundredth of a core, and settings must not change under the
    people who are signed in. What looks are tasks that plan the next one; here they find no room for it.
    """
    watcher = getattr(sys.modules.get("streamlit.watcher.polling_path_watcher"), "PollingPathWatcher", None)
    executor = getattr(watcher, "_executor", None)
    if not isinstance(executor, Executor):
        return False
    executor.shutdown(wait=False)
    return True


def bound_shutdown(changes: ChangeBus) -> bool:
    """Give uvicorn a limit for open requests at its end. Return False when the server is not uvicorn.

    Streamlit sets none, and its configuration offers none: the server is found through the signal handler it
    installed before the lifespan began.
    """
    handler = signal.getsignal(signal.SIGTERM)
    config = getattr(getattr(handler, "__self__", None), "config", None)
    if config is None or not hasattr(config, "timeout_graceful_shutdown"):
        return False
    config.timeout_graceful_shutdown = HTTP_GRACE_S
    for number in (signal.SIGTERM, signal.SIGINT):
        _tell_pages_first(number, changes)
    return True


def _tell_pages_first(number: signal.Signals, changes: ChangeBus) -> None:
    """Send open pages away at the signal itself; the server would wait for them before the lifespan ends."""
    before = signal.getsignal(number)

    def on_signal(received: int, frame: FrameType | None) -> None:
        changes.close()
        if callable(before):
            before(received, frame)

    signal.signal(number, on_signal)
