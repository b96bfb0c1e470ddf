"""Members that Python's tarfile and the tar program read, and nothing but plain files read back."""

from __future__ import annotations

import io
import tarfile

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import tar


def test_python_reads_what_is_written() -> None:
    """Names, sizes, contents; readable for their owner only."""
    parts = {"backup.json": b"{}", "0/session.db": bytes(1_000), "0/empty": b"", "1/whole": bytes(512)}
    data = b"".join(
        tar.header(name, len(content), made_at=5.9) + content + tar.padding(len(content))
        for name, content in parts.items()
    )
    with tarfile.open(fileobj=io.BytesIO(data + tar.END)) as archive:
        members = archive.getmembers()
        assert {member.name: member.size for member in members} == {
            name: len(content) for name, content in parts.items()
        }
        assert all((member.mode, member.mtime, member.uname) == (0o600, 5, "") for member in members)


def test_members_come_back() -> None:
    """And the end is told."""
    source = io.BytesIO(tar.header("0/session.db", 7, made_at=1.0) + tar.END)
    assert tar.next_member(source) == ("0/session.db", 7)
    assert tar.next_member(source) is None


@pytest.mark.parametrize("block", [b"", b"x" * 512, bytes(511), b"\xff" * 512])
def test_anything_else_is_damaged(block: bytes) -> None:
    """A cut-off block too."""
    with pytest.raises(MoveRefusedError) as caught:
        tar.next_member(io.BytesIO(block))
    assert caught.value.code == MoveCode.DAMAGED
