"""Unit tests of `core.models.profile`."""
