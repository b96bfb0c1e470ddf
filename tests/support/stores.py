"""Looking into databases from a process of its own: on a small disk SQLite may end the one that looks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

_LOOK: Final = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], uri=True, timeout=5)
print("\\n".join(str(row[0]) for row in file.execute(sys.argv[2])))
file.close()
"""


def look(path: Path, query: str) -> str:
    """Return the first column of what `query` finds, a line each. Raises AssertionError with the error."""
    command = [sys.executable, "-c", _LOOK, f"file:{quote(str(path))}?mode=rw", query]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def integrity(path: Path) -> str:
    """Return SQLite's verdict on the whole file: `ok`, or what is wrong."""
    return look(path, "PRAGMA integrity_check")
