"""render.yaml as a test reads it: its one service, and the free variant that the docs show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]

Service = dict[str, Any]


def service() -> Service:
    """The service of the blueprint."""
    return _only_service((ROOT / "render.yaml").read_text())


def documented_service(document: str) -> Service:
    """The service of the free variant that a document under ``docs`` shows."""
    (shown,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / document).read_text(), re.DOTALL)
    return _only_service(shown)


def variables(service: Service) -> dict[str, Service]:
    """The environment of a service, by name. Raises `AssertionError` when a name stands there twice."""
    found = {entry["key"]: entry for entry in service["envVars"]}
    assert len(found) == len(service["envVars"])
    return found


def _only_service(text: str) -> Service:
    blueprint = yaml.safe_load(text)
    assert set(blueprint) == {"services"}
    (service,) = blueprint["services"]
    assert isinstance(service, dict)
    return service
