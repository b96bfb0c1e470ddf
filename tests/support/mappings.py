"""What files a process has mapped into its memory, looked at as often as possible."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self


class MappingWatch:
    """Collects every file under `folder` that the process with that id maps while the block lasts."""

    def __init__(self, pid: int, folder: Path) -> None:
        self._maps = Path(f"/proc/{pid}/maps")
        self._folder = f"{folder}/"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.found: set[str] = set()
        self.looks = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.0005):
            try:
                lines = self._maps.read_text(errors="replace").splitlines()
            except OSError:  # it has ended
                return
            self.looks += 1
            self.found.update(self._path(line) for line in lines if self._folder in line)

    def _path(self, line: str) -> str:
        return line[line.index(self._folder) + len(self._folder) :]
