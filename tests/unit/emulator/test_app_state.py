"""A device's change of the account's settings is taken only as other devices would take it."""

from __future__ import annotations

import pytest

from tests.emulator.app_state import AppState
from tests.emulator.proto import wa


@pytest.fixture
def server() -> AppState:
    """The settings as the server has them."""
    return AppState()


def device_of(server: AppState) -> AppState:
    """A device that has the key, and every patch so far."""
    device = AppState(server.key_id, server.key)
    for patch in server.patches:
        device.accept(patch)
    return device


def test_a_genuine_patch_is_taken_and_passed_on_with_its_version(server: AppState) -> None:
    """The next one builds on it."""
    server.rename("Do celular")
    device = device_of(server)
    device.rename("Daqui")
    assert server.accept(device.patches[-1]) == "Daqui"
    assert [wa.SyncdPatch.FromString(patch).version.version for patch in server.patches] == [1, 2]
    server.rename("Do celular de novo")
    assert device.accept(server.patches[-1]) == "Do celular de novo"


def test_the_same_patch_is_taken_once(server: AppState) -> None:
    """It was made for the version before."""
    device = device_of(server)
    device.rename("Daqui")
    server.accept(device.patches[0])
    with pytest.raises(ValueError, match="refuse"):
        server.accept(device.patches[0])


@pytest.mark.parametrize("part", ["snapshotMac", "patchMac"])
def test_a_changed_patch_is_refused(server: AppState, part: str) -> None:
    """Other devices would throw the whole collection away for it."""
    device = device_of(server)
    device.rename("Daqui")
    patch = wa.SyncdPatch.FromString(device.patches[0])
    setattr(patch, part, bytes(32))
    with pytest.raises(ValueError, match="refuse"):
        server.accept(patch.SerializeToString())
    assert server.patches == []


def test_a_patch_with_another_key_is_refused(server: AppState) -> None:
    """Nobody could read it."""
    stranger = AppState()
    stranger.rename("Outro")
    with pytest.raises(ValueError, match=r"."):
        server.accept(stranger.patches[0])
