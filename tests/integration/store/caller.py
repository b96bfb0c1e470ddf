"""A process that looks into stores as the web process does: `python -m tests.integration.store.caller`.

Reads the path of an instance's folder a line, and answers each with one line: what came of each call.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import AppError
from core.store import session

SECRET: Final = "ab" * 32
CALLS: Final[tuple[Callable[[Path], object], ...]] = (
    session.checkpoint,
    session.has_device,
    lambda folder: session.message_id_of(folder, SECRET),
)


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        folder = Path(line.removesuffix("\n"))
        print(json.dumps([_outcome(call, folder) for call in CALLS]), flush=True)
    session.close()


def _outcome(call: Callable[[Path], object], folder: Path) -> str:
    try:
        return repr(call(folder))
    except AppError as error:
        return f"{type(error).__name__} {error}"


if __name__ == "__main__":
    main()
