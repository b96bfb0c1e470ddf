"""Version and age of the installed WhatsApp core."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import mmap
import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

_BUILT: Final = re.compile(rb"\tvcs\.time=(\d{4}-\d\d-\d\d)T")


@lru_cache(maxsize=1)
def installed_core() -> tuple[str, date | None]:
    """Return neonize's version and the day its library's source was committed; None when it does not say.

    The Go linker writes build information into the library as text. Source: Go's ``debug/buildinfo``.
    """
    version = importlib.metadata.version("neonize")
    spec = importlib.util.find_spec("neonize")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    for library in sorted(folder.glob("neonize-*")):
        with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if found := _BUILT.search(data):
                return version, date.fromisoformat(found[1].decode())
    return version, None
