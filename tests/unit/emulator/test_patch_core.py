"""Swapping the root key: once, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator import patch_core
from tests.emulator.patch_core import WHATSAPP_ROOT_KEY, PatchError, patched_neonize, with_root_key

OURS = bytes(range(32))


def _package(folder: Path, library: bytes) -> Path:
    package = folder / "installed" / "neonize"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "neonize-linux-amd64.so").write_bytes(library)
    (package / "archive.whl").write_bytes(b"not needed")
    return package


def test_the_key_is_replaced_and_nothing_else() -> None:
    """Everything around the 32 bytes stays as it was."""
    assert with_root_key(b"before" + WHATSAPP_ROOT_KEY + b"after", OURS) == b"before" + OURS + b"after"


@pytest.mark.parametrize("count", [0, 2])
def test_another_count_than_one_is_refused(count: int) -> None:
    """A library without the key, or with two, is not the one this was written for."""
    with pytest.raises(PatchError, match=f"occurs {count} times"):
        with_root_key(b"-" + WHATSAPP_ROOT_KEY * count, OURS)


def test_a_key_of_another_length_is_refused() -> None:
    """It would move every byte behind it."""
    with pytest.raises(PatchError, match="32 bytes, not 31"):
        with_root_key(WHATSAPP_ROOT_KEY, OURS[:31])


def test_the_copy_is_patched_and_the_original_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target holds an importable package with the new key; the installed file keeps its bytes."""
    package = _package(tmp_path, WHATSAPP_ROOT_KEY)
    monkeypatch.setattr(patch_core, "installed_neonize", lambda: package)
    target = patched_neonize(tmp_path / "core", OURS)
    assert (target / "neonize" / "neonize-linux-amd64.so").read_bytes() == OURS
    assert (target / "neonize" / "__init__.py").exists()
    assert not list(target.rglob("*.whl"))
    assert (package / "neonize-linux-amd64.so").read_bytes() == WHATSAPP_ROOT_KEY


def test_an_older_copy_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patching again, for another emulator, starts from the installed library."""
    package = _package(tmp_path, WHATSAPP_ROOT_KEY)
    monkeypatch.setattr(patch_core, "installed_neonize", lambda: package)
    patched_neonize(tmp_path / "core", OURS)
    target = patched_neonize(tmp_path / "core", OURS[::-1])
    assert (target / "neonize" / "neonize-linux-amd64.so").read_bytes() == OURS[::-1]


def test_a_package_without_a_library_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Better an error now than a core that loads something else later."""
    package = _package(tmp_path, b"")
    (package / "neonize-linux-amd64.so").unlink()
    monkeypatch.setattr(patch_core, "installed_neonize", lambda: package)
    with pytest.raises(PatchError, match="no neonize library"):
        patched_neonize(tmp_path / "core", OURS)
