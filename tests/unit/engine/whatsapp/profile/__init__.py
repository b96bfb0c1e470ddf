"""Unit tests of `core.engine.whatsapp.profile`."""
