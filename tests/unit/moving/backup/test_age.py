"""The age format: opened by two other programs, and whatever is wrong with a file is refused in one way."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.backup import age
from core.moving.backup.age import PIECE, Decrypting, Encrypting
from tests.support.age_program import decrypt_with_age

PASSPHRASE = "correta bateria cavalo grampo"
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess costs next to nothing here."""
    monkeypatch.setattr(age, "WORK_FACTOR", 10)


def sealed(content: bytes, passphrase: str = PASSPHRASE) -> bytes:
    """That content in the age format, written in odd pieces."""
    target = io.BytesIO()
    file = Encrypting(target, passphrase)
    for at in range(0, len(content), 10_007):
        file.write(content[at : at + 10_007])
    file.close()
    return target.getvalue()


def opened(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    """The content, read in odd pieces."""
    file, content = Decrypting(io.BytesIO(data), passphrase), b""
    while piece := file.read(7_001):
        content += piece
    return content


def refusal(data: bytes, passphrase: str = PASSPHRASE) -> MoveRefusedError:
    """Why that is refused."""
    with pytest.raises(MoveRefusedError) as caught:
        opened(data, passphrase)
    return caught.value


@pytest.mark.parametrize("size", SIZES)
def test_it_comes_back_as_it_was(size: int) -> None:
    """Of any size, around the borders of pieces too; no byte of it is to be seen."""
    content = os.urandom(size)
    data = sealed(content)
    assert opened(data) == content
    assert content[:64] not in data or size in {0, 1}


@pytest.mark.parametrize("size", SIZES)
def test_another_implementation_opens_it(size: int) -> None:
    """`rage`, through pyrage."""
    content = os.urandom(size)
    assert pyrage.passphrase.decrypt(sealed(content), PASSPHRASE) == content


def test_the_age_program_opens_it(tmp_path: Path) -> None:
    """Debian's; with it alone a person gets at their backup."""
    if shutil.which("age") is None:
        pytest.skip("the age program is not installed (apt-get install age)")
    content = os.urandom(3 * PIECE + 5)
    path = tmp_path / "backup.age"
    path.write_bytes(sealed(content))
    assert decrypt_with_age(path, PASSPHRASE) == content


def test_what_the_age_program_wrote_is_opened(tmp_path: Path) -> None:
    """With its own work factor."""
    if shutil.which("age") is None:
        pytest.skip("the age program is not installed (apt-get install age)")
    path = tmp_path / "plain"
    path.write_bytes(b"words" * 999)
    from tests.support.age_program import encrypt_with_age

    assert opened(encrypt_with_age(path, PASSPHRASE)) == b"words" * 999


def test_a_wrong_passphrase_is_told_as_one() -> None:
    """And nothing else is said."""
    assert refusal(sealed(b"x"), "another").code == MoveCode.WRONG_PASSPHRASE


@pytest.mark.parametrize("at", [0, 5, 30, 60, 100, 150, 180, 200, 70_000])
def test_a_changed_byte_is_found(at: int) -> None:
    """Anywhere: in the header, in the key, in the content."""
    data = bytearray(sealed(os.urandom(PIECE + 5_000)))
    data[at] ^= 1
    assert refusal(bytes(data)).code in (
        MoveCode.DAMAGED,
        MoveCode.WRONG_PASSPHRASE,
        MoveCode.UNKNOWN_FORMAT,
        MoveCode.TOO_LARGE,
    )


@pytest.mark.parametrize("left", [0, 10, 22, 100, 150, 180, 200, PIECE, PIECE + 216, 2 * PIECE])
def test_a_file_that_was_cut_off_is_found(left: int) -> None:
    """Also at the very border of a piece."""
    data = sealed(os.urandom(2 * PIECE + 5_000))
    assert refusal(data[:left]).code in (MoveCode.DAMAGED, MoveCode.UNKNOWN_FORMAT)


def test_a_file_that_lacks_its_last_piece_is_found() -> None:
    """Whole pieces only: each proves itself, and their end proves that none is missing."""
    data = sealed(os.urandom(2 * PIECE + 5_000))
    head = len(data) - 2 * (PIECE + 16) - 5_016
    assert refusal(data[: head + 2 * (PIECE + 16)]).code == MoveCode.DAMAGED
    assert refusal(data[: head + PIECE + 16] + data[head + 2 * (PIECE + 16) :]).code == MoveCode.DAMAGED
    assert refusal(data + b"x").code == MoveCode.DAMAGED


def test_too_dear_a_passphrase_is_refused_unasked() -> None:
    """A hostile file may ask for gigabytes of memory: it is not even tried."""
    data = sealed(b"x").replace(b" 10\n", b" 30\n", 1)
    assert refusal(data).code == MoveCode.TOO_LARGE


def test_a_file_for_a_key_is_no_backup_of_ours() -> None:
    """Only one with a passphrase is."""
    recipient = pyrage.x25519.Identity.generate().to_public()
    assert refusal(pyrage.encrypt(b"x", [recipient])).code == MoveCode.UNKNOWN_FORMAT


@given(data=st.binary(max_size=400))
def test_no_bytes_are_ever_another_error(data: bytes) -> None:
    """With and without the first line."""
    for prefix in (b"", b"age-encryption.org/v1\n", b"age-encryption.org/v1\n-> scrypt "):
        refusal(prefix + data)
