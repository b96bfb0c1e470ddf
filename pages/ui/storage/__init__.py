"""Pieces of the storage page."""
