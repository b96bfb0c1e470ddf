"""Pieces of the guide."""
