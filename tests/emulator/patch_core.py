"""A copy of the installed neonize that trusts the emulator's root key instead of WhatsApp's.

For tests only: the installed package is read and never written, and the product loads the genuine library.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Final

WHATSAPP_ROOT_KEY: Final = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")
"""The key whatsmeow pins (`WACertPubKey`): it decides which server a client believes."""


class PatchError(RuntimeError):
    """The library is not what the patch was written for; nothing usable was made."""


def installed_neonize() -> Path:
    """The installed package's folder, without importing it; raises `PatchError` when there is none."""
    spec = importlib.util.find_spec("neonize")
    if spec is None or spec.origin is None:
        raise PatchError("neonize is not installed")
    return Path(spec.origin).parent


def patched_neonize(target: Path, root_key: bytes) -> Path:
    """Copy neonize into `target` and swap the root key there; gives `target`, to put first on PYTHONPATH.

    Raises `PatchError` unless each library holds WhatsApp's key exactly once. An older copy is replaced.
    """
    package = target / "neonize"
    shutil.rmtree(package, ignore_errors=True)
    # Compiled modules come along (their sources keep their times), or every process would compile again.
    shutil.copytree(installed_neonize(), package, ignore=shutil.ignore_patterns("*.whl"))
    libraries = list(package.glob("neonize-*.so"))
    if not libraries:
        raise PatchError(f"no neonize library in {package}")
    for library in libraries:
        library.write_bytes(with_root_key(library.read_bytes(), root_key))
    return target


def with_root_key(library: bytes, root_key: bytes) -> bytes:
    """`library` with WhatsApp's root key replaced.

    Raises `PatchError` when the key does not occur exactly once, or the new one is not 32 bytes long.
    """
    if len(root_key) != len(WHATSAPP_ROOT_KEY):
        raise PatchError(f"a root key has {len(WHATSAPP_ROOT_KEY)} bytes, not {len(root_key)}")
    count = library.count(WHATSAPP_ROOT_KEY)
    if count != 1:
        raise PatchError(f"WhatsApp's root key occurs {count} times in the library, not exactly once")
    return library.replace(WHATSAPP_ROOT_KEY, root_key)
