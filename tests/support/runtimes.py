"""Runtimes for tests: put together here, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.hosting.persistence.host import Host
from core.logs import RecentLines
from core.media.tools import MediaTools
from core.models.persistence import HostKind
from core.services.runtime import Runtime, install
from core.settings import Settings

HOST = Host(HostKind.LOCAL, machine="", deploy="")


def runtime_of(auth_dir: Path = Path("/auth"), **settings: Any) -> Runtime:
    """A runtime on that folder. Nothing in it runs, and nothing is on the disk."""
    made = Settings(auth_dir, False, "en", "INFO", 50, **settings)
    return Runtime.create(made, HOST, log_lines=RecentLines())


@contextmanager
def installed(runtime: Runtime) -> Iterator[Runtime]:
    """Where services look for it, until the end. Its files and decoders are left to their maker."""
    install(runtime)
    try:
        yield runtime
    finally:
        install(None)


def with_media(media: MediaTools) -> Runtime:
    """A runtime that prepares files with these tools."""
    return replace(runtime_of(), media=media)
