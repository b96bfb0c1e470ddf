"""Which core is installed, and how old it is."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.engine.whatsapp.version import installed_core

fresh = installed_core.__wrapped__
"""Without the memory of earlier calls."""


def library() -> bytes:
    """The installed Go library."""
    spec = importlib.util.find_spec("neonize")
    assert spec is not None
    assert spec.origin is not None
    [path] = Path(spec.origin).parent.glob("neonize-*.so")
    return path.read_bytes()


def test_the_version_is_the_installed_packages() -> None:
    """What pip says, and what requirements.txt asks for."""
    version, _ = installed_core()
    assert version == importlib.metadata.version("neonize")


def test_the_date_is_the_one_in_the_library() -> None:
    """The one time of a commit that its build information holds, as its author's calendar wrote it."""
    [written] = {found.decode() for found in re.findall(rb"vcs\.time=([0-9-]+)T", library())}
    assert fresh() == (importlib.metadata.version("neonize"), date.fromisoformat(written))


def test_the_date_is_plausible() -> None:
    """Not before the whatsmeow it contains was written, and not in the future."""
    [whatsmeow] = set(re.findall(rb"whatsmeow@v0\.0\.0-(\d{8})\d{6}-", library()))
    _, built = installed_core()
    assert built is not None
    assert f"{built:%Y%m%d}" >= whatsmeow.decode()
    assert built <= datetime.now(UTC).date()


@pytest.mark.parametrize("content", [None, b"no build information", b"\tvcs.time=soon"])
def test_a_library_that_does_not_say_has_no_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """Another platform's library or none: the version is known all the same, and nothing is made up."""
    if content is not None:
        (tmp_path / "neonize-other.so").write_bytes(content)

    class Spec:
        origin = str(tmp_path / "__init__.py")

    def find(_: str) -> Any:
        return Spec

    monkeypatch.setattr("importlib.util.find_spec", find)
    assert fresh() == (importlib.metadata.version("neonize"), None)
