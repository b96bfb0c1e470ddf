"""Tests of core.services.typed."""
