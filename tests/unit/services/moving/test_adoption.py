"""What pages ask for to take a session in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from core.errors import InvalidInputError
from core.moving.staging import STAGING_DIR
from core.services.moving import adoption
from tests.support.runtimes import installed, runtime_of
from tests.unit.services.conftest import view


def test_it_is_prepared_on_the_disk_of_the_sessions(tmp_path: Path) -> None:
    """And gone afterwards."""
    with installed(runtime_of(tmp_path)), adoption.staging_folder() as folder:
        assert folder.parent == tmp_path / STAGING_DIR
    assert not folder.exists()


def test_the_name_is_cleaned_first(tmp_path: Path) -> None:
    """As for a new instance; one without a visible character never reaches the registry."""
    registry = MagicMock()
    registry.moving.adopt.return_value = view()
    with installed(replace(runtime_of(tmp_path), registry=registry)):
        adoption.adopt(tmp_path, "  Loja\n1 ", request_id="r-1")
        registry.moving.adopt.assert_called_once_with(tmp_path, "Loja 1", as_it_was=False, request_id="r-1")
        with pytest.raises(InvalidInputError):
            adoption.adopt(tmp_path, " ")
    registry.moving.adopt.assert_called_once()
