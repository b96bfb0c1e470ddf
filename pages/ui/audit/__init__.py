"""Pieces of the access log page."""
