"""`python -m tests.emulator DIR [-v] [--proxy-port N]`: run an emulator.

It ends with SIGTERM, SIGINT, or when its input is a pipe and the other end closes.

DIR/emulator.json appears when it is ready. A folder that was used before gives the same root key, the same
certificate, the same ports and the same phones, so clients made for it keep working.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import stat
import sys
import threading
from pathlib import Path

from tests.emulator.server import serve


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="log every stanza")
    parser.add_argument("--proxy-port", type=int, default=0, help="default: the saved one, or any")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    if options.verbose:
        logging.getLogger("tests.emulator").setLevel(logging.DEBUG)
    asyncio.run(_run(options.folder.resolve(), options.proxy_port))


async def _run(folder: Path, proxy_port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        watcher = threading.Thread(target=_wait_for_end_of_input, args=(loop, stop), daemon=True)
        watcher.start()
    await serve(folder, stop=stop, proxy_port=proxy_port)


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Whoever started us holds the other end of the pipe; when they die, however they die, it closes."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    main()
