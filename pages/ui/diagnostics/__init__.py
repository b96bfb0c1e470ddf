"""Pieces of the diagnostics page."""
