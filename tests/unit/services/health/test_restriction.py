"""Ending the pause of new contacts."""

from __future__ import annotations

import pytest

from core.errors import UnknownInstanceError
from core.models.audit import Action
from core.services.health import restriction
from core.services.runtime import current
from tests.unit.services.conftest import ID, RecordingRegistry


def test_ending_the_pause_is_noted(registry: RecordingRegistry) -> None:
    """Who did it is in the access log."""
    restriction.allow_new_contacts(ID)
    assert registry.allowed == 1
    runtime = current()
    entries = runtime.audit.entries(runtime.settings.auth_dir, limit=5)
    assert [(one.action, one.instance_id) for one in entries] == [(Action.NEW_CONTACTS_ALLOWED, ID)]


def test_an_instance_that_is_gone_is_told(registry: RecordingRegistry) -> None:
    """Nothing is noted then."""
    with pytest.raises(UnknownInstanceError):
        restriction.allow_new_contacts("outra-aaaaaa")
