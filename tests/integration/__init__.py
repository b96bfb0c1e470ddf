"""Checks with real processes on loopback."""
