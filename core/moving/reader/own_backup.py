"""The child process for a backup of the operator's own: ``python -m core.moving.reader.own_backup``.

It opens backups of this app and nothing else, and may take for it what their trial opening took: one that was
made can be brought back, however large it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.moving.backup.contents import LARGEST
from core.moving.backup.process import LIMITS
from core.moving.reader.answering import address_space, answer_with
from core.moving.reader.backup_source import BackupSource
from core.moving.reader.protocol import Request, path_of
from core.sandbox.child import serve
from core.sandbox.limits import Limits

_MEMORY: Final = 512 << 20
"""Bytes of address space beside what is there already: ``age`` itself seals with 256 MB."""


def answer(frame: bytes) -> bytes:
    """Return what was found in a backup or made of it, or why not."""
    return answer_with(_source, frame)


@contextmanager
def _source(request: Request) -> Iterator[BackupSource]:
    yield BackupSource(path_of(request.path), request.passphrase, path_of(request.scratch))


def main() -> None:
    """Serve until nothing was asked for a while."""
    serve(
        answer,
        Limits(memory=address_space() + _MEMORY, cpu_s=LIMITS.cpu_s, file_size=LARGEST, nice=LIMITS.nice),
    )


if __name__ == "__main__":
    main()
