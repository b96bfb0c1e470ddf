"""Knowing whether a process wanted to reach another host: it writes down each time that it tries."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_HOOK: Final = """
import os, sys

def _note(event, arguments):
    if event not in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        return
    address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments
    host = address[0] if isinstance(address, tuple) else None
    if host in (None, "", "localhost", "::1", "0.0.0.0", "::") or str(host).startswith("127."):
        return
    with open(os.environ["OUTSIDE_LOG"], "a") as log:
        log.write(f"{event} {address!r}\\n")

sys.addaudithook(_note)
"""


class Outside:
    """Hooks into every Python process that is started with its environment."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(_HOOK)
        self._log = folder / "outside.log"
        paths = [str(folder), *environment.get("PYTHONPATH", "").split(":")]
        self.environment = {"OUTSIDE_LOG": str(self._log), "PYTHONPATH": ":".join(filter(None, paths))}

    def tried(self) -> list[str]:
        """What was tried so far, one line each."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    def prove(self) -> None:
        """Make sure that it would notice: a look-up without a packet."""
        code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
        subprocess.run([sys.executable, "-c", code], env=self.environment, check=False, capture_output=True)
        assert self.tried(), "the hook is not in force"
        self._log.unlink()
