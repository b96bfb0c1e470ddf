"""What was found in an upload holds nothing secret."""

from __future__ import annotations

from core.models.moving.device import FoundDevice
from core.models.moving.upload import FoundUpload, PreparedSession


def test_no_field_could_hold_a_key() -> None:
    """Numbers, names and counts alone: it lies in a page's state and may be printed."""
    kinds = {
        str(kind)
        for struct in (FoundUpload, FoundDevice, PreparedSession)
        for kind in struct.__annotations__.values()
    }
    assert not [kind for kind in kinds if "bytes" in kind]
