"""Pieces of the messages page."""
