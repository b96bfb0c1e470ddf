"""Unit tests of `core.services.profile`."""
