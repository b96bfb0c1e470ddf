"""Unit tests of `core.registry.calls`."""
