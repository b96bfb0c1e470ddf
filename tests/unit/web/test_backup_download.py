"""The way to a backup that waits: a piece at a time, and saved only once all of it has gone out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import MagicMock

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from core.models.access import Session, SignInMethod
from core.models.moving.backup import MadeBackup
from core.services.runtime import Runtime
from core.web.backup_download import BackupDownloads
from tests.support.runtimes import installed, runtime_of

NAME = "whatsapp-backup-20261126T030000Z.age"
DATA = os.urandom(300_000)
MADE = MadeBackup("t0", NAME, len(DATA), ("loja-1",), True, 1.0, 2.0)
VISITOR = Session("0" * 64, SignInMethod.PASSWORD, "", "127.0.0.1", 1.0, 1.0)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """One backup waits."""
    (tmp_path / "backup.age").write_bytes(DATA)
    backups = MagicMock()
    backups.waiting = {"t0": (tmp_path / "backup.age", MADE)}.get
    with installed(replace(runtime_of(tmp_path), backups=backups)) as made:
        yield made


@pytest.fixture
def noted(runtime: Runtime) -> Any:
    """What counts a backup as saved."""
    return runtime.backups.note_fetched


def ask(
    runtime: Runtime,
    path: str = "/backups/t0",
    *,
    method: str = "GET",
    query: str = "",
    leaves_after: int = 1_000,
    visitor: Session | None = VISITOR,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> tuple[list[Message], dict[str, str]]:
    """What is sent, and the head of it; the browser is gone ``leaves_after`` messages."""
    sent: list[Message] = []
    gone = asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) >= leaves_after:
            gone.set()
            await asyncio.sleep(0)  # the server tells of it while the next piece is read
            await asyncio.sleep(0)

    scope = {
        "type": "http",
        "asgi": {"spec_version": "2.3"},
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "visitor": visitor,
    }
    asyncio.run(Starlette(routes=BackupDownloads(runtime.settings).routes())(scope, receive, send))
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent, head


def body_of(sent: list[Message]) -> bytes:
    """All that came after the head."""
    return b"".join(message.get("body", b"") for message in sent)


def test_it_comes_whole_in_small_pieces(runtime: Runtime, noted: Any) -> None:
    """As a file to be kept, not shown, not stored by the browser and not compressed; then it is saved."""
    sent, head = ask(runtime, headers={"accept-encoding": "gzip"})
    assert sent[0]["status"] == 200
    assert body_of(sent) == DATA
    assert max(len(message.get("body", b"")) for message in sent) <= 1 << 16
    assert head["content-disposition"] == f'attachment; filename="{NAME}"'
    assert head["content-length"] == str(len(DATA))
    assert (head["cache-control"], head["content-encoding"]) == ("no-store", "identity")
    noted.assert_called_once_with(MADE)


def test_one_that_broke_off_is_not_saved(runtime: Runtime, noted: Any) -> None:
    """The person has no file; the rest may be fetched later, and then it is."""
    sent, _ = ask(runtime, leaves_after=2)
    assert 0 < len(body_of(sent)) < len(DATA)
    noted.assert_not_called()
    sent, head = ask(runtime, headers={"range": "bytes=65536-"})
    assert (sent[0]["status"], body_of(sent)) == (206, DATA[65_536:])
    assert head["content-range"].startswith("bytes 65536-")
    noted.assert_called_once_with(MADE)


@pytest.mark.parametrize(
    ("method", "ranges"),
    [("HEAD", ""), ("GET", "bytes=0-9"), ("GET", "bytes=0-1,5-6"), ("GET", "bytes=900000-")],
)
def test_a_part_or_a_look_is_no_backup(runtime: Runtime, noted: Any, method: str, ranges: str) -> None:
    """Nobody has the file then."""
    ask(runtime, method=method, headers={"range": ranges} if ranges else {})
    noted.assert_not_called()


@pytest.mark.parametrize("path", ["/backups/t1", "/backups/..", "/backups/backup.age"])
def test_what_is_gone_is_said_in_the_persons_language(runtime: Runtime, noted: Any, path: str) -> None:
    """On a page that leads back; only a token that was given finds anything."""
    for language, said in (
        ("pt_BR", "não está mais aqui"),
        ("es", "ya no está aquí"),
        ("en", "not here any more"),
    ):
        sent, head = ask(runtime, path, query=f"lang={language}")
        assert sent[0]["status"] == 410
        assert head["content-type"].startswith("text/html")
        assert said in body_of(sent).decode()
        assert 'href="/"' in body_of(sent).decode()
    noted.assert_not_called()


def test_a_file_that_was_just_removed_is_gone(runtime: Runtime, tmp_path: Path) -> None:
    """Its hour ended between two looks."""
    (tmp_path / "backup.age").unlink()
    assert ask(runtime)[0][0]["status"] == 410


def test_nobody_gets_it_without_a_sign_in(runtime: Runtime, noted: Any) -> None:
    """Even if the middleware should ever let one through."""
    sent, _ = ask(runtime, visitor=None)
    assert sent[0]["status"] == 401
    assert DATA[:100] not in body_of(sent)
    noted.assert_not_called()


def test_another_path_is_not_served(runtime: Runtime) -> None:
    """A token has no parts."""
    assert ask(runtime, "/backups/t0/x")[0][0]["status"] == 404
