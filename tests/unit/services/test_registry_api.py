"""What services ask of the registry is what the registry has, and what stands in for it in tests."""

from __future__ import annotations

import inspect

import pytest

from core.registry.registry import Registry
from core.registry.trash import Trash
from core.services.registry_api import RegistryApi, TrashApi
from tests.unit.services.conftest import RecordingRegistry


def methods(of: type) -> list[str]:
    """Its own, without those of every class."""
    return [name for name, each in vars(of).items() if inspect.isfunction(each) and not name.startswith("_")]


@pytest.mark.parametrize("method", methods(RegistryApi))
@pytest.mark.parametrize("kind", [Registry, RecordingRegistry])
def test_each_method_takes_the_same_names(kind: type, method: str) -> None:
    """Types are compared by mypy; names in their order are compared here too."""
    asked = list(inspect.signature(getattr(RegistryApi, method)).parameters)
    given = list(inspect.signature(getattr(kind, method)).parameters)
    assert given == asked[len(asked) - len(given) :], "a static method has no self"


@pytest.mark.parametrize("method", methods(TrashApi))
def test_the_trash_too(method: str) -> None:
    """Delete, list, restore, erase."""
    asked = inspect.signature(getattr(TrashApi, method)).parameters
    assert list(inspect.signature(getattr(Trash, method)).parameters) == list(asked)
