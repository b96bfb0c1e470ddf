"""Pieces of the list of instances."""
