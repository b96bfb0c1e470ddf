"""What the product calls itself."""

from __future__ import annotations

from core.services import branding
from tests.support.runtimes import installed, runtime_of


def test_the_name_is_that_of_the_settings() -> None:
    """The one that the owner gave."""
    with installed(runtime_of(app_name="Balcão")):
        assert branding.app_name() == "Balcão"
