"""Where a file that was fetched lies for a moment: private, outside of ``AUTH_DIR``, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.store.owner_lock import storage_error


@contextlib.contextmanager
def temporary_download() -> Iterator[Path]:
    """Yield an empty file, mode 0600, deleted at the end of the block. Raises StorageUnavailableError."""
    try:
        descriptor, name = tempfile.mkstemp(prefix="received-")
        os.close(descriptor)
    except OSError as error:
        raise storage_error(error) from error
    try:
        yield Path(name)
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()
